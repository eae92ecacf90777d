"""Identifiers made of numbers of fixed widths: ward, block, lot – whole here, three columns there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from resolvers.identity.codec import BadIdentifier, chosen, format_at, text_of

_NAME = re.compile(r"numbers((?:_[1-9]){2,6})")
_DECIMAL = re.compile(r"([0-9]+)(?:\.0*)?")
_PARTED = re.compile(r"[0-9]+(?:\s?[-/_. ]\s?[0-9]+)+")
_PART = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class CompositeCodec:
    """Numbers of `widths` digits, canonical as all digits together; no part is 0.

    A key has one column (the whole) or one for each part. Numbers lose their leading zeros in
    some systems, so a shorter whole is padded when it is read from a row, never when a client
    sends it.
    """

    widths: tuple[int, ...]
    formats: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "whole": "all digits together: 304120017",
            "dashed": "padded, with dashes: 3-0412-0017",
            "spaced": "padded, with blanks: 3 0412 0017",
            "short": "dashes without padding: 3-412-17",
            "whole.0": "all digits together, printed as a decimal: 304120017.0",
            "0": "a part without padding: 412",
            "00": "a part padded to its width: 0412",
        }
    )

    @property
    def parts(self) -> int:
        """Columns of a complete key."""
        return len(self.widths)

    @property
    def example(self) -> str:
        """ "100010001"."""
        return "".join("1".zfill(width) for width in self.widths)

    def parse(self, text: str) -> str:
        text = text.strip()
        if (whole := _DECIMAL.fullmatch(text)) and len(whole[1]) == sum(self.widths):
            return self._joined(self._split(whole[1]))
        if _PARTED.fullmatch(text) and len(parts := _PART.findall(text)) == self.parts:
            return self._joined(parts)
        raise BadIdentifier(f"{self._shape}; got {_seen(text)}")

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        parts = self._split(value)
        if columns == 1:
            return tuple((text,) for text in chosen(_wholes(value, parts), format_at(formats, 0), ("whole", "dashed")))
        if columns != self.parts:
            raise ValueError(f"it sits in 1 or {self.parts} columns, not in {columns}")
        declared = [format_at(formats, column) for column in range(columns)]
        if not any(declared):
            return tuple(dict.fromkeys((tuple(str(int(part)) for part in parts), tuple(parts))))
        texts = ({"0": str(int(part)), "00": part} for part in parts)
        return tuple(product(*(chosen(text, name, ("0", "00")) for text, name in zip(texts, declared, strict=True))))

    def read(self, cells: Sequence[object]) -> str | None:
        texts = [text_of(cell) for cell in cells]
        try:
            if len(texts) == 1:
                whole = _DECIMAL.fullmatch(texts[0])
                return self.parse(whole[1].zfill(sum(self.widths)) if whole else texts[0])
            numbers = [_DECIMAL.fullmatch(text) for text in texts]
            return self._joined([number[1] for number in numbers if number])
        except BadIdentifier:
            return None

    @property
    def _shape(self) -> str:
        dashed = "-".join(self._split(self.example))
        return (
            f"takes {self.parts} numbers of {', '.join(map(str, self.widths))} digits, like {self.example} or {dashed}"
        )

    def _split(self, digits: str) -> list[str]:
        ends = [sum(self.widths[: n + 1]) for n in range(self.parts)]
        return [digits[end - width : end] for end, width in zip(ends, self.widths, strict=True)]

    def _joined(self, parts: list[str]) -> str:
        padded = [str(int(part)).zfill(width) for part, width in zip(parts, self.widths, strict=False)]
        if [len(part) for part in padded] != list(self.widths) or len(parts) != self.parts:
            raise BadIdentifier(f"{self._shape}; {'-'.join(parts)} does not fit")
        if any(int(part) == 0 for part in padded):
            raise BadIdentifier(f"{self._shape}; {'-'.join(padded)} has a part that is 0")
        return "".join(padded)


def composite(check: str) -> CompositeCodec | None:
    """The codec that "numbers_1_4_4" names, None for another name."""
    found = _NAME.fullmatch(check)
    return CompositeCodec(tuple(int(width) for width in found[1].split("_")[1:])) if found else None


def _wholes(value: str, parts: list[str]) -> dict[str, str]:
    return {
        "whole": value,
        "dashed": "-".join(parts),
        "spaced": " ".join(parts),
        "short": "-".join(str(int(part)) for part in parts),
        "whole.0": f"{value}.0",
    }


def _seen(text: str) -> str:
    return f"{len(text)} digits" if text.isdecimal() else repr(text[:40])
