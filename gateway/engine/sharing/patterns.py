"""What a read asks for, but for the values of its keys: what reads must have in common to be shared."""

from collections.abc import Hashable

from adapters.base import Dataset, Keys, Scan
from adapters.keys import KeyValue
from adapters.pushdown import Splits
from gateway.engine.sharing.keeping import Shape

Values = tuple[KeyValue, ...]
"""The stored keys that one read asks by."""


class Pattern:
    """`is_open` reads may be shared between requests. Equal patterns ask for the same; the hash is
    made once, so that whoever asks often keeps the pattern.

    Reads are `separable` if the rows of each key are what they would be if it was asked for alone, and
    can be told apart: no bound over all keys, no prefixes, and the keys are among the columns. They
    are `keepable` if rows can be put together again from those of each key. `splits` are `known` to
    `adapters.reading.read`.
    """

    __slots__ = ("_hash", "_shape", "dataset", "is_open", "keepable", "scan", "separable", "splits", "what")

    def __init__(self, dataset: Dataset, scan: Scan, *, is_open: bool = False) -> None:
        self.dataset, self.scan, self.is_open = dataset, scan, is_open
        keys, columns = scan.keys, frozenset(scan.columns)
        rest = scan.filters, scan.order, scan.limit, scan.per_key, scan.after, scan.count
        asked = None if keys is None else (keys.columns, keys.prefix)
        self.what: Hashable = (dataset.name, scan.columns, asked, rest)
        self._hash = hash(self.what)
        self.separable = (
            keys is not None and not keys.prefix and scan.limit is None and columns.issuperset(keys.columns)
        )
        self.keepable = self.separable and columns.issuperset(by.column for by in scan.order)
        self.splits: Splits | None = {} if keys is not None and not scan.filters and scan.after is None else None
        self._shape: tuple[int, Shape] | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Pattern) and self.what == other.what)

    def shape(self, source: int) -> Shape:
        """Under what the row cache keeps rows of the source with this number."""
        if self._shape is None or self._shape[0] != source:
            self._shape = source, Shape((source, self.what))
        return self._shape[1]

    def asking(self, values: Values) -> Scan:
        """The scan by these keys."""
        s, keys = self.scan, self.scan.keys
        if keys is None or keys.values is values:
            return s
        by = Keys(keys.columns, values, keys.prefix)
        return Scan(s.columns, by, s.filters, s.order, s.limit, s.per_key, s.after, s.count)
