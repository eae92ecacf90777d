"""Conditions and order: every operator on every type, against plain Python over the same rows.

The readings are kept twice: as the types themselves, and as text that formats explain. A missing
value satisfies nothing but `isNull`.
"""

import json
import operator
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.engine.requests import Caller
from tests.e2e.city import ANONYMOUS, READINGS, Town, codes

Test = Callable[[Any, Any], bool]

SECTIONS = ("readings", "sheets")
ROWS = [{name.lower(): value for name, value in row.items()} for row in READINGS if row["LOT"] == "10101"]

COMPARABLE: Mapping[str, Test] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
}
TEXT = {**COMPARABLE, "startsWith": str.startswith}
OPERATORS: Mapping[str, Mapping[str, Test]] = {
    "word": TEXT,
    "phone": TEXT,
    "count": COMPARABLE,
    "share": COMPARABLE,
    "sum": COMPARABLE,
    "year": COMPARABLE,
    "day": COMPARABLE,
    "moment": COMPARABLE,
    "done": {name: COMPARABLE[name] for name in ("eq", "ne")},
}
CASES = [(column, name) for column, known in OPERATORS.items() for name in (*known, "isNull")]


def holds(row: Mapping[str, Any], column: str, name: str, operand: Any) -> bool:
    """What the schema says of an operator, in plain Python."""
    value = row[column]
    if name == "isNull":
        return (value is None) is operand
    return value is not None and OPERATORS[column][name](value, operand)


def operands(column: str, name: str) -> list[Any]:
    """Every value of the column, values between them, and lists of them."""
    if name == "isNull":
        return [True, False]
    there = [row[column] for row in ROWS if row[column] is not None]
    values = [*there, *(between for value in there for between in near(value))]
    if name in ("in", "notIn"):
        return [[], values[:1], there, values[1::2], [values[0], values[0]]]
    return values


def near(value: Any) -> list[Any]:
    match value:
        case bool():
            return []
        case int() | Decimal():
            return [value - 1, value + 1]
        case float():
            return [value - 0.25, value + 0.25]
        case datetime():
            return [value - timedelta(seconds=1), value + timedelta(hours=3)]
        case date():
            return [value - timedelta(days=1)]
        case str():
            return [value[:2], value.upper(), value + "!", ""]
    raise AssertionError(value)


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(str(value)) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


async def found(town: Town, conditions: list[str]) -> list[list[set[int]]]:
    """The readings that meet each condition, in both sections, in one request."""
    page = "{ nodes { reading } totalCount }"
    fields = [f"{s}_{n}: {s}(where: {c}) {page}" for n, c in enumerate(conditions) for s in SECTIONS]
    address = await town.address(" ".join(fields))
    pages = [[address[f"{s}_{n}"] for s in SECTIONS] for n in range(len(conditions))]
    assert all(len(page["nodes"]) == page["totalCount"] for two in pages for page in two)
    return [[{node["reading"] for node in page["nodes"]} for page in two] for two in pages]


@pytest.mark.parametrize(("column", "name"), CASES, ids=[f"{c} {n}" for c, n in CASES])
async def test_every_operator_on_every_type(column: str, name: str, town: Town) -> None:
    given = operands(column, name)
    conditions = [f"{{ {column}: {{ {name}: {literal(operand)} }} }}" for operand in given]
    answers = await found(town, conditions)
    for operand, condition, answer in zip(given, conditions, answers, strict=True):
        wanted = {row["reading"] for row in ROWS if holds(row, column, name, operand)}
        assert answer == [wanted, wanted], condition


def tree(chance: random.Random, depth: int) -> tuple[str, Callable[[Mapping[str, Any]], bool]]:
    """A random condition and what it means."""
    kind = chance.choice(["one", "two", "and", "or"]) if depth else "one"
    if kind in ("one", "two"):
        parts = [leaf(chance) for _ in range(1 if kind == "one" else 2)]
        merged = {column: (text, test) for column, text, test in parts}
        tests = [test for _, test in merged.values()]
        body = ", ".join(f"{column}: {text}" for column, (text, _) in merged.items())
        return f"{{ {body} }}", lambda row: all(test(row) for test in tests)
    inner = [tree(chance, depth - 1) for _ in range(chance.randrange(4))]
    tests = [test for _, test in inner]
    every = all if kind == "and" else any
    return f"{{ {kind}: [{', '.join(text for text, _ in inner)}] }}", lambda row: every(test(row) for test in tests)


