"""The rows that a map names, as records to compare."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gateway.catalogue.positions import marks
from gateway.catalogue.problems import CatalogueError, Problem, nearest
from gateway.catalogue.wording import in_file, worded
from gateway.evaluation.files import Cells, Unreadable, table
from gateway.evaluation.grammar import SAYING, Columns, Fields, Groups, MapFile, Side
from resolvers.identity.addresses import LOCALES, AddressParts, Locale, locale
from resolvers.identity.matching.businesses import Business, business
from resolvers.identity.matching.persons import Person, person


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its truth, what it must share with and differ from another's, its record or cells."""

    entity: str
    within: tuple[str, ...]
    apart: tuple[str, ...]
    cells: Cells


def read_map(path: Path) -> MapFile:
    """The map. Raises `CatalogueError` with all that is wrong, by file and line."""
    shown = str(path)
    try:
        text = path.read_text(encoding="utf-8")
        model = MapFile.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError):
        raise CatalogueError([Problem(shown, 1, "can't be read", "save it as a text file in UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError([Problem(shown, 1, f"is not TOML: {error}")]) from None
    except ValidationError as error:
        lines = marks(text)
        problems = [(in_file(each["loc"]), worded(MapFile, each)) for each in error.errors(include_url=False)]
        raise CatalogueError(Problem(shown, lines.line_of(loc), *words) for loc, words in problems) from None
    if model.locale not in LOCALES:
        line = marks(text).line_of(("locale",))
        raise CatalogueError([Problem(shown, line, f'unknown locale "{model.locale}"', nearest(model.locale, LOCALES))])
    return model


def rows(side: Side, model: MapFile, folder: Path) -> list[Row]:
    """The file's rows that have a truth. Raises `Unreadable`."""
    _check(side, model)
    columns, found = table(folder / side.file, side.file)
    for column in (side.entity, *model.within, *model.apart, *named(side.columns)):
        if column not in columns:
            raise Unreadable(f'{side.file} has no column "{column}"; {nearest(column, columns)}')
    pattern = _pattern(side)
    out = []
    for cells in found:
        entity = cells[side.entity]
        if pattern is not None:
            match = pattern.search(entity)
            entity = match[1] if match else ""
        if entity:
            out.append(Row(entity, _of(cells, model.within), _of(cells, model.apart), cells))
    if not out:
        raise Unreadable(f'{side.file} has no row with a value in "{side.entity}"')
    return out


def _check(side: Side, model: MapFile) -> None:
    """Refuses a side whose columns say nothing of the map's kind."""
    if model.kind == "address" and not side.columns.address:
        raise Unreadable(f"the columns of {side.file} name no address")
    if not any(getattr(side.columns, name) for name in SAYING[model.kind]):
        takes = ", ".join(SAYING[model.kind])
        raise Unreadable(f"the columns of {side.file} say nothing where kind is {model.kind}; give one of {takes}")


def _pattern(side: Side) -> re.Pattern[str] | None:
    if side.entity_pattern is None:
        return None
    try:
        pattern = re.compile(side.entity_pattern)
    except re.error as error:
        raise Unreadable(f'entity_pattern "{side.entity_pattern}" is no regular expression: {error}') from None
    if not pattern.groups:
        raise Unreadable(f'entity_pattern "{side.entity_pattern}" has no group; put the truth in (brackets)')
    return pattern


def _of(cells: Cells, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(cells[column] for column in columns)


def named(fields: Fields) -> Iterator[str]:
    """The columns that are read."""
    for name in type(fields).model_fields:
        value = getattr(fields, name)
        yield from value.values() if name == "identifiers" else _flat(value)


def _flat(groups: Groups | Columns) -> Iterator[str]:
    if isinstance(groups, str):
        yield groups
        return
    for group in groups:
        yield from _flat(group)


def texts(cells: Cells, columns: Columns) -> list[str]:
    """Each column's text that is not empty."""
    return [cells[column] for column in _flat(columns) if cells[column]]


def _text(cells: Cells, columns: Columns) -> str:
    return " ".join(texts(cells, columns))


def address_texts(cells: Cells, fields: Fields) -> list[str]:
    """Every address of a row as one line, with its unit."""
    groups: Iterable[Columns] = [fields.address] if isinstance(fields.address, str) else fields.address
    unit = _text(cells, fields.unit)
    lines = [_text(cells, group) for group in groups]
    return [f"{line} UNIT {unit}" if unit else line for line in lines if line]


def read_places(cells: Cells, fields: Fields, place: Locale) -> list[AddressParts]:
    """Every address of a row that can be read, a second address in its text ("A/K/A …") too."""
    postcode, borough = _text(cells, fields.zip) or None, _text(cells, fields.borough) or None
    lines = address_texts(cells, fields)
    first = [parts for line in lines if (parts := place.parse(line, postcode, borough))]
    second = (place.parse(each.also, each.postcode, each.city_part) for each in first if each.also)
    return [*first, *(parts for parts in second if parts)]


def read_place(cells: Cells, fields: Fields, place: Locale) -> AddressParts | None:
    """The first address of a row that can be read."""
    return next(iter(read_places(cells, fields, place)), None)


def record(cells: Cells, fields: Fields, model: MapFile) -> Person | Business:
    """A row as the record of its kind."""
    place = locale(model.locale)
    parts = read_place(cells, fields, place) if fields.address else None
    identifiers = {key: cells[column] for key, column in fields.identifiers.items()}
    if model.kind == "business":
        return business(
            [*texts(cells, fields.trade_name), *texts(cells, fields.name)],
            texts(cells, fields.legal_name),
            address=parts,
            postcode=_text(cells, fields.zip),
            phones=texts(cells, fields.phone),
            licences=identifiers.items(),
        )
    return person(
        _text(cells, fields.given),
        _text(cells, fields.family),
        _text(cells, fields.name),
        birth_date=_text(cells, fields.birth_date),
        address=parts,
        postcode=_text(cells, fields.zip),
        town=_text(cells, fields.place),
        phones=texts(cells, fields.phone),
        email=_text(cells, fields.email),
        identifiers=identifiers,
        gender=_text(cells, fields.gender),
        occupation=_text(cells, fields.occupation),
    )
