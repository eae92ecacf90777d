"""What a scan means, spelled out on small tables, for every kind of adapter."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from math import ceil

import pytest

from adapters.base import (
    After,
    AllOf,
    AnyOf,
    Column,
    ColumnType,
    Compare,
    Damaged,
    Dataset,
    Filter,
    Keys,
    Op,
    OrderBy,
    Point,
    Scan,
    capabilities_of,
)
from adapters.errors import Refused
from adapters.reading import read
from tests.contract.conftest import Kit
from tests.contract.sample import DATASET, Rows, rows
from tests.contract.web import RestKit

COUNTLESS = ("graphql", "rest-repeat")
"""The kits whose systems can't say how many there are: the one has no such field, the other no total."""

T = ColumnType


def dataset(*columns: Column, **other: object) -> Dataset:
    return replace(Dataset("d.t", "d.s", "t", {column.name: column for column in columns}), **other)  # type: ignore[arg-type]


ID, NAME, SIZE = (
    Column("id", ("Id",), T.INT),
    Column("name", ("NAME ",), null=frozenset({"-"})),
    Column("n", ("n",), T.INT),
)
SMALL = dataset(ID, NAME, SIZE)
SMALL_ROWS: Rows = [
    {"Id": 1, "NAME ": "b", "n": 5},
    {"Id": 2, "NAME ": "", "n": 5},
    {"Id": 3, "NAME ": "B", "n": None},
    {"Id": 4, "NAME ": "-", "n": 2},
    {"Id": 5, "NAME ": "ä", "n": 9},
    {"Id": 6, "NAME ": None, "n": None},
    {"Id": 7, "NAME ": "ab", "n": 2},
]


async def ids(kit: Kit, data: Dataset, *filters: Filter, **scan: object) -> list[object]:
    answer = await read(kit.adapter, data, Scan(("id",), filters=filters, **{"order": (OrderBy("id"),), **scan}))  # type: ignore[arg-type]
    return [row[0] for row in answer.rows]


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (Op.EQ, "b", [1]),
        (Op.EQ, "-", []),
        (Op.EQ, "", []),
        (Op.NE, "b", [3, 5, 7]),
        (Op.IN, ("b", "ab", "-"), [1, 7]),
        (Op.IN, (), []),
        (Op.NOT_IN, ("b",), [3, 5, 7]),
        (Op.NOT_IN, (), [1, 3, 5, 7]),
        (Op.LT, "b", [3, 7]),
        (Op.LTE, "b", [1, 3, 7]),
        (Op.GT, "b", [5]),
        (Op.GTE, "B", [1, 3, 5, 7]),
        (Op.STARTS_WITH, "a", [7]),
        (Op.STARTS_WITH, "", [1, 3, 5, 7]),
        (Op.IS_NULL, True, [2, 4, 6]),
        (Op.IS_NULL, False, [1, 3, 5, 7]),
    ],
)
async def test_text(kit: Kit, op: Op, value: object, expected: list[int]) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    assert await ids(kit, data, Compare("name", op, value)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Compare("n", Op.NE, 5), [4, 5, 7]),
        (Compare("n", Op.GT, 4), [1, 2, 5]),
        (AnyOf((Compare("n", Op.IS_NULL, True), Compare("name", Op.EQ, "ä"))), [3, 5, 6]),
        (AllOf((Compare("n", Op.EQ, 2), Compare("name", Op.IS_NULL, True))), [4]),
        (AnyOf(()), []),
        (AllOf(()), [1, 2, 3, 4, 5, 6, 7]),
        (AllOf((AnyOf((Compare("n", Op.EQ, 2), Compare("n", Op.EQ, 9))), Compare("id", Op.LT, 7))), [4, 5]),
    ],
)
async def test_combinations(kit: Kit, part: Filter, expected: list[int]) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    assert await ids(kit, data, part) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((OrderBy("name"), OrderBy("id")), [3, 7, 1, 5, 2, 4, 6]),
        ((OrderBy("name", descending=True), OrderBy("id")), [5, 1, 7, 3, 2, 4, 6]),
        ((OrderBy("n"), OrderBy("id", descending=True)), [7, 4, 2, 1, 5, 6, 3]),
        ((OrderBy("n", descending=True), OrderBy("name"), OrderBy("id")), [5, 1, 2, 7, 4, 3, 6]),
    ],
)
async def test_nulls_come_last_and_text_by_code_point(
    kit: Kit, order: tuple[OrderBy, ...], expected: list[int]
) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    assert await ids(kit, data, order=order) == expected
    assert await ids(kit, data, order=order, limit=3) == expected[:3]


