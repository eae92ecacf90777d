"""A table as a draft of a dataset: columns, identity, keys and the section it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from adapters.base import ColumnType
from gateway.catalogue.claims import FITS
from gateway.introspection.guessing import addresses, hints, identifiers, sections
from gateway.introspection.guessing.askings import options, path
from gateway.introspection.guessing.codes import categorised, codes
from gateway.introspection.guessing.columns import guess as guess_column
from gateway.introspection.guessing.drafts import DraftCode, DraftColumn, DraftDataset, DraftKey, DraftScheme
from gateway.introspection.guessing.identifiers import Cells, cells
from gateway.introspection.guessing.identities import identity
from gateway.introspection.guessing.names import distinct, snake, words
from gateway.introspection.guessing.people import marked
from gateway.introspection.guessing.places import pairs, point
from gateway.introspection.guessing.schemes import Wanted
from gateway.introspection.seen import SeenColumn, SeenTable
from resolvers.entities import SHARED
from resolvers.merging import attributes
from resolvers.names import camel

_LICENCES = tuple(
    frozenset(each.split())
    for each in (
        "license number",
        "licence number",
        "license nbr",
        "license no",
        "licence no",
        "licence nbr",
        "license num",
        "lic num",
        "lic no",
        "serial number",
        "registration number",
    )
)
_HOLDERS = ("applicant", "owner", "professional", "contractor", "representative", "filing")
_COMPANIES = tuple(frozenset(each.split()) for each in ("dos id", "company number", "ein", "crn"))
_CODED = ("status", "severity", "outcome")


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset, and what its agency's file must have beside it."""

    dataset: DraftDataset
    schemes: tuple[DraftScheme, ...] = ()
    codes: Mapping[str, tuple[DraftCode, ...]] = field(default_factory=lambda: MappingProxyType({}))


def dataset(table: SeenTable, name: str, agency: str, wanted: Sequence[Wanted], taken: Sequence[str] = ()) -> Found:
    """The draft of a table under a name. `taken` are names of code lists that other datasets have."""
    about = words(f"{table.title} {table.name} {table.path} {name}")
    kind, why = sections.kind(about, [words(each.heading) for each in table.columns])
    lists: dict[str, tuple[DraftCode, ...]] = {}
    columns = _columns(table, agency, lists)
    fields = sections.feeding(kind, columns) if kind else {}
    renames = sections.renamed(kind, fields, columns)
    columns = _under(columns, renames)
    id, id_why = identity(table, columns)
    keys, schemes = _keys(table, columns, agency, kind, id, wanted)
    alone = _alone(id, keys)
    kind, fields = (None, {}) if alone else (kind, fields)
    columns, lists = _named_lists(columns, lists, name, taken)
    made = sections.section(agency, name, kind, why if kind else "", fields, keys) if keys else None
    draft = DraftDataset(
        name=name,
        path=path(table, columns),
        title=table.title,
        doc=table.description,
        columns=tuple(columns),
        text=all(each.column.stored == "text" for each in columns),
        says_stored=table.says_stored,
        rows=table.rows,
        whole=table.whole,
        id=id,
        id_why=id_why,
        keys=tuple(keys),
        alone=alone,
        section=made,
        claims=MappingProxyType(_claims(columns, keys)),
        settings={name: value for name, value in table.settings.items() if name != "options"},
        options=options(table, columns, keys),
        notes=table.notes,
    )
    return Found(draft, tuple(schemes), MappingProxyType(_categories(lists, columns, fields)))


# --- columns -------------------------------------------------------------------------------


def _columns(table: SeenTable, agency: str, lists: dict[str, tuple[DraftCode, ...]]) -> list[DraftColumn]:
    """The columns under distinct names; `lists` gets their codes by those names."""
    seen = {each.name: each for each in table.columns}
    places = pairs(table.columns)
    apart = [
        each for each in table.columns if each.name not in {part for pair in places for part in (pair.lat, pair.lon)}
    ]
    headings = [snake(each.heading, f"column_{i + 1}") for i, each in enumerate(apart)]
    rests = [[word for word in words(seen[pair.lat].heading) if word not in hints.LATITUDE] for pair in places]
    names = distinct([*headings, *("_".join(["place", *rest]) for rest in rests)])
    found = [_column(each, name, agency, lists) for each, name in zip(apart, names, strict=False)]
    points = zip(places, names[len(apart) :], strict=True)
    return [*found, *(point(pair, seen[pair.lat], name) for pair, name in points)]


def _column(seen: SeenColumn, name: str, agency: str, lists: dict[str, tuple[DraftCode, ...]]) -> DraftColumn:
    draft = marked(guess_column(seen, name), seen, agency)
    if found := codes(draft, seen):
        lists[name] = found
        return replace(draft, column=replace(draft.column, codes=name))
    return draft


