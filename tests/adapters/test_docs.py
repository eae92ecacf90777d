"""docs/adapters.md: its examples read rows of real systems, its table is what the adapters declare."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Damaged, Dataset, Keys, Scan, Source
from adapters.kinds import GROUP, kinds, open_adapter
from adapters.reading import read
from gateway.catalogue.loading import examine
from resolvers.city import City
from tests.adapters.capability_table import EXAMPLES, SOURCES, written
from tests.adapters.page_systems import READ, SYSTEMS
from tests.adapters.pages import AGENCIES, CITY, PAGE

TEXT = PAGE.read_text(encoding="utf-8")
ABSENT = "899990001"
WEB = {"socrata", "rest", "datasette", "graphql"}


def city_of(folder: Path, name: str, environment: Mapping[str, str]) -> City:
    """A city of which this example is the only agency."""
    (folder / "city.toml").write_text(CITY, encoding="utf-8")
    (folder / name).write_text(AGENCIES[name], encoding="utf-8")
    found = examine(folder, environment)
    assert [str(each) for each in found.problems if each.severity == "error"] == []
    assert found.city is not None
    assert found.city.sections
    return found.city


@pytest.mark.parametrize("name", sorted(AGENCIES))
async def test_every_example_reads_rows_of_a_real_system(tmp_path: Path, name: str) -> None:
    (files := tmp_path / "files").mkdir()
    (system := tmp_path / "system").mkdir()
    async with SYSTEMS[name.removesuffix(".toml")](system) as environment:
        city = city_of(files, name, {} if any(f'adapter = "{kind}"' in AGENCIES[name] for kind in WEB) else environment)
        for table in city.tables.values():
            await _read(table.dataset, _near(city.sources[table.dataset.source], environment))


def _near(source: Source, environment: Mapping[str, str]) -> Source:
    """What the example reads from the web, at an address of this machine."""
    if source.kind not in WEB:
        return source
    (url,) = environment.values()
    return replace(source, url=url, options={**source.options, "private": True})


async def _read(dataset: Dataset, source: Source) -> None:
    keys, expected = READ[dataset.name]
    adapter = open_adapter(source)
    columns = tuple(dataset.columns)
    try:
        answer = await read(adapter, dataset, Scan(columns, keys))
        none = await read(adapter, dataset, Scan(columns, Keys(keys.columns, ((ABSENT,) * len(keys.columns),))))
    finally:
        await adapter.aclose()
    rows = [dict(zip(columns, row, strict=True)) for row in answer.rows]
    assert any(expected.items() <= row.items() for row in rows), rows
    assert not any(isinstance(cell, Damaged) for row in answer.rows for cell in row)
    assert (list(none.rows), none.complete) == ([], True)


def test_the_table_is_what_the_adapters_declare() -> None:
    assert written(TEXT) == TEXT, "what an adapter declares has changed; run `make docs` and commit docs/adapters.md"


def test_every_kind_has_its_row_its_heading_and_an_example() -> None:
    told = {source.kind for source in SOURCES.values()}
    assert told == set(kinds()), f"a kind of a package ({GROUP}) or one that tests/adapters/capability_table.py lacks"
    for kind in told:
        assert f"\n## `{kind}`\n" in TEXT
        assert any(f'adapter = "{kind}"' in text for text in AGENCIES.values())
    assert set(EXAMPLES) <= set(READ)
