"""Harbourton's files and Harbourton's catalogue describe the same thing."""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import pytest

from adapters.base import Adapter, Damaged, Dataset, Scan, Source
from adapters.columns import decoder
from adapters.kinds import open_adapter
from gateway.catalogue import examine
from gateway.demo.generate import Built
from gateway.demo.systems.running import Running, environment
from resolvers.city import City, Key, Table
from resolvers.identity.addresses import locale
from resolvers.identity.keys import read_key, spell_key
from resolvers.identity.schemes import codec
from tests.gateway.demo.conftest import CITY

PLANTED = {
    "assessor.parcels.land_area": {"SEE MAP"},
    "buildings.structures.completed": {"c.1900"},
    "deeds.conveyances.recorded": {"2/30/2015"},
}
"""The damage that the generator plants; everything else must decode."""

UNLISTED = {"housing.violations.status": {"NOV-SENT"}}
"""Codes that no list has, on purpose."""

SPREADSHEET_DATE = re.compile(r"[A-Z][a-z]{2}-[5-9][0-9]")
"""What a spreadsheet makes of a permit: the one kind of identifier that is no identifier."""


@pytest.fixture(scope="session")
def city(built: Built, systems: tuple[Running, ...]) -> City:
    found = examine(CITY, {"CITYGRAPH_DEMO": str(built.directory), **environment(systems)})
    assert found.problems == ()
    assert found.city is not None
    return found.city


Rows = Mapping[str, list[dict[str, object]]]
"""Every row as the agency stores it, by dataset and our column names."""


@pytest.fixture(scope="session")
def rows(city: City, built: Built) -> Rows:
    """Everything that all agencies hold, read as the gateway reads it."""
    return asyncio.run(everything(city, built))


async def everything(city: City, built: Built) -> Rows:
    found = {}
    for name, source in city.sources.items():
        adapter = open_adapter(replace(source, url=url_of(source, built)))
        for table in city.tables.values():
            if table.dataset.source == name:
                found[table.name] = await stored_rows(adapter, table.dataset)
        await adapter.aclose()
    return found


def url_of(source: Source, built: Built) -> str:
    """Where a source is, or what it is called while the agency is down."""
    offline = built.directory / f"{source.name.partition('.')[0]}.sqlite.offline"
    return f"sqlite:///{offline}" if offline.is_file() else source.url


async def stored_rows(adapter: Adapter, dataset: Dataset) -> list[dict[str, object]]:
    """Every row by our column names; a tuple for a column of two sources."""
    names = tuple(dataset.columns)
    answer = await adapter.scan(dataset, Scan(names))
    assert answer.complete
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_there_are_agencies_enough(city: City) -> None:
    assert len(city.agencies) == 14
    assert city.local_caller is not None
    assert (city.local_caller.name, city.local_caller.scopes) == ("demo", ("*",))


def test_everything_has_a_title_and_a_description(city: City) -> None:
    for table in city.tables.values():
        assert table.title, table.name
        assert table.description, table.name
        for column in table.dataset.columns.values():
            assert column.description.endswith("."), f"{table.name}.{column.name}"
    assert all(scheme.title and scheme.example for name, scheme in city.schemes.items() if name != city.address_scheme)


def test_examples_of_schemes_are_valid(city: City) -> None:
    for name, scheme in city.schemes.items():
        if name != city.address_scheme:
            assert scheme.example is not None
            assert codec(scheme.check).parse(scheme.example) == scheme.example


def test_every_value_decodes_except_the_planted_damage(city: City, rows: Rows) -> None:
    found: dict[str, set[object]] = {}
    for table in city.tables.values():
        decoders = {name: decoder(column) for name, column in table.dataset.columns.items()}
        for row in rows[table.name]:
            for name, decode in decoders.items():
                if isinstance(decode(row[name]), Damaged):
                    found.setdefault(f"{table.name}.{name}", set()).add(row[name])
    assert found == PLANTED


def test_no_column_is_always_empty(city: City, rows: Rows) -> None:
    for table in city.tables.values():
        decoders = {name: decoder(column) for name, column in table.dataset.columns.items()}
        empty = set(decoders)
        for row in rows[table.name]:
            empty -= {name for name in empty if decoders[name](row[name]) is not None}
            if not empty:
                break
        assert empty == set(), table.name


def test_every_code_is_listed_except_the_planted_ones(city: City, rows: Rows) -> None:
    unknown: dict[str, set[object]] = {}
    for table in city.tables.values():
        coded = {name: column for name, column in table.dataset.columns.items() if column.codes}
        for row in rows[table.name]:
            for name, column in coded.items():
                value = decoder(column)(row[name])
                if value is not None and value not in city.codes[table.agency][column.codes or ""]:
                    unknown.setdefault(f"{table.name}.{name}", set()).add(value)
    assert unknown == UNLISTED


