"""A GraphQL answer as rows: what came, and what an error took away.

An error names the path to what it nulled (section 7.1.2 of the specification). A cell that is null
because of one is `LOST`, which no type reads; what is null on the way to rows makes the keys
concerned incomplete. An answer without data is a `SourceError`.
The code NOT_FOUND says that there is nothing, so it takes nothing away.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from adapters.base import Column, Stored
from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.graphql.layout import KEY, Layout, Path
from adapters.graphql.queries import name_of, row_path

LOST = b""
"""Stands for a cell that could not be told."""

KeyValue = tuple[Stored, ...]
Place = tuple[str | int, ...]
_FIELD = re.compile(r"['\"“‘]([_A-Za-z]\w*)['\"”’]")
_NONE = frozenset({"NOT_FOUND"})
_THROTTLED = frozenset({"THROTTLED", "RATE_LIMITED", "TOO_MANY_REQUESTS"})


@dataclass(slots=True)
class Found:
    """Rows of one answer, and the keys whose rows did not all come. `partial` where it is not known
    whose did not."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    incomplete: set[KeyValue] = field(default_factory=set)
    partial: bool = False
    more: bool = False
    cursor: str | None = None


class Reading:
    """How answers are read for these columns; the same for all of them."""

    def __init__(self, layout: Layout, columns: Sequence[Column], place: str) -> None:
        self.layout, self.columns, self.place = layout, columns, place
        self.sources = [[(source, _names(source)) for source in column.source] for column in columns]
        self.take = _taker(columns)
        self.listed = self.take is not None and not (layout.rows or layout.more or layout.aligned)

    def reply(self, answer: object) -> "Reply":
        """One decoded answer. `Malformed` where it is none; what its errors mean where it has no data."""
        return Reply(self, answer)


