"""Failures and mistakes as GraphQL errors: every error has a code, none tells internals."""

import logging
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from gateway.engine.values import Failure
from gateway.policy.decisions import Decisions
from resolvers.city import Table

log = logging.getLogger("citygraph.engine")

INTERNAL = "An unexpected error happened here; it was logged. The rest of the answer stands."


def raised(failure: Failure) -> GraphQLError:
    """The error that stands for a missing value."""
    return GraphQLError(failure.message, extensions=failure.extensions)


def refusals(decisions: Decisions, agency: Callable[[Table], str]) -> list[GraphQLError]:
    """The errors of a request that is refused as a whole: one for each field, column and rule."""
    found: dict[str, GraphQLError] = {}
    for decision in decisions.denied:
        need, denial = decision.need, decision.denial
        assert denial is not None
        table = need.table
        agent, name = (agency(table), table.name) if table else (None, None)
        failure = Failure("DENIED", f"{need.field}: {denial}", agent, name, need.column, denial.rule)
        found.setdefault(failure.message, raised(failure))
    return list(found.values())


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
