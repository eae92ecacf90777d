"""Edges as files: what is written can be read again, and mistakes are all told."""

import pytest

from gateway.crosswalk.files import BadFile, read, written
from tests.gateway.crosswalk.making import NOW, decided, edge

EDGES = [decided("a:1", "b:1"), decided("a:1", "c:1", "NO"), edge("b:1", "c:1", "POSSIBLE", 0.6)]


def canonical(text: str) -> str:
    if not text.startswith(("a:", "b:", "c:")):
        raise ValueError(f"{text!r} is no identifier")
    return text


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_written_can_be_read(kind: str) -> None:
    found = read("".join(written(EDGES, kind)), kind, canonical, NOW, "bob")
    assert [(e.one, e.other, e.state, e.confidence, e.evidence) for e in found] == [
        (e.one, e.other, e.state, e.confidence, e.evidence) for e in EDGES
    ]
    assert {(e.origin, e.by, e.expires) for e in found} == {("import", "bob", None)}


def test_the_three_columns_are_enough() -> None:
    (found,) = read("one,other,state\nb:1,a:1,MATCH\n", "csv", canonical, NOW, "bob")
    assert (found.one, found.other, found.confidence) == ("a:1", "b:1", 1.0)


def test_all_mistakes_at_once() -> None:
    text = "one,other,state,confidence,evidence\na:1,a:1,MATCH,,\nx:1,b:1,NO,,\na:1,b:1,maybe,,\na:1,b:1,POSSIBLE,2,\n"
    with pytest.raises(BadFile) as caught:
        read(text + 'a:1,b:1,NO,,"drop; table"\n', "csv", canonical, NOW, "bob")
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["line 2", "line 3", "line 4", "line 5", "line 6"]


def test_a_file_without_the_columns() -> None:
    with pytest.raises(BadFile, match="columns other, state are missing"):
        read("one\na:1\n", "csv", canonical, NOW, "bob")
    with pytest.raises(BadFile, match="one, other, state are missing; the head line has One, Other"):
        read("One,Other\n", "csv", canonical, NOW, "bob")
    with pytest.raises(BadFile, match="the file is empty"):
        read("", "csv", canonical, NOW, "bob")
    with pytest.raises(BadFile, match="line 1: takes an object"):
        read("[1]\n", "jsonl", canonical, NOW, "bob")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_as_spreadsheets_separate_them(separator: str) -> None:
    text = "one,other,state\na:1,b:1,NO\n".replace(",", separator)
    (found,) = read(text, "csv", canonical, NOW, "bob")
    assert (found.one, found.other, found.state) == ("a:1", "b:1", "NO")


def test_one_pair_decided_in_two_ways() -> None:
    text = "one,other,state\na:1,b:1,NO\nb:1,a:1,NO\n"
    assert len(read(text, "csv", canonical, NOW, "bob")) == 1
    with pytest.raises(BadFile, match="line 4: says MATCH of two identifiers of which line 2 says NO"):
        read(text + "b:1,a:1,MATCH\n", "csv", canonical, NOW, "bob")


def test_what_can_never_be_one() -> None:
    text = "one,other,state\na:1,b:1,NO\na:2,b:2,POSSIBLE\n"
    with pytest.raises(BadFile) as caught:
        read(text.replace("POSSIBLE", "MATCH"), "csv", canonical, NOW, "bob", lambda one, other: f"{one} is no {other}")
    assert str(caught.value) == "line 3: a:2 is no b:2"
