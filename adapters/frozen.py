"""Frozen dataclasses that cost as little to make as others.

`@dataclass(frozen=True)` sets each field by `object.__setattr__`, which takes several times as long as
setting it. What a request makes by the dozen is therefore frozen to type checkers, and only to them.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """A dataclass with slots and a hash, whose fields no code that is checked sets again."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
