"""Keys of a scan, in stored terms: which rows they mean, and how they are split into calls."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from adapters.base import Keys, Stored

KeyValue = tuple[Stored, ...]


def matches(keys: Keys) -> Callable[[KeyValue], bool]:
    """Whether the stored values of the key columns are among `keys`; null never is."""
    wanted = frozenset(value for value in keys.values if None not in value)
    if not keys.prefix:
        return lambda value: value in wanted
    prefixes: dict[KeyValue, tuple[str, ...]] = {}
    for value in wanted:
        prefixes[value[:-1]] = (*prefixes.get(value[:-1], ()), str(value[-1]))

    def test(value: KeyValue) -> bool:
        last = value[-1]
        return isinstance(last, str) and last.startswith(prefixes.get(value[:-1], ()))

    return test


def without_overlap(keys: Keys) -> Keys:
    """The same rows by prefixes of which none begins with another, so that no row comes twice."""
    if not keys.prefix:
        return keys
    kept: list[KeyValue] = []
    present = (value for value in keys.values if None not in value)
    for value in sorted(present, key=lambda value: (repr(value[:-1]), str(value[-1]))):
        last = kept[-1] if kept else None
        if last is None or last[:-1] != value[:-1] or not str(value[-1]).startswith(str(last[-1])):
            kept.append(value)
    return replace(keys, values=tuple(kept))


def shortened(keys: Keys, columns: int) -> Keys | None:
    """Keys by the first `columns` only, without prefix: a superset. None for no columns."""
    whole = len(keys.columns) - keys.prefix
    size = min(columns, whole)
    if size == 0:
        return None
    return Keys(keys.columns[:size], tuple(dict.fromkeys(value[:size] for value in keys.values)))


def split(keys: Keys, size: int) -> Iterator[Keys]:
    """Keys in calls of at most `size`."""
    for start in range(0, len(keys.values), size):
        yield replace(keys, values=keys.values[start : start + size])


def sendable(values: Sequence[KeyValue]) -> Sequence[KeyValue]:
    """Without those that no row can have: with a null, or with text that no database holds."""
    try:
        text = "".join(map("".join, values))  # type: ignore[arg-type]
    except TypeError:
        return [value for value in values if all(map(_holdable, value))]
    if transmissible(text):
        return values
    return [value for value in values if all(map(_holdable, value))]


def plain_texts(keys: Keys) -> list[str] | None:
    """Keys of one column that are all texts which a database can hold; the common case, and quick."""
    texts = [value for (value,) in keys.values]
    try:
        plain = transmissible("".join(texts))  # type: ignore[arg-type]
    except TypeError:
        return None
    return texts if plain else None  # type: ignore[return-value]


def single(keys: Keys | None) -> list[Stored]:
    """The values of keys of one column, without those that no row can have."""
    if keys is None:
        return []
    texts = plain_texts(keys)
    return [value for (value,) in sendable(keys.values)] if texts is None else cast("list[Stored]", texts)


def _holdable(part: Stored) -> bool:
    return transmissible(part) if isinstance(part, str) else part is not None


def transmissible(text: str) -> bool:
    """Whether a database can hold this text at all: no NUL, no lone surrogates."""
    if "\x00" in text:
        return False
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def after_prefix(prefix: str) -> str | None:
    """The least text, by code point, above all that start with `prefix`; None if there is none."""
    for end in range(len(prefix), 0, -1):
        following = ord(prefix[end - 1]) + 1
        if following == 0xD800:
            following = 0xE000
        if following <= 0x10FFFF:
            return prefix[: end - 1] + chr(following)
    return None
