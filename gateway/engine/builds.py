"""Which builder made a response, and how often each did since the engine was opened.

Generated code is the fast one; every response that it did not make, or not alone, is counted here.
Callers are told of none of it: what code gives up are damaged and withheld values too, of which
there might be some that a caller may not know of.
"""

from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """Who made a response, and why not generated code."""

    CODE = "generated code"
    FIRST = "reference builder: the first execution of the operation"
    NO_CODE = "reference builder: there is no code for the operation"
    FAILED = "reference builder: the code failed"
    CORE = "graphql-core"


@dataclass(slots=True)
class Builds:
    """Responses by who made them. `partly` are those of `code` with fields or items that a guard gave
    up, `given_up` is how many those were."""

    code: int = 0
    first: int = 0
    no_code: int = 0
    failed: int = 0
    core: int = 0
    partly: int = 0
    given_up: int = 0

    def note(self, way: Way, given_up: int) -> None:
        """Count a response."""
        match way:
            case Way.CODE:
                self.code += 1
                self.partly += given_up > 0
                self.given_up += given_up
            case Way.FIRST:
                self.first += 1
            case Way.NO_CODE:
                self.no_code += 1
            case Way.FAILED:
                self.failed += 1
            case Way.CORE:
                self.core += 1
