"""JSON pointers (RFC 6901): "/data/items" leads through members and, by number, through lists."""

from collections.abc import Callable, Mapping
from typing import Any

MISSING = object()
"""What a pointer leads to where there is nothing."""


def problem(pointer: str) -> str | None:
    """What is wrong with a pointer, None where nothing is."""
    if pointer and not pointer.startswith("/"):
        return f'"{pointer}" is no JSON pointer; begin it with "/", like "/{pointer}"'
    for part in pointer.split("/"):
        if "~" in part.replace("~0", "").replace("~1", ""):
            return f'"{pointer}" is no JSON pointer; write "~0" for "~" and "~1" for "/"'
    return None


def compiled(pointer: str) -> Callable[[Any], Any]:
    """The function that follows a pointer; `MISSING` where it leads nowhere."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return lambda document: _followed(document, parts)


def _followed(document: Any, parts: list[str]) -> Any:
    for part in parts:
        if isinstance(document, Mapping):
            document = document.get(part, MISSING)
        elif isinstance(document, list) and part.isascii() and part.isdigit() and (part == "0" or part[0] != "0"):
            document = document[int(part)] if int(part) < len(document) else MISSING
        else:
            return MISSING
    return document
