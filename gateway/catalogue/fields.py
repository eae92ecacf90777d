"""Names that the schema will have: valid, and each used once."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.catalogue.files import Hung, Parts
from gateway.catalogue.problems import nearest
from resolvers import administration
from resolvers.city import Section
from resolvers.entities import PLURAL, RELATED, SHARED
from resolvers.merging import attributes
from resolvers.names import camel, pascal
from resolvers.records import KINDS, MERGED_FIELD, roles
from resolvers.sections import columns_of, part_field, whole_field

_GRAPHQL = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
_FACTS = ("id", "label", "name", "level", "existence", "identifiers", "claims", "sources", "records")
_RECORD_FACTS = ("id", "level", "changedAt", "source", "about")
_SUFFIXES = ("Connection", "Edge", "About", "Where", "Order")
_TYPES = administration.TYPES | {
    *("Query", "Subscription", "Record", "Node", "City", "Agency", "Dataset", "Code"),
    *KINDS,
    *SHARED,
}

ENTITY_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        entity: frozenset(
            [
                *_FACTS,
                *(name for related in RELATED.values() for name, *_ in related),
                *PLURAL.values(),
                *map(camel, attributes(SHARED[entity])),
            ]
        )
        for entity in SHARED
    }
)
"""What an entity's type has of its own, by entity."""


def check_fields(parts: Parts) -> None:
    """Report every name of a section, a type or a field that is invalid or taken."""
    kinds = Counter((hung.section.entity, hung.section.kind) for hung in parts.sections)
    places: dict[tuple[str, str], Hung] = {}
    types: dict[str, Hung] = {}
    checked: set[tuple[str, tuple[str | int, ...]]] = set()
    for hung in parts.sections:
        section = hung.section
        _check_name(hung)
        if section.kind == hung.declared.kind:
            _check_merged(hung, kinds)
        _check_taken(hung, places.setdefault((section.entity, section.name), hung))
        _check_part(hung, parts)
        _check_keys(hung, parts)
        if (hung.spot.document.file, hung.spot.loc) not in checked:
            checked.add((hung.spot.document.file, hung.spot.loc))
            _check_type(hung, types.setdefault(section.type_name, hung))
            _check_columns(hung, parts)


def _check_name(hung: Hung) -> None:
    section, spot = hung.section, hung.spot.at("on")
    field = f"{section.entity}.{section.name}"
    if not _GRAPHQL.fullmatch(section.name):
        spot.problem(f'"{field}" is no valid field name', "use letters and digits, a letter first")
    elif section.name != camel(section.name):
        spot.problem(f'"{field}" is not written as fields are', f'write "{section.entity}.{camel(section.name)}"')
    elif section.name in ENTITY_FIELDS[section.entity]:
        spot.problem(f'"{field}" is a field of every {section.entity} already', "call it otherwise")


def _check_merged(hung: Hung, kinds: Mapping[tuple[str, str | None], int]) -> None:
    """A merged field may have the name of a section only where there is nothing to merge."""
    section, spot = hung.section, hung.spot.at("on")
    field = f"{section.entity}.{section.name}"
    merged = {name: kind for kind, name in MERGED_FIELD.items()}.get(section.name)
    if merged is not None and section.kind != merged:
        spot.problem(
            f'"{field}" is where records of kind {merged} are merged', f'set kind = "{merged}", or call it otherwise'
        )
    elif merged is not None and kinds[section.entity, section.kind] > 1:
        spot.problem(
            f'"{field}" merges all sections of kind {merged}, and this is only one of them', "call it otherwise"
        )


def _check_taken(hung: Hung, first: Hung) -> None:
    if first is not hung:
        spot = hung.spot.at("on")
        spot.problem(
            f'"{hung.section.entity}.{hung.section.name}" is made in {first.spot.place} too', "call it otherwise"
        )


def _check_type(hung: Hung, first: Hung) -> None:
    name, spot = hung.section.type_name, hung.spot.at("type")
    if not _GRAPHQL.fullmatch(name) or name != pascal(name):
        spot.problem(f'"{name}" is no valid type name', f'write it like "{pascal(name) or "DofSales"}"')
    elif name in _TYPES or name.endswith(_SUFFIXES):
        spot.problem(f'type "{name}" is taken by the schema', 'name another with type = "…"')
    elif first.spot != hung.spot:
        spot.problem(f'type "{name}" is made in {first.spot.place} too', 'name another with type = "…"')


def _check_keys(hung: Hung, parts: Parts) -> None:
    """Whether the dataset's keys name such entities."""
    table, spot = parts.tables[hung.section.dataset], parts.outlines[hung.section.dataset].spot
    named = {parts.schemes.declared[key.scheme].entity for key in table.keys}
    if (
        table.keys
        and hung.section.entity not in named
        and len(table.keys) == len(parts.outlines[table.name].declared.keys)
    ):
        hung.spot.at("on").problem(
            f"no key of {table.name} identifies a {hung.section.entity}",
            f"add one in {spot.at('keys').place}, or hang it on {' or '.join(sorted(named))}",
        )


def _check_columns(hung: Hung, parts: Parts) -> None:
    """Every field of the record is there once."""
    section, outline = hung.section, parts.outlines[hung.section.dataset]
    taken = dict(_own_fields(section, parts))
    for column in columns_of(section, parts.tables[section.dataset]):
        if column not in outline.columns:
            continue
        spot, name = outline.spot.at("columns", column), camel(column)
        if name in taken and name not in map(camel, roles(section.kind)):
            spot.problem(f'column "{column}" becomes {name}, {taken[name]}', _rename(outline.declared.name, column))
        taken.setdefault(name, f'as column "{column}" does')


def _own_fields(section: Section, parts: Parts) -> Iterator[tuple[str, str]]:
    for name in _RECORD_FACTS + (("kind",) if section.kind else ()):
        yield name, "a field of every record"
    for other in parts.sections:
        if other.section.part_of == (section.entity, section.name):
            yield part_field(other.section), "which holds the parts of the record"
        if section.part_of == (other.section.entity, other.section.name):
            yield whole_field(other.section), "which holds the record that this is a part of"


def _rename(dataset: str, column: str) -> str:
    return f'rename it, for example "{dataset}_{column}"'


def _check_part(hung: Hung, parts: Parts) -> None:
    """Whether the whole is there and can be found from a part."""
    part_of, spot = hung.section.part_of, hung.spot.at("part_of")
    if part_of is None:
        return
    named = {(each.section.entity, each.section.name): each.section for each in parts.sections}
    whole = named.get(part_of)
    if whole is None:
        if not parts.files.lost:
            known = [".".join(each) for each in named]
            spot.problem(f'there is no section "{".".join(part_of)}"', nearest(".".join(part_of), known))
        return
    identity = whole.group or whole.id or parts.tables[whole.dataset].dataset.id
    missing = [column for column in identity if column not in parts.tables[hung.section.dataset].dataset.columns]
    if not identity:
        spot.problem(f'records of "{".".join(part_of)}" have no id', "give that section group or id")
    elif missing:
        spot.problem(
            f'"{".".join(part_of)}" is identified by {", ".join(identity)}',
            f"add {', '.join(missing)} to {hung.section.dataset}",
        )
