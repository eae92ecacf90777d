"""Paths with columns in them: "wards/{ward}/licences"."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

_PLACE = re.compile(r"\{([^{}]*)\}")
_SAFE = "/:@!$&'()*+,;=~%"


def columns_in(template: str) -> list[str]:
    """The columns whose values go into a path."""
    return _PLACE.findall(template)


def filled(template: str, named: Mapping[str, str]) -> str | None:
    """The path with values in it; None for values that no path can hold."""
    if any(value in (".", "..") for value in named.values()):
        return None
    parts = _PLACE.split(template)
    spelled = [quote(named[part], safe="") if at % 2 else quote(part, safe=_SAFE) for at, part in enumerate(parts)]
    return "".join(spelled)


@lru_cache(512)
def whole(template: str) -> str:
    """The path where no value goes into it."""
    return filled(template, {}) or ""
