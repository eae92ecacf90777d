"""How the pages of an API follow each other: by number, offset, cursor, or a link (RFC 8288)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters import pointers
from adapters.frozen import frozen
from adapters.http import Reply
from adapters.rest.layout import Paging

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+\-.^`|~*]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One page to ask: the parameters that say which, or the URL that leads there."""

    params: tuple[tuple[str, str], ...] = ()
    url: str = field(default="", repr=False)
    number: int = 0
    size: int = 0


@frozen
class Page:
    """One page as it came. `rows` are as the API gives them."""

    rows: list[Any]
    reply: Reply
    document: Any = None
    total: int | None = None
    as_of: datetime | None = None


def first_turn(paging: Paging | None, most: int) -> Turn:
    """The first page; no larger than `most` rows where the API has a parameter for that."""
    if paging is None:
        return Turn()
    size = max(1, min(paging.per_page, most)) if paging.size else paging.per_page
    start = 0 if paging.kind in ("offset", "cursor", "link") else paging.first
    return _turn(paging, start, size, "")


def _turn(paging: Paging, number: int, size: int, cursor: str) -> Turn:
    params: list[tuple[str, str]] = [(paging.size, str(size))] if paging.size else []
    if paging.kind in ("page", "offset"):
        params.append((paging.param, str(number)))
    elif cursor:
        params.append((paging.param, cursor))
    return Turn(tuple(params), "", number, size)


def next_turn(paging: Paging | None, turn: Turn, page: Page) -> Turn | None:
    """The page after this one; None where it was the last."""
    if paging is None or not page.rows:
        return None
    if paging.kind == "link":
        url = _linked(paging, page)
        return Turn((), url) if url else None
    if paging.kind == "cursor":
        cursor = paging.next(page.document) if paging.next else None
        if cursor in (None, "", False, pointers.MISSING):
            return None
        return _turn(paging, 0, turn.size, str(cursor))
    if page.total is None and len(page.rows) < turn.size:
        return None
    step = 1 if paging.kind == "page" else len(page.rows)
    reached = turn.number + step if paging.kind == "offset" else (turn.number + 1 - paging.first) * turn.size
    if page.total is not None and reached >= page.total:
        return None
    return _turn(paging, turn.number + step, turn.size, "")


def _linked(paging: Paging, page: Page) -> str | None:
    if paging.next is not None:
        found = paging.next(page.document)
        return found if isinstance(found, str) else None
    return next_link(page.reply.headers)


def next_link(headers: Mapping[str, str]) -> str | None:
    """The target of `rel="next"` in a Link header."""
    for target, parameters in _LINK.findall(headers.get("Link", "")):
        for quoted, plain in _REL.findall(parameters):
            if "next" in (quoted or plain).lower().split():
                return str(target)
    return None
