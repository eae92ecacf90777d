"""Which part of a scan a system does itself, and which is left to be done here.

`negotiate` splits a scan by the declared capabilities and the stored forms (`adapters.forms`); the system
is asked by `adapters.reading`, and `adapters.finishing` does what was left. Whatever the capabilities,
the answer is the same.

A scan means: rows of the keys; that satisfy all filters; counted by key; behind `after` in the
order; the first `per_key` of each key; the first `limit` of all. With `limit=0` only counts are
wanted. A step goes down only where every step before it went down exactly.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from adapters.base import (
    AllOf,
    AnyOf,
    Capabilities,
    Compare,
    Dataset,
    Filter,
    Keys,
    OrderBy,
    Scan,
    Support,
)
from adapters.columns import Inexpressible, encode
from adapters.errors import Refused
from adapters.filters import compares
from adapters.finishing import Left
from adapters.forms import orderable, support
from adapters.frozen import frozen
from adapters.keys import shortened
from adapters.remembered import Remembered
from adapters.scans import check

_RANK = {Support.NONE: 0, Support.INEXACT: 1, Support.EXACT: 2}


@frozen
class Negotiated:
    """A scan in two parts: `sent` is within the capabilities, `left` is done here."""

    sent: Scan
    left: Left


@dataclass(frozen=True, slots=True)
class _Split:
    """How scans of a shape are split. It keeps the dataset and the capabilities, so that their ids
    stay their own. `sent` lacks the keys; None where the scan goes down as it is."""

    dataset: Dataset
    capabilities: Capabilities
    sent: Scan | None
    left: Left


Splits = dict[bool, _Split]
"""How scans that differ by the values of their keys alone are split, with keys behind their rows and without."""

_splits: Remembered[Hashable, _Split] = Remembered(4096)


def _shape(dataset: Dataset, scan: Scan, capabilities: Capabilities, keyed: bool) -> Hashable:
    """Equal for scans by key that are split alike whatever their keys; None where more matters:
    the values of filters are nobody's to keep."""
    keys = scan.keys
    if keys is None or scan.filters or scan.after is not None:
        return None
    if not _fit(keys):
        return None
    what = scan.columns, keys.columns, keys.prefix, scan.order, scan.per_key, scan.limit, scan.count
    return id(dataset), id(capabilities), keyed, what


def _fit(keys: Keys) -> bool:
    """Whether every key has a value for each column."""
    width = len(keys.columns)
    return not {*map(len, keys.values)} - {width}


def negotiate(
    dataset: Dataset, scan: Scan, capabilities: Capabilities, *, keyed: bool = False, known: Splits | None = None
) -> Negotiated:
    """Split a scan. `Refused` where it has no meaning on this dataset, or needs a key. With `keyed`
    every row of a scan by keys is to end in its stored key, a cell more than the columns asked. What is `known`
    of scans like this one saves looking at it."""
    keys = scan.keys
    split = known.get(keyed) if known else None
    if split is None or split.capabilities is not capabilities or keys is None or not _fit(keys):
        shape = _shape(dataset, scan, capabilities, keyed)
        split = _splits.get(shape) if shape is not None else None
        if split is None:
            deal = _negotiated(dataset, scan, capabilities)
            if keyed and keys is not None:
                deal = _by_key(scan, deal)
            if shape is not None and deal.sent.keys == keys:
                sent = None if deal.sent == scan else replace(deal.sent, keys=None)
                _splits[shape] = _Split(dataset, capabilities, sent, deal.left)
            return deal
        if known is not None:
            known[keyed] = split
    sent = split.sent
    if sent is None:
        return Negotiated(scan, split.left)
    return Negotiated(Scan(sent.columns, keys, (), sent.order, sent.limit, sent.per_key, None, sent.count), split.left)


def _negotiated(dataset: Dataset, scan: Scan, capabilities: Capabilities) -> Negotiated:
    check(dataset, scan, capabilities)
    keys, exact = _sent_keys(scan.keys, capabilities)
    if keys is None and (dataset.requires_key or capabilities.requires_key):
        raise Refused(f"{dataset.name}: is only asked by key, and not by keys of this form")
    filters, left_filters = _sent_filters(dataset, scan.filters, capabilities)
    exact = exact and not left_filters
    ordered_there = exact and all(_can_order(dataset, by, capabilities) for by in scan.order)
    count = scan.count and exact and capabilities.count
    rest = ordered_there and count == scan.count
    after = rest and (scan.after is None or (capabilities.after and _can_start(dataset, scan)))
    per_key = after and (scan.per_key is None or capabilities.per_key)
    limit = per_key and (scan.limit is None or capabilities.limit)
    nothing = scan.limit == 0 and count == scan.count
    left = Left(
        columns=scan.columns,
        keys=None if keys == scan.keys else scan.keys,
        filters=left_filters,
        order=() if ordered_there else scan.order,
        after=None if after else scan.after,
        per_key=None if per_key else scan.per_key,
        limit=None if limit or nothing else scan.limit,
        count=scan.count and not count,
    )
    if not left.nothing:
        left = replace(left, columns=_needed(scan, left))
    sent = Scan(
        columns=left.columns,
        keys=keys,
        filters=filters,
        order=scan.order if ordered_there else (),
        after=scan.after if after else None,
        per_key=scan.per_key if per_key else None,
        limit=scan.limit if limit else 0 if nothing else None,
        count=count,
    )
    return Negotiated(sent, left)


