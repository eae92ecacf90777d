"""docs/catalogue.md can't rot: its files are a city that loads, its tables are the grammar's."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from adapters.base import ColumnType
from adapters.cleaning import CLEANING
from gateway.catalogue import CatalogueError, grammar, load
from gateway.catalogue.filters import OPERATORS
from resolvers.identity.addresses import LOCALES
from resolvers.identity.schemes import CHECKS
from resolvers.records import CATEGORIES, KINDS, roles

TEXT = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```toml\n(# ([a-z_]+\.toml)\n.*?)```", re.DOTALL)
TABLES: dict[str, type[BaseModel]] = {
    "[city]": grammar.CityAbout,
    "[city.local_caller]": grammar.LocalCaller,
    "[scheme.…]": grammar.Scheme,
    "[register.…]": grammar.Register,
    "[agency]": grammar.AgencyAbout,
    "[agency.budget]": grammar.Budget,
    "[source.…]": grammar.Source,
    "[[dataset]]": grammar.Dataset,
    "[dataset.columns]": grammar.Column,
    "[dataset.keys]": grammar.Key,
    "[dataset.keys] address": grammar.AddressKey,
    "[dataset.withheld]": grammar.Withheld,
    "[dataset.protect]": grammar.Protect,
    "[[dataset.link]]": grammar.Link,
    "[[dataset.edge]]": grammar.Edge,
    "[[dataset.section]]": grammar.Section,
    "[codes.…]": grammar.Code,
}


def rows_of(model: type[BaseModel]) -> Iterator[str]:
    """The rows of a table in the page, as the grammar has them."""
    for name, field in model.model_fields.items():
        needed = " (needed)" if field.is_required() else ""
        yield f"| `{field.alias or name}`{needed} | {field.description} |"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The page's files, each called as its first line says."""
    for text, name in BLOCK.findall(TEXT):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_files_of_the_page_are_a_city(city: Path) -> None:
    loaded = load(city, {})
    assert sorted(loaded.agencies) == ["assessor", "licensing"]
    assert len(loaded.sections) == 3


def test_the_message_of_the_page_is_what_check_says(city: Path) -> None:
    path = city / "licensing.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('licence = "number"', 'licence = "numbr"'), encoding="utf-8")
    with pytest.raises(CatalogueError) as error:
        load(city, {})
    (problem,) = error.value.problems
    assert f"\nspringfield/licensing.toml:{str(problem).rpartition('licensing.toml:')[2]}\n" in TEXT


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_page_are_the_grammar(name: str) -> None:
    section = TEXT.partition(f"\n### `{name}`\n")[2].partition("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == list(rows_of(TABLES[name]))


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Conditions", OPERATORS),
        ("Types", list(ColumnType)),
        ("Cleaning", CLEANING),
        ("Locales", LOCALES),
        ("Checks", CHECKS),
        ("Kinds", KINDS),
        ("Categories", CATEGORIES),
    ],
)
def test_the_lists_of_the_page_are_complete(heading: str, words: list[str]) -> None:
    section = TEXT.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    assert re.findall(r"^\| `([^`]+)`", section, re.MULTILINE) == list(words)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lists_its_fields(kind: str) -> None:
    own = [f"`{name}`" for name in roles(kind) if name not in ("title", "date", "until", "status", "unit")]
    assert f"| `{kind}` | {', '.join(own)} |" in TEXT


@pytest.mark.parametrize("role", CATEGORIES)
def test_every_coded_field_lists_its_categories(role: str) -> None:
    assert f"| `{role}` | {', '.join(member.value for member in CATEGORIES[role])} |" in TEXT
