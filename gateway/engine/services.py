"""What an engine shares with the process: everything that outlives a city's edition."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.engine.run import Restrictions, Unrestricted, now


@dataclass(frozen=True, slots=True)
class Services:
    """Each is optional; without it nothing is restricted, limited or administered.

    `clock` gives the moment that agreements and retention are judged by.
    """

    restrictions: Restrictions = field(default_factory=Unrestricted)
    clock: Callable[[], datetime] = now
