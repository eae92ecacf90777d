"""The field that a dataset makes: which kind of record its rows are, and what feeds the kind's fields."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from adapters.base import ColumnType
from gateway.catalogue.fields import ENTITY_FIELDS
from gateway.introspection.guessing import hints
from gateway.introspection.guessing.drafts import DraftColumn, DraftKey, DraftSection
from resolvers.names import camel, pascal
from resolvers.records import MERGED_FIELD, roles

FACTS = ("id", "level", "changed_at", "source", "about", "kind")
"""Names that every record has of its own."""

_SUFFIXES = ("Connection", "Edge", "About", "Where", "Order")
_SOME = 3


def _lists(text: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split("+")) for each in text.split())


_FIELDS: Mapping[str, tuple[frozenset[str], ...]] = MappingProxyType(
    {
        "until": _lists("expiration expires expiry expire valid+until end until completion rescind closed discharge"),
        "status": _lists("current+status job+status filing+status license+status status"),
        "severity": _lists("severity critical violation+class class hazard"),
        "outcome": _lists("outcome result action disposition grade"),
        "amount": _lists("price sale+amount amount amt balance+due"),
        "holder": _lists(
            "holder legal+name legal+business+name premise+name entity+name owner+name owner business+name"
        ),
        "number": _lists(
            "license+number licence+number license+nbr permit+number job+filing+number filing+number "
            "certificate+number job+number docket+number court+index serial+number registration+id application+number "
            "project+id serial job"
        ),
        "description": _lists("nov+description violation+description description descriptor descr descrp remarks"),
        "title": _lists(
            "violation+type complaint+type inspection+type license+type licence+type operation+type project+name "
            "complaint+category category type job+type description purpose reason industry class name"
        ),
    }
)
"""Headings for a kind's fields, the better ones first; all words of one must be there."""

_DAYS: Mapping[str, tuple[frozenset[str], ...]] = MappingProxyType(
    {
        "Violation": _lists("issue issued violation+date inspection+date inspection approved"),
        "Inspection": _lists("inspection inspected"),
        "Complaint": _lists("received entered created opened"),
        "Sale": _lists("sale deed sold"),
        "Eviction": _lists("executed execution scheduled"),
        "Permit": _lists("issued issuance first+permit permit+date submission submitted"),
        "Licence": _lists("issued issuance creation created submit submitted"),
        "Registration": _lists("registration registered filing"),
        "Certificate": _lists("issue issued issuance"),
        "Filing": _lists("filing filed submitted pre+filing"),
        "Project": _lists("start started award"),
    }
)
_LATER = frozenset({"modified", "updated", "run", "through", "approved", "record", "changed", "loaded"})
_NEITHER = hints.NAME_PART | {"street", "type", "status", "city", "address", "zip", "relationship", "phone", "state"}
_CODED = frozenset({"status", "severity", "outcome"})


def kind(about: Iterable[str], headings: Iterable[Sequence[str]]) -> tuple[str | None, str]:
    """The kind of record, with the reason: by a word of the title or path, else by a word that
    several headings share."""
    told = list(about)
    for name, telling in hints.KINDS.items():
        if word := next((word for word in told if word in telling), None):
            return name, f'for the word "{word}" in its name'
    counted = {name: sum(bool(telling & set(each)) for each in headings) for name, telling in hints.KINDS.items()}
    best = max(counted, key=lambda name: counted[name])
    return (best, f"{counted[best]} headings speak of it") if counted[best] >= _SOME else (None, "")


def feeding(kind: str, columns: Sequence[DraftColumn]) -> dict[str, str]:
    """The fields of a kind (by python name) and the columns that feed them, each column once."""
    known, taken = roles(kind), set[str]()
    fields: dict[str, str] = {}
    for name in (
        "until",
        "date",
        "amount",
        "status",
        "severity",
        "outcome",
        "number",
        "holder",
        "description",
        "title",
    ):
        if name not in known:
            continue
        fitting = [each for each in columns if each.type in known[name].types and each.name not in taken]
        if name == "title":
            fitting = [each for each in fitting if each.column.public and not hints.PLACE & set(_heading(each))]
        if name in ("number", "holder"):
            fitting = [each for each in fitting if not _NEITHER & set(_heading(each))]
        if name in _CODED:
            fitting = [each for each in fitting if each.type is ColumnType.TEXT and each.column.public]
        chosen = _day(kind, fitting) if name == "date" else _first(_FIELDS[name], fitting)
        if chosen is not None:
            fields[name] = chosen.name
            taken.add(chosen.name)
    return fields


def _first(headings: Sequence[frozenset[str]], columns: Sequence[DraftColumn]) -> DraftColumn | None:
    """The column with the best heading; of several those with codes, then the shortest heading."""
    for heading in headings:
        named = [each for each in columns if heading <= set(_heading(each))]
        if named:
            return min(named, key=lambda each: (each.column.codes is None, len(_heading(each))))
    return None


def _day(kind: str, columns: Sequence[DraftColumn]) -> DraftColumn | None:
    usual = [each for each in columns if not _LATER & set(_heading(each))]
    return _first(_DAYS.get(kind, ()), columns) or next(iter(usual), None)


def _heading(column: DraftColumn) -> tuple[str, ...]:
    return column.heading


def renamed(kind: str | None, fields: Mapping[str, str], columns: Sequence[DraftColumn]) -> dict[str, str]:
    """Columns that must have another name, by name: those called like a field of every record, or
    like a field of the kind that they do not feed."""
    own = {camel(name) for name in FACTS}
    known = {camel(name): name for name in roles(kind)}
    found = {}
    for each in columns:
        name = camel(each.name)
        if name in own or (name in known and fields.get(known[name]) != each.name):
            rest = [word for word in _heading(each) if word not in each.name.split("_")]
            found[each.name] = "_".join(["row", each.name, *rest])
    return found


def section(
    agency: str, name: str, kind: str | None, why: str, fields: Mapping[str, str], keys: Sequence[DraftKey]
) -> DraftSection:
    """The section of a dataset on every entity that its keys name."""
    entities = list(dict.fromkeys(key.entity for key in keys))
    field = camel(name)
    if field in MERGED_FIELD.values() or any(field in ENTITY_FIELDS[entity] for entity in entities):
        field = camel(agency) + pascal(name)
    made = pascal(field) if pascal(field).startswith(pascal(agency)) else pascal(agency) + pascal(field)
    return DraftSection(
        on=tuple(f"{entity}.{field}" for entity in entities),
        kind=kind,
        type=f"{made}Record" if made.endswith(_SUFFIXES) else None,
        roles=MappingProxyType({camel(role): column for role, column in fields.items()} if kind else {}),
        why=(why,) if why else (),
    )
