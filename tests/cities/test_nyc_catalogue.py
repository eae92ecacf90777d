"""New York's TOML files describe New York's raw files: every column, every value, every code."""

from collections import Counter
from pathlib import Path

import pytest
from graphql import parse, validate

from adapters.base import Column, Damaged
from adapters.columns import decoder
from gateway.catalogue import load
from resolvers.city import City, Table
from resolvers.schema import build_schema
from tests.cities import nyc_load
from tests.cities.nyc_files import PARTS
from tests.cities.nyc_tables import TABLES, Content

RAW = {f"{table.agency}.{table.name}": table for table in TABLES}
URLS = {f"NYC_{table.agency.upper()}_DATABASE_URL": "sqlite:///nowhere.db" for table in TABLES}


@pytest.fixture(scope="module")
def city() -> City:
    """The catalogue alone: no database is asked."""
    return load(Path(__file__).parent / "nyc", URLS)


def test_all_raw_files_are_described(city: City) -> None:
    assert len(city.agencies) >= 12
    assert {f"{table.agency}.{table.dataset.path}" for table in city.tables.values()} == set(RAW)


def test_all_sections_of_addresses_are_counted(city: City) -> None:
    sections = {(section.name, section.dataset) for section in city.sections if section.entity == "Address"}
    assert sections == {(part.field, part.dataset) for part in PARTS}


@pytest.mark.parametrize("name", RAW)
def test_every_value_is_of_its_declared_type(name: str, city: City, nyc_data: Path) -> None:
    content = nyc_load.read(RAW[name])
    damaged = Counter(
        (column.name, stored)
        for column in described(city, name).dataset.columns.values()
        for stored, value in decoded(column, content)
        if isinstance(value, Damaged)
    )
    assert not damaged


@pytest.mark.parametrize("name", RAW)
def test_no_column_is_always_empty(name: str, city: City, nyc_data: Path) -> None:
    content = nyc_load.read(RAW[name])
    columns = described(city, name).dataset.columns.values()
    empty = [column.name for column in columns if all(value is None for _, value in decoded(column, content))]
    assert empty == []


def test_declared_ids_are_unique(city: City, nyc_data: Path) -> None:
    identified = [table for table in city.tables.values() if table.dataset.id]
    assert len(identified) >= 12
    assert {table.name: repeated_ids(table) for table in identified} == {table.name: [] for table in identified}


def repeated_ids(table: Table) -> list[tuple[object, ...]]:
    """The ids that several rows have."""
    content = nyc_load.read(RAW[f"{table.agency}.{table.dataset.path}"])
    cells = [[value for _, value in decoded(table.dataset.columns[column], content)] for column in table.dataset.id]
    return [id for id, times in Counter(zip(*cells, strict=True)).items() if times > 1]


def test_examples_are_of_the_city(city: City) -> None:
    schema = build_schema(city).graphql
    document = parse((Path(__file__).parent / "nyc" / "examples.graphql").read_text())
    assert validate(schema, document) == []


def test_code_lists_cover_the_codes_in_use(city: City, nyc_data: Path) -> None:
    unknown = {
        (table.name, column.name): missing
        for table in city.tables.values()
        for column in table.dataset.columns.values()
        if column.codes and (missing := in_use(table, column) - city.codes[table.agency][column.codes].keys())
    }
    assert unknown.pop(("nyc311.service_requests", "status")) == {"Email Sent"}
    assert set(unknown) == {("sla.active_licenses", "type")}  # the rare ones: their labels stay null


def in_use(table: Table, column: Column) -> set[object]:
    content = nyc_load.read(RAW[f"{table.agency}.{table.dataset.path}"])
    return {value for _, value in decoded(column, content)} - {None}


def described(city: City, name: str) -> Table:
    agency, path = name.split(".")
    return next(table for table in city.tables.values() if (table.agency, table.dataset.path) == (agency, path))


def decoded(column: Column, content: Content) -> "list[tuple[object, object]]":
    """Each stored value of a column and what it is read as; KeyError for a column that is not there."""
    read = decoder(column)
    places = [content.columns.index(source) for source in column.source]
    stored = [tuple(row[at] for at in places) if len(places) > 1 else row[places[0]] for row in content.rows]
    return [(value, read(value)) for value in stored]
