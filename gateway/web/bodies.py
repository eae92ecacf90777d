"""From the bytes of an HTTP request to a GraphQL `Request`, or the reason why there is none."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.documents import sha256_of
from gateway.engine.requests import Caller, Request

MAX_DEPTH = 64
"""How deeply variables and extensions may be nested; far beyond what any input type of the schema needs."""

_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}
_PARAMETERS = ("query", "operationName", "variables", "extensions", "documentId", "doc_id")


class BadRequest(Exception):
    """What was sent is no GraphQL request; the text may be shown."""

    def __init__(self, message: str, *, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def from_body(
    body: bytes, caller: Caller, purpose: str | None = None, reference: str | None = None, peer: str | None = None
) -> Request:
    """A POST body, and what HTTP says beside it. Raises `BadRequest`."""
    sent = _parse(body, "The body")
    if isinstance(sent, list):
        raise BadRequest("Batched requests are not served: send one request, or one query with several root fields.")
    if not isinstance(sent, dict):
        raise BadRequest(f'The body is {_kind(sent)}; it should be an object like {{"query": "{{ __typename }}"}}.')
    return _request(sent, False, caller, purpose, reference, peer)


def from_url(
    query_string: bytes,
    caller: Caller,
    purpose: str | None = None,
    reference: str | None = None,
    peer: str | None = None,
) -> Request:
    """The parameters of a GET, which may only read, and what HTTP says beside them. Raises `BadRequest`."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise BadRequest("The URL's parameters are not valid percent-encoded UTF-8, or too many.") from None
    sent: dict[str, Any] = {}
    for name, value in pairs:
        if name in sent and name in _PARAMETERS:
            raise BadRequest(f'The URL gives "{name}" twice.')
        sent[name] = value
    for name in ("variables", "extensions"):
        if name in sent:
            sent[name] = _parse(sent[name].encode(), f'The parameter "{name}"') if sent[name] else None
    sent["operationName"] = sent.get("operationName") or None
    return _request(sent, True, caller, purpose, reference, peer)


def _request(
    sent: Mapping[str, Any],
    read_only: bool,
    caller: Caller,
    purpose: str | None,
    reference: str | None,
    peer: str | None,
) -> Request:
    variables, extensions = _object(sent, "variables"), _object(sent, "extensions")
    query, document = sent.get("query"), _document(sent, extensions)
    if query is None and document is not None:
        query = ""
    if not isinstance(query, str):
        reason = "is missing" if query is None else f"is {_kind(query)}"
        raise BadRequest(f'"query" {reason}; it should be a string with the GraphQL document.')
    if query and document is not None and document != sha256_of(query):
        raise BadRequest("The hash in extensions.persistedQuery is not the SHA-256 of the query that came with it.")
    name = sent.get("operationName")
    if name is not None and not isinstance(name, str):
        raise BadRequest(f'"operationName" is {_kind(name)}; it should be a string.')
    return Request(query, name, variables, extensions, caller, read_only, purpose, reference, peer, document)


def _document(sent: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """The id of a persisted document: `documentId` of the GraphQL over HTTP draft, Relay's `doc_id`, or the
    hash of Apollo's `extensions.persistedQuery`, which may come with the text that it is to stand for."""
    if "documentId" not in sent and "doc_id" not in sent and "persistedQuery" not in extensions:
        return None
    given = {name: sent[name] for name in ("documentId", "doc_id") if sent.get(name) is not None}
    if (persisted := extensions.get("persistedQuery")) is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise BadRequest('extensions.persistedQuery takes {"version": 1, "sha256Hash": "…"}.')
        given["extensions.persistedQuery.sha256Hash"] = persisted.get("sha256Hash")
    elif given and sent.get("query") is not None:
        raise BadRequest(f'A request gives "query" or "{next(iter(given))}", not both.')
    for name, value in given.items():
        if not isinstance(value, str) or not value:
            raise BadRequest(f'"{name}" is {_kind(value) if value != "" else "empty"}; it should be a string.')
    if len(set(given.values())) > 1:
        raise BadRequest(f"{' and '.join(given)} name different documents.")
    return next(iter(given.values()), None)


def _object(sent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = sent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f'"{name}" is {_kind(value)}; it should be an object.')
    if _deeper(value, MAX_DEPTH):
        raise BadRequest(f'"{name}" is nested deeper than {MAX_DEPTH} levels.')
    return value


def _deeper(value: dict[str, Any], levels: int) -> bool:
    layer: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(levels):
        inner = [part for each in layer for part in (each.values() if isinstance(each, dict) else each)]
        layer = [part for part in inner if isinstance(part, dict | list)]
        if not layer:
            return False
    return True


def _parse(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        reason = _reason(text, error)
    raise BadRequest(f"{what} is not JSON: {reason}")


def _reason(text: bytes, error: orjson.JSONDecodeError) -> str:
    if not text.strip():
        return "it is empty."
    try:
        text.decode()
    except UnicodeDecodeError as bad:
        return f"it is not UTF-8 at byte {bad.start}."
    return f"{error.msg} (line {error.lineno}, column {error.colno})."


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")
