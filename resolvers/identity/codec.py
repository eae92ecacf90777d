"""What a codec of identifiers is: the seam between schemes and the kinds of identifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol, runtime_checkable

_EXACT = 2**53  # above it a float no longer holds every whole number


class BadIdentifier(ValueError):
    """A text that is no identifier of its scheme.

    The message goes behind the scheme's name: "takes 10 digits (…), like 1004770501; got 9".
    """


class Codec(Protocol):
    """Canonical form, agencies' spellings and reading of one kind of identifier.

    Codecs are values without state: the same texts give the same answers for ever.
    """

    @property
    def parts(self) -> int:
        """Columns of a complete composite key; 1 where the identifier is not composite."""
        ...

    @property
    def formats(self) -> Mapping[str, str]:
        """The formats that a key's column may declare, each with what it means."""
        ...

    @property
    def example(self) -> str:
        """A canonical identifier, for messages."""
        ...

    def parse(self, text: str) -> str:
        """The canonical form of what a client sent; `BadIdentifier` where it is none."""
        ...

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        """The texts under which an agency may store a canonical identifier, one for each column.

        With a format declared for every column there is exactly one spelling; without, a small
        usual set. `ValueError` where so many columns or such a format make no sense.
        """
        ...

    def read(self, cells: Sequence[object]) -> str | None:
        """The canonical identifier in a row's decoded cells; None where empty or invalid."""
        ...


@runtime_checkable
class Verbatim(Protocol):
    """A codec whose identifiers many agencies store just as they are, so that many are spelled and read at
    once."""

    def verbatim(self, columns: int, formats: tuple[str | None, ...]) -> bool:
        """Whether `spell` gives every identifier as it is, and nothing else."""
        ...

    def canonical(self, texts: Sequence[str]) -> bool:
        """Whether all of these are identifiers, as they are. `TypeError` where one is no text."""
        ...


@dataclass(frozen=True, slots=True)
class SpelledKeys:
    """What to ask a dataset by: stored texts, one for each of `columns`, as `Keys` takes them.

    With `prefix` the last column need only start with the last text.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    prefix: bool = False


def text_of(cell: object) -> str:
    """A decoded cell as trimmed text: whole numbers without a point, everything else empty."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return ""
    if isinstance(cell, int):
        return str(cell)
    try:
        return str(int(cell)) if -_EXACT < cell < _EXACT and cell == int(cell) else ""
    except InvalidOperation:  # a signalling NaN
        return ""


def format_at(formats: tuple[str | None, ...], column: int) -> str | None:
    """The format declared for a column, None where there is none."""
    return formats[column] or None if column < len(formats) else None


def chosen(spellings: Mapping[str, str], name: str | None, usual: Sequence[str]) -> tuple[str, ...]:
    """The spelling of a declared format, or without one those of the `usual` formats."""
    if name is None:
        return tuple(dict.fromkeys(spellings[each] for each in usual))
    if name not in spellings:
        raise ValueError(f"unknown format {name!r}; known here: {', '.join(spellings)}")
    return (spellings[name],)


def one_column(columns: int, what: str) -> None:
    """Refuse a key of several columns for an identifier that has no parts."""
    if columns != 1:
        raise ValueError(f"{what} sits in one column, not in {columns}")


def seen(text: str) -> str:
    """What was sent, for a message: the number of digits, or the text cut short."""
    text = text.strip()
    return f"{len(text)} digits" if text.isdecimal() else repr(text[:40])
