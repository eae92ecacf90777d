"""Rules by which several agencies' values for one attribute become one.

A rule is stated beside the attribute (`AddressShared.year_built = shared(prefer, …)`). It gets
the claims in the city's order of preference – registers first, in order of trust, then the
datasets as the catalogue lists them, unless `[prefer]` in city.toml says otherwise – and
returns the index of the chosen one, or None.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField


@dataclass(frozen=True, slots=True)
class ClaimValue:
    """One agency's value for an attribute, `at` being the day it speaks of (None: unknown)."""

    value: object
    dataset: str
    at: date | None = None


Rule = Callable[[Sequence[ClaimValue]], int | None]


def prefer(claims: Sequence[ClaimValue]) -> int | None:
    """The first value in the city's order of preference."""
    return 0 if claims else None


def most_recent(claims: Sequence[ClaimValue]) -> int | None:
    """The value that speaks of the latest day; among equals the preferred one."""
    dated = [(claim.at or date.min, -index) for index, claim in enumerate(claims)]
    return -max(dated)[1] if dated else None


def unanimous(claims: Sequence[ClaimValue]) -> int | None:
    """The value if all agencies agree, else none."""
    return 0 if claims and all(claim.value == claims[0].value for claim in claims) else None


def shared(rule: Rule, description: str, *, personal: bool = False) -> Any:
    """A shared attribute: agencies claim values for it, `rule` chooses."""
    text = f"{description} Merged over agencies by the rule `{rule.__name__}`."
    return strawberry.field(description=text, metadata={"rule": rule, "personal": personal})


def attributes(entity: type) -> dict[str, StrawberryField]:
    """The shared attributes that a class declares, by python name."""
    definition: Any = entity.__strawberry_definition__  # type: ignore[attr-defined]
    return {f.python_name: f for f in definition.fields if "rule" in f.metadata}
