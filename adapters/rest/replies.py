"""What a reply tells: its rows, how many there are, how fresh they are; or that it is an error after all."""

from datetime import UTC, datetime
from typing import Any

from adapters import dates, pointers
from adapters.errors import Malformed, Unavailable
from adapters.http import Reply
from adapters.rest.layout import Layout
from adapters.rest.paging import Page


def read_page(layout: Layout, reply: Reply) -> Page:
    """The page that a reply is. `Malformed` where it has no rows, `Unavailable` where it tells an error."""
    if reply.status in layout.empty:
        return Page([], reply, total=0)
    document = reply.json()
    _check_error(layout, reply, document)
    rows = layout.rows(document)
    if rows is pointers.MISSING:
        raise Malformed(f"{reply.place}: the source's answer has no rows where they were declared")
    listed = rows if isinstance(rows, list) else [] if rows is None else [rows]
    return Page(listed, reply, document, _total(layout, reply, document), _as_of(layout, document))


def _check_error(layout: Layout, reply: Reply, document: Any) -> None:
    if layout.error is None:
        return
    told = layout.error(document)
    if told is not pointers.MISSING and told not in (None, False, "", [], {}):
        raise Unavailable(f"{reply.place}: the source answered with an error", detail=str(told)[:200])


def _total(layout: Layout, reply: Reply, document: Any) -> int | None:
    if layout.total_header is not None:
        text = reply.headers.get(layout.total_header, "")
        return int(text) if text.isascii() and text.isdigit() else None
    found = layout.total(document) if layout.total else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _as_of(layout: Layout, document: Any) -> datetime | None:
    """When the data was last changed, where the answer says so in ISO 8601 or seconds since 1970."""
    found = layout.as_of(document) if layout.as_of else None
    try:
        if isinstance(found, str):
            moment = dates.iso_datetime(found)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(found, UTC) if isinstance(found, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
