"""Codecs by name: what a scheme's `check` in the catalogue may be.

Every agency writes an identifier in its own way. A codec knows the canonical form, which is
what clients see and what joins agencies, and the texts to ask an agency by – a gateway never
puts a function around an agency's column. Composite keys and constants (`"=1"` for a column
that an agency leaves out) are put together in `resolvers.identity.keys`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from resolvers.identity.bbl import BblCodec
from resolvers.identity.codec import BadIdentifier, Codec, chosen, format_at, one_column, seen, text_of
from resolvers.identity.composite import composite
from resolvers.identity.houses import COUNTRIES, postcode_number

__all__ = ["CHECKS", "BadIdentifier", "Codec", "codec"]

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "bbl": "New York tax lot: 10 digits, or borough, block and lot in three columns",
        "bin": "New York building number: 7 digits, the first a borough; no dummies (1000000)",
        "camis": "New York restaurant permit: 8 digits",
        "uprn": "British unique property reference number: 1 to 12 digits",
        "uuid": "UUID in any of its spellings",
        "licence": "letters and digits with - . / between them, case ignored: 2077822-DCA",
        "text": "any printable text of 1 to 64 characters, case and runs of blanks ignored",
        "digits_N": "exactly N digits, N from 1 to 32: digits_7",
        "numbers_A_B": "numbers of A and B digits (up to six of them), whole or in columns: numbers_1_4_4",
        "postcode_number_XX": f"postcode and house number of a country ({', '.join(COUNTRIES)}): postcode_number_nl",
    }
)
"""The checks that a scheme may name, with what they take."""

_DIGITS_N = re.compile(r"digits_([1-9]|[12][0-9]|3[0-2])")
_DECIMAL = re.compile(r"([0-9]+)(?:\.0*)?")
_TOKEN = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,38}[A-Z0-9])?")
_UUID = re.compile(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")


def _any(value: str) -> str | None:
    return None


def _bin_fault(value: str) -> str | None:
    if value[0] not in "12345":
        return f"the first digit is a borough, 1 to 5; got {value[0]}"
    return "it stands for a building without a number" if value[1:] == "000000" else None


@dataclass(frozen=True, slots=True)
class DigitsCodec:
    """Exactly `length` digits. `fault` finds what else is wrong with them.

    A column of numbers may have lost leading zeros: they are put back for numbers, never for text,
    where a digit too few is a mistake.
    """

    length: int
    example: str
    fault: Callable[[str], str | None] = _any
    parts: ClassVar[int] = 1
    formats: ClassVar[Mapping[str, str]] = MappingProxyType({"00": "all digits", "0.0": "printed as a decimal"})

    def parse(self, text: str) -> str:
        found = _DECIMAL.fullmatch(text.strip())
        if not found or len(found[1]) != self.length:
            raise BadIdentifier(f"takes {self.length} digits, like {self.example}; got {seen(text)}")
        if fault := self.fault(found[1]):
            raise BadIdentifier(f"takes {self.length} digits, like {self.example}; {found[1]} is none: {fault}")
        return found[1]

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        one_column(columns, "a number")
        texts = {"00": value, "0.0": f"{value}.0"}
        return tuple((text,) for text in chosen(texts, format_at(formats, 0), ("00",)))

    def verbatim(self, columns: int, formats: tuple[str | None, ...]) -> bool:
        return columns == 1 and format_at(formats, 0) in (None, "00")

    def canonical(self, texts: Sequence[str]) -> bool:
        if self.fault is not _any or {len(text) for text in texts} != {self.length}:
            return False
        together = "".join(texts)
        return together.isascii() and together.isdecimal()

    def read(self, cells: Sequence[object]) -> str | None:
        return _read(self, cells, lambda cell: text_of(cell).zfill(self.length) if _is_number(cell) else text_of(cell))


@dataclass(frozen=True, slots=True)
class UprnCodec:
    """A number of 1 to 12 digits, canonical without leading zeros."""

    parts: ClassVar[int] = 1
    example: ClassVar[str] = "10033544614"
    formats: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"0": "without leading zeros", "000000000000": "padded to 12 digits"}
    )

    def parse(self, text: str) -> str:
        found = _DECIMAL.fullmatch(text.strip())
        value = found[1].lstrip("0") if found else ""
        if not 1 <= len(value) <= 12:
            raise BadIdentifier(f"takes 1 to 12 digits, like {self.example}; got {seen(text)}")
        return value

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        one_column(columns, "a UPRN")
        texts = {"0": value, "000000000000": value.zfill(12)}
        return tuple((text,) for text in chosen(texts, format_at(formats, 0), ("0", "000000000000")))

    def read(self, cells: Sequence[object]) -> str | None:
        return _read(self, cells, text_of)


_CASES = MappingProxyType({"UPPER": "in capitals", "lower": "in small letters", "Title": "each word capitalised"})


@dataclass(frozen=True, slots=True)
class TextCodec:
    """Text without regard to case or runs of blanks; canonical in capitals.

    `pattern` is what the canonical form matches; without a format the `usual` cases are asked.
    """

    what: str
    example: str
    pattern: re.Pattern[str] | None = None
    usual: tuple[str, ...] = ("UPPER", "lower", "Title")
    parts: ClassVar[int] = 1
    formats: ClassVar[Mapping[str, str]] = _CASES

    def parse(self, text: str) -> str:
        value = " ".join(text.upper().split())
        fits = self.pattern.fullmatch(value) if self.pattern else 1 <= len(value) <= 64 and value.isprintable()
        if not fits or value.upper() != value:
            raise BadIdentifier(f"takes {self.what}, like {self.example}; got {seen(text)}")
        return value

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        one_column(columns, "a text")
        texts = {"UPPER": value, "lower": value.lower(), "Title": value.title()}
        return tuple((text,) for text in chosen(texts, format_at(formats, 0), self.usual))

    def read(self, cells: Sequence[object]) -> str | None:
        return _read(self, cells, text_of)


@dataclass(frozen=True, slots=True)
class UuidCodec:
    """A UUID, canonical in small letters with hyphens (RFC 9562)."""

    parts: ClassVar[int] = 1
    example: ClassVar[str] = "3b07e4c0-706b-4079-8333-64446cc3ee03"
    formats: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "lower": "small letters",
            "UPPER": "capitals",
            "{lower}": "small letters in braces",
            "{UPPER}": "capitals in braces",
            "hex": "32 small letters and digits without hyphens",
        }
    )

    def parse(self, text: str) -> str:
        found = _UUID.fullmatch(text.strip().lower())
        if not found:
            raise BadIdentifier(f"takes a UUID, like {self.example}; got {seen(text)}")
        return "-".join(found.groups())

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        one_column(columns, "a UUID")
        upper = value.upper()
        bare = {"lower": value, "UPPER": upper, "hex": value.replace("-", "")}
        texts = bare | {"{lower}": f"{{{value}}}", "{UPPER}": f"{{{upper}}}"}
        return tuple((text,) for text in chosen(texts, format_at(formats, 0), ("lower", "UPPER")))

    def read(self, cells: Sequence[object]) -> str | None:
        return _read(self, cells, text_of)


_CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "bbl": BblCodec(),
        "bin": DigitsCodec(7, "1015862", _bin_fault),
        "camis": DigitsCodec(8, "50003337"),
        "uprn": UprnCodec(),
        "uuid": UuidCodec(),
        "licence": TextCodec(
            "1 to 40 letters and digits with - . / between them", "2077822-DCA", _TOKEN, ("UPPER", "lower")
        ),
        "text": TextCodec("1 to 64 printable characters", "MAIN LIBRARY"),
    }
)


def codec(check: str) -> Codec:
    """The codec that a scheme's `check` names; `ValueError` lists the known ones."""
    if check in _CODECS:
        return _CODECS[check]
    if numbers := composite(check):
        return numbers
    if house := postcode_number(check):
        return house
    if found := _DIGITS_N.fullmatch(check):
        return DigitsCodec(int(found[1]), "1234567890"[: int(found[1])].ljust(int(found[1]), "0"))
    raise ValueError(f"unknown check {check!r}; known: {', '.join(CHECKS)}")


def _read(codec: Codec, cells: Sequence[object], text: Callable[[object], str]) -> str | None:
    try:
        return codec.parse(text(cells[0])) if len(cells) == 1 else None
    except BadIdentifier:
        return None


def _is_number(cell: object) -> bool:
    return text_of(cell) != "" and not isinstance(cell, str)
