"""`citygraph links`: what a steward sees and decides."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.crosswalk import Edge, Ledger
from gateway.store import open_store
from tests.e2e.market import MARKET
from tests.gateway.crosswalk.making import edge, look

Found = TypeVar("Found")

PAIR = "mk.food:100001", "mk.liquor:2000001"
SURE = edge(*PAIR)
DOUBT = edge("mk.food:100002", "mk.liquor:2000002", "POSSIBLE", 0.6)
LESS = edge("mk.food:100003", "mk.liquor:2000003", "POSSIBLE", 0.5)


class Desk:
    """A store, and the program at a terminal."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, *words: str, stdin: str = "") -> Result:
        """The outcome of a command."""
        return CliRunner().invoke(main, ["links", *words], input=stdin, env={"CITYGRAPH_STORE": self._url})

    def good(self, *words: str, stdin: str = "") -> str:
        """What a command that ends well prints."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.output

    def put(self, edges: Sequence[Edge]) -> None:
        """What matching found."""
        self._with(lambda ledger: ledger.write([look("mk.any:1", *edges, whole=False)]))

    def edges(self) -> dict[tuple[str, str], Edge]:
        """What the store has."""
        return {(e.one, e.other): e for e in self._with(lambda ledger: ledger.list())}

    def _with(self, work: Any) -> Any:
        async def within() -> Any:
            store = await open_store(self._url)
            try:
                return await work(Ledger(store))
            finally:
                await store.aclose()

        return _run(within())


def _run(work: Coroutine[Any, Any, Found]) -> Found:
    return asyncio.run(work)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(f"sqlite:///{tmp_path}/store.db")
    made.put([SURE, DOUBT, LESS])
    return made


def test_listing(desk: Desk) -> None:
    shown = desk.good("list")
    assert all(name in shown for name in (*PAIR, "MATCH", "POSSIBLE", "0.950", "trade_same"))
    assert desk.good("list", "--state", "NO") == "There are none.\n"
    found = json.loads(desk.good("list", "--identifier", PAIR[0], "--json"))
    assert [(each["one"], each["other"], each["state"]) for each in found] == [(*PAIR, "MATCH")]


def test_a_review_decides_the_likeliest_first(desk: Desk) -> None:
    shown = desk.good("review", stdin="s\nd\n")
    assert shown.index("mk.food:100002") < shown.index("mk.food:100003")
    assert "confidence 0.600" in shown
    assert "trade_same" in shown
    assert "Decided 2; 0 left for later." in shown
    kept = desk.edges()
    assert (kept[DOUBT.one, DOUBT.other].state, kept[LESS.one, LESS.other].state) == ("MATCH", "NO")
    assert kept[DOUBT.one, DOUBT.other].origin == "review"
    assert kept[DOUBT.one, DOUBT.other].by.endswith("(command line)")


def test_a_review_can_be_left(desk: Desk) -> None:
    assert "Decided 0; 2 left for later." in desk.good("review", stdin="l\nq\n")
    assert {e.state for e in desk.edges().values()} == {"MATCH", "POSSIBLE"}


def test_a_review_asks_the_agencies_what_both_are_called(desk: Desk) -> None:
    """Marketown's agencies are empty here: what nobody knows has no name, and the review goes on."""
    assert "Decided 2" in desk.good("review", "--city", str(MARKET), stdin="d\nd\n")


def test_unlinking_and_linking(desk: Desk) -> None:
    said = desk.good("unlink", *PAIR, "--city", str(MARKET))
    assert said == f"{PAIR[0]} and {PAIR[1]}: not the same.\n"
    assert desk.edges()[PAIR].state == "NO"
    desk.good("link", *reversed(PAIR), "--city", str(MARKET))
    assert desk.edges()[PAIR].state == "MATCH"


def test_forgetting(desk: Desk) -> None:
    assert desk.good("forget", PAIR[0], "--city", str(MARKET)) == "Deleted 1.\n"
    assert PAIR not in desk.edges()


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_export_and_import(kind: str, desk: Desk, tmp_path: Path) -> None:
    file, other = tmp_path / f"edges.{kind}", Desk(f"sqlite:///{tmp_path}/other.db")
    assert "Wrote 3" in desk.good("export", str(file))
    assert other.good("import", str(file), "--city", str(MARKET)) == "Took 3.\n"
    assert {pair: e.state for pair, e in other.edges().items()} == {pair: e.state for pair, e in desk.edges().items()}
    assert {e.origin for e in other.edges().values()} == {"import"}


