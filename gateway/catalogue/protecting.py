"""Terms under which an agency lets a dataset be used, and how exactly it may be placed."""

from collections.abc import Iterable

from adapters.base import ColumnType
from gateway.catalogue import grammar
from gateway.catalogue.columns import Outline
from gateway.catalogue.files import Hung, Parts
from gateway.catalogue.keys import ADDRESS
from gateway.catalogue.purposes import BadPurpose, name_or_term
from resolvers.city import Protect, Section

BLOCK = "block"
"""The `precision` of a column that says the block and no more."""

_DATES = frozenset({ColumnType.DATE, ColumnType.DATETIME})


def protect(outline: Outline, hung: Iterable[Hung]) -> Protect | None:
    """The terms of a dataset with its sections; problems are reported, `check_protection` finds more."""
    declared = outline.declared.protect
    if declared is None:
        return None
    return Protect(
        purposes=_purposes(declared, outline),
        retain_days=declared.retain,
        retain_by=_retain_by(declared, outline, [each.section for each in hung]),
        min_count=declared.min_count,
        never_with=tuple(dict.fromkeys(declared.never_with)),
    )


def _purposes(declared: grammar.Protect, outline: Outline) -> tuple[str, ...]:
    found = []
    for index, text in enumerate(declared.purposes):
        try:
            found.append(name_or_term(text))
        except BadPurpose as error:
            outline.spot.at("protect", "purposes", index).problem(str(error), error.suggestion)
    return tuple(dict.fromkeys(found))


def _retain_by(declared: grammar.Protect, outline: Outline, sections: list[Section]) -> str | None:
    """The column that tells how old a row is: the one named, else the date of the dataset's sections."""
    spot = outline.spot.at("protect", "retain_by")
    if declared.retain_by is not None:
        column = outline.column(declared.retain_by, spot)
        if column is not None and column.type not in _DATES:
            spot.problem(
                f'retain_by names "{column.name}" of type {column.type}', "it takes a column of type date or datetime"
            )
        if declared.retain is None and not outline.spot.at("protect", "retain").damaged:
            spot.problem("retain_by without retain", 'say how long, like retain = "2y"')
        return declared.retain_by
    return None if declared.retain is None or spot.damaged else _date_of_sections(outline, sections)


def _date_of_sections(outline: Outline, sections: list[Section]) -> str | None:
    spot = outline.spot.at("protect", "retain")
    dates = list(dict.fromkeys(section.roles["date"] for section in sections if "date" in section.roles))
    known = [column.name for column in outline.columns.values() if column.type in _DATES]
    if len(dates) == 1 and dates[0] in known:
        return dates[0]
    if not spot.damaged and not outline.spot.at("section").damaged:
        what = f"its sections have several dates ({', '.join(dates)})" if dates else "no section has a date"
        spot.problem(
            f"nothing says how old a row of {outline.name} is: {what}",
            f'add retain_by = "{(dates or known or ["…"])[0]}", a column of type date or datetime',
        )
    return None


def check_protection(parts: Parts) -> None:
    """Report terms that name what is not there, and keys that place what may not be placed."""
    for outline in parts.outlines.values():
        _check_never_with(outline, parts)
        _check_precision(outline, parts)


def _check_never_with(outline: Outline, parts: Parts) -> None:
    declared = outline.declared.protect
    for index, name in enumerate(declared.never_with if declared else ()):
        spot = outline.spot.at("protect", "never_with", index)
        if name == outline.name:
            spot.problem(f"{name} can't be without itself", "name the other dataset, or delete it")
        else:
            parts.table(name, spot)


def _check_precision(outline: Outline, parts: Parts) -> None:
    """A place that is exact to the block must not lead to an address."""
    for name, declared in outline.declared.keys.items():
        scheme = parts.schemes.declared.get(parts.schemes.short.get(name, name))
        if name != ADDRESS and (scheme is None or scheme.entity != "Address"):
            continue
        for column in _columns(declared):
            about = outline.declared.columns.get(column)
            if about is not None and about.precision == BLOCK:
                outline.spot.at("keys", name).problem(
                    f'key "{name}" would join "{column}", which is exact to the block, to an address',
                    "delete the key, or find the rows by another one",
                )


def _columns(key: grammar.Key | grammar.AddressKey) -> list[str]:
    if isinstance(key, grammar.Key):
        return key.columns
    return [column for part, column in key.model_dump(exclude_none=True).items() if part != "region"]
