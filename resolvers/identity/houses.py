"""House numbers behind a postcode: what an address is known by where a postcode is a few houses.

`1012 AB/12A` is a Dutch address, `SW1A 2AA/10` a British one, `100-0005/1-9-1` a Japanese one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from types import MappingProxyType
from typing import ClassVar

from resolvers.identity.codec import BadIdentifier, chosen, format_at, seen, text_of

LONGEST = 64
"""Characters of an identifier that are read."""

_NAME = re.compile(r"postcode_number_([a-z]{2})")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_ORDINARY = str.maketrans({wide: code for code, wide in _WIDE.items()} | dict.fromkeys("‐‑–—−ー", "-"))
_NUMBER = re.compile(r"0*[1-9][0-9]{0,4}(?:[ /.-]{0,3}(?:[0-9]{1,5}|[A-Z]{1,4})){0,4}")
_RUN = re.compile(r"[0-9]+|[A-Z]+")
_TURN = re.compile(r"(?<=[0-9])(?=[A-Z])|(?<=[A-Z])(?=[0-9])")
_POSTCODES = ("POST CODE", "POSTCODE", "post code", "postcode")
_NUMBERS = ("12A", "12a", "12 A", "12 a", "１２Ａ")


@dataclass(frozen=True, slots=True)
class Shape:
    """A country's postcode: two halves with `between` them, or one."""

    first: str
    second: str = ""
    between: str = ""
    example: str = ""


def _digits(count: int, example: str) -> Shape:
    return Shape(f"[0-9]{{{count}}}", example=example)


_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "at": _digits(4, "1010"),
        "be": _digits(4, "1000"),
        "br": Shape("[0-9]{5}", "[0-9]{3}", "-", "01001-000"),
        "ca": Shape("[A-Z][0-9][A-Z]", "[0-9][A-Z][0-9]", " ", "K1A 0B1"),
        "ch": _digits(4, "3011"),
        "cz": Shape("[0-9]{3}", "[0-9]{2}", " ", "110 00"),
        "de": _digits(5, "10115"),
        "dk": _digits(4, "1050"),
        "es": _digits(5, "28001"),
        "fi": _digits(5, "00100"),
        "fr": _digits(5, "75001"),
        "gb": Shape("[A-Z]{1,2}[0-9][A-Z0-9]?", "[0-9][A-Z]{2}", " ", "SW1A 2AA"),
        "ie": Shape("[A-Z][0-9][0-9W]", "[A-Z0-9]{4}", " ", "D02 AF30"),
        "it": _digits(5, "00184"),
        "jp": Shape("[0-9]{3}", "[0-9]{4}", "-", "100-0005"),
        "nl": Shape("[1-9][0-9]{3}", "[A-Z]{2}", " ", "1012 AB"),
        "no": _digits(4, "0150"),
        "pl": Shape("[0-9]{2}", "[0-9]{3}", "-", "00-950"),
        "pt": Shape("[0-9]{4}", "[0-9]{3}", "-", "1000-205"),
        "se": Shape("[0-9]{3}", "[0-9]{2}", " ", "111 20"),
        "us": _digits(5, "10001"),
    }
)
COUNTRIES = tuple(_SHAPES)
"""The countries whose postcodes are known, by their ISO 3166 codes."""