@pytest.mark.parametrize(
    "order", [(OrderBy("n"), OrderBy("id")), (OrderBy("name", True), OrderBy("n"), OrderBy("id", True))]
)
async def test_pages_of_any_size_make_the_whole(kit: Kit, order: tuple[OrderBy, ...]) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    columns = tuple(by.column for by in order)
    whole = (await read(kit.adapter, data, Scan(columns, order=order))).rows
    for size in (1, 2, 3):
        paged: list[object] = []
        after = None
        while page := (await read(kit.adapter, data, Scan(columns, order=order, after=after, limit=size))).rows:
            paged += page
            after = After(page[-1])  # type: ignore[arg-type]
        assert paged == list(whole)


async def test_after_a_prefix_of_the_order(kit: Kit) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    order = (OrderBy("n"), OrderBy("id"))
    assert await ids(kit, data, order=order, after=After((2,))) == [1, 2, 5, 3, 6]
    assert await ids(kit, data, order=order, after=After((5,), inclusive=True)) == [1, 2, 5, 3, 6]
    assert await ids(kit, data, order=order, after=After((None,))) == []
    assert await ids(kit, data, order=order, after=After((None,), inclusive=True)) == [3, 6]
    assert await ids(kit, data, order=order, after=After((None, 3))) == [6]


LOTS = dataset(ID, *(Column(name, (name.upper(),)) for name in ("borough", "block", "lot")))
LOT_ROWS: Rows = [{"Id": i, "BOROUGH": str(i % 2 + 1), "BLOCK": f"{i % 3:05}", "LOT": f"{i % 5:04}"} for i in range(60)]


