"""The parameters of a call, as one query: `$select`, `$where` … or `$query`, and simple filters."""

from collections.abc import Iterable
from dataclasses import replace

from gateway.emulators.soda import soql
from gateway.emulators.soda.errors import MALFORMED, SodaError
from gateway.emulators.soda.soql import Call, Column, Expression, Literal, Query
from gateway.emulators.soda.tables import Dataset

DEFAULT_LIMIT = 1000
MAX_LIMIT = 50_000

_CLAUSES = frozenset({"$select", "$where", "$group", "$having", "$order", "$limit", "$offset", "$query"})
_ASIDE = frozenset({"$$app_token", "__fault", "$$bom", "$$exclude_system_fields", "$$version"})


def asked(parameters: Iterable[tuple[str, str]], dataset: Dataset, max_limit: int | None) -> Query:
    """What a call asks for. `SodaError` for parameters that are none."""
    given: dict[str, str] = {}
    filters: list[Expression] = []
    for name, value in parameters:
        if name in _CLAUSES:
            given[name] = value
        elif name.startswith("$") and name not in _ASIDE:
            raise SodaError(400, MALFORMED, f"Unrecognized arguments [{name}]", {"unrecognized": [name]})
        elif name not in _ASIDE:
            filters.append(_simple(name, value, dataset))
    query = _whole(given) if "$query" in given else _clauses(given)
    if filters:
        where = [query.where] if query.where else []
        query = replace(query, where=Call("#and", (*where, *filters)))
    return replace(query, limit=_bounded(query.limit, max_limit))


def _simple(name: str, value: str, dataset: Dataset) -> Expression:
    """`?source=nn` (https://dev.socrata.com/docs/filtering): equal, values of any type as text."""
    term = dataset.terms.get(name.lower())
    if term is not None and term.kind == "checkbox" and value.lower() in ("true", "false"):
        return Call("#=", (Column(name.lower()), Literal(value.lower() == "true")))
    if term is None:
        raise SodaError(400, MALFORMED, f"Unrecognized arguments [{name}]", {"unrecognized": [name]})
    return Call("#=", (Column(name.lower()), Literal(value)))


def _whole(given: dict[str, str]) -> Query:
    if len(given) > 1:
        others = ", ".join(sorted(given.keys() - {"$query"}))
        raise SodaError(400, MALFORMED, f"If $query is used, all options - {others} - must not be specified in params")
    return soql.query(given["$query"])


def _clauses(given: dict[str, str]) -> Query:
    query = Query(limit=_count(given, "$limit"), offset=_count(given, "$offset"))
    if "$select" in given:
        select, distinct = soql.selection(given["$select"])
        query = replace(query, select=select, distinct=distinct)
    if "$where" in given:
        query = replace(query, where=soql.expression(given["$where"]))
    if "$group" in given:
        query = replace(query, group=soql.grouping(given["$group"]))
        if "$select" not in given:
            query = replace(query, select=tuple(soql.Selected(each) for each in query.group))
    if "$having" in given:
        query = replace(query, having=soql.expression(given["$having"]))
    return replace(query, order=soql.ordering(given["$order"])) if "$order" in given else query


def _count(given: dict[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise SodaError(400, MALFORMED, f"{name} takes a number that is not negative", {name: text})
    return int(text)


def _bounded(limit: int | None, most: int | None) -> int:
    wanted = DEFAULT_LIMIT if limit is None else limit
    return wanted if most is None else min(wanted, most)
