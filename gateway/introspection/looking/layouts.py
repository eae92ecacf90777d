"""How a file is laid out, from its first bytes: kind, encoding, delimiter, preamble, place of the rows.

What is found is what a dataset's `format` says (see `adapters.files.formats`); what the file's name
says already, or is usual, is left out.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

_HEAD = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_LINES = 200
_DATA = re.compile(r"[-+]?[$€£]?[0-9][0-9.,/: -]*(?:AM|PM)?|")
_ENDINGS = {"csv": ",", "txt": ",", "tsv": "\t"}
_KINDS = ("csv", "txt", "tsv", "json", "jsonl", "ndjson", "geojson", "xml", "parquet", "pq")


def layout(name: str, body: bytes, whole: bool) -> Mapping[str, object]:
    """The `format` of a file called `name` that begins with `body`, unpacked. ValueError where it
    is nothing that can be read."""
    ending = name.casefold().partition("?")[0].removesuffix(".gz").rpartition(".")[2]
    kind = {"ndjson": "jsonl", "geojson": "json", "pq": "parquet", "txt": "csv", "tsv": "csv"}.get(ending, ending)
    if ending not in _KINDS or kind == "json":
        kind = _kind(body, whole)
    said: dict[str, object] = {} if ending in _KINDS and kind == _usual(ending) else {"kind": kind}
    if kind == "parquet":
        return said
    if kind == "xml":
        return {**said, "rows": _xml_rows(body)}
    encoding = encoding_of(body[:_HEAD])
    said |= {} if encoding == "utf-8" else {"encoding": encoding}
    if kind == "csv":
        return said | _csv(_decoded(body[:_HEAD], encoding), _ENDINGS.get(ending, ","))
    if kind == "json" and not name.casefold().partition("?")[0].removesuffix(".gz").endswith("rows.json"):
        rows = json_rows(json.loads(_decoded(body, encoding)))
        return said | ({"rows": rows} if rows else {})
    return said


def _usual(ending: str) -> str:
    return {"ndjson": "jsonl", "geojson": "json", "pq": "parquet", "txt": "csv", "tsv": "csv"}.get(ending, ending)


def _kind(body: bytes, whole: bool) -> str:
    if body[:4] == b"PAR1":
        return "parquet"
    start = body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start == b"<":
        return "xml"
    if start in (b"{", b"["):
        first = body.lstrip(b"\xef\xbb\xbf \r\n\t").partition(b"\n")[0]
        lines = start == b"{" and _is_json(first) and b"\n" in body.strip()
        return "jsonl" if lines else "json"
    return "csv"


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def encoding_of(head: bytes) -> str:
    """UTF-8 where it is, else the Windows code page that most exports are in."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            head[: head.rfind(b"\n") + 1 or len(head)].decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _decoded(body: bytes, encoding: str) -> str:
    return body.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")


# --- CSV


def _csv(text: str, usual: str) -> dict[str, object]:
    delimiter = max(_DELIMITERS, key=lambda each: (_regular(text, each), each == usual))
    rows = _parsed(text, delimiter)
    found: dict[str, object] = {} if delimiter == usual else {"delimiter": delimiter}
    at = _header(rows)
    if at is None:
        width = _width(rows)
        return found | {"header": [f"column_{i + 1}" for i in range(width)]}
    return found | ({"skip_lines": at} if at else {})


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    """The first lines, each as a row; quotes that go over lines end with the text."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == _LINES:
                break
    except csv.Error:
        pass
    return rows


def _regular(text: str, delimiter: str) -> float:
    """How many of the rows have the usual number of fields, where that is more than one."""
    widths = Counter(len(row) for row in _parsed(text, delimiter) if row)
    if not widths:
        return 0.0
    width, rows = widths.most_common(1)[0]
    return rows / sum(widths.values()) if width > 1 else 0.0


def _width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(len(row) for row in rows if row).most_common(1)[0][0] if rows else 0


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    """The line with the names: the first that has the usual width and is mostly filled; None where
    that one holds data already."""
    width = _width(rows)
    for at, row in enumerate(rows[: _LINES // 4]):
        filled = [cell for cell in row if cell.strip()]
        if len(row) == width and len(filled) >= 0.8 * width:
            data = sum(bool(_DATA.fullmatch(cell.strip())) for cell in filled)
            return None if data > 0.3 * len(filled) and width > 1 else at
    return 0


# --- JSON and XML


def json_rows(document: Any) -> str:
    """The pointer to the longest list of objects, at most three deep; "" for the document itself."""
    found = list(_lists(document, "", 3))
    return max(found, key=lambda each: each[0])[1] if found else ""


def _lists(value: Any, path: str, depth: int) -> "list[tuple[int, str]]":
    if isinstance(value, list):
        return [(len(value), path)] if any(isinstance(each, dict) for each in value[:10]) else []
    if not isinstance(value, dict) or not depth:
        return []
    inner = ((f"{path}/{name.replace('~', '~0').replace('/', '~1')}", each) for name, each in value.items())
    return [found for name, each in inner for found in _lists(each, name, depth - 1)]


def _xml_rows(body: bytes) -> str:
    """The path of tags that comes most often among elements that hold others or have attributes."""
    parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
    path: list[str] = []
    counts: Counter[str] = Counter()
    try:
        parser.feed(body)
        for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
            if event == "start":
                path.append(element.tag.rpartition("}")[2])
            else:
                if len(element) or element.attrib:
                    counts["/".join(path)] += 1
                path.pop()
    except ParseError as error:
        if not counts:
            raise ValueError("is no XML") from error
    if not counts:
        raise ValueError("holds no rows: no element has attributes or elements of its own")
    return min(counts, key=lambda each: (-counts[each], each.count("/")))
