"""The columns of a dataset as the adapters read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adapters.base import Column, ColumnType, Dataset
from adapters.kinds import stored_by_default
from gateway.catalogue import grammar
from gateway.catalogue.documents import Spot
from gateway.catalogue.problems import nearest

_TEXTS = frozenset({ColumnType.TEXT, ColumnType.PHONE})


def column(name: str, declared: grammar.Column, dataset: grammar.Dataset, usual_form: str, time_zone: str) -> Column:
    """The column with what the dataset says for all of its columns filled in, or else its kind of
    source (`usual_form`, as in `stored`).

    A dataset's `clean` and `null` concern texts: columns stored as text, and texts themselves.
    """
    kind = ColumnType(declared.type)
    stored = declared.stored or dataset.stored or usual_form
    is_text = stored == "text" or kind in _TEXTS
    usual = Column(name, ())
    return Column(
        name=name,
        source=_source(name, declared),
        type=kind,
        stored=stored,
        format=declared.format,
        null=frozenset([*declared.null, *(dataset.null if is_text else ())]),
        clean=tuple(declared.clean if declared.clean is not None else dataset.clean if is_text else ()),
        true=usual.true if declared.true is None else frozenset(declared.true),
        false=usual.false if declared.false is None else frozenset(declared.false),
        time_zone=time_zone,
        description=_description(declared),
        codes=declared.codes,
        unit=declared.unit,
        personal=declared.personal,
        access=declared.access,
    )


def _source(name: str, declared: grammar.Column) -> tuple[str, ...]:
    match declared.from_:
        case None:
            return (name,)
        case grammar.LatLon(lat=lat, lon=lon):
            return (lat, lon)
        case str() as source:
            return (source,)


def _description(declared: grammar.Column) -> str:
    exact = f"Exact to the {declared.precision}." if declared.precision else ""
    return " ".join(part for part in (declared.doc, exact) if part)


@dataclass(frozen=True, slots=True)
class Outline:
    """A dataset whose columns are known and whose other parts are being read."""

    name: str
    spot: Spot
    declared: grammar.Dataset
    columns: Mapping[str, Column]
    time_zone: str

    def column(self, name: str, spot: Spot) -> Column | None:
        """The column, if it is there and sound; if it is not there, that is reported at `spot`."""
        if self.spot.at("columns", name).damaged:
            return None
        if name not in self.columns:
            spot.problem(f'column "{name}" is not in {self.name}', nearest(name, self.columns))
        return self.columns.get(name)


def bare(name: str, declared: grammar.Dataset) -> Dataset:
    """The dataset as far as it is known without its columns."""
    options = declared.options | ({"format": declared.format} if declared.format else {})
    return Dataset(name, "", declared.path or declared.name, {}, options=MappingProxyType(options))


def outline(name: str, spot: Spot, declared: grammar.Dataset, kind: str, time_zone: str) -> Outline:
    """The dataset with its columns; `kind` is that of its source."""
    form = stored_by_default(kind, bare(name, declared))
    columns = {each: column(each, text, declared, form, time_zone) for each, text in declared.columns.items()}
    return Outline(name, spot, declared, MappingProxyType(columns), time_zone)