@dataclass(frozen=True, slots=True)
class HouseCodec:
    """A postcode and a house number with what distinguishes doors behind it (12A, 12-2, 1-9-1).

    Canonical in capitals; a letter follows its number at once, a number behind a number has a
    hyphen. A key has one column (the whole), two, or further ones for what stands behind the
    number: then it is asked by the first two, and the others are compared here.
    """

    country: str
    parts: ClassVar[int] = 2
    formats: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "POST CODE": "the postcode in capitals, with its blank or hyphen: 1012 AB",
            "POSTCODE": "the postcode in capitals, in one word: 1012AB",
            "post code": "the postcode in small letters, with its blank: 1012 ab",
            "postcode": "the postcode in small letters, in one word: 1012ab",
            "12A": "the number with its letter in capitals",
            "12a": "the number with its letter",
            "12 A": "the number, a blank and its letter in capitals",
            "12 a": "the number, a blank and its letter",
            "１２Ａ": "the number in full-width characters",
            "POST CODE 12A": "both in one column: 1012 AB 12A",
            "POSTCODE 12A": "both in one column: 1012AB 12A",
            "POST CODE 12a": "both in one column: 1012 AB 12a",
            "POSTCODE 12a": "both in one column: 1012AB 12a",
            "post code 12a": "both in one column: 1012 ab 12a",
            "postcode 12a": "both in one column: 1012ab 12a",
        }
    )

    @property
    def example(self) -> str:
        """ "1012 AB/12A"."""
        return f"{_SHAPES[self.country].example}/12A"

    def parse(self, text: str) -> str:
        plain = _plain(text)
        found = _leading(self.country).match(plain)
        if found is None:
            raise BadIdentifier(f"{self._shape}; no postcode in {seen(text)}")
        rest = plain[found.end() :].lstrip(" ,/-")
        number = _house_number(rest)
        if number is None:
            raise BadIdentifier(f"{self._shape}; {f'{rest!r} is no' if rest else 'no'} house number in {seen(text)}")
        return f"{self._joined(found)}/{number}"

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        postcode, _, number = value.partition("/")
        postcodes = _postcode_spellings(postcode)
        if columns == 1:
            wholes = {f"{name} 12A": f"{postcodes[name]} {number}" for name in _POSTCODES[:2]}
            wholes |= {f"{name} 12a": f"{text} {number.lower()}" for name, text in postcodes.items()}
            return tuple((text,) for text in chosen(wholes, format_at(formats, 0), tuple(wholes)[:4]))
        if any(format_at(formats, column) for column in range(2, columns)):
            raise ValueError("what stands behind the number in columns of its own has no format")
        house = number if columns == 2 else number[: _RUN.match(number).end()]  # type: ignore[union-attr]
        areas = chosen(postcodes, format_at(formats, 0), ("POST CODE", "POSTCODE"))
        return tuple(product(areas, chosen(_spellings(house), format_at(formats, 1), ("12A", "12a"))))

    def read(self, cells: Sequence[object]) -> str | None:
        texts = [text_of(cell) for cell in cells]
        if len(texts) > 1:
            if not (texts[0] and texts[1]):
                return None
            texts = [f"{texts[0]}/{' '.join(text for text in texts[1:] if text)}"]
        try:
            return self.parse(texts[0]) if texts else None
        except BadIdentifier:
            return None

    @property
    def _shape(self) -> str:
        return f"takes a postcode and a house number, like {self.example}"

    def _joined(self, found: re.Match[str]) -> str:
        shape = _SHAPES[self.country]
        return f"{found[1]}{shape.between}{found[2]}" if shape.second else found[1]


def postcode_number(check: str) -> HouseCodec | None:
    """The codec that "postcode_number_nl" names, None for another name or country."""
    found = _NAME.fullmatch(check)
    return HouseCodec(found[1]) if found and found[1] in _SHAPES else None


def _leading(country: str) -> re.Pattern[str]:
    """The postcode at the head of a text, its halves in one word or apart."""
    shape = _SHAPES[country]
    halves = f"({shape.first})[ -]?({shape.second})" if shape.second else f"({shape.first})"
    return re.compile(halves + r"(?=[ ,/-]|$)")


def _plain(text: str) -> str:
    """Capitals of ordinary width, with one kind of hyphen and single blanks."""
    return " ".join(text[:LONGEST].translate(_ORDINARY).upper().split())


def _house_number(text: str) -> str | None:
    """ "12 a" -> "12A", "1-09" -> "1-9"; None for what is none."""
    if not _NUMBER.fullmatch(text):
        return None
    runs = [str(int(run)) if run.isdigit() else run for run in _RUN.findall(text)]
    joined = runs[0]
    for before, run in pairwise(runs):
        joined += run if before.isdigit() != run.isdigit() else f"-{run}"
    return joined


def _postcode_spellings(postcode: str) -> dict[str, str]:
    word = re.sub("[ -]", "", postcode)
    return dict(zip(_POSTCODES, (postcode, word, postcode.lower(), word.lower()), strict=True))


def _spellings(number: str) -> dict[str, str]:
    spaced = _TURN.sub(" ", number)
    return dict(zip(_NUMBERS, (number, number.lower(), spaced, spaced.lower(), number.translate(_WIDE)), strict=True))