async def test_composite_keys_are_compared_column_by_column(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    keys = Keys(("borough", "block", "lot"), (("1", "00000", "0000"), ("2", "00001", "0001"), ("1", "1", "1")))
    answer = await read(kit.adapter, data, Scan(("id",), keys, order=(OrderBy("id"),), count=True))
    assert [row[0] for row in answer.rows] == [0, 1, 30, 31]
    assert answer.counts == {("1", "00000", "0000"): 2, ("2", "00001", "0001"): 2, ("1", "1", "1"): 0}


async def test_per_key_limit_bounds_each_key(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    keys = Keys(("block",), (("00000",), ("00002",), ("9",)))
    scan = Scan(("block", "id"), keys, order=(OrderBy("id", descending=True),), per_key=2, count=True)
    answer = await read(kit.adapter, data, scan)
    assert answer.rows == [("00002", 59), ("00000", 57), ("00002", 56), ("00000", 54)]
    assert answer.counts == {("00000",): 20, ("00002",): 20, ("9",): 0}
    behind = await read(kit.adapter, data, replace(scan, after=After((56,))))
    assert behind.rows == [("00000", 54), ("00002", 53), ("00000", 51), ("00002", 50)]
    assert behind.counts == answer.counts


async def test_counts_alone(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    answer = await read(kit.adapter, data, Scan((), count=True, limit=0, filters=(Compare("lot", Op.EQ, "0003"),)))
    assert (list(answer.rows), answer.counts) == ([], {(): 12})


def calls_for(kit: Kit, keys: int, bound: int) -> int:
    """The calls for keys with two rows each, `bound` of them in a scan: an API of one key a call is
    asked once a key; one with pages of 50 and no total ends at the first page that is not full."""
    if kit.name == "rest-each":
        return keys
    pages = 2 * bound // 50 + 1 if kit.name == "rest-repeat" else 1
    return ceil(keys / bound) * pages


async def test_two_thousand_keys(kit: Kit) -> None:
    data = await kit.load(LOTS, [{"Id": i, "BOROUGH": "1", "BLOCK": str(i % 3000), "LOT": "1"} for i in range(6000)])
    keys = Keys(("block",), tuple((str(i),) for i in range(2000)))
    answer = await read(kit.adapter, data, Scan(("block",), keys, count=True, per_key=1, order=(OrderBy("id"),)))
    assert len(answer.rows) == 2000
    assert answer.counts is not None
    assert set(answer.counts.values()) == {2}
    declared = capabilities_of(kit.adapter, data).keys_per_call
    assert declared == (50 if kit.name.startswith("rest") else 500)
    assert answer.calls == calls_for(kit, 2000, declared) * (2 if kit.name == "socrata" else 1), "SODA counts apart"
    for given, number in ((1500, 2000), (100, 2000), (40, 200)):
        if kit.name == "rest-each" and number == 2000:
            continue  # as many calls as above, and a while
        before = kit.api.asked if isinstance(kit, RestKit) else 0
        part = replace(keys, values=keys.values[:number])
        found = await read(kit.adapter, data, Scan(("id",), part), keys_per_call=given)
        assert (len(found.rows), found.calls) == (2 * number, calls_for(kit, number, min(given, declared)))
        if isinstance(kit, RestKit):
            assert kit.api.asked - before == found.calls, "what is told is what was asked"


async def test_limit_and_order_hold_across_calls(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    keys = Keys(("lot",), (("0000",), ("0001",), ("0002",)))
    scan = Scan(("id",), keys, order=(OrderBy("id", descending=True),), limit=4)
    assert (await read(kit.adapter, data, scan, keys_per_call=1)).rows == [(57,), (56,), (55,), (52,)]


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        ([("MAIN",)], [1, 2, 4]),
        ([("MAIN ST",), ("MAIN",), ("main",)], [1, 2, 3, 4]),
        ([("100%",)], [5]),
        ([("_",), ("%",)], []),
    ],
)
async def test_keys_by_prefix(kit: Kit, prefixes: list[tuple[str]], expected: list[int]) -> None:
    data = await kit.load(
        dataset(ID, NAME),
        [
            {"Id": 1, "NAME ": "MAIN ST"},
            {"Id": 2, "NAME ": "MAIN STREET"},
            {"Id": 3, "NAME ": "main st"},
            {"Id": 4, "NAME ": "MAIN"},
            {"Id": 5, "NAME ": "100% Juice"},
            {"Id": 6, "NAME ": None},
        ],
    )
    keys = Keys(("name",), tuple(prefixes), prefix=True)
    for keys_per_call in (None, 1):
        answer = await read(kit.adapter, data, Scan(("id",), keys, order=(OrderBy("id"),)), keys_per_call=keys_per_call)
        assert [row[0] for row in answer.rows] == expected


async def test_keys_by_prefix_behind_other_columns(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    keys = Keys(("borough", "lot"), (("1", "0004"), ("2", "000")), prefix=True)
    answer = await read(kit.adapter, data, Scan(("borough", "lot"), keys))
    assert sorted(set(answer.rows)) == [("1", "0004"), *(("2", f"000{i}") for i in range(5))]
    assert len(answer.rows) == 6 + 30


async def test_keys_that_no_row_can_have_are_simply_not_found(kit: Kit) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    keys = Keys(("name",), (("b",), ("\x00",), ("\ud800",), (None,)))
    assert (await read(kit.adapter, data, Scan(("id",), keys))).rows == [(1,)]


async def test_every_type_is_decoded(kit: Kit) -> None:
    stored = {
        "id": 1, "name": "Zoë", "homes": 3, "price": Decimal("10.50"), "ratio": 0.5, "open": True,
        "day": date(2020, 2, 29), "seen": datetime(2019, 4, 2, 10, 30, tzinfo=UTC), "built": 1925,
        "place": (40.7, -73.9), "phone": "+44 20 7946 0000", "t_units": " 1,234 ", "t_price": "$1,234.50",
        "t_day": "04/02/2019", "t_iso": "2019-04-02T00:00:00.000", "t_seen": "2019-04-02 09:00:00", "t_flag": "YES",
        "t_year": "1925", "t_place": "POINT (-73.9 40.7)",
    }  # fmt: skip
    row: dict[str, object] = {}
    for name, value in stored.items():
        sources = DATASET.columns[name].source
        row.update(zip(sources, value if isinstance(value, tuple) else (value,), strict=True))
    data = await kit.load(DATASET, [row])
    answer = await read(kit.adapter, data, Scan(tuple(stored)))
    assert answer.rows == [
        (
            1, "Zoë", 3, Decimal("10.50"), 0.5, True, date(2020, 2, 29), datetime(2019, 4, 2, 10, 30, tzinfo=UTC), 1925,
            Point(40.7, -73.9), "+442079460000", 1234, Decimal("1234.50"), date(2019, 4, 2), date(2019, 4, 2),
            datetime(2019, 4, 2, 13, 0, tzinfo=UTC), True, 1925, Point(40.7, -73.9),
        )
    ]  # fmt: skip


async def test_damaged_values_are_told_apart_from_nulls(kit: Kit) -> None:
    plain = Column("n", ("n",), T.INT, "text")
    data = await kit.load(
        dataset(ID, plain), [{"Id": i, "n": n} for i, n in enumerate(["7", "x", "", None, "12"], start=1)]
    )
    assert (await read(kit.adapter, data, Scan(("n",), order=(OrderBy("n"), OrderBy("id"))))).rows == [
        (7,),
        (12,),
        (Damaged("n"),),
        (None,),
        (None,),
    ]
    assert await ids(kit, data, Compare("n", Op.IS_NULL, True)) == [3, 4]
    assert await ids(kit, data, Compare("n", Op.IS_NULL, False)) == [1, 2, 5]
    assert await ids(kit, data, Compare("n", Op.NE, 7)) == [5]


async def test_rows_beyond_the_bound_are_cut_and_said(kit: Kit) -> None:
    data = await kit.load(replace(LOTS, rows_per_call=25), LOT_ROWS)
    cut = await read(kit.adapter, data, Scan(("id",)))
    assert (len(cut.rows), cut.complete) == (25, False)
    keys = Keys(("block",), (("00000",), ("00001",)))
    part = await read(kit.adapter, data, Scan(("id",), keys, count=True))
    assert (part.complete, set(part.incomplete)) == (False, set(keys.values))
    counts = {("00000",): 20, ("00001",): 20}
    assert capabilities_of(kit.adapter, data).count == (kit.name not in COUNTLESS)
    assert part.counts == ({} if kit.name in COUNTLESS else counts), "a cut count is none"
    whole = await read(kit.adapter, data, Scan(("id",), keys, count=True), keys_per_call=1)
    assert (len(whole.rows), whole.complete, whole.counts) == (40, True, counts)


@pytest.mark.parametrize(
    ("scan", "says"),
    [
        (Scan(("nope",)), 'no column "nope"'),
        (Scan(("id",), filters=(Compare("place", Op.EQ, Point(1, 2)),)), "place.*point"),
        (Scan(("id",), filters=(Compare("homes", Op.STARTS_WITH, "1"),)), "homes.*no starts_with"),
        (Scan(("id",), filters=(Compare("homes", Op.EQ, "1"),)), "homes.*str"),
        (Scan(("id",), filters=(Compare("seen", Op.EQ, datetime(2020, 1, 1)),)), "seen.*datetime"),
        (Scan(("id",), filters=(Compare("name", Op.IN, "ab"),)), "tuple"),
        (Scan(("id",), order=(OrderBy("place"),)), "points have no order"),
        (Scan(("id",), after=After((1,))), "after"),
        (Scan(("id",), per_key=1), "per_key needs keys"),
        (Scan(("id",), Keys(("name",), (("a",),), prefix=True), count=True), "prefix"),
        (Scan(("id",), Keys(("name", "id"), (("a",),))), "2 values"),
    ],
)
async def test_scans_without_meaning_are_refused(kit: Kit, scan: Scan, says: str) -> None:
    data = await kit.load(DATASET, rows(5))
    with pytest.raises(Refused, match=says):
        await read(kit.adapter, data, scan)
    with pytest.raises(Refused):
        await kit.adapter.scan(data, scan)


async def test_a_dataset_that_requires_a_key(kit: Kit) -> None:
    data = await kit.load(replace(SMALL, requires_key=True), SMALL_ROWS)
    with pytest.raises(Refused, match="only asked by key"):
        await read(kit.adapter, data, Scan(("id",)))
    assert (await read(kit.adapter, data, Scan(("id",), Keys(("id",), ((3,),))))).rows == [(3,)]


@pytest.mark.parametrize(
    "part",
    [Compare("street", Op.EQ, "ELM"), Compare("t_price", Op.GT, Decimal(1)), Compare("place", Op.IS_NULL, True)],
)
async def test_what_is_not_declared_is_refused_by_the_adapter_and_done_here(kit: Kit, part: Compare) -> None:
    data = await kit.load(DATASET, rows())
    scan = Scan(("id",), filters=(part,))
    with pytest.raises(Refused, match="these filters"):
        await kit.adapter.scan(data, scan)
    assert (await read(kit.adapter, data, scan)).rows