def leaf(chance: random.Random) -> tuple[str, str, Callable[[Mapping[str, Any]], bool]]:
    column = chance.choice(list(OPERATORS))
    names = chance.sample([*OPERATORS[column], "isNull"], k=chance.choice([1, 1, 2]))
    chosen = [(name, chance.choice(operands(column, name))) for name in names]
    body = ", ".join(f"{name}: {literal(operand)}" for name, operand in chosen)
    return column, f"{{ {body} }}", lambda row: all(holds(row, column, name, operand) for name, operand in chosen)


@pytest.mark.parametrize("seed", range(12))
async def test_conditions_within_conditions(seed: int, town: Town) -> None:
    chance = random.Random(seed)
    trees = [tree(chance, 3) for _ in range(25)]
    answers = await found(town, [text for text, _ in trees])
    for (text, test), answer in zip(trees, answers, strict=True):
        wanted = {row["reading"] for row in ROWS if test(row)}
        assert answer == [wanted, wanted], text


EMPTY: tuple[tuple[str, set[int]], ...] = (
    ("null", {1, 2, 3, 4, 5}),
    ("{}", {1, 2, 3, 4, 5}),
    ("{ count: null }", {1, 2, 3, 4, 5}),
    ("{ count: {} }", {1, 2, 3, 4, 5}),
    ("{ and: [] }", {1, 2, 3, 4, 5}),
    ("{ or: [] }", set()),
    ("{ or: [{}] }", {1, 2, 3, 4, 5}),
    ("{ count: { in: [] } }", set()),
    ("{ count: { notIn: [] } }", {1, 2, 3, 5}),
    ('{ lot: { eq: "10102" } }', set()),  # no condition leads out of the entity
)


@pytest.mark.parametrize(("condition", "wanted"), EMPTY, ids=[text for text, _ in EMPTY])
async def test_conditions_that_say_nothing(condition: str, wanted: set[int], town: Town) -> None:
    assert await found(town, [condition]) == [[wanted, wanted]]


async def test_conditions_by_variables(town: Town) -> None:
    query = """query Some($where: CensusReadingsWhere, $order: [CensusReadingsOrder!], $least: Int) {
      address(id: "tv.lot:10101") { all: readings(where: $where, orderBy: $order) { nodes { reading } }
        some: readings(where: { count: { gte: $least } }, orderBy: $order) { nodes { reading } } } }"""
    order = [{"count": "DESC"}, {"reading": "DESC"}]
    where = {"or": [{"word": {"startsWith": "alpha"}}, {"done": {"eq": False}}]}
    address = (await town.data(query, where=where, order=order, least=5))["address"]
    assert [node["reading"] for node in address["all"]["nodes"]] == [5, 2, 1]
    assert [node["reading"] for node in address["some"]["nodes"]] == [5, 2, 1]
    everything = (await town.data(query))["address"]
    assert len(everything["all"]["nodes"]) == 5


# what is refused


WRONG = (
    ("an operand that is null", "readings(where: { count: { eq: null } })", "BAD_ARGUMENT"),
    ("two columns in one entry of the order", "readings(orderBy: [{ count: ASC, word: DESC }])", "BAD_ARGUMENT"),
    ("no column in an entry of the order", "readings(orderBy: [{}])", "BAD_ARGUMENT"),
    ("conditions nested too deeply", f"readings(where: {'{ and: [' * 10}{'] }' * 10})", "BAD_ARGUMENT"),
    ("a column that there is not", "readings(where: { nothing: { eq: 1 } })", "VALIDATION"),
    ("an operator that there is not", 'readings(where: { count: { startsWith: "1" } })', "VALIDATION"),
    ("a text for a number", 'readings(where: { count: { eq: "5" } })', "VALIDATION"),
    ("a number beyond 32 bits", "readings(where: { count: { eq: 3000000000 } })", "VALIDATION"),
    ("a day that there is not", 'readings(where: { day: { eq: "2021-02-30" } })', "VALIDATION"),
    ("a moment without its offset", 'readings(where: { moment: { eq: "2021-02-03T10:00:00" } })', "VALIDATION"),
    ("money that is none", 'readings(where: { sum: { eq: "NaN" } })', "VALIDATION"),
    ("a null in a list", "readings(where: { count: { in: [1, null] } })", "VALIDATION"),
    ("an order that there is not", "readings(orderBy: [{ count: UP }])", "VALIDATION"),
    ("two ways to order merged records", "records(orderBy: [{ date: ASC }, {}])", "BAD_ARGUMENT"),
)


