import json
from collections.abc import Mapping

import pytest

from gateway.introspection.looking.layouts import layout

PLAIN = "BIN,STATUS,DATE\n1015862,Open,2020-01-01\n1015863,Closed,2020-01-02\n"


def test_a_plain_file_says_all_itself() -> None:
    assert layout("a.csv", PLAIN.encode(), True) == {}
    assert layout("a.csv.gz", PLAIN.encode(), True) == {}
    assert layout("a.tsv", PLAIN.replace(",", "\t").encode(), True) == {}


@pytest.mark.parametrize(
    ("name", "text", "encoding", "found"),
    [
        ("a.csv", PLAIN.replace(",", ";"), "utf-8", {"delimiter": ";"}),
        ("a.txt", PLAIN.replace(",", "|"), "utf-8", {"delimiter": "|"}),
        ("a.csv", PLAIN.replace("Open", "Café"), "cp1252", {"encoding": "cp1252"}),
        ("a.csv", PLAIN, "utf-8-sig", {}),
        ("a.csv", PLAIN, "utf-16", {"encoding": "utf-16"}),
        ("a.csv", f"Sales,,\nas of today,,\n{PLAIN}", "utf-8", {"skip_lines": 2}),
        ("a.csv", PLAIN.partition("\n")[2], "utf-8", {"header": ["column_1", "column_2", "column_3"]}),
        ("export", PLAIN, "utf-8", {"kind": "csv"}),
        ("export", '{"a": 1}\n{"a": 2}\n', "utf-8", {"kind": "jsonl"}),
        ("a.json", '[{"a": 1}]', "utf-8", {}),
        ("a.json", '{"a": 1}\n{"a": 2}\n', "utf-8", {"kind": "jsonl"}),
        (
            "a.json",
            '{"meta": {}, "data": {"rows/all": [{"a": 1}, {"a": 2}]}, "x": [{"b": 1}]}',
            "utf-8",
            {"rows": "/data/rows~1all"},
        ),
        (
            "a.geojson",
            '{"type": "FeatureCollection", "features": [{"properties": {}}]}',
            "utf-8",
            {"rows": "/features"},
        ),
        ("a.xml", "<r><about day='1'/><row><a>1</a></row><row><a>2</a></row></r>", "utf-8", {"rows": "r/row"}),
        ("export", "<r xmlns='x'><row a='1'/><row a='2'/></r>", "utf-8", {"kind": "xml", "rows": "r/row"}),
    ],
)
def test_layouts(name: str, text: str, encoding: str, found: Mapping[str, object]) -> None:
    assert layout(name, text.encode(encoding), True) == found


def test_what_is_no_file_of_rows_is_said() -> None:
    for name, body in (("a.xml", b"<html><br></html>"), ("a.json", b'{"a": '), ("a.xml", b"<r>text</r>")):
        with pytest.raises(ValueError, match=r"no XML|no rows|JSON|Expecting"):
            layout(name, body, True)


def test_a_rows_json_of_a_portal_needs_no_word() -> None:
    body = json.dumps({"meta": {"view": {"columns": []}}, "data": [["a"]]}).encode()
    assert layout("x.rows.json", body, True) == {}
