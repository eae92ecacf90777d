"""Whether a scan has a meaning on a dataset at all, whatever the system behind it can do."""

from adapters.base import Capabilities, ColumnType, Dataset, Scan
from adapters.errors import Refused
from adapters.filters import check_compare, check_value, compares


def check(dataset: Dataset, scan: Scan, capabilities: Capabilities) -> None:
    """`Refused`, with the reason, for a scan that has no meaning on this dataset."""
    place = dataset.name
    keys = scan.keys
    if keys is None and (dataset.requires_key or capabilities.requires_key):
        raise Refused(f"{place}: is only asked by key; give the scan keys")
    for name in columns_of(scan):
        if name not in dataset.columns:
            raise Refused(f'{place}: there is no column "{name}"')
    for part in scan.filters:
        for compare in compares(part):
            check_compare(dataset.columns[compare.column], compare, place)
    _check_order(dataset, scan)
    if keys is None:
        if scan.per_key is not None:
            raise Refused(f"{place}: per_key needs keys")
        return
    if keys.prefix and (scan.per_key is not None or scan.count):
        raise Refused(f"{place}: keys by prefix have no rows of their own; leave out per_key and count")
    if {*map(len, keys.values)} - {len(keys.columns)}:
        raise Refused(f"{place}: every key needs {len(keys.columns)} values")
    if any(len(dataset.columns[name].source) != 1 for name in keys.columns):
        raise Refused(f"{place}: a column of two sources can't be a key")


def columns_of(scan: Scan) -> list[str]:
    """All columns that a scan names, with repeats."""
    keyed = scan.keys.columns if scan.keys else ()
    filtered = [compare.column for part in scan.filters for compare in compares(part)]
    return [*scan.columns, *keyed, *filtered, *(by.column for by in scan.order)]


def _check_order(dataset: Dataset, scan: Scan) -> None:
    for by in scan.order:
        if dataset.columns[by.column].type is ColumnType.POINT:
            raise Refused(f'{dataset.name}: "{by.column}" is a point; points have no order')
    if scan.after is None:
        return
    if not scan.after.values or len(scan.after.values) > len(scan.order):
        raise Refused(f"{dataset.name}: after needs a value for each of the first columns of the order")
    for by, value in zip(scan.order, scan.after.values, strict=False):
        if value is not None:
            check_value(dataset.columns[by.column], value, dataset.name)
