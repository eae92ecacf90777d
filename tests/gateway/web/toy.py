"""A small real engine over graphql-core, so that the web floor is tested apart from the city's."""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from gateway.engine.requests import Request, Response

SCHEMA = """
type Query {
    hello(name: String = "world"): String!
    caller: String!
    extensions: String!
    wait(seconds: Float!): String!
    broken: String!
}
type Mutation { hello: String! }
"""


class Roots:
    """What the fields of both root types give."""

    def __init__(self, engine: "ToyEngine", request: Request) -> None:
        self._engine = engine
        self._request = request

    def hello(self, info: Any, name: str = "world") -> str:
        return f"hello {name}"

    def caller(self, info: Any) -> str:
        return self._request.caller.name

    def extensions(self, info: Any) -> str:
        return ",".join(self._request.extensions)

    async def wait(self, info: Any, seconds: float) -> str:
        self._engine.waiting.set()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._engine.cancelled.set()
            raise
        return "done"


class ToyEngine:
    """Executes against `SCHEMA`; a field `broken` makes it raise, as no engine should."""

    def __init__(self) -> None:
        self.schema: GraphQLSchema = build_schema(SCHEMA)
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.events: list[str] = []

    async def start(self) -> None:
        self.events.append("start")

    async def aclose(self) -> None:
        self.events.append("close")

    async def execute(self, request: Request) -> Response:
        try:
            document = parse(request.query)
        except GraphQLError as error:
            return _failed([error])
        if errors := validate(self.schema, document):
            return _failed(errors)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            return _failed([GraphQLError("Which operation?")])
        if request.read_only and operation.operation.value == "mutation":
            failed = _failed([GraphQLError("Mutations need POST.")])
            return Response(failed.payload, executed=False, not_allowed=True)
        if "broken" in request.query:
            raise RuntimeError("secret of the engine")
        result = execute(
            self.schema,
            document,
            Roots(self, request),
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
        )
        done: ExecutionResult = await result if not isinstance(result, ExecutionResult) else result
        return Response(_payload(done), executed=done.data is not None)


def _payload(result: ExecutionResult) -> Mapping[str, Any]:
    errors = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
    return {"data": result.data} | errors if result.data is not None else errors


def _failed(errors: list[GraphQLError]) -> Response:
    return Response({"errors": [error.formatted for error in errors]}, executed=False)
