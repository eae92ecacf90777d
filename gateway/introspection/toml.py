"""TOML as people write it: keys and values of one line, with comments above or beside them."""

import re
from collections.abc import Mapping
from datetime import date

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\"\\\ud800-\udfff]")
WIDTH = 120


def key(name: str) -> str:
    """A key, quoted where it must be."""
    return name if _BARE.fullmatch(name) else text(name)


def text(value: str) -> str:
    """A basic string (TOML 1.0, String); what TOML can't hold becomes U+FFFD."""
    return '"' + _CONTROL.sub(_escaped, value) + '"'


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return _ESCAPES.get(char) or f"\\u{ord(char):04X}"


def value(given: object) -> str:
    """A value on one line. TypeError for what is none of TOML's."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return repr(given)
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, str):
        return text(given)
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    if isinstance(given, Mapping):
        return (
            "{ " + ", ".join(f"{key(name)} = {value(each)}" for name, each in given.items()) + " }" if given else "{}"
        )
    raise TypeError(f"TOML has no {type(given).__name__}")


def comment(said: str, mark: str = "# ") -> list[str]:
    """A comment of as many lines as it takes. Control characters, which comments may not hold, go."""
    lines: list[str] = []
    for word in comment_text(said).split():
        if lines and len(lines[-1]) + len(word) < WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{mark}{word}")
    return lines


def comment_text(said: str) -> str:
    """What of a text can stand in a comment."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", said)


def pair(name: str, given: object, said: str = "", pad: int = 0) -> list[str]:
    """`name = value`, with a comment beside it where there is room, else above it."""
    line = f"{key(name):<{pad}} = {value(given)}"
    beside = comment(said)
    if not beside:
        return [line]
    if len(beside) == 1 and len(line) + len(beside[0]) + 2 <= WIDTH:
        return [f"{line}  {beside[0]}"]
    return [*beside, line]
