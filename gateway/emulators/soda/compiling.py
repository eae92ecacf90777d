"""SoQL as SQL of SQLite: every value a parameter, every column an identifier of our own making.

Types are checked as Socrata's compiler does: a text in quotes is also a number, a timestamp or a
point where it looks like one, but a number is no text, and nothing is a boolean but a comparison.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.emulators.soda.errors import AGGREGATE_HERE, NO_FUNCTION, NOT_GROUPED, SodaError, mismatch, no_column
from gateway.emulators.soda.soql import Call, Column, Expression, Literal, Ordering, Query, Selected, walk
from gateway.emulators.soda.values import Unfit, kept

Parameter = str | int | float | None

NUMBER, TEXT, BOOLEAN, NOTHING = "number", "text", "checkbox", "null"
_MOMENTS = ("calendar_date", "fixed_timestamp")
_ORDERED = frozenset({TEXT, NUMBER, "money", BOOLEAN, "phone", *_MOMENTS})
_NUMBER_TEXT = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_COMPARING = frozenset({"#=", "#!=", "#<", "#<=", "#>", "#>="})
_LISTED = {"#in": "IN", "#not in": "NOT IN"}
_AGGREGATES = frozenset({"count/*", "count", "count_distinct", "sum", "avg", "min", "max"})
_ARITHMETIC = {
    "#+": "({} + {})",
    "#-": "({} - {})",
    "#*": "({} * {})",
    "#/": "(1.0 * {} / {})",
    "#%": "soda_mod({}, {})",
}
_TEXT_FUNCTIONS = {"upper": "soda_upper({})", "lower": "soda_lower({})"}
_TRUNCATIONS = {
    "date_trunc_y": "(substr({}, 1, 4) || '-01-01T00:00:00.000')",
    "date_trunc_ym": "(substr({}, 1, 7) || '-01T00:00:00.000')",
    "date_trunc_ymd": "(substr({}, 1, 10) || 'T00:00:00.000')",
}
_EXTRACTS = {"date_extract_y": (1, 4), "date_extract_m": (6, 2), "date_extract_d": (9, 2), "date_extract_hh": (12, 2)}


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of SQL, its parameters in order, and its SODA type."""

    text: str
    kind: str
    parameters: tuple[Parameter, ...] = ()
    spelled: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What is run, and the names and types of its columns."""

    text: str
    parameters: tuple[Parameter, ...]
    fields: tuple[tuple[str, str], ...]


def compiled(query: Query, columns: Mapping[str, Term], table: str, default: Sequence[str], limit: int) -> Statement:
    """The SQL of a query. `columns` are those of the dataset and the system's, `default` what a star
    stands for, `limit` what holds where the query names none. `SodaError` as a portal would."""
    return _Compiler(columns).statement(query, table, default, limit)


class _Compiler:
    def __init__(self, columns: Mapping[str, Term]) -> None:
        self.columns = dict(columns)

    # --- statements

    def statement(self, query: Query, table: str, default: Sequence[str], limit: int) -> Statement:
        where = self._condition(query.where, "WHERE")
        selected = self._selected(query, default)
        _check_groups(query, selected)
        chosen = [(name, self.term(each.expression)) for name, each in selected]
        aliases = {each.alias: self.term(each.expression) for _, each in selected if each.alias}
        self.columns |= {name: Term(term.text, term.kind, term.parameters) for name, term in aliases.items()}
        grouped = [self.term(each) for each in query.group]
        having = self._condition(query.having, "HAVING", aggregates=True)
        order = [self._ordered(by) for by in query.order]
        cells = [Term(term.spelled or term.text, term.kind, term.parameters) for _, term in chosen]
        parts = [("SELECT DISTINCT " if query.distinct else "SELECT ", cells), (f" FROM {table}", [])]
        parts += [(" WHERE ", [where])] if where else []
        parts += [(" GROUP BY ", grouped)] if grouped else []
        parts += [(" HAVING ", [having])] if having else []
        parts += [(" ORDER BY ", order)] if order else []
        text = "".join(word + ", ".join(term.text for term in terms) for word, terms in parts)
        parameters = tuple(value for _, terms in parts for term in terms for value in term.parameters)
        return Statement(
            f"{text} LIMIT ? OFFSET ?",
            (*parameters, limit if query.limit is None else query.limit, query.offset or 0),
            tuple((name, term.kind) for name, term in chosen),
        )

    def _selected(self, query: Query, default: Sequence[str]) -> list[tuple[str, Selected]]:
        found: list[tuple[str, Selected]] = []
        for each in query.select:
            if isinstance(each.expression, Column) and each.expression.name in ("*", ":*"):
                names = default if each.expression.name == "*" else [n for n in self.columns if n.startswith(":")]
                found += [(name, Selected(Column(name))) for name in names]
            else:
                found.append((each.alias or _implied(each.expression), each))
        return found

    def _condition(self, expression: Expression | None, clause: str, *, aggregates: bool = False) -> Term | None:
        if expression is None:
            return None
        if not aggregates and (used := _aggregates(expression)):
            raise SodaError(400, AGGREGATE_HERE, f"Cannot use aggregate function {used[0]} in {clause}")
        term = self.term(expression)
        if term.kind not in (BOOLEAN, NOTHING):
            raise mismatch(clause, term.kind)
        return term

    def _ordered(self, by: Ordering) -> Term:
        term = self.term(by.expression)
        if term.kind not in _ORDERED:
            raise mismatch("ORDER BY", term.kind)
        text = f"{term.text} {'DESC' if by.descending else 'ASC'} NULLS {'LAST' if by.nulls_last else 'FIRST'}"
        return Term(text, term.kind, term.parameters)

    # --- expressions

    def term(self, expression: Expression) -> Term:
        """An expression as SQL."""
        if isinstance(expression, Column):
            if expression.name not in self.columns:
                raise no_column(expression.name)
            return self.columns[expression.name]
        if isinstance(expression, Literal):
            return _literal(expression)
        return self._call(expression.name, [self.term(argument) for argument in expression.arguments])

    def _call(self, name: str, terms: list[Term]) -> Term:
        if name in ("#and", "#or", "#not"):
            return _logical(name, terms)
        if name in _COMPARING:
            low, high = _alike(name, terms)
            return _joined(BOOLEAN, f"({{}} {name[1:]} {{}})", low, high)
        if name in _LISTED:
            first, *rest = _alike(name, terms)
            marks = ", ".join(["{}"] * len(rest))
            return _joined(BOOLEAN, f"({{}} {_LISTED[name]} ({marks}))", first, *rest)
        if name in ("#between", "#not between"):
            return _joined(BOOLEAN, f"({{}} {name[1:].upper()} {{}} AND {{}})", *_alike(name, terms))
        if name in ("#is null", "#is not null"):
            return _joined(BOOLEAN, f"({{}} {name[1:].upper()})", *terms)
        found = _FUNCTIONS.get(name)
        if found is None:
            shown = name.removeprefix("#").partition("/")[0]
            raise SodaError(400, NO_FUNCTION, f"No such function: {shown}", {"function": shown})
        return found(name, terms)


def _literal(literal: Literal) -> Term:
    value = literal.value
    if value is None:
        return Term("NULL", NOTHING)
    if isinstance(value, bool):
        return Term("1" if value else "0", BOOLEAN)
    if isinstance(value, Decimal):
        return Term("?", NUMBER, (kept(NUMBER, value).value,))
    return Term("?", "literal", (value,))


def _joined(kind: str, form: str, *terms: Term) -> Term:
    return Term(
        form.format(*(term.text for term in terms)), kind, tuple(value for term in terms for value in term.parameters)
    )


def _logical(name: str, terms: list[Term]) -> Term:
    for term in terms:
        if term.kind not in (BOOLEAN, NOTHING):
            raise mismatch(name, term.kind)
    if name == "#not":
        return _joined(BOOLEAN, "(NOT {})", *terms)
    sign = " AND " if name == "#and" else " OR "
    return _joined(BOOLEAN, f"({sign.join(['{}'] * len(terms))})", *terms)


def _alike(name: str, terms: list[Term]) -> list[Term]:
    """Terms of one type: quoted texts become what the others are, if they can."""
    kinds = {term.kind for term in terms} - {"literal", NOTHING}
    kinds = {NUMBER if kind == "money" else kind for kind in kinds}
    if len(kinds) > 1:
        raise mismatch(name, min(kinds))
    kind = kinds.pop() if kinds else TEXT
    if name not in ("#=", "#!=", "#in", "#not in") and kind not in _ORDERED:
        raise mismatch(name, kind)
    return [_as(term, kind, name) for term in terms]


def _as(term: Term, kind: str, name: str) -> Term:
    if term.kind != "literal":
        return term
    text = str(term.parameters[0])
    if kind in (TEXT, "phone", "url"):
        return Term("?", kind, (text,))
    if kind == NUMBER and not _NUMBER_TEXT.fullmatch(text):
        raise mismatch(name, TEXT)
    if kind == BOOLEAN or (kind == "calendar_date" and text.endswith("Z")):
        raise mismatch(name, TEXT)
    try:
        return Term("?", kind, (kept(kind, text).value,))
    except Unfit:
        raise mismatch(name, TEXT) from None


# --- functions -----------------------------------------------------------------------------


def _texts(name: str, terms: list[Term], count: int) -> list[Term]:
    found = [_as(term, TEXT, name) for term in terms]
    wrong = next((term.kind for term in found if term.kind not in (TEXT, "phone", NOTHING)), None)
    if wrong is not None or len(found) != count:
        raise mismatch(name.removeprefix("#"), wrong or f"called with {len(found)} arguments")
    return found


def _numbers(name: str, terms: list[Term], count: int) -> list[Term]:
    found = [_as(term, NUMBER, name) for term in terms]
    wrong = next((term.kind for term in found if term.kind not in (NUMBER, "money", NOTHING)), None)
    if wrong is not None or len(found) != count:
        raise mismatch(name.removeprefix("#"), wrong or f"called with {len(found)} arguments")
    return found


def _matching(name: str, terms: list[Term]) -> Term:
    form = {"starts_with": "soda_starts({}, {})", "#like": "soda_like({}, {})", "#not like": "(NOT soda_like({}, {}))"}
    return _joined(BOOLEAN, form[name], *_texts(name, terms, 2))


def _case(_name: str, terms: list[Term]) -> Term:
    """Conditions and results in turn; none true is null."""
    if len(terms) < 2 or len(terms) % 2:
        raise mismatch("case", f"called with {len(terms)} arguments")
    tests, results = _logical("#and", terms[::2]), _alike("#=", terms[1::2])
    kind = next((term.kind for term in results if term.kind != NOTHING), NOTHING)
    pairs = [part for pair in zip(terms[::2], results, strict=True) for part in pair]
    assert tests.kind == BOOLEAN
    return _joined(kind, f"(CASE {'WHEN {} THEN {} ' * len(results)}END)", *pairs)


def _count(name: str, terms: list[Term]) -> Term:
    if name == "count/*":
        return Term("count(*)", NUMBER)
    return _joined(NUMBER, "count(DISTINCT {})" if name == "count_distinct" else "count({})", *terms[:1])


def _summed(name: str, terms: list[Term]) -> Term:
    return _joined(NUMBER, f"{name}({{}})", *_numbers(name, terms, 1))


def _extreme(name: str, terms: list[Term]) -> Term:
    if len(terms) != 1 or terms[0].kind not in _ORDERED:
        raise mismatch(name, terms[0].kind if terms else "called without arguments")
    return _joined(terms[0].kind, f"{name}({{}})", terms[0])


def _member(_name: str, terms: list[Term]) -> Term:
    """`location.latitude` and the like."""
    whole, part = terms
    kind = NUMBER if part.parameters[0] in ("latitude", "longitude") else TEXT
    if whole.kind not in ("location", "point", "url"):
        raise mismatch(".", whole.kind)
    if whole.kind == "point":
        path = "$.coordinates[0]" if part.parameters[0] == "longitude" else "$.coordinates[1]"
    else:
        path = f"$.{part.parameters[0]}"
    text = "(json_extract({}, ?) + 0.0)" if kind == NUMBER else "json_extract({}, ?)"
    return Term(text.format(whole.text), kind, (*whole.parameters, path))


def _moments(name: str, terms: list[Term]) -> Term:
    if len(terms) != 1 or terms[0].kind not in _MOMENTS:
        raise mismatch(name, terms[0].kind if terms else "called without arguments")
    if name in _TRUNCATIONS:
        return _joined("calendar_date", _TRUNCATIONS[name], terms[0])
    start, size = _EXTRACTS[name]
    return _joined(NUMBER, f"CAST(substr({{}}, {start}, {size}) AS INTEGER)", terms[0])


_FUNCTIONS: Mapping[str, Callable[[str, list[Term]], Term]] = {
    **dict.fromkeys(("starts_with", "#like", "#not like"), _matching),
    **{
        name: lambda name, terms: _joined(TEXT, _TEXT_FUNCTIONS[name], *_texts(name, terms, 1))
        for name in _TEXT_FUNCTIONS
    },
    **{name: lambda name, terms: _joined(NUMBER, _ARITHMETIC[name], *_numbers(name, terms, 2)) for name in _ARITHMETIC},
    **dict.fromkeys(("count/*", "count", "count_distinct"), _count),
    **dict.fromkeys(("sum", "avg"), _summed),
    **dict.fromkeys(("min", "max"), _extreme),
    **dict.fromkeys((*_TRUNCATIONS, *_EXTRACTS), _moments),
    "#||": lambda name, terms: _joined(TEXT, "({} || {})", *_texts(name, terms, 2)),
    "#negative": lambda name, terms: _joined(NUMBER, "(-{})", *_numbers(name, terms, 1)),
    "#.": _member,
    "case": _case,
}


# --- groups --------------------------------------------------------------------------------


def _aggregates(expression: Expression) -> list[str]:
    return [part.name for part in walk(expression) if isinstance(part, Call) and part.name in _AGGREGATES]


def _check_groups(query: Query, selected: Sequence[tuple[str, Selected]]) -> None:
    """Beside aggregates only what is grouped by may be selected or ordered by."""
    chosen = [each.expression for _, each in selected]
    if not query.group and not any(_aggregates(expression) for expression in chosen):
        return
    aliases = {name: each.expression for name, each in selected}
    grouped = {*query.group, *(aliases[g.name] for g in query.group if isinstance(g, Column) and g.name in aliases)}
    for expression in chosen:
        _check_grouped(expression, grouped)


def _check_grouped(expression: Expression, grouped: set[Expression]) -> None:
    if expression in grouped or isinstance(expression, Literal):
        return
    if isinstance(expression, Column):
        message = f"Column {expression.name} is neither grouped by nor aggregated"
        raise SodaError(400, NOT_GROUPED, message, {"column": expression.name})
    if expression.name not in _AGGREGATES:
        for argument in expression.arguments:
            _check_grouped(argument, grouped)


def _implied(expression: Expression) -> str:
    """The name of a column that is given none: `sum_x` for sum(x), `count` for count(*)."""
    if isinstance(expression, Column):
        return expression.name
    if isinstance(expression, Literal):
        return re.sub(r"\W+", "_", str(expression.value)).strip("_").lower() or "literal"
    name = re.sub(r"\W+", "", expression.name) or "expression"
    return "_".join([name, *(_implied(argument).strip(":") for argument in expression.arguments)])
