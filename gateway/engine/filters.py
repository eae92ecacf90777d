"""What a filter reads."""

from collections.abc import Iterator

from adapters.base import Compare, Filter


def filter_columns(condition: Filter) -> Iterator[str]:
    """The columns that a filter compares."""
    if isinstance(condition, Compare):
        yield condition.column
    else:
        for part in condition.parts:
            yield from filter_columns(part)
