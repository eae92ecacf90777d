"""Named steps that tidy an agency's text before it is read.

A dataset or column lists them (`clean = ["trim", "squeeze"]`); they run in that order. A cleaned
column can't be compared by the agency itself, because many spellings become one value.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

Step = Callable[[str], str]


def _squeeze(text: str) -> str:
    """Every run of white space becomes one space; the ends are trimmed too."""
    return " ".join(text.split())


def _fix_mojibake(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 ("CafÃ©" becomes "Café"), up to twice."""
    for _ in range(2):
        if text.isascii():
            return text
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return text
    return text


CLEANING: Mapping[str, Step] = MappingProxyType(
    {
        "trim": str.strip,
        "squeeze": _squeeze,
        "unescape_html": html.unescape,
        "fix_mojibake": _fix_mojibake,
        "upper": str.upper,
        "lower": str.lower,
        "title": str.title,
        "strip_zeros": lambda text: text.lstrip("0") or text[-1:],
        "digits": lambda text: "".join(c for c in text if c in "0123456789"),
    }
)
"""Every cleaning step, by the name used in the catalogue."""


def cleaner(steps: Sequence[str]) -> Step | None:
    """One function for all `steps`, in order; None for no steps. KeyError for an unknown one."""
    functions = [CLEANING[step] for step in steps]
    if not functions:
        return None
    if len(functions) == 1:
        return functions[0]

    def run(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return run
