"""Failures and mistakes as GraphQL errors: every error has a code, none tells internals."""

import logging
from typing import Any

from graphql import GraphQLError

from gateway.engine.values import Failure

log = logging.getLogger("citygraph.engine")

INTERNAL = "An unexpected error happened here; it was logged. The rest of the answer stands."


def raised(failure: Failure) -> GraphQLError:
    """The error that stands for a missing value."""
    return GraphQLError(failure.message, extensions=failure.extensions)


def formatted(errors: list[GraphQLError] | None) -> list[dict[str, Any]]:
    """Errors as the response prints them."""
    return [_formatted(error) for error in errors or ()]


def _formatted(error: GraphQLError) -> dict[str, Any]:
    printed: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is not None and not isinstance(original, GraphQLError) and not _about_values(error):
        log.error("unexpected error at %s", error.path, exc_info=original)
        printed["message"] = INTERNAL
        printed["extensions"] = {"code": "INTERNAL"}
    printed.setdefault("extensions", {"code": "BAD_VALUE"} if error.path else {"code": "BAD_REQUEST"})
    return printed


def _about_values(error: GraphQLError) -> bool:
    """Errors that graphql-core makes of values and nulls speak of the schema only."""
    return isinstance(error.original_error, TypeError) and error.message.startswith("Cannot return null")
