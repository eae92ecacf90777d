"""What was seen of a source, whatever its kind: the seam between looking and guessing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from adapters.base import ColumnType


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """One column: its name at the agency and, for each sampled row, the value as it is stored.

    `kept` are the types that the storage holds natively, as `adapters.base.ColumnShape` has them;
    `text` is whether it stores text; `label` is the name that people see, where it has another, `declared` the
    type that its description gives, for lack of values. `kept` and
    `text` are what `check --live` will compare with."""

    name: str
    values: tuple[object, ...]
    kept: frozenset[ColumnType] = frozenset()
    text: bool = True
    written: str = ""
    description: str = ""
    label: str = ""
    declared: ColumnType | None = None

    @property
    def heading(self) -> str:
        """What people call it, as far as the source says."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameter by which an API can be asked for a column's values: several at once ("repeat" or
    "comma" in a URL) or "each" in a call of its own; an argument of GraphQL takes a "list" or "one".
    `inside` is one in the path."""

    parameter: str
    many: str = "each"
    inside: bool = False


@dataclass(frozen=True, slots=True)
class SeenTable:
    """One table or resource and its sample of rows.

    `path` is what a dataset's `path` says; `unique` are column tuples that the source itself holds
    to be unique; `indexed` is whether it would say so if there were any. `whole` is whether the sample is all
    there is; `bad` are records that could not be read at all; `says_stored`
    is whether a dataset has to say that it is kept as text; `asked` by which columns an API can
    be asked. `settings` are further keys of the
    dataset (`format`, `options`, `licence` …), `notes` what its steward should know."""

    path: str
    columns: tuple[SeenColumn, ...]
    rows: int
    whole: bool = False
    name: str = ""
    title: str = ""
    description: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    indexed: bool = False
    bad: int = 0
    says_stored: bool = True
    asked: Mapping[str, Asked] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """One source: how its adapter is told of it, and its tables.

    `url` is as the draft will print it: without credentials. `secret` says that something was left
    out of it. `settings` are further keys of the source (`options`, `timeout` …)."""

    kind: str
    name: str
    url: str
    tables: tuple[SeenTable, ...]
    secret: bool = False
    agency: str = ""
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
