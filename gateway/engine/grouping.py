"""Rows of one dataset by entity, as they came: of most fetches nothing is to be told but the rows.

Generated code makes the response of such rows at once. For whoever wants more of them – the reference
builder, ties, claims, what hangs on records – `Rows` and records are made where they are asked for.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from adapters.base import OrderBy, Scalar
from gateway.engine.bindings import Asked, Binding
from gateway.engine.ordering import plain, sorter
from gateway.engine.tokens import pack
from gateway.engine.values import Identified, RecordValue, Rows
from resolvers.city import Section, Table
from resolvers.provenance import State

Row = Sequence[Any]
Times = tuple[datetime, date | None]
"""When the agency was asked, and the day of all of its rows."""


class Kind(NamedTuple):
    """What all rows of a fetch have in common. `key` are the columns that tell them apart, for certain only
    if they are `keyed`."""

    table: Table
    section: Section | None
    columns: Mapping[str, int]
    level: str
    key: tuple[str, ...]
    keyed: bool = True

    def record(self, row: Row, owner: Identified, times: Times) -> RecordValue:
        """A row as a record of an entity."""
        columns = self.columns
        key = tuple([plain(row[columns[name]]) for name in self.key])
        return RecordValue(self.table, self.section, columns, row, self.level, times[0], owner, key, as_of=times[1])

    def sort(self, groups: Iterable[list[Row]], order: Sequence[OrderBy]) -> None:
        """Sort rows in place, group by group: by the columns given, then by their key, or where they have none
        by what they hold."""
        sort, compared = sorter(order, self.key, self.columns), [self.columns[by.column] for by in order]
        digest = None if self.key else self.digest()
        for rows in groups:
            if len(rows) < 2:
                continue
            if digest is not None and not _differ(rows, compared):
                rows.sort(key=digest)
            sort(rows)

    def digest(self) -> Callable[[Row], str]:
        """What identifies the content of a row that has no id, by its public columns."""
        columns, known = self.columns, self.table.dataset.columns
        at = [columns[name] for name in sorted(columns) if known[name].public]

        def digest(row: Row) -> str:
            shown = [cell if cell.__class__ is str else str(pack(plain(cell))) for cell in [row[i] for i in at]]
            return blake2b("\x1f".join(shown).encode(), digest_size=8).hexdigest()

        return digest

    def identified(self, records: list[RecordValue], *, grouped: bool = False) -> list[RecordValue]:
        """Tell records apart that have no id of their own; rows of one group become one record."""
        seen: dict[tuple[Scalar, ...], int] = {}
        kept, digest = [], self.digest()
        for record in records:
            identity = record.key if self.key else (digest(record.row),)
            repeat = seen.get(identity, 0)
            seen[identity] = repeat + 1
            if repeat and grouped:
                continue
            record.key = identity if grouped else (*identity, repeat)
            kept.append(record)
        return kept


def _differ(rows: Sequence[Row], at: Sequence[int]) -> bool:
    """Whether no two rows are alike in these columns."""
    return len({tuple([plain(row[i]) for i in at]) for row in rows}) == len(rows)


@dataclass(slots=True, eq=False)
class Found(Sequence[RecordValue]):
    """Rows that were not asked for by entity, and so belong to nobody: records where somebody wants one."""

    table: Table
    section: Section | None
    columns: Mapping[str, int]
    rows: Sequence[Row]
    fetched_at: datetime
    sound: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self.rows)))]
        return RecordValue(self.table, self.section, self.columns, self.rows[at], "", self.fetched_at, ("", ""))


@dataclass(slots=True, eq=False)
class Grouped(Sequence[Rows]):
    """`Rows` of every entity. `rows` are those of each in their order, without those behind the page's end,
    where `more` of them are known of; where none has several, they are `single`: its row, or None.
    `totals` may have been counted by the agency. `made` are `Rows` that somebody asked for, and those of
    the entities of which more is `told`. In `sound` rows every cell is of its column's type, or null."""

    kind: Kind
    entities: Sequence[Identified]
    rows: Sequence[Any]
    single: bool
    times: Sequence[Times]
    totals: Sequence[int | None] | None = None
    more: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    sound: bool = False
    made: dict[int, Rows] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: Any) -> Any:
        found = self.made.get(i)
        if found is None:
            found = self.made[i] = self._rows(i)
        return found

    def _rows(self, i: int) -> Rows:
        kind, owner, times, more = self.kind, self.entities[i], self.times[i], i in self.more
        records = [kind.record(row, owner, times) for row in self.group(i)]
        if records and not kind.keyed:
            records = kind.identified(records)
        total = len(records) if self.totals is None else self.totals[i]
        return Rows(records, State.OK, None, total, times[1], times[0], more, more or bool(records))

    def group(self, i: int) -> Sequence[Row]:
        """The rows of an entity of which no more is told."""
        found = self.rows[i]
        return found or () if not self.single else () if found is None else (found,)


