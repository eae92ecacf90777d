"""New York's tax lots: borough, block, lot – one number here, three columns there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from resolvers.identity.codec import BadIdentifier, chosen, format_at, seen, text_of

BOROUGHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "1": ("MN", "M", "MANHATTAN", "NEW YORK", "NEW YORK COUNTY"),
        "2": ("BX", "X", "BRONX", "THE BRONX", "BRONX COUNTY"),
        "3": ("BK", "K", "BROOKLYN", "KINGS", "KINGS COUNTY"),
        "4": ("QN", "Q", "QUEENS", "QU", "QUEENS COUNTY"),
        "5": ("SI", "R", "STATEN ISLAND", "RICHMOND", "STATEN IS", "RICHMOND COUNTY"),
    }
)
"""Borough code -> two letters, one letter, name, and what else agencies write."""

_CODES = {name: code for code, names in BOROUGHS.items() for name in (code, *names)}
_WHOLE = re.compile(r"([0-9]{10})(?:\.0*)?")
_PARTED = re.compile(r"([A-Z1-5][A-Z ]*)\s?[-/_. ]\s?([0-9]{1,5})\s?[-/_. ]\s?([0-9]{1,5})", re.IGNORECASE)
_BLOCK_LOT = re.compile(r"([0-9]{1,5})\s?[-/_ ]\s?([0-9]{1,5})")
_NUMBER = re.compile(r"([0-9]{1,5})(?:\.0*)?")
_SHAPE = "takes 10 digits (borough 1-5, block of 5, lot of 4), like 1004770501 or 1-00477-0501"

_CANONICAL = re.compile(r"[1-5](?!00000)[0-9]{5}(?!0000)[0-9]{4}")
_CANONICALS = re.compile(f"(?:{_CANONICAL.pattern})*+")
_FORMATS = MappingProxyType(
    {
        "0000000000": "whole: 1004770501",
        "0-00000-0000": "whole: 1-00477-0501",
        "0-0-0": "whole: 1-477-501",
        "0000000000.0": "whole, printed as a decimal: 1004770501.0",
        "0000000000.0000": "whole, printed as a decimal: 1004770501.0000",
        "0000000000.0000000000000": "whole, printed as a decimal with 13 places",
        "0-0": "block and lot in one column: 477-501",
        "00000-0000": "block and lot in one column, padded: 00477-0501",
        "0": "borough, block or lot without padding: 1, 477, 501",
        "0000": "lot, padded to 4 digits: 0501",
        "00000": "block or lot, padded to 5 digits: 00477",
        "1": "borough: 1",
        "M": "borough: M, X, K, Q or R",
        "MN": "borough: MN, BX, BK, QN or SI",
        "MANHATTAN": "borough: MANHATTAN, BRONX …",
        "Manhattan": "borough: Manhattan, Bronx …",
    }
)


def borough_code(text: str) -> str | None:
    """The borough's code "1" to "5" for its code, letters or name in any case; None for others."""
    return _CODES.get(" ".join(text.upper().split()))


@dataclass(frozen=True, slots=True)
class BblCodec:
    """Ten digits, `BBBBBLLLL` behind the borough's code; block and lot are never 0.

    A key has one column (the whole), two (borough; block and lot together) or three.
    """

    parts: ClassVar[int] = 3
    formats: ClassVar[Mapping[str, str]] = _FORMATS
    example: ClassVar[str] = "1004770501"

    def parse(self, text: str) -> str:
        text = text.strip()
        if whole := _WHOLE.fullmatch(text):
            digits = whole[1]
            return _joined(digits[0], digits[1:6], digits[6:])
        if parted := _PARTED.fullmatch(text):
            return _joined(parted[1], parted[2], parted[3])
        raise BadIdentifier(f"{_SHAPE}; got {seen(text)}")

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        if self.verbatim(columns, formats):
            return ((value,),)
        borough, block, lot = value[0], value[1:6], value[6:]
        names = tuple(format_at(formats, column) for column in range(columns))
        if columns == 1:
            return tuple((text,) for text in chosen(_wholes(value), names[0], ("0000000000",)))
        boroughs = chosen(_borough_spellings(borough), names[0], ("1",))
        if columns == 2:
            both = {"0-0": f"{int(block)}-{int(lot)}", "00000-0000": f"{block}-{lot}"}
            return tuple((boroughs[0], text) for text in chosen(both, names[1], ("0-0",)))
        if columns != 3:
            raise ValueError(f"a BBL sits in 1, 2 or 3 columns, not in {columns}")
        return _in_three(boroughs[0], _padded(block, names[1]), _padded(lot, names[2]))

    def verbatim(self, columns: int, formats: tuple[str | None, ...]) -> bool:
        return columns == 1 and format_at(formats, 0) in (None, "0000000000")

    def canonical(self, texts: Sequence[str]) -> bool:
        return {*map(len, texts)} <= {10} and _CANONICALS.fullmatch("".join(texts)) is not None

    def read(self, cells: Sequence[object]) -> str | None:
        if len(cells) == 1 and isinstance(whole := cells[0], str) and _CANONICAL.fullmatch(whole):
            return whole
        texts = [text_of(cell) for cell in cells]
        try:
            match texts:
                case [whole]:
                    return self.parse(whole)
                case [borough, both] if parted := _BLOCK_LOT.fullmatch(both):
                    return _joined(borough, parted[1], parted[2])
                case [borough, block, lot]:
                    return _joined(borough, _number(block), _number(lot))
                case _:
                    return None
        except BadIdentifier:
            return None


def _joined(borough: str, block: str, lot: str) -> str:
    code = borough_code(borough)
    if code is None:
        raise BadIdentifier(f"{_SHAPE}; borough {borough!r} is none of 1 to 5")
    if int(block) == 0 or not 0 < int(lot) <= 9999:
        raise BadIdentifier(f"{_SHAPE}; block {int(block)}, lot {int(lot)} is no lot")
    return f"{code}{int(block):05}{int(lot):04}"


def _number(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise BadIdentifier(f"{_SHAPE}; {text!r} is no block or lot")
    return found[1]


def _wholes(value: str) -> dict[str, str]:
    borough, block, lot = value[0], value[1:6], value[6:]
    decimals = {f"0000000000.{zeros}": f"{value}.{zeros}" for zeros in ("0", "0000", "0" * 13)}
    hyphens = {"0-00000-0000": f"{borough}-{block}-{lot}", "0-0-0": f"{borough}-{int(block)}-{int(lot)}"}
    return {"0000000000": value} | hyphens | decimals


def _borough_spellings(code: str) -> dict[str, str]:
    two, one, name = BOROUGHS[code][:3]
    return {"1": code, "0": code, "M": one, "MN": two, "MANHATTAN": name, "Manhattan": name.title()}


def _padded(digits: str, name: str | None) -> tuple[str, ...]:
    number = int(digits)
    return chosen({"0": f"{number}", "0000": f"{number:04}", "00000": f"{number:05}"}, name, ("0", "0" * len(digits)))


def _in_three(borough: str, blocks: tuple[str, ...], lots: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Block and lot padded alike where neither format is declared, else every combination."""
    if len(blocks) == len(lots):
        return tuple((borough, block, lot) for block, lot in zip(blocks, lots, strict=True))
    return tuple((borough, block, lot) for block in blocks for lot in lots)


def related_lots(a: str, b: str) -> bool:
    """Whether two BBLs are lots of one condominium as far as their numbers tell: of one block, and
    one of them a unit lot (1001 to 6999) or a billing lot (75xx)."""
    return a[:6] == b[:6] and max(a[6:], b[6:]) >= "1001"
