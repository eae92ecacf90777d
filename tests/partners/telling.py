"""Whether a caller can tell worlds apart: the same question to each, by both builders."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.engine import roots
from gateway.engine.engine import CityEngine
from gateway.engine.failures import formatted
from gateway.engine.preparing import RequestErrors
from gateway.engine.requests import Caller, Request
from gateway.engine.tokens import BadToken, Tokens
from tests.e2e.city import KEY
from tests.partners.planting import Case
from tests.partners.shapes import Shape

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(\+00:00|Z)")
_SEALED = Tokens(KEY)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")


@dataclass(frozen=True, slots=True)
class Told:
    """What one world answers: by the reference builder (with extensions), and by graphql-core."""

    book: Any
    core: Any


def request(case: Case, shape: Shape, caller: Caller | None = None) -> Request:
    """A shape as the caller asks it."""
    return Request(
        shape.query,
        variables=shape.variables,
        extensions=shape.extensions,
        caller=caller or case.caller,
        purpose=case.purpose if caller is None else None,
        reference=case.reference if caller is None else None,
    )


async def tell(engine: CityEngine, asked: Request, *, twice: bool = True) -> Told:
    """One answer, made by both builders of one run (if `twice`), without the moments at which it was asked."""
    try:
        prepared = engine.prepare(asked)
    except RequestErrors as error:
        payload = {"errors": formatted(error.errors)}
        return Told(still(payload), still(payload))
    if prepared.wishes.explain:
        payload = dict((await engine.execute(asked)).payload)
        return Told(still(payload), still(payload))
    run = engine.begin(prepared, asked)
    await roots.work(run)
    response = engine.responses.one(prepared, run)
    if not twice:
        return Told(still(response.payload), None)
    data, errors = engine.responses.by_core(prepared, run)
    return Told(still(response.payload), still({"errors": formatted(errors), "data": data}))


def still(value: Any) -> Any:
    """An answer without what differs from one moment to the next: when agencies were asked, and
    for how long."""
    plain = orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str))
    return _still(plain)


def _still(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: 0 if name == "ms" else _still(part) for name, part in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(part, dict) and part.keys() >= {"dataset", "keys", "ms"} for part in value):
            return sorted((_still(part) for part in value), key=orjson.dumps)  # calls, in no order
        return [_still(part) for part in value]
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        moment = datetime.fromisoformat(value)
        return "now" if abs((datetime.now(UTC) - moment).total_seconds()) < 600 else value
    return value


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        for name in one:
            yield from differences(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (mine, its) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, its, f"{path}[{at}]")
    elif one != other:
        yield f"{path}: {str(one)[:160]} / {str(other)[:160]}"


def leaks(answers: Sequence[Told]) -> list[str]:
    """How answers of worlds that should be one differ."""
    found = []
    for number, other in enumerate(answers[1:], 1):
        for builder in ("book", "core"):
            found += [
                f"world {number}, {builder}{d}"
                for d in differences(getattr(answers[0], builder), getattr(other, builder))
            ]
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text in an answer, and what stands in its tokens."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value
        if _TOKEN.fullmatch(value):
            yield opened(value)


def opened(token: str) -> str:
    """The content of a cursor or of a record's id. Nobody can read it; it has nothing to hide all the same."""
    for use in ("record", "cursor"):
        with suppress(BadToken):
            return orjson.dumps(_SEALED.read(use, token)).decode()
    return ""


def valued(value: Any, key: str) -> Iterator[str]:
    """Every text under a response key."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == key and isinstance(part, str):
                yield part
            else:
                yield from valued(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from valued(part, key)
