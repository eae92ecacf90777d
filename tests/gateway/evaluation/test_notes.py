"""What makes figures say little is told before them: never as bad matching."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.evaluation import link, read_map
from resolvers.identity.matching.model import model

HEAD = ["Nr.", "Vorname(n)", "Nachname", "geb. am", "Straße", "Tel."]
PEOPLE = [
    ["00017", "Maria", "Kowalska", "18 Oct 1960", "76 Spring St", "212-555-8766"],
    ["00120", "Wei", "Baptiste", "1 Oct 1938", "250 Broome St", "212-555-4839"],
    ["00121", "Omar", "Iyer", "2 Mar 1971", "12 Mercer St", "212-555-0101"],
]
COLUMNS = '{ given = "Vorname(n)", family = "Nachname", address = "Straße", phone = "Tel." }'


def side(name: str, columns: str = COLUMNS, more: str = "") -> str:
    return f'[{name}]\nfile = "{name}.csv"\nentity = "Nr."\n{more}\ncolumns = {columns}\n'


class Desk:
    """A folder with two files of the same persons, and the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("left", PEOPLE)
        self.write("right", PEOPLE)

    def write(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows])

    def evaluate(self, text: str, *words: str) -> Result:
        path = self.folder / "map.toml"
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["identity", "evaluate", str(path), *words])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


PERSONS = 'kind = "person"\nlocale = "us_nyc"\nsingle = true\n'


def test_a_good_map_has_no_notes(desk: Desk) -> None:
    done = desk.evaluate(PERSONS + side("left") + side("right"))
    assert (done.exit_code, "Note" in done.output) == (0, False)
    assert "3 true pairs" in done.output


@pytest.mark.parametrize(
    ("spelt", "told"),
    [
        (lambda number: str(int(number)), "leading zeros; entity_pattern = '0*(.+)' on both sides"),
        (lambda number: f"{number}.0", r"a .0 at the end; entity_pattern = '^(\d+)' on both sides"),
        (lambda number: f"{number[:3]} {number[3:]}", "capitals or blanks; write them alike first"),
    ],
)
def test_a_truth_in_two_spellings(spelt: object, told: str, desk: Desk) -> None:
    assert callable(spelt)
    desk.write("right", [[spelt(row[0]), *row[1:]] for row in PEOPLE])
    done = desk.evaluate(PERSONS + side("left") + side("right"))
    assert done.exit_code == 0
    assert (
        'no value of "Nr." of left.csv is one of "Nr." of right.csv: there is nothing to find, but they' in done.output
    )
    assert told in done.output
    assert "–" in done.output  # no recall, rather than a recall of 1
    assert "00017" not in done.output


def test_the_advice_on_leading_zeros_helps(desk: Desk) -> None:
    desk.write("right", [[str(int(row[0])), *row[1:]] for row in PEOPLE])
    pattern = "entity_pattern = '0*(.+)'"
    done = desk.evaluate(PERSONS + side("left", more=pattern) + side("right", more=pattern))
    assert "3 true pairs" in done.output
    assert "Note" not in done.output


def test_other_truths(desk: Desk) -> None:
    desk.write("right", [[f"9{row[0]}", *row[1:]] for row in PEOPLE])
    done = desk.evaluate(PERSONS + side("left") + side("right"))
    assert 'is one of "Nr." of right.csv: there is nothing to find\n' in done.output


def test_a_file_without_rows_of_one_entity(desk: Desk) -> None:
    done = desk.evaluate(PERSONS + side("left"))
    assert 'left.csv: no two rows have one value of "Nr.": there is nothing to find' in done.output


def test_rows_kept_apart_by_the_map(desk: Desk) -> None:
    desk.write("right", [[*row[:5], f"9{row[5]}"] for row in PEOPLE])
    done = desk.evaluate(f'{PERSONS}within = ["Tel."]\n{side("left")}{side("right")}')
    assert "are kept apart by within or apart: there is nothing to find" in done.output
    desk.write("left", [*PEOPLE, *PEOPLE])
    done = desk.evaluate(f'{PERSONS}apart = ["Tel."]\n{side("left")}')
    assert 'left.csv: no two rows have one value of "Nr." (and apart = [ … ] leave no pair)' in done.output


def test_columns_that_can_not_be_read(desk: Desk) -> None:
    columns = '{ given = "Vorname(n)", family = "Nachname", birth_date = "geb. am", email = "Tel.", address = "Nr." }'
    done = desk.evaluate(PERSONS + side("left", columns) + side("right"))
    for told in (
        "left.csv: birth_date is read in 0 of 3 rows that have one; it takes 1980-12-31, 19801231 or 12/31/1980",
        "left.csv: email is read in 0 of 3 rows",
        "left.csv: address is read in 0 of 3 rows",
    ):
        assert told in done.output
    assert "right.csv:" not in done.output


def test_columns_that_say_nothing_of_the_kind(desk: Desk) -> None:
    columns = '{ trade_name = "Nachname", birth_date = "geb. am", address = "Straße" }'
    done = desk.evaluate('kind = "business"\nlocale = "us_nyc"\n' + side("left", columns) + side("right", columns))
    assert "left.csv: birth_date is not read where kind is business; it takes trade_name" in done.output
    done = desk.evaluate(PERSONS + side("left", "{ }"))
    assert done.exit_code == 1
    assert "the columns of left.csv say nothing where kind is person; give one of name, given" in done.output


def test_the_name_of_a_business_is_its_trade_name(desk: Desk) -> None:
    found = []
    for field in ("name", "trade_name"):
        columns = f'{{ {field} = "Nachname", address = "Straße", phone = "Tel." }}'
        text = f'kind = "business"\nlocale = "us_nyc"\n{side("left", columns)}{side("right", columns)}'
        desk.evaluate(text)
        found.append(link(read_map(desk.folder / "map.toml"), desk.folder, model("business")))
    assert found[0] == found[1]
    assert found[0].match.right == 3


ADDRESSES = 'kind = "address"\nlocale = "us_nyc"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (side("left"), "addresses need a register: give [right], or apart"),
        (side("left") + side("right", '{ name = "Nachname" }'), "the columns of right.csv name no address"),
    ],
)
def test_addresses_that_can_not_be_looked_up(text: str, told: str, desk: Desk) -> None:
    done = desk.evaluate(ADDRESSES + text)
    assert done.exit_code == 1
    assert told in done.output


def test_a_register_that_can_not_be_read(desk: Desk) -> None:
    done = desk.evaluate(ADDRESSES + side("left") + side("right", '{ address = "Nachname" }'))
    assert "Note: right.csv: 0 of 3 rows tried are read as addresses of us_nyc" in done.output
    desk.write("right", [[f"9{row[0]}", *row[1:]] for row in PEOPLE])
    done = desk.evaluate(ADDRESSES + side("left") + side("right", '{ address = "Straße" }'))
    assert 'no value of "Nr." of left.csv is one of "Nr." of right.csv' in done.output
    assert "left.csv: given is not read where kind is address" in done.output


def test_typos_are_for_addresses(desk: Desk) -> None:
    done = desk.evaluate(PERSONS + side("left"), "--typos")
    assert done.exit_code == 2
    assert "--typos is for addresses; map.toml is about a person" in done.output
