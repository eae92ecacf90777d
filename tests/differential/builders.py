"""One run, three builders: whether they give the same answer, and if not, the smallest operation
for which they differ."""

import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError

from gateway.engine import roots
from gateway.engine.engine import CityEngine
from gateway.engine.failures import formatted
from gateway.engine.generating.operation import write
from gateway.engine.preparing import RequestErrors
from gateway.engine.requests import Caller, Request
from gateway.engine.run import Run
from tests.differential.operations import Node, Operation

ATTEMPTS = 400


@dataclass(frozen=True, slots=True)
class Answers:
    """What the builders made of the same outputs, as the response prints it. `code` is None for
    introspection, which no code is generated for, and where generated code `failed`."""

    book: dict[str, Any]
    core: dict[str, Any]
    code: dict[str, Any] | None = None
    failed: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with them: key order counts, and neither may have met a mistake of ours."""
        if _printed(self.book) != _printed(self.core):
            return "the builders differ"
        if any(error.get("extensions", {}).get("code") == "INTERNAL" for error in self.book["errors"]):
            return "both met an unexpected error"
        if self.failed is not None:
            return f"generated code failed: {self.failed}"
        if self.code is not None and _printed(self.code) != _printed(self.book):
            return "generated code differs"
        return None


def _printed(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS)


async def answers(engine: CityEngine, request: Request) -> Answers:
    """Run once, build twice. Raises `RequestErrors` where the operation is not valid."""
    prepared = engine.prepare(request)
    run = engine.begin(prepared, request)
    await roots.work(run)
    data, errors = engine.responses.by_the_book(run)
    core_data, core_errors = engine.responses.by_core(prepared, run)
    code, failed = _by_code(engine, run)
    return Answers(_answer(data, errors), _answer(core_data, core_errors), code, failed)


def _by_code(engine: CityEngine, run: Run) -> tuple[dict[str, Any] | None, str | None]:
    """What generated code makes of a run, and what it fails with."""
    if run.plan.unplanned is not None:
        return None, None
    try:
        return _answer(*write(run.plan, engine.world).make(run)), None
    except Exception:
        return None, traceback.format_exc()


def _answer(data: Any, errors: list[GraphQLError]) -> dict[str, Any]:
    return {"data": data, "errors": formatted(errors)}


def request(operation: Operation, caller: Caller) -> Request:
    """The request for an operation."""
    purpose = next(iter(caller.agreement.purposes)) if caller.agreement else None
    reference = "case 1" if purpose else None
    return Request(
        operation.text(), variables=operation.variables(), caller=caller, purpose=purpose, reference=reference
    )


def turned(operation: Operation, data: Any) -> bool:
    """Set the cursors of the next pages where an answer has some; False if it has none."""
    found = {}
    for variable, key in operation.pages.items():
        cursor = next((info.get("endCursor") for info in _values(data, key) if info), None)
        if cursor:
            found[variable] = cursor
    operation.values.update(found)
    return bool(found)


def _values(data: Any, key: str) -> Iterator[Any]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value, key)


async def minimise(operation: Operation, still: Callable[[Operation], Awaitable[bool]]) -> None:
    """Delete whatever may go while the operation still fails."""
    left = ATTEMPTS
    shrunk = True
    while shrunk and left > 0:
        shrunk = False
        for parent, child in _pairs(operation):
            left -= 1
            if left <= 0 or child not in parent.children or len(parent.children) == 1:
                continue
            at = parent.children.index(child)
            del parent.children[at]
            if await still(operation):
                shrunk = True
            else:
                parent.children.insert(at, child)


def _pairs(operation: Operation) -> list[tuple[Node, Node]]:
    return [(node, child) for top in operation.nodes() for node in top.walk() for child in list(node.children)]


async def fails(engine: CityEngine, operation: Operation, caller: Caller) -> bool:
    """Whether an operation shows a problem."""
    try:
        return (await answers(engine, request(operation, caller))).problem is not None
    except RequestErrors:
        return False
