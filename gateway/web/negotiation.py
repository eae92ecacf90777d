"""Content negotiation for GraphQL over HTTP: which media type a client gets, which it may send.

After RFC 9110 (12.5.1) and the GraphQL over HTTP draft; `*/*` or no Accept is `application/json`.
"""

from functools import lru_cache
from typing import NamedTuple

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"


class Range(NamedTuple):
    """One media range of an Accept header with its weight."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    q: float

    def covers(self, media_type: str) -> bool:
        """Whether `media_type`, in UTF-8, lies in the range."""
        type_, subtype = media_type.split("/")
        named = self.type in ("*", type_) and self.subtype in ("*", subtype)
        return named and self.parameters <= {("charset", "utf-8")}

    @property
    def specific(self) -> int:
        """Higher for the range that decides where several cover a type."""
        return (self.type != "*") + (self.subtype != "*") + len(self.parameters)


def parameters(parts: list[str]) -> list[tuple[str, str]]:
    """`charset="UTF-8"` as ("charset", "utf-8"), without quotes, in lower case."""
    pairs = (part.partition("=") for part in parts if part.strip())
    return [(name.strip().lower(), value.strip().strip('"').lower()) for name, _, value in pairs]


def _range(text: str) -> Range | None:
    name, *rest = text.split(";")
    type_, slash, subtype = name.strip().lower().partition("/")
    given = dict(parameters(rest))
    try:
        q = min(max(float(given.pop("q", "1")), 0.0), 1.0)
    except ValueError:
        return None
    return Range(type_, subtype, frozenset(given.items()), q) if slash else None


@lru_cache(maxsize=256)
def choose(accept: str, offered: tuple[str, ...]) -> str | None:
    """The offered media type that the Accept header likes best, None where it likes none.

    Among equals the one that the client names more precisely, then earlier, then our earlier one.
    """
    if not accept.strip():
        return offered[0]
    ranges = [(index, found) for index, text in enumerate(accept.split(",")) if (found := _range(text))]

    def weight(media_type: str) -> tuple[float, int, int]:
        covering = [(each.specific, -index, each.q) for index, each in ranges if each.covers(media_type)]
        specific, place, q = max(covering, default=(0, 0, 0.0))
        return q, specific, place

    best = max(offered, key=weight)
    return best if weight(best)[0] > 0 else None


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON in UTF-8, the only body that is read."""
    name, *rest = content_type.split(";")
    charsets = [value for key, value in parameters(rest) if key == "charset"]
    return name.strip().lower() == JSON and all(value in ("utf-8", "utf8") for value in charsets)


def accepts_encoding(header: str, coding: str) -> bool:
    """Whether an Accept-Encoding names a content coding without refusing it."""
    for text in header.split(","):
        name, *rest = text.split(";")
        if name.strip().lower() == coding:
            return dict(parameters(rest)).get("q", "1").strip("0.") != ""
    return False
