"""What is asked of peers and of the gateway, and whether the answers hold the same values."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.request import Request, urlopen

import orjson

from bench.peers.processes import Server

CITY = Path(__file__).parents[1] / "city"


def post(text: str, name: str, variables: Mapping[str, Any]) -> bytes:
    """The body of a request."""
    return orjson.dumps({"query": text, "operationName": name, "variables": variables})


def ours(name: str, variables: Mapping[str, Any]) -> bytes:
    """The same question to the gateway."""
    asked = {"id": f"bt.lot:{variables['bbl']}"} if "bbl" in variables else variables
    return post((CITY / "queries" / f"{name}.graphql").read_text(encoding="utf-8"), name, asked)


def get(url: str) -> Any:
    """JSON from a URL. Raises `OSError`, `ValueError`."""
    with urlopen(url, timeout=10) as reply:
        return orjson.loads(reply.read())


def fetch(server: Server, body: bytes) -> dict[str, Any]:
    """The response to a GraphQL request. Raises `OSError`, `ValueError`."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", **server.headers}
    with urlopen(Request(server.url, body, headers), timeout=60) as reply:
        found: dict[str, Any] = orjson.loads(reply.read())
    return found


def values(name: str, data: Mapping[str, Any]) -> Any:
    """A peer's `data`, with lists in one order: agencies give theirs in none."""
    return _sorted({"address": data["address"]} if name == "Q1" else {"addresses": data["addresses"]})


def our_values(name: str, data: Mapping[str, Any]) -> Any:
    """The gateway's `data` in the shape that peers give."""
    if name == "Q1":
        return _sorted({"address": _address(data["address"])})
    return _sorted({"addresses": [_address(each) for each in data["findAddresses"]["nodes"]]})


def _address(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    lot: dict[str, Any] = found["lot"]
    return lot | {name: _SHAPES.get(name, _same)(part) for name, part in found.items() if name != "lot"}


def _same(part: Any) -> Any:
    return part["nodes"] if isinstance(part, dict) and "nodes" in part else part


def _registration(part: dict[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    owner = {"name": part["ownerName"], "kind": part["ownerKind"], "city": part["ownerCity"]}
    return {name: part[name] for name in ("registrationId", "lastRegistered", "manager")} | {"owner": owner}


def _businesses(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in each.items() if name != "about"}
        | {"inspections": each["about"]["business"]["inspections"]["nodes"]}
        for each in part["nodes"]
    ]


_SHAPES: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"registration": _registration, "businesses": _businesses}
)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(each) for each in value), key=lambda each: orjson.dumps(each, option=_KEYS))
    return value


_KEYS = orjson.OPT_SORT_KEYS
