"""How the calls for an entity fared: whether all came, why not, how old it is."""

from datetime import date, datetime

from adapters.frozen import frozen
from gateway.engine.values import Failure


@frozen
class Fared:
    """How the calls for an entity fared; what is told of all of them is the oldest moment."""

    failures: tuple[Failure, ...] = ()
    answered: bool = False
    cut: bool = False
    fetched_at: datetime | None = None
    as_of: date | None = None

    @property
    def whole(self) -> bool:
        """Whether all that was asked came."""
        return self.answered and not self.cut and not self.failures

    def joined(self, other: "Fared") -> "Fared":
        """How these and others fared together."""
        if self is UNASKED:
            return other
        moments = [moment for moment in (self.fetched_at, other.fetched_at) if moment is not None]
        days = [each for each in (self.as_of, other.as_of) if each is not None]
        return Fared(
            self.failures + other.failures,
            self.answered or other.answered,
            self.cut or other.cut,
            min(moments, default=None),
            min(days, default=None),
        )


UNASKED = Fared()
"""Of whom nobody was asked."""
