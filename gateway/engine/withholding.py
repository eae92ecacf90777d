"""Which rows and values a caller gets of what a dataset answers.

Agencies keep values and whole records confidential, row by row; a column may name persons whom
the caller may not see; an identifier may be on the restriction list; columns that the caller may
not see at all are fetched where the work needs them. All of it happens before anything else is
done with a row, so that a withheld identifier ties the row to nothing, a withheld value is no
claim, and a condition over it finds nothing.

What is withheld looks the same whatever it is: a column that may name a person is withheld also
where it names nobody, and a record that is withheld as a whole meets no condition.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta

from adapters.base import AnyOf, Cell, ColumnType, Compare, Filter, Op, Scalar
from adapters.filters import matcher
from gateway.engine.bindings import Reader
from gateway.engine.filters import filter_columns
from gateway.engine.run import Run
from gateway.engine.values import DENIED, PERSONAL, WITHHELD, Withheld
from resolvers.city import Table
from resolvers.entities import SHARED
from resolvers.identity.names import names_organisation

Row = Sequence[Cell | Withheld]


def narrowing(run: Run, table: Table) -> tuple[Filter, ...]:
    """What a row must meet to be there for this caller: the conditions of its grant, and not older
    than the dataset may be kept."""
    return (*run.permits.rows(table), *retained(run, table))


def retained(run: Run, table: Table) -> tuple[Filter, ...]:
    """What a row must meet not to be older than the dataset may be kept; another thing tomorrow."""
    protect = table.protect
    if protect is None or protect.retain_days is None or protect.retain_by is None:
        return ()
    today = run.world.clock().astimezone(run.world.zone).date()
    first = today - timedelta(days=protect.retain_days)
    kept: Scalar = first
    match table.dataset.columns[protect.retain_by].type:
        case ColumnType.DATETIME:
            kept = datetime.combine(first, time.min, run.world.zone)
        case ColumnType.YEAR:
            kept = first.year
    undated = Compare(protect.retain_by, Op.IS_NULL, True)
    return (AnyOf((Compare(protect.retain_by, Op.GTE, kept), undated)),)


def confidential(run: Run, table: Table) -> frozenset[str]:
    """The columns of a dataset that are withheld from this caller in some rows."""
    names = run.permits.names(table)
    return names.union(*(withheld.columns for withheld in table.withheld)) if table.withheld else names


def needed(run: Run, table: Table) -> dict[str, None]:
    """The columns that must be fetched to tell what the caller may have of a row."""
    columns = dict.fromkeys(c for withheld in table.withheld for c in filter_columns(withheld.when))
    if not run.world.restrictions.empty:
        columns |= dict.fromkeys(c for b in run.world.bindings.all(table.name) for c in b.key.reads)
    return columns


class Withholding:
    """The rules of one dataset for one caller over rows with these columns.

    `filtered` are the columns that the caller's conditions compare: a row that withholds one of
    them does not meet the condition, whatever its value, nor does a record that is withheld as a
    whole. Nor is a row found by an order over `ordered` where its value there may name a person.
    With `counting`, rows are counted by keys that the caller may not see.
    """

    def __init__(
        self,
        run: Run,
        table: Table,
        index: Mapping[str, int],
        filtered: frozenset[str] = frozenset(),
        ordered: frozenset[str] = frozenset(),
        *,
        counting: bool = False,
    ) -> None:
        hidden = () if counting else run.permits.hidden(table)
        self._denied = {index[column]: DENIED for column in hidden if column in index}
        self._rules = [(matcher((w.when,), index), {index[c] for c in w.columns if c in index}) for w in table.withheld]
        self._whole = [not withheld.columns for withheld in table.withheld]
        self._conditioned = bool(filtered)
        self._filtered = {index[c] for c in filtered if c in index}
        self._ordered = {index[c] for c in ordered if c in index}
        self._persons = [index[column] for column in run.permits.names(table) if column in index]
        self._restricted = _restricted(run, table, index)
        self.idle = not (self._rules or self._persons or self._restricted or self._denied)
        """Whether every row is given as it came."""
        self.sorts_out = bool(self._rules or self._restricted or run.permits.names(table))
        """Whether rows, or values that conditions compare, may be kept from the caller."""

    def apply(self, row: Sequence[Cell]) -> tuple[Row, bool] | None:
        """The row as it may be used, and whether the whole record is withheld; None for a row
        that the caller's conditions must not find."""
        if self.idle:
            return row, False
        blank: dict[int, Withheld] = {at: PERSONAL for at in self._persons if _may_name_person(row[at])}
        if not self._ordered.isdisjoint(blank):
            return None
        hidden = self._restricted is not None and self._restricted(row)
        for (test, columns), whole in zip(self._rules, self._whole, strict=True):
            if test(tuple(row)):
                blank.update(dict.fromkeys(columns, WITHHELD))
                hidden = hidden or whole
        if self._conditioned and (hidden or not self._filtered.isdisjoint(blank)):
            return None
        blank |= self._denied
        return [blank.get(i, cell) for i, cell in enumerate(row)] if blank else row, hidden


def _may_name_person(cell: Cell) -> bool:
    """Whatever names no organisation; nothing, too: that there is no name is as much of a secret."""
    return not (isinstance(cell, str) and names_organisation(cell))


def _restricted(run: Run, table: Table, index: Mapping[str, int]) -> Callable[[Sequence[Cell]], bool] | None:
    """Whether a row is about somebody on the restriction list; None while the list is empty."""
    restrictions = run.world.restrictions
    if restrictions.empty:
        return None
    bindings = [b for b in run.world.bindings.all(table.name) if set(b.key.reads) <= set(index)]
    readers = [Reader(binding, index) for binding in bindings if binding.scheme.entity in SHARED]

    def test(row: Sequence[Cell]) -> bool:
        found = ((reader.binding.scheme.name, reader.read(row)) for reader in readers)
        return any(value is not None and restrictions.holds(f"{scheme}:{value}") for scheme, value in found)

    return test
