"""What agencies keep confidential, row by row: columns blanked, whole records hidden.

It happens before anything else is done with a row, so that a withheld identifier ties the row to
nothing, a withheld value is no claim, and a condition over it finds nothing.
"""

from collections.abc import Mapping, Sequence

from adapters.base import Cell
from adapters.filters import matcher
from gateway.engine.values import WITHHELD, Withheld
from resolvers.city import Table


class Withholding:
    """The rules of one dataset over rows with these columns.

    `filtered` are the columns that the caller's conditions compare: a row that withholds one of
    them does not meet the condition, whatever its value.
    """

    def __init__(self, table: Table, index: Mapping[str, int], filtered: frozenset[str] = frozenset()) -> None:
        self._rules = [(matcher((w.when,), index), {index[c] for c in w.columns if c in index}) for w in table.withheld]
        self._whole = [not withheld.columns for withheld in table.withheld]
        self._filtered = {index[c] for c in filtered if c in index}

    def apply(self, row: Sequence[Cell]) -> tuple[Sequence[Cell | Withheld], bool] | None:
        """The row as it may be used, and whether the whole record is withheld; None for a row
        that the caller's conditions must not find."""
        if not self._rules:
            return row, False
        blank: set[int] = set()
        hidden = False
        for (test, columns), whole in zip(self._rules, self._whole, strict=True):
            if test(tuple(row)):
                blank |= columns
                hidden = hidden or whole
        if blank & self._filtered:
            return None
        return [WITHHELD if i in blank else cell for i, cell in enumerate(row)] if blank else row, hidden


def confidential(table: Table) -> frozenset[str]:
    """The columns of a dataset that some rows withhold."""
    return frozenset(column for withheld in table.withheld for column in withheld.columns)
