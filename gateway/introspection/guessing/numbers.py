"""Numbers in texts: whether they are whole, how they are written, and whether they are money."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.base import Column, ColumnType
from gateway.introspection.guessing import hints
from gateway.introspection.guessing.names import has
from gateway.introspection.guessing.texts import Sample

_NUMERIC = re.compile(r"[-+]?\s?[$€£]?\s?[-+]?[0-9.,' ]*[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]{1,2})?")
_WHOLE_FORMS = (None, "1.0", "1,234", "1.234", "1 234", "1'234")
_FORMS = (None, "1,234.50", "1.234,50", "1 234,50", "1'234.50", "1,50")


def numeric(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[tuple[Column, tuple[str, ...]]]:
    """Declarations of a number to be tried, the plainest first. A format is proposed only where some
    text shows it: "1,234" needs a group of three."""
    fits = sum(n for text, n in texts.texts.items() if _NUMERIC.fullmatch(text))
    if fits < texts.rows * 0.99:
        return
    symbol = next((mark for mark in "$€£" if any(mark in text for text in texts.texts)), "")
    money = bool(symbol) or has(heading, hints.MONEY) or any(part in "".join(heading) for part in hints.MONEY_PARTS)
    seen = "\n".join(texts.texts)
    if not money:
        if max(map(_size, texts.texts)) < 10:
            yield from ((replace(base, type=ColumnType.INT, format=form), ()) for form in _shown(_WHOLE_FORMS, seen))
        elif not re.search(r"[.,]", seen):
            return  # whole numbers that no Int of the schema holds are names
    kind = ColumnType.MONEY if money else ColumnType.FLOAT
    for form in _shown(_FORMS, seen):
        written = f"{symbol}{form or '1.50'}" if symbol else form
        yield replace(base, type=kind, format=written), ()


def _size(text: str) -> int:
    """Digits before the decimals, as far as that can be seen; ten digits may be too large."""
    whole = re.split(r"[.](?=[0-9]*$)", text)[0]
    digits = re.sub(r"[^0-9]", "", whole)
    return len(digits.lstrip("0"))


_SIGNS = {
    "1.0": r"[0-9]\.",
    "1,234": r"[0-9],[0-9]{3}\b",
    "1.234": r"[0-9]\.[0-9]{3}\.[0-9]{3}",
    "1 234": r"[0-9] [0-9]{3}\b",
    "1'234": r"[0-9]'[0-9]{3}\b",
    "1,234.50": r"[0-9],[0-9]{3}\b",
    "1.234,50": r"[0-9]\.[0-9]{3},",
    "1 234,50": r"[0-9] [0-9]{3}\b",
    "1'234.50": r"[0-9]'[0-9]{3}\b",
    "1,50": r"[0-9],[0-9]{1,2}\b(?!,)",
}


def _shown(forms: Sequence[str | None], seen: str) -> Iterator[str | None]:
    for form in forms:
        if form is None or re.search(_SIGNS[form], seen):
            yield form
