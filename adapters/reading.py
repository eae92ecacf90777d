"""Reading a dataset: the adapter is asked for what it can do, and the rest is done here.

What that is `adapters.pushdown` decides. As many calls are made as the bound on keys needs, at the same
time; what comes of them is one answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from adapters.base import Adapter, Answer, Dataset, Keys, Scan, Stored, capabilities_of
from adapters.errors import Refused, Rejected, SourceError, TooManyKeys
from adapters.finishing import finish
from adapters.keys import split, without_overlap
from adapters.pushdown import Negotiated, Splits, in_parts, negotiate
from adapters.scans import columns_of


async def read(
    adapter: Adapter,
    dataset: Dataset,
    scan: Scan,
    *,
    keys_per_call: int | None = None,
    keyed: bool = False,
    known: Splits | None = None,
) -> Answer:
    """Decoded rows for a scan, by as many calls as needed, at the same time.

    `keys_per_call` may lower the adapter's bound. With `keyed`, for a scan by keys, every row ends in
    its stored key, a cell more than the columns asked. A column that the source turns out to lack is
    left out and comes as `Damaged`, unless it is a key, filtered or ordered by. `SourceError`
    where the source doesn't answer, `Refused` where the scan has no meaning. Who asks again and again by other
    keys keeps what is `known` of that."""
    capabilities = capabilities_of(adapter, dataset)
    deal = negotiate(dataset, scan, capabilities, keyed=keyed, known=known)
    keys = deal.sent.keys
    if keys is not None and not keys.values:
        return Answer(rows=[], counts={} if scan.count else None, calls=0)
    bound = min(capabilities.keys_per_call, keys_per_call or capabilities.keys_per_call)
    while True:
        try:
            if keys is None or (len(keys.values) <= bound and not keys.prefix):
                answer, lost = await _ask(adapter, dataset, deal.sent, scan)
                return finish(dataset, scan, deal.left, answer, lost)
            return await _read_parts(adapter, dataset, scan, deal, list(split(without_overlap(keys), bound)))
        except TooManyKeys as error:
            if keys is None or not 0 < error.fitting < min(bound, len(keys.values)):
                raise
            bound = error.fitting


async def _read_parts(
    adapter: Adapter, dataset: Dataset, scan: Scan, deal: Negotiated, parts: Sequence[Keys]
) -> Answer:
    """Ask for each part of the keys, then order and bound the whole again."""
    if len(parts) > 1:
        deal = in_parts(scan, deal)
    calls = [replace(deal.sent, keys=part, columns=deal.left.columns) for part in parts]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_ask(adapter, dataset, call, scan)) for call in calls]
    except* (SourceError, Refused) as errors:
        raise _first(errors) from None
    answers = [task.result() for task in tasks]
    lost = frozenset[str]().union(*(lost for _, lost in answers))
    return finish(dataset, scan, deal.left, _joined([answer for answer, _ in answers]), lost)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _joined(answers: Sequence[Answer]) -> Answer:
    counted = [answer.counts for answer in answers if answer.counts is not None]
    times = [answer.as_of for answer in answers if answer.as_of is not None]
    return Answer(
        rows=[row for answer in answers for row in answer.rows],
        counts={key: n for counts in counted for key, n in counts.items()} if counted else None,
        complete=all(answer.complete for answer in answers),
        incomplete=frozenset[tuple[Stored, ...]]().union(*(answer.incomplete for answer in answers)),
        as_of=min(times, default=None),
        calls=sum(answer.calls for answer in answers),
        refused=max((answer.refused for answer in answers), default=0),
    )


async def _ask(adapter: Adapter, dataset: Dataset, scan: Scan, whole: Scan) -> tuple[Answer, frozenset[str]]:
    """One call of the `whole`; again without a column that the source lacks, if that decides no
    rows, there or here. Names the keys of a cut answer."""
    lost: frozenset[str] = frozenset()
    call = scan
    while True:
        try:
            answer = await adapter.scan(dataset, call)
            break
        except Rejected as error:
            left = tuple(name for name in call.columns if name != error.column)
            if error.column is None or error.column in _used(whole) or left in ((), call.columns):
                raise
            lost |= {error.column}
            call = replace(call, columns=left)
    if not answer.complete and not answer.incomplete and scan.keys is not None:
        answer = replace(answer, incomplete=frozenset(scan.keys.values))
    return (_widened(answer, scan.columns, lost) if lost else answer), lost


def _used(scan: Scan) -> list[str]:
    return columns_of(replace(scan, columns=()))


def _widened(answer: Answer, columns: Sequence[str], lost: frozenset[str]) -> Answer:
    def widen(row: tuple[object, ...]) -> tuple[object, ...]:
        cells = iter(row)
        return tuple(None if name in lost else next(cells) for name in columns)

    return replace(answer, rows=[widen(row) for row in answer.rows], calls=answer.calls + len(lost))