def _under(columns: Sequence[DraftColumn], renames: Mapping[str, str]) -> list[DraftColumn]:
    """The same columns under other names, still distinct."""
    wanted = [renames.get(each.name, each.name) for each in columns]
    names = distinct(wanted, [name for name in renames if name not in renames.values()])
    return [replace(each, column=replace(each.column, name=name)) for each, name in zip(columns, names, strict=True)]


def _named_lists(
    columns: Sequence[DraftColumn], lists: Mapping[str, tuple[DraftCode, ...]], dataset: str, taken: Sequence[str]
) -> tuple[list[DraftColumn], dict[str, tuple[DraftCode, ...]]]:
    """Code lists under names that no other dataset of the file has."""
    names = {each: f"{dataset}_{each}" if each in taken else each for each in lists}
    found = []
    for each in columns:
        codes = each.column.codes
        found.append(replace(each, column=replace(each.column, codes=names[codes])) if codes else each)
    return found, {names[each]: codes for each, codes in lists.items()}


def _categories(
    lists: Mapping[str, tuple[DraftCode, ...]], columns: Sequence[DraftColumn], fields: Mapping[str, str]
) -> dict[str, tuple[DraftCode, ...]]:
    by_name = {each.name: each.column.codes for each in columns}
    found = dict(lists)
    for role in _CODED:
        name = by_name.get(fields.get(role, ""))
        if name:
            found[name] = categorised(found[name], role)
    return found


# --- keys ----------------------------------------------------------------------------------


def _keys(
    table: SeenTable,
    columns: Sequence[DraftColumn],
    agency: str,
    kind: str | None,
    id: tuple[str, ...],
    wanted: Sequence[Wanted],
) -> tuple[list[DraftKey], list[DraftScheme]]:
    """What rows hang by: schemes found in the columns, licence numbers, an address."""
    seen = {each.name: each for each in table.columns}
    sampled = [cells(each.column, seen[each.column.source[0]]) for each in columns if len(each.column.source) == 1]
    keys = list(identifiers.found(wanted, sampled))
    used = {name for key in keys for name in key.columns}
    by_name: dict[str, Wanted] = {each.name: each for each in wanted}
    given = {each.name for each in wanted if each.given}
    schemes = [_declared(by_name[key.scheme]) for key in keys if key.scheme not in given]
    free = [each for each in sampled if each.column.name not in used and not {*_HOLDERS} & set(each.heading)]
    for each, level, check in _own(free, kind, id):
        scheme = _scheme(each, level, check, agency, [*(one.name for one in schemes), *by_name])
        schemes.append(scheme)
        keys.append(DraftKey(scheme.name, "Business", (each.column.name,), why=("the agency's own number",)))
    if (address := addresses.found(sampled)) is not None:
        keys.append(address)
    return keys, schemes


def _own(free: Sequence[Cells], kind: str | None, id: tuple[str, ...]) -> list[tuple[Cells, str, str]]:
    """At most one number that the agency itself gives to businesses: a licence, or a company's."""
    for each, check in identifiers.own(free, _LICENCES):
        if kind in ("Licence", "Registration") or id == (each.column.name,):
            return [(each, "site", check)]
    return [(each, "company", check) for each, check in identifiers.own(free, _COMPANIES)][:1]


def _scheme(each: Cells, level: str, check: str, agency: str, taken: Sequence[str]) -> DraftScheme:
    heading = "_".join(word for word in each.heading if word != agency)
    name = distinct([f"{agency}_{heading}"], taken)[0]
    title = " ".join(each.column.source)
    return DraftScheme(name, "Business", level, check, title=title, shared=False)


def _declared(wanted: Wanted) -> DraftScheme:
    return DraftScheme(wanted.name, wanted.entity, wanted.level, wanted.check, wanted.parts, wanted.title)


def _alone(id: tuple[str, ...], keys: Sequence[DraftKey]) -> bool:
    """Whether an entity has at most one row: the id is the key."""
    return bool(id) and any(set(id) <= set(key.columns) and key.entity == "Address" for key in keys)


def _claims(columns: Sequence[DraftColumn], keys: Sequence[DraftKey]) -> dict[str, str]:
    """Shared attributes that a heading names, where the type fits."""
    found: dict[str, str] = {}
    entities = {key.entity for key in keys}
    for each in columns:
        named = hints.CLAIMS.get(each.heading)
        if named is None or named[0] not in entities:
            continue
        python = {camel(name): name for name in attributes(SHARED[named[0]])}[named[1]]
        parts: tuple[type, ...] = SHARED[named[0]].__annotations__[python].__args__
        plain = next(part for part in parts if part is not type(None))
        if each.type in FITS[plain] and each.type is not ColumnType.BOOL:
            found.setdefault(".".join(named), each.name)
    return found