def test_what_was_decided_is_labelled_data(desk: Desk) -> None:
    desk.good("review", stdin="d\nq\n")
    (line,) = desk.good("export", "-", "--decided").splitlines()
    found = json.loads(line)
    assert (found["state"], found["evidence"], found["rules"]) == ("NO", "trade_same", DOUBT.rules)


def test_a_file_with_a_mistake_is_not_taken_at_all(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "edges.csv"
    file.write_text("one,other,state\nmk.food:100001,mk.liquor:2000009,MATCH\nmk.food:1,mk.liquor:2,NO\nx:1,y:2,NO\n")
    result = desk.run("import", str(file), "--city", str(MARKET))
    assert result.exit_code == 1
    assert "nothing was changed:\nline 3: mk.food takes 6 digits" in result.output
    assert "line 4: 'x:1' is no identifier of this city" in result.output
    assert len(desk.edges()) == 3


def test_persons_and_addresses_are_never_linked(desk: Desk) -> None:
    result = desk.run("link", PAIR[0], "mk.lot:10101", "--city", str(MARKET))
    assert result.exit_code == 1
    assert "not a Business" in result.output
    result = desk.run("link", PAIR[0], PAIR[0], "--city", str(MARKET))
    assert result.exit_code == 2


def test_other_files_than_csv_and_json_lines(desk: Desk, tmp_path: Path) -> None:
    assert "neither .csv nor .jsonl" in desk.run("export", str(tmp_path / "edges.xlsx")).output


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("mk.company:400", "mk.food is of a site and mk.company of a company: links never cross levels"),
        ("mk.food:100009", "a business has one mk.food; where it may have several"),
    ],
)
def test_what_can_not_be_one_business_is_not_linked(other: str, why: str, desk: Desk, tmp_path: Path) -> None:
    result = desk.run("link", PAIR[0], other, "--city", str(MARKET))
    assert (result.exit_code, why in result.output) == (1, True)
    file = tmp_path / "edges.csv"
    file.write_text(f"one,other,state\n{PAIR[0]},{other},NO\n{PAIR[0]},{other},MATCH\n")
    result = desk.run("import", str(file), "--city", str(MARKET))
    assert (result.exit_code, "\nline 3: " in result.output) == (1, True)
    assert why.partition(": ")[2] in result.output
    assert "the same" in desk.good("unlink", PAIR[0], other, "--city", str(MARKET))


def test_several_trade_licences_may_be_one_business(desk: Desk) -> None:
    assert "the same" in desk.good("link", "mk.trade:3003", "mk.trade:3004", "--city", str(MARKET))


def test_a_review_that_is_broken_off_says_what_was_done(desk: Desk) -> None:
    assert "Decided 1; 1 left for later." in desk.good("review", stdin="d\n")
    assert desk.edges()[DOUBT.one, DOUBT.other].state == "NO"


def test_a_sheet_decided_elsewhere(desk: Desk, tmp_path: Path) -> None:
    """A steward decides one pair in a spreadsheet, which writes semicolons, and leaves the other."""
    file = tmp_path / "sheet.csv"
    desk.good("export", str(file), "--state", "POSSIBLE")
    lines = file.read_text().replace(",", ";").splitlines()
    file.write_text("\n".join([lines[0], lines[1].replace(";POSSIBLE;", ";MATCH;"), lines[2]]))
    assert desk.good("import", str(file), "--city", str(MARKET)) == "Took 2.\n"
    (line,) = desk.good("export", "-", "--decided").splitlines()
    assert (json.loads(line)["one"], json.loads(line)["confidence"]) == (DOUBT.one, 1.0)
    assert "Decided 0; 1 left for later." in desk.good("review", stdin="l\n")


def test_files_that_can_not_be_opened(desk: Desk, tmp_path: Path) -> None:
    result = desk.run("import", str(tmp_path / "lost.csv"), "--city", str(MARKET))
    assert (result.exit_code, "can't be read: No such file" in result.output) == (1, True)
    result = desk.run("export", str(tmp_path / "lost" / "edges.csv"))
    assert (result.exit_code, "can't be written: No such file" in result.output) == (1, True)
    (tmp_path / "latin.csv").write_bytes("one,other,state\né,b,NO\n".encode("latin-1"))
    assert "is not UTF-8" in desk.run("import", str(tmp_path / "latin.csv"), "--city", str(MARKET)).output


def test_an_identifier_without_its_scheme_is_no_empty_list(desk: Desk) -> None:
    result = desk.run("list", "--identifier", "100001")
    assert (result.exit_code, "has no scheme" in result.output) == (2, True)
