"""Everyone's own rows of a joint answer, and one answer of rows that came at different times."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from adapters.base import Answer, Cell, Scan
from adapters.filters import ordered
from adapters.keys import KeyValue
from gateway.engine.sharing.answers import Moment, Told
from gateway.engine.sharing.keeping import Kept
from gateway.engine.sharing.patterns import Values

Row = tuple[Cell, ...]


def split(answer: Answer, wanted: Iterable[Values]) -> dict[Values, Answer] | None:
    """The answer to each of several reads that differ in their keys, from the answer to all of their
    keys whose rows end in the stored key. None where a row is of none of these keys: the source
    spells them in another way than it was asked by, and whose the row is can't be told."""
    shares: dict[Values, list[Row]] = {values: [] for values in wanted}
    owners: dict[KeyValue, list[list[Row]]] = {}
    for values, rows in shares.items():
        for value in values:
            owners.setdefault(value, []).append(rows)
    try:
        for row in answer.rows:
            own: Row = row[:-1]  # type: ignore[assignment]
            for rows in owners[row[-1]]:  # type: ignore[index]
                rows.append(own)
    except (KeyError, TypeError):
        return None
    return {values: _share(answer, values, rows) for values, rows in shares.items()}


def _share(answer: Answer, values: Values, rows: list[Row]) -> Answer:
    counts = answer.counts
    if counts is not None:
        counts = {value: counts[value] for value in values if value in counts}
    incomplete = answer.incomplete.intersection(values)
    return replace(answer, rows=rows, counts=counts, complete=answer.complete or not incomplete, incomplete=incomplete)


def unkeyed(answer: Answer) -> Answer:
    """An answer whose rows end in the stored key, without it."""
    return replace(answer, rows=[row[:-1] for row in answer.rows])


def by_key(answer: Answer, values: Values) -> dict[KeyValue, list[Row]] | None:
    """The rows of each key, from rows that end in their stored key; None where one is of no such key."""
    found: dict[KeyValue, list[Row]] = {value: [] for value in values}
    try:
        for row in answer.rows:
            found[row[-1]].append(row[:-1])  # type: ignore[index, arg-type]
    except (KeyError, TypeError):
        return None
    return found


def together(scan: Scan, kept: Mapping[KeyValue, Kept], fresh: Told | None) -> Told:
    """One answer of rows that were kept and rows that were asked for, in the order of the scan."""
    rows: list[tuple[object, ...]] = [row for each in kept.values() for row in each.rows]
    if fresh is not None:
        rows += fresh.rows
    if scan.order and (len(kept) > 1 or fresh is not None):
        rows = ordered(rows, scan.order, {name: at for at, name in enumerate(scan.columns)})
    counts = {value: each.count or 0 for value, each in kept.items()} if scan.count else None
    moments = {value: Moment(each.fetched_at, each.as_of) for value, each in kept.items()}
    sound, since = all(each.sound for each in kept.values()), min([each.since for each in kept.values()])
    if fresh is None:
        latest = max(kept.values(), key=lambda each: each.fetched_at)
        return Told(rows, counts, True, frozenset(), latest.as_of, 0, latest.fetched_at, moments, "cache", sound, since)
    if counts is not None:
        counts = {**counts, **fresh.counts} if fresh.counts is not None else None
    since = min(since, fresh.since)
    kept_at = {**fresh.kept, **moments}
    return fresh._replace(rows=rows, counts=counts, kept=kept_at, sound=fresh.sound and sound, since=since)
