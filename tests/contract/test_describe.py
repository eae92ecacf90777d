"""What databases say of their tables, for `check --live`."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from adapters.base import ColumnType
from adapters.errors import Rejected, Unavailable
from adapters.sql.flavour import textual
from tests.contract.conftest import Kit, MariadbKit, PostgresKit, SqliteKit
from tests.contract.sample import DATASET, rows
from tests.contract.test_scans import SMALL, SMALL_ROWS

KEEP_MOMENTS = ("postgres", "mariadb")


async def test_every_declared_type_is_found_to_fit(kit: Kit) -> None:
    data = await kit.load(DATASET, rows())
    shape = await kit.adapter.describe(data)
    if kit.name.startswith("rest"):
        assert shape is None, "an API says nothing of itself"
        return
    assert shape is not None
    found = {column.name: column for column in shape.columns}
    for column in data.columns.values():
        for source in column.source:
            said = found[source]
            if len(column.source) == 1 and (column.type is not ColumnType.DATETIME or kit.name in KEEP_MOMENTS):
                assert said.text if textual(column) else column.type in said.types, said


async def test_indexes_and_keys(database: Kit) -> None:
    data = await database.load(SMALL, SMALL_ROWS, index=[["NAME ", "n"]])
    if isinstance(database, PostgresKit):
        await database.admin.execute(f'ALTER TABLE {data.path} ADD PRIMARY KEY ("Id")')
    elif isinstance(database, MariadbKit):
        await database.execute(f"ALTER TABLE {database.schema}.{data.path} ADD PRIMARY KEY (Id)")
    else:
        assert isinstance(database, SqliteKit)
        with closing(sqlite3.connect(database.path)) as connection:
            connection.execute('CREATE UNIQUE INDEX one ON t ("Id")')
    shape = await database.adapter.describe(data)
    assert shape is not None
    assert set(shape.indexes or ()) == {(data.columns["name"].source[0], "n"), ("Id",)}
    assert shape.unique == (("Id",),)


async def test_a_system_that_is_gone_is_no_system_without_a_word(kit: Kit) -> None:
    """None is for what can't tell, never for what does not answer."""
    data = await kit.load(SMALL, SMALL_ROWS)
    await kit.stop()
    with pytest.raises(Unavailable, match="can't be reached"):
        await kit.adapter.describe(data)
    await kit.start()
    assert (await kit.adapter.describe(data) is None) == kit.name.startswith("rest")


async def test_a_table_that_is_not_there(kit: Kit) -> None:
    with pytest.raises(Rejected, match="no such dataset"):
        await kit.adapter.describe(replace(SMALL, path="nowhere"))
