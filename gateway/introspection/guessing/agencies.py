"""A whole source as the draft of an agency's file."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from gateway.introspection.guessing.datasets import Found, dataset
from gateway.introspection.guessing.drafts import Draft, DraftScheme
from gateway.introspection.guessing.names import distinct, words
from gateway.introspection.guessing.schemes import SHARED, Wanted
from gateway.introspection.seen import Seen, SeenTable


def draft(seen: Seen, agency: str, wanted: Sequence[Wanted] = SHARED) -> Draft:
    """The file of `agency` (its id) for what was seen. `wanted` are the schemes to look for."""
    names = distinct([_name(table, agency) for table in seen.tables])
    found: list[Found] = []
    lists: list[str] = []
    for table, name in zip(seen.tables, names, strict=True):
        made = dataset(table, name, agency, wanted, lists)
        lists += made.codes
        found.append(made)
    return Draft(
        agency=agency,
        name=seen.agency or agency.replace("_", " ").upper(),
        source=seen.name,
        kind=seen.kind,
        url=seen.url,
        secret=seen.secret,
        datasets=tuple(each.dataset for each in found),
        schemes=_once(scheme for each in found for scheme in each.schemes),
        codes=MappingProxyType({name: codes for each in found for name, codes in each.codes.items()}),
        settings=seen.settings,
        notes=seen.notes,
    )


def _once(schemes: Iterable[DraftScheme]) -> tuple[DraftScheme, ...]:
    return tuple({scheme.name: scheme for scheme in schemes}.values())


def _name(table: SeenTable, agency: str) -> str:
    """From the table's own name, without the agency's in front."""
    parts = list(words(table.name or table.path.rpartition("/")[2].partition(".")[0]))
    if len(parts) > 1 and parts[0] == agency:
        parts = parts[1:]
    name = "_".join(parts)[:60].strip("_") or "records"
    return f"d{name}" if name[0].isdigit() else name
