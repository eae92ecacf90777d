"""Errors in Socrata's own shape: `{"code", "error", "message", "data"}`.

Codes as its documentation and its compiler (soql-reference) name them.
"""

from collections.abc import Mapping

MALFORMED = "query.compiler.malformed"
NO_COLUMN = "query.soql.no-such-column"
NO_FUNCTION = "query.soql.no-such-function"
TYPE_MISMATCH = "query.soql.type-mismatch"
NOT_GROUPED = "query.soql.column-not-in-group-bys"
AGGREGATE_HERE = "query.soql.aggregate-in-ungrouped-context"


class SodaError(Exception):
    """An error that a portal would answer with."""

    def __init__(self, status: int, code: str, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = dict(data or {})

    @property
    def body(self) -> dict[str, object]:
        """What the answer says."""
        told: dict[str, object] = {"code": self.code, "error": True, "message": self.message}
        return {**told, "data": self.data} if self.data else told


def no_column(name: str) -> SodaError:
    """A column that the dataset does not have."""
    return SodaError(400, NO_COLUMN, f"Query coordinator error: {NO_COLUMN}; No such column: {name}", {"column": name})


def mismatch(function: str, given: str) -> SodaError:
    """A function or operator that is not for this type."""
    return SodaError(400, TYPE_MISMATCH, f"Type mismatch for {function}, is {given}", {"function": function})
