"""What a field wants of one dataset, for every entity of its frame."""

from dataclasses import dataclass

from adapters.base import After, Filter, OrderBy, Scalar
from resolvers.city import Section, Table


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of a dataset for every entity of a frame.

    `key` are the columns that identify a record, unique if `keyed`. `after` is a position in
    the order and the key. `schemes` restricts the keys used (None: all of the entity's), `direct`
    the identifiers to those that the entities were asked by. `filtered` are the columns that
    the caller's own conditions compare, `ordered` those of an order of its own.
    """

    table: Table
    columns: tuple[str, ...]
    section: Section | None = None
    key: tuple[str, ...] = ()
    keyed: bool = False
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderBy, ...] = ()
    first: int | None = None
    after: tuple[Scalar, ...] | None = None
    mark: After | None = None
    count: bool = False
    schemes: frozenset[str] | None = None
    direct: bool = False
    filtered: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()

    @property
    def hides_records(self) -> bool:
        """Whether whole records may be withheld, so that counts and limits wait for that."""
        return any(not withheld.columns for withheld in self.table.withheld)
