"""Numbers made of numbers: a parcel as ward, block and lot, a title as county and serial."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from resolvers.identity.codec import BadIdentifier, chosen, format_at, seen, text_of

_DECIMAL = re.compile(r"([0-9]+)(?:\.0*)?")
_BETWEEN = re.compile(r"\s?[-/_. ]\s?")


@dataclass(frozen=True, slots=True)
class NumbersCodec:
    """Parts of fixed widths, canonical padded and joined: widths (1, 4, 4) make 100010002.

    A key has one column (the whole) or one for each part. Formats look like what is stored:
    "000000000", "0-0000-0000", "0-0-0" and "000000000.0" for the whole, "0" or "0000" for a part.
    """

    widths: tuple[int, ...]

    @property
    def parts(self) -> int:
        return len(self.widths)

    @property
    def example(self) -> str:
        return "".join(str(at % 9 + 1).zfill(width) for at, width in enumerate(self.widths))

    @property
    def formats(self) -> Mapping[str, str]:
        wholes = {name: f"whole: {text}" for name, text in self._wholes(self.example).items()}
        padded = {"0" * width: f"one part, padded to {width} digits" for width in self.widths if width > 1}
        return MappingProxyType(padded | wholes | {"0": "one part without leading zeros"})

    def parse(self, text: str) -> str:
        text = text.strip()
        whole = _DECIMAL.fullmatch(text)
        if whole and len(whole[1]) == sum(self.widths):
            return whole[1]
        parts = _BETWEEN.split(text)
        if len(parts) == len(self.widths) > 1:
            return self._joined(parts, text)
        raise self._bad(text)

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        if columns == 1:
            return tuple((text,) for text in chosen(self._wholes(value), format_at(formats, 0), ("0" * len(value),)))
        if columns != len(self.widths):
            raise ValueError(f"this identifier sits in 1 or {len(self.widths)} columns, not in {columns}")
        choices = [
            chosen(_spellings(part), format_at(formats, at), ("0", "0" * len(part)))
            for at, part in enumerate(self._split(value))
        ]
        if any(format_at(formats, at) for at in range(columns)):
            return tuple(product(*choices))
        return tuple(dict.fromkeys((tuple(c[0] for c in choices), tuple(c[-1] for c in choices))))

    def read(self, cells: Sequence[object]) -> str | None:
        texts = [text_of(cell) for cell in cells]
        try:
            if len(texts) == 1:
                number = isinstance(cells[0], str) or not texts[0]
                return self.parse(texts[0] if number else texts[0].zfill(sum(self.widths)))
            return self._joined(texts, "/".join(texts)) if len(texts) == len(self.widths) else None
        except BadIdentifier:
            return None

    def _split(self, value: str) -> list[str]:
        ends = [sum(self.widths[: at + 1]) for at in range(len(self.widths))]
        return [value[end - width : end] for end, width in zip(ends, self.widths, strict=True)]

    def _wholes(self, value: str) -> dict[str, str]:
        parts = self._split(value)
        wholes = {"0" * len(value): value, "0" * len(value) + ".0": f"{value}.0"}
        if len(parts) > 1:
            wholes["-".join("0" * width for width in self.widths)] = "-".join(parts)
            wholes["-".join("0" for _ in parts)] = "-".join(str(int(part)) for part in parts)
        return wholes

    def _joined(self, texts: Sequence[str], text: str) -> str:
        numbers = [_DECIMAL.fullmatch(each) for each in texts]
        digits = [number[1].lstrip("0") or "0" if number else "" for number in numbers]
        if any(not each or len(each) > width for each, width in zip(digits, self.widths, strict=True)):
            raise self._bad(text)
        return "".join(each.zfill(width) for each, width in zip(digits, self.widths, strict=True))

    def _bad(self, text: str) -> BadIdentifier:
        widths = ", ".join(map(str, self.widths))
        return BadIdentifier(
            f"takes {sum(self.widths)} digits (parts of {widths}), like {self.example}; got {seen(text)}"
        )


def _spellings(digits: str) -> dict[str, str]:
    return {"0": str(int(digits)), "0" * len(digits): digits} if len(digits) > 1 else {"0": digits}
