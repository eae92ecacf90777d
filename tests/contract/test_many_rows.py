"""Keys with many rows, where the first of each are numbered by the database, and with few, where all
are gathered: the answer is the same."""

import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.base import Answer, Column, ColumnType, Compare, Dataset, Keys, Op, OrderBy, Scan
from adapters.memory import MemoryAdapter
from adapters.reading import read
from tests.contract.conftest import Kit, open_kit
from tests.contract.sample import Rows

_DAY = date(2024, 1, 1)
_SIZES = {"few": 3, "FEW": 2, "some": 99, "many": 260, "none": 0}
DATA = Dataset(
    "dept.visits",
    "dept.db",
    "visits",
    {
        "id": Column("id", ("id",), ColumnType.INT),
        "lot": Column("lot", ("lot",), ColumnType.TEXT),
        "day": Column("day", ("day",), ColumnType.DATE),
        "floor": Column("floor", ("floor",), ColumnType.INT),
    },
)
SYSTEMS = ["sqlite", "sqlite-inline", "postgres", "mariadb", "parquet", "datasette"]


def visits() -> Rows:
    dice = random.Random(7)
    lots = [lot for lot, size in _SIZES.items() for _ in range(size)]
    dice.shuffle(lots)
    return [
        {
            "id": i,
            "lot": lot,
            "day": dice.choice([None, _DAY + timedelta(dice.randrange(40))]),
            "floor": dice.choice([None, 0, 1, 2]),
        }
        for i, lot in enumerate(lots)
    ]


@pytest.fixture(params=SYSTEMS)
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    kit = await open_kit(request.param, tmp_path)
    yield kit
    await kit.aclose()


def told(answer: Answer) -> tuple[object, ...]:
    return list(answer.rows), answer.counts, answer.complete


def some_scan(dice: random.Random) -> Scan:
    """With a total order, so that there is one right answer."""
    lots = dice.sample(sorted(_SIZES), dice.randint(1, len(_SIZES)))
    order = [OrderBy(name, dice.random() < 0.5) for name in dice.sample(["day", "floor", "lot"], dice.randint(0, 2))]
    per_key = dice.choice([None, 0, 1, 5, 40, 300])
    return Scan(
        tuple(dice.sample(["id", "lot", "day", "floor"], dice.randint(0, 4))),
        Keys(("lot",), tuple((lot,) for lot in lots)),
        filters=dice.choice([(), (), (Compare("floor", Op.GTE, 1),)]),
        order=(*order, OrderBy("id", dice.random() < 0.5)),
        per_key=per_key,
        limit=dice.choice([None, None, 0, 1, 7, 200]),
        count=dice.random() < 0.6,
    )


async def test_the_first_of_each_key_and_their_number(kit: Kit) -> None:
    rows = visits()
    data = await kit.load(DATA, rows, index=[["lot"]])
    oracle, dice = MemoryAdapter({"visits": rows}), random.Random(11)
    for _ in range(120):
        scan, keyed = some_scan(dice), dice.random() < 0.5
        expected = await read(oracle, DATA, scan, keyed=keyed)
        assert told(await read(kit.adapter, data, scan, keyed=keyed)) == told(expected), scan
