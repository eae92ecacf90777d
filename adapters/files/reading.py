"""Reads an agency's file into plain rows of text; run as a process of its own.

Parsing holds the interpreter for as long as a file is long, and a hostile file may eat memory:
so this is a program (`python -IS reading.py`, the task on stdin as JSON, the outcome on stdout),
which can be stopped, and imports nothing but the standard library.

Rows go out as CSV with every cell quoted; a cell that is not there at all is a single NUL. A row
that can't be read is counted and left out: too few or too many fields, quotes that do not end,
bytes that the encoding does not know, JSON that is no row.
"""

import codecs
import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

ABSENT = "\x00"
_UNREADABLE = "\ufdd0"  # a noncharacter: stands for a byte that the encoding does not know
_STEP = 1 << 16
Row = dict[str, str | None]
Format = dict[str, Any]


class Unreadable(Exception):
    """The file as a whole is not what the format says."""


class _Bounded(io.RawIOBase):
    """The unpacked bytes of a file, at most so many."""

    def __init__(self, path: str, most: int) -> None:
        with open(path, "rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        self._file = gzip.open(path, "rb") if packed else open(path, "rb")  # noqa: SIM115 -- lives as long as we do
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data: bytes = self._file.read(min(len(buffer), _STEP))
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable("is not packed as gzip throughout") from error
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("is larger than max_bytes allows")
        buffer[: len(data)] = data
        return len(data)


def _marked(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _UNREADABLE, error.end


codecs.register_error("marked", _marked)


def _text(path: str, form: Format, most: int) -> TextIO:
    encoding = "utf-8-sig" if form["encoding"] == "utf-8" else form["encoding"]
    return io.TextIOWrapper(io.BufferedReader(_Bounded(path, most)), encoding, errors="marked", newline="")


class Table:
    """What is read: rows of cells under names, and how many could not be read."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.refused = 0

    def cells(self, rows: Iterator[Row | None]) -> list[list[str]]:
        """Rows of named cells; names come as they are met. None is a row that can't be read."""
        known: dict[str, int] = {}
        table = []
        for row in rows:
            if row is None or any(value and _UNREADABLE in value for value in row.values()):
                self.refused += 1
                continue
            cells = [ABSENT] * len(known)
            for name, value in row.items():
                at = known.setdefault(name, len(known))
                if at == len(cells):
                    cells.append(ABSENT)
                cells[at] = ABSENT if value is None else value
            table.append(cells)
        self.names = list(known)
        return [cells + [ABSENT] * (len(known) - len(cells)) for cells in table]


# --- CSV


def _unlike(names: list[str]) -> list[str]:
    """Trimmed, and told apart where two are the same."""
    trimmed = [" ".join(name.split()) for name in names]
    return [name if name not in trimmed[:at] else f"{name}#{at + 1}" for at, name in enumerate(trimmed)]


def _csv(text: TextIO, form: Format, table: Table) -> Iterator[list[str]]:
    for _ in range(form["skip_lines"]):
        text.readline()
    quote = form["quote"]
    reader = csv.reader(
        text,
        delimiter=form["delimiter"],
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    names = form["header"] or next(reader, None)
    if names is None:
        raise Unreadable("has no header line")
    table.names = list(names) if form["header"] else _unlike(names)
    return _csv_rows(reader, len(table.names), table)


def _csv_rows(reader: Any, width: int, table: Table) -> Iterator[list[str]]:
    while True:
        start = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            ended = "unexpected end" in str(error)
            table.refused += max(1, reader.line_num - start) if ended else 1
            continue
        if not row or (len(row) == 1 and not row[0].strip() and width > 1):
            continue
        if len(row) != width or any(_UNREADABLE in cell for cell in row):
            table.refused += 1
        else:
            yield row


# --- JSON


def _document(text: TextIO) -> Any:
    """The whole document; numbers keep the spelling that they have."""
    try:
        return json.loads(text.read(), parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        raise Unreadable("is no JSON") from None


class _Number(str):
    """A number as it is spelled."""

    __slots__ = ()


def _at(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; `*` stands for all members of a list."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for place, part in enumerate(parts):
        if part == "*" and isinstance(value, list):
            rest = "".join(f"/{part}" for part in parts[place + 1 :])
            return [_at(member, rest) for member in value]
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise Unreadable(f"has nothing at {pointer}")
    return value


def _json(text: TextIO, form: Format, table: Table) -> list[list[str]]:
    document = _document(text)
    rows = _at(document, form["rows"])
    if not isinstance(rows, list):
        raise Unreadable(f"has no list at {form['rows'] or 'its top'}")
    names = _at(document, form["names"]) if form["names"] else None
    return table.cells(_named(row, names) for row in rows)


def _named(row: Any, names: list[Any] | None) -> Row | None:
    if names is not None:
        if not isinstance(row, list) or len(row) != len(names):
            return None
        row = dict(zip(map(str, names), row, strict=True))
    return _flat(row) if isinstance(row, dict) else None


def _flat(row: dict[str, Any]) -> Row:
    """A member that is an object is there as JSON, and its own members by their pointers."""
    found: Row = {}
    for name, value in row.items():
        found[name] = _spelled(value)
        if isinstance(value, dict | list):
            _inner(value, f"/{_escaped(name)}", found)
    return found


_MOST_ITEMS = 8


def _inner(value: Any, path: str, found: Row) -> None:
    """Lists go in only where they are short, like the two numbers of a place."""
    if isinstance(value, list):
        value = dict(enumerate(value)) if len(value) <= _MOST_ITEMS else {}
    for name, part in value.items():
        inner = f"{path}/{_escaped(str(name))}"
        if isinstance(part, dict | list):
            _inner(part, inner, found)
        else:
            found[inner] = _spelled(part)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _spelled(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return _json_text(value)


def _json_text(value: Any) -> str:
    """JSON again, with numbers as they were spelled."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_json_text, value))}]"
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}: {_json_text(part)}" for name, part in value.items())
        return f"{{{', '.join(members)}}}"
    return json.dumps(value, ensure_ascii=False)


def _json_lines(text: TextIO, table: Table) -> list[list[str]]:
    return table.cells(_line(line) for line in text if line.strip())


def _line(line: str) -> Row | None:
    try:
        row = json.loads(line, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return None
    return _flat(row) if isinstance(row, dict) else None


# --- XML


def _xml(path: str, form: Format, most: int, table: Table) -> list[list[str]]:
    """Elements at the path of tags, without their namespaces. Where the document breaks off, what
    came before it is read, and the rest is one row that can't be."""
    with _Bounded(path, most) as raw:
        rows = _elements(raw, form["rows"].strip("/").split("/"))
        return table.cells(_element_row(element) for element in rows)


def _elements(raw: io.RawIOBase, wanted: list[str]) -> Iterator[Element | None]:
    parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
    stack: list[Element] = []
    path: list[str] = []
    met = False
    try:
        while data := raw.read(_STEP):
            parser.feed(data)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                if event == "start":
                    stack.append(element)
                    path.append(_tag(element))
                    continue
                if path == wanted:
                    met = True
                    yield element
                if len(path) <= len(wanted):
                    _forget(stack)
                stack.pop()
                path.pop()
        parser.close()
    except ParseError as error:
        if not met:
            raise Unreadable("is no XML") from error
        yield None


def _forget(stack: list[Element]) -> None:
    """What is read needs no room any more."""
    stack[-1].clear()
    if len(stack) > 1:
        stack[-2].remove(stack[-1])


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _element_row(element: Element | None) -> Row | None:
    if element is None:
        return None
    found: Row = {}
    _gather(element, "", found)
    return found


def _gather(element: Element, path: str, found: Row) -> None:
    """Attributes as `@name`, children by their tags, what is deeper as `tag/tag`."""
    for name, value in element.attrib.items():
        found[f"{path}@{name.rpartition('}')[2]}"] = value
    for child in element:
        name = f"{path}{_tag(child)}"
        text = child.text if child.text and (child.text.strip() or not len(child)) else None
        found[name] = f"{found[name]}\n{text}" if found.get(name) and text else (text or found.get(name))
        _gather(child, f"{name}/", found)


# --- the task


def read(path: str, form: Format, most: int, out: TextIO) -> Table:
    """Write the rows of a file; `Unreadable` where the file as a whole is not of its format."""
    table = Table()
    write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows
    kind: str = form["kind"]
    if kind == "xml":
        write(_xml(path, form, most, table))
        return table
    readers: dict[str, Callable[[TextIO], Any]] = {
        "csv": lambda text: _csv(text, form, table),
        "json": lambda text: _json(text, form, table),
        "jsonl": lambda text: _json_lines(text, table),
    }
    with _text(path, form, most) as text:
        write(readers[kind](text))
    return table


def main() -> None:
    """The task comes on stdin, the outcome goes to stdout."""
    task = json.load(sys.stdin)
    csv.field_size_limit(1 << 27)
    try:
        with open(task["out"], "w", encoding="utf-8", errors="replace", newline="") as out:
            table = read(task["path"], task["format"], task["most"], out)
        outcome: dict[str, object] = {"names": table.names, "refused": table.refused}
    except Unreadable as error:
        outcome = {"unreadable": str(error)}
    except (OSError, MemoryError) as error:
        outcome = {"failed": type(error).__name__}
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
