"""How long an address takes, one at a time: looked up in a register in memory, or completed while it is typed.

Every text is looked up by itself, and completed after every letter from the fourth on, by the time that
the thread has the processor: nothing here waits, and others on the machine do not count. What a request
costs beside (HTTP, GraphQL) is `make bench`'s.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gateway.evaluation import read_map
from gateway.evaluation.rows import address_texts, read_places, rows
from resolvers.identity.addresses import Locale, locale
from resolvers.identity.registers import AddressIndex

Line = tuple[str, ...]

_FIRST, _LAST = 4, 24
"""Letters after which somebody who types is answered."""


def address_speed(path: Path, data: Path) -> Iterator[Line]:
    """Reading, look-ups and completions of a map whose columns are `zip` and `boro`."""
    described = read_map(path)
    place = locale(described.locale)
    assert described.right is not None
    register = rows(described.right, described, data)
    index = AddressIndex(place)
    for row in register:
        for parts in read_places(row.cells, described.right.columns, place):
            index.add(row.entity, parts)
    texts = [
        (text, row.cells["zip"], row.cells["boro"])
        for row in rows(described.left, described, data)
        for text in address_texts(row.cells, described.left.columns)
    ]
    begun = [(text[:end],) for text, _, _ in texts[::3] for end in range(_FIRST, min(len(text), _LAST) + 1)]
    _complete(place, index, "1 A")  # sorts the streets, once
    yield _line("an address read", _timed(lambda *text: place.search_keys(*text), texts))
    yield _line("an address read and looked up", _timed(lambda *text: _look_up(place, index, *text), texts))
    yield _line("an address completed", _timed(lambda text: _complete(place, index, text), begun))


def _look_up(place: Locale, index: AddressIndex, text: str, postcode: str, borough: str) -> None:
    if query := place.search_keys(text, postcode, borough):
        index.find(query)


def _complete(place: Locale, index: AddressIndex, text: str) -> None:
    if begun := place.begun(text):
        index.complete(begun)


def _timed(do: Callable[..., object], asked: Sequence[tuple[str, ...]]) -> list[float]:
    """Seconds of each, in order of length."""
    spent = []
    for each in asked:
        begin = time.thread_time()
        do(*each)
        spent.append(time.thread_time() - begin)
    return sorted(spent)


def _line(name: str, spent: Sequence[float]) -> Line:
    median, slow = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
    return name, f"{len(spent) / sum(spent):,.0f} a second; p50 {median * 1e3:.3f} ms, p99 {slow * 1e3:.3f} ms"