def test_every_listed_code_is_in_use(city: City, rows: Rows) -> None:
    used: dict[tuple[str, str], set[object]] = {}
    for table in city.tables.values():
        for row in rows[table.name]:
            for name, column in table.dataset.columns.items():
                if column.codes:
                    used.setdefault((table.agency, column.codes), set()).add(decoder(column)(row[name]))
    for (agency, codes), values in used.items():
        assert set(city.codes[agency][codes]) <= values, (agency, codes)


def test_a_declared_id_is_unique(city: City, rows: Rows) -> None:
    for table in city.tables.values():
        if table.dataset.id:
            ids = Counter(tuple(row[name] for name in table.dataset.id) for row in rows[table.name])
            assert max(ids.values()) == 1, table.name


def identifier_keys(city: City) -> Iterator[tuple[Table, Key]]:
    for table in city.tables.values():
        for key in table.keys:
            if key.address is None:
                yield table, key


def test_a_row_is_asked_for_by_the_spelling_that_it_stores(city: City, rows: Rows) -> None:
    for table, key in identifier_keys(city):
        scheme, spelled = codec(city.schemes[key.scheme].check), 0
        for row in rows[table.name]:
            cells = {name: decoder(table.dataset.columns[name])(row[name]) for name in key.reads if name in row}
            identifier = read_key(key, scheme, cells)
            if identifier is None:
                held = [cells[column] for column in key.columns if not column.startswith("=")]
                garbled = table.name == "transport.pavement_seating" and SPREADSHEET_DATE.fullmatch(str(held[0]))
                assert garbled or not all(held), (table.name, key.scheme, held)
                continue
            asked = spell_key(key, scheme, identifier)
            assert asked is not None
            assert tuple(str(row[column]) for column in asked.columns) in asked.values, (table.name, key.scheme, row)
            spelled += 1
        assert spelled > 0, (table.name, key.scheme)


def test_the_registers_hold_every_identifier_that_agencies_use(city: City, rows: Rows) -> None:
    """So that nothing in the demo hangs on an entity that no register knows."""
    held: dict[str, dict[str, set[str]]] = {}
    for table, key in identifier_keys(city):
        scheme = codec(city.schemes[key.scheme].check)
        for row in rows[table.name]:
            cells = {name: decoder(table.dataset.columns[name])(row[name]) for name in key.reads if name in row}
            identifier = read_key(key, scheme, cells)
            if identifier is not None:
                held.setdefault(key.scheme, {}).setdefault(table.name, set()).add(identifier)
    registers = {register.scheme: set(register.datasets) for register in city.registers}
    for name, tables in held.items():
        known = set().union(*(tables[table] for table in registers[name]))
        for table_name, identifiers in tables.items():
            assert identifiers <= known, (name, table_name)


def address_of(table: Table, row: dict[str, object], city: City) -> str | None:
    """The canonical address of a stored row."""
    key = next(key for key in table.keys if key.address)
    assert key.address is not None
    held = {
        part: decoder(table.dataset.columns[name])(row[name]) or ""
        for part in ("line", "number", "street", "postcode")
        if (name := getattr(key.address, part))
    }
    line = held.get("line") or f"{held.get('number', '')} {held.get('street', '')}"
    reader = locale(city.locale)
    parts = reader.parse(str(line), postcode=str(held["postcode"]) or None)
    return reader.key(parts) if parts else None


def test_agencies_that_write_addresses_mean_the_assessor_s(city: City, rows: Rows) -> None:
    """All of them, but for slips and missing postcodes at the contact centre."""
    parcels = city.tables["assessor.parcels"]
    known = {address_of(parcels, row, city) for row in rows[parcels.name]}
    assert None not in known
    strange: dict[str, float] = {}
    for table in city.tables.values():
        if any(key.address for key in table.keys) and table.name != parcels.name:
            found = [address_of(table, row, city) for row in rows[table.name]]
            strange[table.name] = sum(each not in known for each in found if each) / len(found)
    slips = strange.pop("contact.requests")
    assert 0.005 < slips < 0.04
    assert set(strange.values()) == {0.0}, strange


def test_keys_are_indexed_except_at_the_agency_without_an_index(city: City, built: Built) -> None:
    """As far as they keep databases."""
    slow: set[str] = set()
    for table in city.tables.values():
        url = url_of(city.sources[table.dataset.source], built)
        if not url.startswith("sqlite:"):
            continue
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for key in table.keys:
                columns = [table.dataset.columns[name].source[0] for name in key.reads if not name.startswith("=")]
                where = " AND ".join(f'"{column}" = ?' for column in columns)
                asked = f'EXPLAIN QUERY PLAN SELECT 1 FROM "{table.dataset.path}" WHERE {where}'
                steps = connection.execute(asked, ["1"] * len(columns)).fetchall()
                slow |= {table.name for step in steps if str(step[3]).startswith("SCAN")}
    assert slow == {"harbour.certificates"}