@pytest.mark.parametrize(("field", "code"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_wrong_arguments(field: str, code: str, town: Town) -> None:
    payload = await town.answer(f'{{ address(id: "tv.lot:10101") {{ zip: postcode {field} {{ totalCount }} }} }}')
    if code == "VALIDATION":
        assert "data" not in payload
        assert {code for _, code in codes(payload)} == {"VALIDATION"}
        assert town.calls() == []
        return
    name = field.partition("(")[0]
    assert payload["data"]["address"] == {"zip": "90001", name: None}
    assert codes(payload) == [(f"address.{name}", code)]


# what is denied: filters and orders would tell it all the same


DENIED = (
    'readings(where: { secret: { eq: "a" } })',
    'readings(where: { secret: { eq: "no such secret" } })',
    "readings(where: { secret: { isNull: true } })",
    'readings(where: { and: [{ or: [{ count: { eq: 5 } }, { secret: { gt: "a" } }] }] })',
    "readings(orderBy: [{ secret: ASC }])",
    "readings(orderBy: [{ count: DESC }, { secret: ASC }])",
    'sheets(where: { secret: { startsWith: "a" } })',
    'complaints(where: { caller: { eq: "a tenant" } })',
    "shelters(where: { storeys: { gt: 1 } })",
)


@pytest.mark.parametrize("field", DENIED)
async def test_conditions_over_what_is_denied(field: str, town: Town) -> None:
    name = field.partition("(")[0]
    query = f'{{ address(id: "tv.lot:10101") {{ id {field} {{ nodes {{ id }} totalCount }} }} }}'
    payload = await town.answer(query, ANONYMOUS)
    assert payload["data"]["address"] == {"id": "tv.lot:10101", name: None}
    assert codes(payload) == [(f"address.{name}", "DENIED")]
    asked = {dataset for dataset in town.calls() if dataset != "land.parcels"}
    assert asked <= {"works.building_lots"}  # nobody but the registers
    allowed = Caller("b", frozenset({"census:secrets", "personal", "welfare:read"}), trusted=True)
    assert codes(await town.answer(query, allowed)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        'where: { buyer: { startsWith: "DOE" } }',
        'where: { buyer: { ne: "nobody" } }',
        'where: { or: [{ buyer: { eq: "DOE, JANE" } }] }',
        "orderBy: [{ buyer: DESC }]",
        "where: { buyer: { isNull: false } }, orderBy: [{ buyer: ASC }]",
    ],
)
async def test_names_of_persons_are_found_by_no_condition(arguments: str, town: Town) -> None:
    """Rows whose buyer may be a person meet no condition over the buyer, and no order shows them; nor
    rows without one: whoever sees those knows of the others that somebody is named there."""
    query = f'{{ address(id: "tv.lot:10101") {{ sales({arguments}) {{ totalCount nodes {{ buyer date }} }} }} }}'
    everything = (await town.data(query))["address"]["sales"]
    assert "DOE, JANE" in str(everything)
    payload = await town.answer(query, ANONYMOUS)
    found = payload["data"]["address"]["sales"]
    assert found == {"totalCount": 0, "nodes": []}
    assert codes(payload) == []


async def test_denial_does_not_depend_on_the_data(town: Town) -> None:
    answers = [
        await town.answer(f'{{ address(id: "tv.lot:10101") {{ {field} {{ totalCount }} }} }}', ANONYMOUS)
        for field in DENIED[:2]
    ]
    assert answers[0]["errors"][0]["message"] == answers[1]["errors"][0]["message"]


# what is withheld


WITHHELD: tuple[tuple[str, list[int]], ...] = (
    ('where: { family: { eq: "Blurred" } }', []),
    ('where: { family: { ne: "Doe" } }', []),
    ('where: { family: { startsWith: "B" } }', []),
    ("where: { family: { isNull: false } }", [1]),
    ('where: { or: [{ family: { eq: "Blurred" } }, { order: { eq: 1 } }] }', [1]),
    ("where: { order: { gte: 1 } }", [3, 1]),
    ("orderBy: [{ family: ASC }]", [1, 3]),  # what is withheld counts as missing: last
    ("orderBy: [{ family: DESC }]", [1, 3]),
)


@pytest.mark.parametrize(("arguments", "wanted"), WITHHELD, ids=[text for text, _ in WITHHELD])
async def test_conditions_over_what_is_withheld(arguments: str, wanted: list[int], town: Town) -> None:
    """Order 3 withholds its family, order 2 itself: no condition tells more."""
    page = "nodes { order } totalCount source { state }"
    payload = await town.answer(f'{{ address(id: "tv.lot:10101") {{ careOrders({arguments}) {{ {page} }} }} }}')
    found = payload["data"]["address"]["careOrders"]
    assert [node["order"] for node in found["nodes"] or ()] == wanted
    assert found["totalCount"] is None or found["source"]["state"] == "OK"
