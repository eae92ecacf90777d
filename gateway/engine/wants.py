"""What a field wants of one dataset, for every entity of its frame."""

from collections.abc import Hashable
from dataclasses import field
from typing import TYPE_CHECKING

from adapters.base import After, Filter, OrderBy, Scalar
from adapters.frozen import frozen
from resolvers.city import Section, Table

if TYPE_CHECKING:
    from gateway.engine.ways import Way


def typed(table: Table, entity: str) -> bool:
    """Whether rows of a dataset hang on entities of a kind by numbers that applicants typed, so that they
    belong to a profile only where something else confirms it. So far businesses are compared for that."""
    return table.self_declared and entity == "Business"


@frozen
class Want:
    """What is wanted of a dataset for every entity of a frame.

    `key` are the columns that identify a record, unique if `keyed`. `after` is a position in
    the order and the key. `schemes` restricts the keys used (None: all of the entity's), `direct`
    the identifiers to those that the entities were asked by. `filtered` are the columns that
    the caller's own conditions compare, `ordered` those of an order of its own. `ways` are
    `gateway.engine.ways`'s.
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
    ways: "dict[Hashable, Way]" = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def hides_records(self) -> bool:
        """Whether whole records may be withheld, so that counts and limits wait for that."""
        return any(not withheld.columns for withheld in self.table.withheld)
