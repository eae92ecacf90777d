"""docs/agreements.md can't rot: its example holds for docs/catalogue.md's city, its tables are the grammar's."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from adapters.base import Compare, Op
from gateway.catalogue import load
from gateway.policy.agreements import AgreementFiles, grammar
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.checking import check
from gateway.policy.terms import Grant
from tests.gateway.catalogue.test_docs import BLOCK, rows_of
from tests.gateway.catalogue.test_docs import TEXT as CATALOGUE

TEXT = (Path(__file__).parents[4] / "docs" / "agreements.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```toml\n(# agreements/([a-z0-9]+\.toml)\n.*?)```", re.DOTALL)
TABLES: dict[str, type[BaseModel]] = {
    "[agreement]": grammar.About,
    "[quota]": grammar.Quota,
    "[[grant]]": grammar.Grant,
}


def test_the_example_is_an_agreement_of_the_catalogues_example(tmp_path: Path) -> None:
    for text, name in BLOCK.findall(CATALOGUE):
        (tmp_path / name).write_text(text, encoding="utf-8")
    folder = tmp_path / "agreements"
    folder.mkdir()
    ((text, name),) = EXAMPLE.findall(TEXT)
    (folder / name).write_text(text, encoding="utf-8")
    city = load(tmp_path, {})
    found = check(AgreementFiles(folder), city)
    assert found.problems == ()
    grants = bind(found.documents["ward3"][1], city).grants
    (shown,) = {each.where for each in city.sections if each.name == "tradeLicences"}
    assert shown is not None
    columns = frozenset({"number", "trade", "state", "holder", "street", "zip", "issued", "expires"})
    assert grants == {
        "licensing.licences": Grant("licensing.licences", columns, (shown, Compare("ward", Op.EQ, "3"))),
        "assessor.parcels": Grant("assessor.parcels", counts_only=True),
    }


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_page_are_the_grammar(name: str) -> None:
    section = TEXT.partition(f"\n### `{name}`\n")[2].partition("\n#")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == list(rows_of(TABLES[name]))
