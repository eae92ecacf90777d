"""What a new version of an agreement changes, term by term; comments and layout are no terms."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

_Terms = Mapping[str, tuple[str, ...]]
_GRANTED = ("granted",)


def differences(before: str | None, after: str) -> tuple[str, ...]:
    """Lines like `~ agreement.ends: 2026-12-31 -> 2027-12-31`, `+ grant "deeds.sales" columns: price`.

    Both are TOML that parses; `before` is None for a new agreement. None where the terms are equal.
    """
    old = _terms(before) if before is not None else {}
    new = _terms(after)
    return tuple(line for key in dict.fromkeys([*old, *new]) for line in _lines(key, old.get(key), new.get(key)))


def _lines(key: str, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> Iterator[str]:
    if old == new:
        return
    if old is not None and new is not None and len(old) == len(new) == 1:
        yield f"~ {key}: {old[0]} -> {new[0]}"
        return
    if old == _GRANTED or new == _GRANTED:
        yield f"{'-' if old else '+'} {key}"
        return
    gone = [each for each in old or () if each not in (new or ())]
    come = [each for each in new or () if each not in (old or ())]
    if gone:
        yield f"- {key}: {', '.join(gone)}"
    if come:
        yield f"+ {key}: {', '.join(come)}"
    if not gone and not come:
        yield f"~ {key}: in another order"


def _terms(text: str) -> _Terms:
    """Every value by where it stands. Of grants that say `on` alike the order counts."""
    data = tomllib.loads(text)
    found: dict[str, tuple[str, ...]] = {}
    for name, value in data.items():
        if name != "grant":
            found.update(_flat(name, value))
    for grant in data.get("grant", []):
        key = f"grant {_shown(grant.get('on', ''))}"
        while key in found:
            key += " again"
        found[key] = _GRANTED
        for name, value in grant.items():
            if name != "on":
                found[f"{key} {name}"] = _values(value)
    return found


def _flat(name: str, value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, _values(value)


def _values(value: Any) -> tuple[str, ...]:
    return tuple(map(_shown, value)) if isinstance(value, list) else (_shown(value),)


def _shown(value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "{ " + ", ".join(f"{key} = {_shown(inner)}" for key, inner in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case _:
            return str(value)
