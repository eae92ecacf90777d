"""What is done here of a scan, once the rows are here: they are decoded, and what the source did not
do itself is done on them. `adapters.pushdown` decides what that is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from adapters.base import After, Answer, Dataset, Filter, Keys, OrderBy, Scan, Stored
from adapters.filters import Cells, behind, matcher, ordered
from adapters.keys import matches
from adapters.remembered import Remembered
from adapters.rows import RowDecoder, row_decoder


@dataclass(frozen=True, slots=True)
class Left:
    """What `finish` has to do. `columns` are those of the rows that come. With `keyed` every row
    ends in its stored key. Where all came `whole`, nothing else is left."""

    columns: tuple[str, ...]
    keys: Keys | None = None
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderBy, ...] = ()
    limit: int | None = None
    per_key: int | None = None
    after: After | None = None
    count: bool = False
    keyed: bool = False
    whole: bool = field(init=False)

    def __post_init__(self) -> None:
        rest = self.filters or self.order or self.count or self.keys or self.after
        object.__setattr__(self, "whole", not rest and self.limit is None and self.per_key is None)

    @property
    def nothing(self) -> bool:
        """Whether the rows only need decoding."""
        return self.whole and not self.keyed


_KEY = itemgetter(-1)

_Made = tuple[int, tuple[str, ...], int, tuple[str, ...], frozenset[str]]
_decoders: Remembered[_Made, tuple[Dataset, RowDecoder]] = Remembered(2048)


def _decoder(
    dataset: Dataset, columns: tuple[str, ...], shown: int, key: tuple[str, ...], lost: frozenset[str]
) -> RowDecoder:
    """Compiled once for each; the entry keeps the dataset, so that its id stays its own."""
    made = id(dataset), columns, shown, key, lost
    found = _decoders.get(made)
    if found is None:
        places = [columns.index(name) for name in key]
        decode = row_decoder([dataset.columns[name] for name in columns], lost, shown, places)
        found = _decoders[made] = dataset, decode
    return found[1]


def finish(dataset: Dataset, scan: Scan, left: Left, answer: Answer, lost: frozenset[str] = frozenset()) -> Answer:
    """Decode an adapter's answer and do what was left. Rows have the columns originally asked;
    those in `lost` are damaged throughout."""
    if left.whole:
        key = scan.keys.columns if left.keyed and scan.keys else ()
        decode = _decoder(dataset, left.columns, len(scan.columns), key, lost)
        rows: Sequence[Cells]
        rows, sound = decode.sound(answer.rows)
        counts = answer.counts
    else:
        rows, counts, sound = _finished(dataset, scan, left, answer, lost)
    return Answer(
        rows,
        counts,
        answer.complete,
        answer.incomplete,
        answer.as_of,
        answer.calls,
        answer.refused,
        sound,
    )


def _finished(
    dataset: Dataset, scan: Scan, left: Left, answer: Answer, lost: frozenset[str]
) -> tuple[Sequence[Cells], Mapping[tuple[Stored, ...], int] | None, bool]:
    index = {name: at for at, name in enumerate(left.columns)}
    counts = answer.counts
    rows, sound = _keyed(dataset, scan, left, answer, lost)
    if left.filters:
        rows = list(filter(matcher(left.filters, index), rows))
    if left.count:
        counts = _counted(scan, answer, rows)
    if left.order:
        rows = ordered(rows, left.order, index)
    if left.after:
        rows = list(filter(behind(left.after, scan.order, index), rows))
    if left.per_key is not None:
        rows = _first_of_each_key(rows, left.per_key)
    if left.limit is not None:
        rows = rows[: left.limit]
    width = len(scan.columns)
    if left.keyed:
        return [(*row[:width], row[-1]) for row in rows], counts, sound
    return [row[:width] for row in rows], counts, sound


def _keyed(
    dataset: Dataset, scan: Scan, left: Left, answer: Answer, lost: frozenset[str]
) -> tuple[Sequence[Cells], bool]:
    """Decoded rows of the keys wanted, and whether they are sound; each ends in its stored key where the
    rest needs that."""
    columns, shown = left.columns, len(left.columns)
    if scan.keys is None or not (left.keys or left.count or left.per_key is not None or left.keyed):
        rows, sound = _decoder(dataset, columns, shown, (), lost).sound(answer.rows)
        return [(*row, ()) for row in rows] if left.count else rows, sound
    decode = _decoder(dataset, columns, shown, scan.keys.columns, lost)
    if not left.keys:
        return decode.sound(answer.rows)
    at, wanted = [columns.index(name) for name in scan.keys.columns], matches(left.keys)
    return decode.sound([row for row in answer.rows if wanted(tuple([row[i] for i in at]))])


def _counted(scan: Scan, answer: Answer, rows: Sequence[Cells]) -> dict[tuple[Stored, ...], int] | None:
    """Rows by stored key, none where a bound cut the answer and the keys concerned aren't known."""
    if not answer.complete and not answer.incomplete:
        return None
    found: Counter[object] = Counter(map(_KEY, rows))
    wanted = scan.keys.values if scan.keys else ((),)
    return {key: found[key] for key in wanted if key not in answer.incomplete}


def _first_of_each_key(rows: Sequence[Cells], size: int) -> Sequence[Cells]:
    if len(rows) <= size or max(Counter(map(_KEY, rows)).values()) <= size:
        return rows
    seen: Counter[object] = Counter()
    kept = []
    for row in rows:
        key = row[-1]
        seen[key] += 1
        if seen[key] <= size:
            kept.append(row)
    return kept
