"""A `[[dataset]]` as a `Table`: whose it is, how it hangs on entities, how fresh it is."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from adapters.base import ColumnType, Dataset
from gateway.catalogue import grammar
from gateway.catalogue.claims import claims
from gateway.catalogue.columns import Outline, bare
from gateway.catalogue.documents import Spot
from gateway.catalogue.filters import condition
from gateway.catalogue.keys import edges, keys
from gateway.catalogue.names import ENTITIES, Schemes
from gateway.catalogue.problems import nearest
from resolvers.city import Key, Link, Table, Withheld

_DATES = frozenset({ColumnType.DATE, ColumnType.DATETIME})
_ADDRESS_PARTS = ("borough", "city", "postcode", "region")
_DAY = 86_400.0
_KEPT = MappingProxyType({"live": 0.0, "hourly": 3_600.0})
_PLACE = re.compile(r"\{([^{}]*)\}")


def table(outline: Outline, agency: str, source: str, schemes: Schemes) -> Table:
    """The table of a dataset; problems of its parts are reported, and the parts left out."""
    declared, found = outline.declared, keys(outline, schemes)
    _check_columns(outline)
    return Table(
        dataset=_dataset(outline, source),
        agency=agency,
        title=declared.title or declared.name.replace("_", " ").capitalize(),
        keys=found,
        claims=claims(outline),
        links=_links(outline),
        edges=edges(outline, schemes, found),
        as_of=_as_of(outline),
        modified=_modified(outline),
        cadence=declared.cadence,
        cache=_cache(outline),
        licence=declared.licence,
        covers=_covers(outline, schemes),
        covers_text=declared.covers if isinstance(declared.covers, str) else None,
        absent_means_uncovered=declared.absent == "not_covered",
        self_declared=declared.trust == "self-declared",
        withheld=tuple(_withheld(outline, found)),
        access=declared.access or (f"{outline.name}:read" if declared.protect and declared.protect.purposes else None),
        record_url=_record_url(outline),
        cost=declared.cost,
        description=" ".join(part for part in (declared.doc, _grain(declared)) if part),
        place=outline.spot.place,
    )


def _dataset(outline: Outline, source: str) -> Dataset:
    declared = outline.declared
    for name in declared.id:
        outline.column(name, outline.spot.at("id"))
    for name in declared.unfilterable:
        outline.column(name, outline.spot.at("unfilterable"))
    return replace(
        bare(outline.name, declared),
        source=source,
        columns=outline.columns,
        id=tuple(declared.id),
        requires_key=declared.requires_key,
        unfilterable=frozenset(declared.unfilterable),
        rows_per_call=declared.rows_per_call,
    )


def _check_columns(outline: Outline) -> None:
    if not outline.columns and not outline.spot.at("columns").damaged:
        outline.spot.problem(f"{outline.name} has no columns", 'add [dataset.columns] with ours = "theirs"')


def _grain(declared: grammar.Dataset) -> str:
    return f"One row is a {declared.grain}." if declared.grain else ""


def _as_of(outline: Outline) -> date | str | None:
    value, spot = outline.declared.as_of, outline.spot.at("as_of")
    if isinstance(value, str) and (column := outline.column(value, spot)) and column.type not in _DATES:
        spot.problem(
            f'as_of names "{value}" of type {column.type}', "it takes a day, or a column of type date or datetime"
        )
    return value


def _modified(outline: Outline) -> str | None:
    value, spot = outline.declared.modified, outline.spot.at("modified")
    if value and not value.startswith(":") and (column := outline.column(value, spot)) and column.type not in _DATES:
        spot.problem(f'modified names "{value}" of type {column.type}', "it takes a column of type date or datetime")
    return value


def _cache(outline: Outline) -> float | None:
    """For how many seconds rows are kept: no longer than what the agency renews stays as it is, and
    nothing that is not for everyone."""
    declared, spot = outline.declared, outline.spot.at("cache")
    if declared.cache is None:
        return None
    longest = _KEPT.get(declared.cadence or "", _DAY)
    if declared.access or declared.protect or declared.withheld:
        what = "access" if declared.access else "protect" if declared.protect else "withheld"
        spot.problem(f"rows of {outline.name} are not for everyone ({what}), so they are never kept", "leave cache out")
    elif not longest:
        spot.problem('what is renewed "live" is not kept', "leave cache out, or say another cadence")
    elif declared.cache > longest:
        what = f'what is renewed "{declared.cadence}"' if declared.cadence else "what is renewed nobody says how often"
        spot.problem(f"{what} is kept too long", f'at most "{longest // 3600:.0f}h"')
    return declared.cache


def _covers(outline: Outline, schemes: Schemes) -> Mapping[str, tuple[str, ...]]:
    declared = outline.declared.covers
    if not isinstance(declared, dict):
        return MappingProxyType({})
    parts = [*(part for scheme in schemes.declared.values() for part in scheme.parts), *_ADDRESS_PARTS]
    for part in declared:
        if part not in parts:
            outline.spot.at("covers", part).problem(f'no scheme has a part "{part}"', nearest(part, parts))
    return MappingProxyType({part: tuple(values) for part, values in declared.items()})


def _links(outline: Outline) -> tuple[Link, ...]:
    found = []
    for index, link in enumerate(outline.declared.link):
        spot = outline.spot.at("link", index)
        for key, entity in (("from", link.from_), ("to", link.to)):
            if entity not in ENTITIES:
                spot.at(key).problem(f'"{entity}" is no entity', nearest(entity, ENTITIES))
        _check_days(outline, link, spot)
        found.append(Link(link.from_, link.to, link.role, link.since, link.until))
    return tuple(found)


def _check_days(outline: Outline, link: grammar.Link, spot: Spot) -> None:
    for key, name in (("since", link.since), ("until", link.until)):
        if name and (column := outline.column(name, spot.at(key))) and column.type not in _DATES:
            spot.at(key).problem(
                f'"{key}" names "{name}" of type {column.type}', "it takes a column of type date or datetime"
            )


def _withheld(outline: Outline, found: tuple[Key, ...]) -> list[Withheld]:
    result = []
    for name, declared in outline.declared.withheld.items():
        spot = outline.spot.at("withheld", name)
        columns = _hidden(name, outline, found, spot)
        when = condition(declared.when, outline, spot.at("when"))
        if not declared.when and not spot.damaged:
            spot.problem(f'"{name}" has no condition', "say when, like { when = { postcode = { null = true } } }")
        if columns is not None and when is not None:
            result.append(Withheld(columns, when))
    return result


def _hidden(name: str, outline: Outline, found: tuple[Key, ...], spot: Spot) -> tuple[str, ...] | None:
    """The columns that a key, a column or "record" (none: all of it) stands for."""
    if name == "record":
        return ()
    read = [column for key in found if key.scheme.partition(".")[2] == name for column in key.reads]
    if name in outline.columns:
        read.append(name)
    if not read and name not in outline.declared.keys and not outline.spot.at("columns", name).damaged:
        known = [*outline.declared.keys, *outline.columns, "record"]
        spot.problem(f'"{name}" is no key and no column of {outline.name}', nearest(name, known))
    return tuple(dict.fromkeys(read)) or None


def _record_url(outline: Outline) -> str | None:
    url, spot = outline.declared.record_url, outline.spot.at("record_url")
    if url is None:
        return None
    if not url.startswith(("https://", "http://")):
        spot.problem("record_url is no web address", 'begin it with "https://"')
    for name in _PLACE.findall(url):
        outline.column(name, spot)
    return url
