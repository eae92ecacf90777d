"""Which reads may be shared between requests.

A read is open if everybody may see all that it touches: every column that it returns, compares,
orders by or is asked by is public, and its dataset has no `access`, no terms of use, no rules by
which values are withheld, and no key that identifies persons. The conditions of a caller's grant
are filters of the read, so that reads of callers with other conditions are other reads. The
credentials by which a source is asked are the source's own, the same for all callers.
"""

from collections.abc import Iterable, Mapping

from adapters.base import Scan
from gateway.engine.filters import filter_columns
from gateway.policy.decisions import Need
from resolvers.city import City, Table


class Openness:
    """Told of one edition of a city: what was open before its files changed may be no more."""

    def __init__(self, city: City) -> None:
        self._public: Mapping[str, frozenset[str] | None] = {
            name: _public(city, table) for name, table in city.tables.items()
        }

    def shows(self, table: Table, column: str | None) -> bool:
        """Whether everybody may see a column; without one, some of a dataset."""
        public = self._public[table.name]
        return public is not None and (column is None or column in public)

    def opens(self, needs: Iterable[Need]) -> bool:
        """Whether everybody may see all that is needed."""
        return all(need.table is None or self.shows(need.table, need.column) for need in needs)

    def open(self, table: Table, scan: Scan) -> bool:
        """Whether a read may be shared with other requests."""
        public = self._public[table.name]
        if public is None or not public.issuperset(scan.columns):
            return False
        if scan.keys is not None and not public.issuperset(scan.keys.columns):
            return False
        if scan.order and not all(by.column in public for by in scan.order):
            return False
        return not scan.filters or all(public.issuperset(filter_columns(part)) for part in scan.filters)


def _public(city: City, table: Table) -> frozenset[str] | None:
    """The columns that anyone may see; None for a dataset of which nothing is shared."""
    closed = table.access is not None or table.protect is not None or bool(table.withheld)
    if closed or any(city.schemes[key.scheme].entity == "Person" for key in table.keys):
        return None
    return frozenset(name for name, column in table.dataset.columns.items() if column.public)