class Reply:
    """One decoded answer."""

    def __init__(self, reading: Reading, answer: Any) -> None:
        self._layout, self._place = reading.layout, reading.place
        self._columns, columns, place = reading.sources, reading.columns, reading.place
        if not isinstance(answer, dict):
            raise Malformed(f"{place}: the source's answer is no answer of GraphQL")
        errors = answer.get("errors") or []
        self._errors: list[Any] = errors if isinstance(errors, list) else [errors]
        data = answer.get("data")
        if data is None:
            raise self._failure(columns)
        self._data = data
        lost = [each for each in self._errors if _code(each) not in _NONE]
        paths = [tuple(each["path"]) for each in lost if isinstance(each, dict) and each.get("path")]
        self._pathless = len(paths) < len(lost)
        self._nulled = {path[:size] for path in paths for size in range(len(path) + 1)}
        self._take = None if self._nulled else reading.take
        self._listed = reading.listed and not self._nulled

    def _failure(self, columns: Sequence[Column]) -> SourceError:
        """All failed: what the first error means."""
        first = self._errors[0] if self._errors and isinstance(self._errors[0], dict) else {}
        extensions = first.get("extensions")
        return failure(self._place, str(first.get("message", "")), extensions, self._layout, columns)

    def read(self, aliases: Sequence[str], keys: Sequence[KeyValue], aliased: bool) -> Found:
        """The rows of all aliases. `keys` are those asked; each has its alias where `aliased`."""
        found = Found(partial=self._pathless)
        outer, place = self._within()
        for i, alias in enumerate(aliases):
            mine = keys[i : i + 1] if aliased else keys
            if not isinstance(outer, dict) or alias not in outer:
                self._missing(found, place, mine)
                continue
            self._field(found, outer[alias], (*place, alias), mine, aliased)
        return found

    def _within(self) -> tuple[Any, Place]:
        """The object that has the field, and where it is."""
        value, place = self._data, Place()
        for step in self._layout.field[:-1]:
            value = value.get(step) if isinstance(value, dict) else None
            place = (*place, step)
        return value, place

    def _missing(self, found: Found, place: Place, keys: Sequence[KeyValue]) -> None:
        """Null on the way to rows: lost if an error says so, else there are none."""
        if place not in self._nulled:
            return
        found.incomplete.update(keys)
        found.partial = found.partial or not keys

    def _field(self, found: Found, value: Any, place: Place, keys: Sequence[KeyValue], aliased: bool) -> None:
        if value is None:
            if place in self._nulled and not aliased:
                raise self._failure([])
            self._missing(found, place, keys)
            return
        if self._listed and isinstance(value, list) and set(map(type, value)) == {dict}:
            found.rows += self._taken(value)
            return
        items = value if isinstance(value, list) else [value]
        if self._layout.aligned and not aliased and len(items) != len(keys):
            raise Malformed(f"{self._place}: the source's answer has not one place a key")
        for n, item in enumerate(items):
            where = (*place, n) if isinstance(value, list) else place
            whose = keys[n : n + 1] if self._layout.aligned and not aliased else keys
            self._item(found, item, where, whose)
        if self._layout.pages is not None and isinstance(value, dict):
            found.more = bool(_at(value, self._layout.pages.more))
            if found.more and aliased:
                found.incomplete.update(keys)
            cursor = _at(value, self._layout.pages.cursor)
            found.cursor = cursor if isinstance(cursor, str) else None

    def _item(self, found: Found, item: Any, place: Place, keys: Sequence[KeyValue]) -> None:
        key = keys[0] if len(keys) == 1 else ()
        if self._layout.more and isinstance(item, dict) and _at(item, self._layout.more):
            found.incomplete.update(keys)
            found.partial = found.partial or not keys
        if self._take is not None:
            found.rows += self._taken([row for row, _ in self._rows(found, item, place, self._layout.rows, keys)])
            return
        for row, where in self._rows(found, item, place, self._layout.rows, keys):
            cells = (self._cell(source, item, row, place, where, key) for source in self._columns)
            found.rows.append(tuple(cells))

    def _taken(self, rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
        try:
            return list(map(self._take, rows)) if self._take is not None else []
        except KeyError:
            raise Malformed(f"{self._place}: the source's rows lack a field that was asked for") from None

    def _rows(
        self, found: Found, value: Any, place: Place, path: Path, keys: Sequence[KeyValue]
    ) -> Iterator[tuple[dict[str, Any], Place]]:
        """Everything at the end of the path, through lists."""
        if value is None:
            self._missing(found, place, keys)
        elif isinstance(value, list):
            for n, member in enumerate(value):
                yield from self._rows(found, member, (*place, n), path, keys)
        elif not isinstance(value, dict):
            raise Malformed(f"{self._place}: the source's rows are no objects")
        elif path:
            name = name_of(path[0])
            yield from self._rows(found, value.get(name), (*place, name), path[1:], keys)
        else:
            yield value, place

    def _cell(
        self, sources: list[tuple[str, Path]], item: Any, row: Any, place: Place, where: Place, key: KeyValue
    ) -> object:
        cells = []
        for source, path in sources:
            if source == KEY:
                cells.append(key[0] if len(key) == 1 else None)
            elif source.startswith("^"):
                cells.append(self._value(item, place, path))
            else:
                cells.append(self._value(row, where, path))
        return cells[0] if len(cells) == 1 else tuple(cells)

    def _value(self, value: Any, place: Place, path: Path) -> object:
        for name in path:
            if not isinstance(value, dict):
                break
            value, place = value.get(name), (*place, name)
        return LOST if value is None and place in self._nulled else value


def _taker(columns: Sequence[Column]) -> Callable[[dict[str, Any]], tuple[object, ...]] | None:
    """Takes the cells of a row at once, where all are the row's own fields."""
    sources = [column.source for column in columns]
    if len(sources) < 2 or any(len(each) != 1 or len(_names(each[0])) != 1 for each in sources):
        return None
    if any(each[0].startswith(("^", "@")) for each in sources):
        return None
    return itemgetter(*(_names(each[0])[0] for each in sources))


def _code(error: Any) -> object:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return extensions.get("code") if isinstance(extensions, dict) else None


def _names(source: str) -> Path:
    return tuple(map(name_of, row_path(source)))


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name_of(name)) if isinstance(value, dict) else None
    return value


def failure(place: str, message: str, extensions: Any, layout: Layout, columns: Sequence[Column]) -> SourceError:
    """What an error means. Its `extensions` may say: `code`, `retryable`, `retryAfter`."""
    said = extensions if isinstance(extensions, dict) else {}
    code, wait = str(said.get("code", "")), said.get("retryAfter")
    detail = f"{code} {message}".strip()[:300]
    if code in _THROTTLED:
        seconds = float(wait) if isinstance(wait, int | float) else None
        return Throttled(f"{place}: the source asks for fewer calls", detail=detail, retry_after=seconds)
    if code == "TIMEOUT":
        return TimedOut(f"{place}: the source did not answer in time", detail=detail)
    if said.get("retryable") is True or code in ("UNAVAILABLE", "INTERNAL_SERVER_ERROR"):
        return Unavailable(f"{place}: the source has a failure of its own", detail=detail)
    named = _FIELD.findall(message)
    if named and "field" in message.casefold():
        return _unknown_field(place, named[0], layout, columns, detail)
    return Rejected(f"{place}: the source refuses the call", detail=detail)


def _unknown_field(place: str, name: str, layout: Layout, columns: Sequence[Column], detail: str) -> Rejected:
    if name in (*layout.field, *map(name_of, layout.rows)):
        return Rejected(f"{place}: the source has no such dataset", detail=detail)
    lost = next((c.name for c in columns if any(name in _names(source) for source in c.source)), None)
    message = f'the source has no column for "{lost}"' if lost else "the source refuses the call"
    return Rejected(f"{place}: {message}", detail=detail, column=lost)