def whole(rows: Sequence[Rows]) -> bool:
    """Whether every entity's rows are known to be whole."""
    if isinstance(rows, Grouped):
        return all(rows[i].state is State.OK for i in rows.told)
    return all(found.state is State.OK for found in rows)


def seen(rows: Sequence[Rows], i: int) -> bool:
    """Whether the agency knows an entity, if only by records that it withholds."""
    if isinstance(rows, Grouped) and i not in rows.told:
        return bool(rows.rows[i])
    return rows[i].seen


class Owners(dict[Any, Sequence[int]]):
    """The entities that rows belong to, by the cells of a key: of those that were asked for at once, and
    of others as the key reads them."""

    __slots__ = ("_binding", "_owners", "_single")

    def __init__(self, binding: Binding, asked: Asked, owners: Mapping[str, Sequence[int]]) -> None:
        known, self._single = asked.known, len(binding.key.reads) == 1
        if self._single:
            super().__init__({cells[0]: owners[identifier] for cells, identifier in known.items()})
        else:
            super().__init__({cells: owners[identifier] for cells, identifier in known.items()})
        self._binding, self._owners = binding, owners

    def __missing__(self, cells: Any) -> Sequence[int]:
        read = self._binding.read_cells([plain(cell) for cell in ((cells,) if self._single else cells)])
        found = self[cells] = self._owners.get(read or "", ())
        return found


class Came(NamedTuple):
    """The rows of a call as they came, what was asked for, and for whom."""

    rows: Sequence[Row]
    asked: Asked
    owners: Mapping[str, Sequence[int]]


def single_rows(
    binding: Binding, came: Sequence[Came], columns: Mapping[str, int], many: int
) -> Sequence[Row | None] | None:
    """The row of each of so many entities, of a dataset with one key; None where one has several."""
    take = itemgetter(*[columns[name] for name in binding.key.reads])
    texts = _in_order(came, many)
    if texts is not None:
        rows, of = came[0].rows, [*map(take, came[0].rows)]
        if of == texts:
            return rows
        by_text = dict(zip(of, rows, strict=True))
        if len(by_text) == len(rows) and by_text.keys() <= set(texts):
            return [*map(by_text.get, texts)]
    found: list[Row | None] = [None] * many
    for each in came:
        owners = Owners(binding, each.asked, each.owners)
        for row in each.rows:
            for i in owners[take(row)]:
                if found[i] is not None:
                    return None
                found[i] = row
    return found


def grouped_rows(binding: Binding, came: Sequence[Came], columns: Mapping[str, int], many: int) -> list[list[Row]]:
    """The rows of each of so many entities, of a dataset with one key."""
    groups: list[list[Row]] = [[] for _ in range(many)]
    take = itemgetter(*[columns[name] for name in binding.key.reads])
    texts = _in_order(came, many)
    if texts is not None:
        of, append = [*map(take, came[0].rows)], {text: group.append for text, group in zip(texts, groups, strict=True)}
        if append.keys() >= {*of}:
            for text, row in zip(of, came[0].rows, strict=True):
                append[text](row)
            return groups
    for each in came:
        owners = Owners(binding, each.asked, each.owners)
        for row in each.rows:
            for i in owners[take(row)]:
                groups[i].append(row)
    return groups


def _in_order(came: Sequence[Came], many: int) -> Sequence[object] | None:
    """The text that each of so many entities was asked by, in their order, where one call asked for all of
    them, each by one of its own: most often."""
    if len(came) != 1 or came[0].asked.texts is None or len(came[0].asked.texts) != many:
        return None
    return came[0].asked.texts if [*came[0].owners.values()] == alone(many) else None


def alone(many: int) -> list[tuple[int]]:
    """The owners of so many identifiers of which each has one, in their order."""
    if many > len(_ALONE):
        _ALONE.extend((i,) for i in range(len(_ALONE), many))
    return _ALONE[:many]


_ALONE: list[tuple[int]] = []
_FEW = 10


def everybody(owners: Mapping[str, Sequence[int]]) -> Collection[int]:
    """All entities that have an identifier, once each."""
    if len(owners) > _FEW and (several := [*owners.values()]) == alone(len(owners)):
        return range(len(several))
    return frozenset(chain.from_iterable(owners.values()))
