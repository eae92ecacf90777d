"""A `[[dataset.section]]` as sections: one for each entity that it hangs on."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from adapters.base import Column, ColumnType
from gateway.catalogue import grammar
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Spot
from gateway.catalogue.files import Hung
from gateway.catalogue.filters import condition
from gateway.catalogue.names import entity_field
from gateway.catalogue.problems import nearest
from resolvers.city import Section
from resolvers.names import camel, pascal, snake
from resolvers.records import KINDS, Role, roles


def sections(outline: Outline, agency: str) -> list[Hung]:
    """The sections of a dataset, each with its place; problems are reported."""
    found: list[Hung] = []
    for index, declared in enumerate(outline.declared.section):
        found += _sections(declared, outline, agency, outline.spot.at("section", index))
    return found


def _sections(declared: grammar.Section, outline: Outline, agency: str, spot: Spot) -> list[Hung]:
    on = [named for text in declared.on if (named := entity_field(text, spot.at("on"), "section"))]
    if not on:
        return []
    kind = _kind(declared, spot)
    for key in ("group", "id", "columns"):
        for name in getattr(declared, key):
            outline.column(name, spot.at(key))
    shared = Section(
        entity="",
        name="",
        dataset=outline.name,
        type_name=declared.type or _type_name(agency, on[0][1]),
        kind=kind,
        many=declared.many,
        where=condition(declared.where, outline, spot.at("where")),
        group=tuple(declared.group),
        id=tuple(declared.id),
        part_of=entity_field(declared.part_of, spot.at("part_of"), "section") if declared.part_of else None,
        columns=tuple(declared.columns),
        roles=MappingProxyType(_roles(declared, kind, outline, spot)),
        title=declared.title or outline.declared.title,
        place=spot.place,
    )
    return [Hung(replace(shared, entity=entity, name=name), spot, declared) for entity, name in on]


def _type_name(agency: str, field: str) -> str:
    """ "DofSales"; the agency's name is not said twice."""
    first, second = pascal(agency), pascal(field)
    return second if second.startswith(first) else first + second


def _kind(declared: grammar.Section, spot: Spot) -> str | None:
    if declared.kind is None or declared.kind in KINDS:
        return declared.kind
    spot.at("kind").problem(
        f'unknown kind "{declared.kind}"', nearest(declared.kind, KINDS, f"known: {', '.join(KINDS)}")
    )
    return None


def _roles(declared: grammar.Section, kind: str | None, outline: Outline, spot: Spot) -> dict[str, str]:
    """Interface fields by python name and the columns that feed them, those of the same name included."""
    known = roles(kind)
    if kind is None:
        if declared.as_ and declared.kind is None:
            spot.at("as").problem("a section without kind has no interface fields", "give it a kind, or delete `as`")
        return {}
    mapped = {}
    for name, column in declared.as_.items():
        if snake(name) not in known:
            spot.at("as", name).problem(
                f'{kind} has no field "{name}"', nearest(name, known, f"known: {', '.join(known)}")
            )
        elif found := outline.column(column, spot.at("as", name)):
            mapped[snake(name)] = column
            _check_role(name, known[snake(name)], found, spot.at("as", name))
    return mapped | _namesakes(known, mapped, declared, outline, spot)


def _check_role(name: str, role: Role, column: Column, spot: Spot) -> bool:
    """Whether the column fits the interface field; if not, that is reported."""
    if column.type not in role.types:
        wanted = " or ".join(kind for kind in ColumnType if kind in role.types)
        spot.problem(f'"{name}" can\'t take column "{column.name}" of type {column.type}', f"it takes {wanted}")
        return False
    if role.coded and column.codes is None and column.type is not ColumnType.TEXT:
        spot.problem(
            f'"{name}" is a code, but column "{column.name}" of type {column.type} has no codes',
            'give the column codes = "…", or let it be text',
        )
        return False
    return True


def _namesakes(
    known: Mapping[str, Role], mapped: Mapping[str, str], declared: grammar.Section, outline: Outline, spot: Spot
) -> dict[str, str]:
    """Columns that are called like an interface field which nothing else feeds: they feed it."""
    found = {}
    fields = {camel(name): name for name in known}
    for column in declared.columns or outline.columns:
        name = fields.get(camel(column))
        if column not in outline.columns or name is None or mapped.get(name) == column:
            continue
        here = outline.spot.at("columns", column)
        if name in mapped:
            other = mapped[name]
            here.problem(
                f'column "{column}" is called like the field of {declared.kind} that "{other}" feeds in {spot.place}',
                f'rename it, for example "{outline.declared.name}_{column}"',
            )
        elif _check_namesake(name, known[name], outline.columns[column], declared, here):
            found[name] = column
    return found


def _check_namesake(name: str, role: Role, column: Column, declared: grammar.Section, spot: Spot) -> bool:
    if spot.damaged:
        return False
    if column.type in role.types and (not role.coded or column.codes or column.type is ColumnType.TEXT):
        return True
    spot.problem(
        f'column "{column.name}" is called like a field of {declared.kind} that takes no {column.type}',
        "rename it, or change its type",
    )
    return False
