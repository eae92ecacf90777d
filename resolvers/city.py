"""A city as frozen values: what the catalogue compiles to and everything above reads.

The gateway's `catalogue` makes one `City` from the TOML files; nothing here knows of files.
Names are complete: a scheme is "nyc.bbl", a dataset "dof.rolling_sales", a source "dof.sales_db".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType

from adapters.base import Dataset, Filter, Source


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of identifier. `entity` is "Address", "Business" or "Person"; `check` names the
    codec (`resolvers.identity.schemes`); `parts` the columns of a composite key, in order; with
    `several` one entity may have several of it."""

    name: str
    entity: str
    level: str
    check: str
    parts: tuple[str, ...] = ()
    to: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    title: str = ""
    example: str | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class AddressColumns:
    """Which columns of a dataset hold the parts of an address; `region` is a literal ("NY").

    Either `line` (number and street in one column) or `number` and `street`; `letter` and
    `addition` are what is behind the number in columns of their own. `city` and `borough` are columns.
    """

    line: str | None = None
    number: str | None = None
    letter: str | None = None
    addition: str | None = None
    street: str | None = None
    suffix: str | None = None
    unit: str | None = None
    postcode: str | None = None
    city: str | None = None
    borough: str | None = None
    region: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns named, without repeats."""
        house = (self.line, self.number, self.letter, self.addition, self.street, self.suffix, self.unit)
        return tuple(dict.fromkeys(c for c in (*house, self.postcode, self.city, self.borough) if c))


@dataclass(frozen=True, slots=True)
class Key:
    """How rows hang on entities: the columns that hold an identifier of `scheme`.

    `columns` are in the order of the scheme's parts (one for a plain scheme). An entry that
    starts with "=" is no column but a constant that the agency leaves out: ("=1", "block_lot")
    is a BBL of borough 1 whose block and lot stand in one column. `address` is set for the
    city's address scheme instead, whose identifiers are normalised addresses. `formats` name
    the spellings that this agency uses, by entry of `columns` ("00000"); the codec's `formats`
    lists them. `resolvers.identity.keys` reads and spells identifiers by this declaration; `reads`
    are all columns needed to read the identifier of a row.
    """

    scheme: str
    columns: tuple[str, ...] = ()
    address: AddressColumns | None = None
    formats: tuple[str | None, ...] = ()
    reads: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        named = self.address.columns if self.address else self.columns
        object.__setattr__(self, "reads", tuple(column for column in named if not column.startswith("=")))


@dataclass(frozen=True, slots=True)
class Code:
    """One code of an agency; `category` is a member of the interface field's enum."""

    label: str | None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A dataset's column as value of a shared attribute ("Address", "year_built")."""

    entity: str
    attribute: str
    column: str


@dataclass(frozen=True, slots=True)
class Link:
    """A row ties a `source` entity to a `target` entity in `role` ("OWNER", "PREMISES")."""

    source: str
    target: str
    role: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A row leads from the identifier in its key of the same scheme to the one in `to`: what took its
    place (`means` is "replaced_by") or what it is a part of ("part_of"), from the day in `since` to the
    one in `until`, both included."""

    to: Key
    means: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A dataset hung on an entity as a GraphQL field; `roles` maps interface fields to columns.

    `group` lists the columns that make several rows one record. `part_of` is (entity, field)
    of the section whose records contain these. `type_name` is the generated record type.
    """

    entity: str
    name: str
    dataset: str
    type_name: str
    kind: str | None = None
    many: bool = True
    where: Filter | None = None
    group: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    part_of: tuple[str, str] | None = None
    columns: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    title: str = ""
    place: str = ""  # file and line, for messages


@dataclass(frozen=True, slots=True)
class Withheld:
    """Where `when` holds, the agency keeps `columns` (or with none the whole record) confidential."""

    columns: tuple[str, ...]
    when: Filter


@dataclass(frozen=True, slots=True)
class Protect:
    """Terms under which an agency lets a dataset be used.

    `purposes` are names or W3C DPV terms of which a request must name one; none: any of the
    agreement's. Rows whose `retain_by` column is older than `retain_days` days are hidden from
    everyone, those without a day there are not. Counts below `min_count` are not told. `never_with`
    datasets may not be in the same answer.
    """

    purposes: tuple[str, ...] = ()
    retain_days: int | None = None
    retain_by: str | None = None
    min_count: int | None = None
    never_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset with everything above the adapter: whose it is, how it hangs, how fresh it is.

    `covers` is the part of the city it holds: a filter over identifier parts
    (`{"borough": ("1",)}`), or prose in `covers_text`; with `absent_means_uncovered` the lack
    of rows is NOT_COVERED, not zero. `as_of` is a date or the name of a column. `cost` weighs its
    calls and rows against those of others. `cache` is for how many seconds the gateway may give the
    rows again without asking; None: not at all.
    """

    dataset: Dataset
    agency: str
    title: str
    keys: tuple[Key, ...] = ()
    claims: tuple[Claim, ...] = ()
    links: tuple[Link, ...] = ()
    edges: tuple[Edge, ...] = ()
    as_of: date | str | None = None
    modified: str | None = None
    cadence: str | None = None
    licence: str | None = None
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    covers_text: str | None = None
    absent_means_uncovered: bool = False
    self_declared: bool = False
    withheld: tuple[Withheld, ...] = ()
    access: str | None = None
    protect: Protect | None = None
    record_url: str | None = None
    cost: int = 1
    cache: float | None = None
    description: str = ""
    place: str = ""
    name: str = field(init=False)
    """ "dof.rolling_sales"."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.dataset.name)


@dataclass(frozen=True, slots=True)
class Register:
    """Says what exists: `datasets` in order of trust, for identifiers of `scheme`. Of those in
    `kept` the gateway holds identifiers and addresses itself."""

    name: str
    scheme: str
    datasets: tuple[str, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """What an agency's systems can bear, over all callers together.

    `rate` is calls a second, `concurrency` calls in flight at once; None is no bound. In
    `quiet_hours`, (from, until) in the city's time zone, it is not asked at all; they go over
    midnight where `until` is the smaller.
    """

    rate: float | None = None
    concurrency: int | None = None
    quiet_hours: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency; `id` is its file's name ("dof")."""

    id: str
    name: str
    short: str
    steward: str | None = None
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """A caller whom `city.toml` of a demo or test city trusts on the loopback interface."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class City:
    """Everything the catalogue says. All mappings are by complete name."""

    name: str
    prefix: str
    locale: str
    time_zone: str
    currency: str
    agencies: Mapping[str, Agency]
    sources: Mapping[str, Source]
    source_agency: Mapping[str, str]
    tables: Mapping[str, Table]
    schemes: Mapping[str, Scheme]
    registers: tuple[Register, ...]
    sections: tuple[Section, ...]
    codes: Mapping[str, Mapping[str, Mapping[str, Code]]]  # agency -> list -> code
    prefer: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    local_caller: LocalCaller | None = None
    directory: str = field(default="", repr=False)

    @property
    def address_scheme(self) -> str:
        """The scheme whose identifiers are normalised addresses ("nyc.address")."""
        return f"{self.prefix}.address"