def _by_key(scan: Scan, deal: Negotiated) -> Negotiated:
    left = replace(deal.left, keyed=True)
    columns = _needed(scan, left)
    return Negotiated(replace(deal.sent, columns=columns), replace(left, columns=columns))


def in_parts(scan: Scan, deal: Negotiated) -> Negotiated:
    """A scan whose keys are sent in several calls: its rows are ordered, and bounded, once they are all here."""
    left = replace(deal.left, order=scan.order, limit=scan.limit)
    return Negotiated(deal.sent, replace(left, columns=_needed(scan, left)))


def _sent_keys(keys: Keys | None, capabilities: Capabilities) -> tuple[Keys | None, bool]:
    """The keys to send, and whether they mean the same rows."""
    if keys is None:
        return None, True
    size = min(capabilities.key_columns, len(keys.columns) - (keys.prefix and not capabilities.prefix_keys))
    if capabilities.keyed is not None:
        size = max((n for n in range(1, size + 1) if keys.columns[:n] in capabilities.keyed), default=0)
    return (keys, True) if size == len(keys.columns) else (shortened(keys, size), False)


def _sent_filters(
    dataset: Dataset, filters: Sequence[Filter], capabilities: Capabilities
) -> tuple[tuple[Filter, ...], tuple[Filter, ...]]:
    """The filters to send, and those to check here because they went inexactly or not at all."""
    if not filters:
        return (), ()
    sent, left = [], []
    for part in filters:
        there, how = _send(dataset, part, capabilities)
        if there is not None:
            sent.append(there)
        if how is not Support.EXACT:
            left.append(part)
    return tuple(sent), tuple(left)


def _send(dataset: Dataset, part: Filter, capabilities: Capabilities) -> tuple[Filter | None, Support]:
    """What of one filter may go down, and how far that decides it."""
    if isinstance(part, Compare):
        how = comparable(dataset, part, capabilities)
        return (None if how is Support.NONE else part), how
    parts = [_send(dataset, inner, capabilities) for inner in part.parts]
    weakest = min((how for _, how in parts), key=_RANK.__getitem__, default=Support.EXACT)
    there = tuple(inner for inner, _ in parts if inner is not None)
    if isinstance(part, AllOf):
        return (AllOf(there) if there or not parts else None), weakest
    if weakest is Support.NONE or not capabilities.any_of:
        return None, Support.NONE
    return AnyOf(there), weakest


def comparable(dataset: Dataset, compare: Compare, capabilities: Capabilities) -> Support:
    """How far a comparison goes: the weaker of the system's support and the stored form's."""
    column = dataset.columns[compare.column]
    own = capabilities.columns
    declared = (capabilities.filters.get(column.type, {}) if own is None else own.get(column.name, {})).get(compare.op)
    if declared in (None, Support.NONE) or column.name in dataset.unfilterable:
        return Support.NONE
    return min(declared, support(column, compare), key=_RANK.__getitem__)


def _can_order(dataset: Dataset, by: OrderBy, capabilities: Capabilities) -> bool:
    column = dataset.columns[by.column]
    if column.name in dataset.unfilterable or column.type not in capabilities.order:
        return False
    return (capabilities.ordered is None or column.name in capabilities.ordered) and orderable(column)


def _can_start(dataset: Dataset, scan: Scan) -> bool:
    """Whether the position of `after` has a stored spelling."""
    values = scan.after.values if scan.after else ()
    try:
        for by, value in zip(scan.order, values, strict=False):
            if value is not None:
                encode(dataset.columns[by.column], value)
    except Inexpressible:
        return False
    return True


def _needed(scan: Scan, left: Left) -> tuple[str, ...]:
    """The columns asked, then those that only the work left here needs."""
    by_key = left.keys or left.per_key is not None or left.count or left.keyed
    keyed = scan.keys.columns if scan.keys and by_key else ()
    filtered = (compare.column for part in left.filters for compare in compares(part))
    order = scan.order if left.order or left.after else ()
    extra = dict.fromkeys([*keyed, *filtered, *(by.column for by in order)])
    return scan.columns + tuple(name for name in extra if name not in scan.columns)


def admit(dataset: Dataset, scan: Scan, capabilities: Capabilities) -> None:
    """What an adapter does first: `Refused` for whatever is not declared. `negotiate` never
    sends such a scan; `limit=0` (no rows, only counts) is understood by all that count."""
    deal = negotiate(dataset, scan, capabilities)
    if deal.sent is scan:
        return
    wanted = {
        "keys of this form": deal.left.keys,
        "these filters": deal.sent.filters != scan.filters,
        "this order": deal.left.order,
        "after": deal.left.after,
        "per_key": deal.left.per_key is not None,
        "limit": deal.left.limit is not None,
        "count": deal.left.count,
    }
    refused = next((what for what, left in wanted.items() if left), None)
    if refused is not None:
        raise Refused(f"{dataset.name}: {refused} can't be sent to this kind of source; see its capabilities")
