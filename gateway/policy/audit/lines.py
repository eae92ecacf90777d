"""The form of a line: `{"entry":{…},"details":{…}}`, of which the chain hashes the entry alone.

An entry holds `n` (its place in the chain, from 1), `before` (the hash of the entry before it, over
exactly its bytes) and `sealed` (the hash of its details' bytes). So a line's details can be removed
and its entry stays what it was. Details begin with a random salt, else the case number in removed
details could be guessed from `sealed`. Hashes are BLAKE2b (RFC 7693) of 256 bits: docs/decisions/067.

An entry has no member "details", and JSON escapes quotes in texts: the first `,"details":{` of a
line is the border between its parts.

The fields of a long operation stand once in a segment, in an entry of kind "fields"; requests for the
same give its number in `fields`.
"""

import os
from collections.abc import Mapping
from datetime import UTC
from hashlib import blake2b
from typing import Any

import orjson

from gateway.policy.audit.entries import Entry, after, shortened
from gateway.policy.audit.pseudonyms import Pseudonyms

START = "0" * 64
"""What stands for the hash before the first entry of a chain."""

_OPEN = b'{"entry":'
_BORDER = b',"details":{'
_TEXT = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS


_SALTS: list[str] = []
FIELDS = "fields"
"""The kind of an entry that tells the fields of requests after it, which name it by its number."""


def _salt() -> str:
    """A salt of 128 bits in hexadecimal; the operating system is asked for many at once."""
    if not _SALTS:
        drawn = os.urandom(4096).hex()
        _SALTS.extend(drawn[at : at + 32] for at in range(0, len(drawn), 32))
    return _SALTS.pop()


def hashed(part: bytes) -> str:
    """The hash of a part of a line, in hexadecimal: what `b2sum -l 256` says."""
    return blake2b(part, digest_size=32).hexdigest()


def entry_part(number: int, before: str, kind: str, content: Mapping[str, Any]) -> bytes:
    """The entry of a line; `kind` is "request", or what the log says about itself. Content is not empty."""
    return b'{"n":%d,"before":"%b","kind":"%b",%b' % (number, before.encode(), kind.encode(), _json(content)[1:])


def line(entry: bytes, details: bytes | None) -> bytes:
    """A line with its end."""
    if details is None:
        return _OPEN + entry + b"}\n"
    return b"".join((_OPEN, entry, b',"details":', details, b"}\n"))


def split(text: bytes) -> tuple[bytes, bytes | None]:
    """The entry and the details of a line without its end. Raises ValueError if it is no line."""
    if not text.startswith(_OPEN) or not text.endswith(b"}"):
        raise ValueError("not a line of the log")
    border = text.find(_BORDER)
    if border < 0:
        return text[len(_OPEN) : -1], None
    return text[len(_OPEN) : border], text[border + len(_BORDER) - 1 : -1]


def content_of(entry: Entry, pseudonyms: Pseudonyms) -> tuple[dict[str, Any], bytes]:
    """What a request's line says, without its place in the chain, and its details."""
    when = entry.when if entry.when.tzinfo is UTC else entry.when.astimezone(UTC)
    told = {
        "salt": _salt(),
        "subjects": list(map(pseudonyms.subject, dict.fromkeys(entry.subjects))),
        "reference": entry.reference and shortened(entry.reference),
        "address": None if entry.address is None else pseudonyms.address(entry.address),
    }
    details = _json(told)
    content = {
        "when": when,
        "outcome": entry.outcome,
        "key": entry.key,
        "agreement": entry.agreement,
        "version": entry.version,
        "purpose": entry.purpose and shortened(entry.purpose),
        "operation": entry.operation,
        "fields": entry.fields,
        "agencies": entry.agencies,
        "denied": entry.denied,
        "rows": entry.rows,
        "bytes": entry.size,
        "microseconds": round(entry.duration * 1e6),
        "disclosed": after(when, entry.disclosed_after) if entry.disclosed_after else None,
        "until": None if entry.kept is None else after(when, entry.kept),
        "sealed": hashed(details),
    }
    return content, details


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=_TEXT)
    except TypeError:
        return orjson.dumps(_valid(value), option=_TEXT)


def _valid(value: Any) -> Any:
    """A value whose texts are valid Unicode: JSON of a client may hold half of a surrogate pair."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _valid(each) for name, each in value.items()}
    return [_valid(each) for each in value] if isinstance(value, list | tuple) else value
