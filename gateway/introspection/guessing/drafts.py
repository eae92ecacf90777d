"""What is guessed: the values of an agency's file, each with the reason why it was guessed so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from adapters.base import Column, ColumnType


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """One column. `column` is the declaration as adapters read it, `heading`
    the words that the agency heads it with; `why` are reasons for the
    steward, `decide` what only the steward can say."""

    column: Column
    heading: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    decide: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Our name."""
        return self.column.name

    @property
    def type(self) -> ColumnType:
        """The declared type."""
        return self.column.type


@dataclass(frozen=True, slots=True)
class DraftKey:
    """How rows hang on entities: a scheme and our columns, or the parts of an address."""

    scheme: str
    entity: str
    columns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftScheme:
    """A kind of identifier that the draft declares, so that it stands on its own."""

    name: str
    entity: str
    level: str
    check: str
    parts: tuple[str, ...] = ()
    title: str = ""
    shared: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class DraftCode:
    """A code of a list, how often it was seen, and perhaps its category."""

    code: str
    rows: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class DraftSection:
    """The field that a dataset makes. `roles` are the interface fields and the columns that feed them."""

    on: tuple[str, ...]
    kind: str | None = None
    type: str | None = None
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftDataset:
    """One dataset. Without keys nothing hangs on anything: it is written as a comment then."""

    name: str
    path: str
    title: str
    doc: str
    columns: tuple[DraftColumn, ...]
    text: bool
    says_stored: bool
    rows: int
    whole: bool
    id: tuple[str, ...] = ()
    id_why: str = ""
    keys: tuple[DraftKey, ...] = ()
    alone: bool = False
    section: DraftSection | None = None
    claims: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole agency's file. `codes` are its code lists by name."""

    agency: str
    name: str
    source: str
    kind: str
    url: str
    secret: bool
    datasets: tuple[DraftDataset, ...]
    schemes: tuple[DraftScheme, ...] = ()
    codes: Mapping[str, tuple[DraftCode, ...]] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
