"""Which day it is in a city: agreements, quotas and usage count by its days, not by those of UTC."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Day(NamedTuple):
    """A day, its number, and the moments from when until when it is; of 23 or 25 hours where clocks are
    set. `ends_at` is its end in microseconds since the epoch."""

    date: date
    number: int
    begins: datetime
    ends: datetime
    ends_at: int


def micros(moment: datetime) -> int:
    """A moment in whole microseconds since the epoch."""
    return int(moment.timestamp() * 1_000_000)


_BEFORE = datetime.min.replace(tzinfo=UTC)
_NEVER = Day(date.min, 0, _BEFORE, _BEFORE, 0)


class Days:
    """The days of one time zone; each is worked out once, for as long as it lasts."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._day = _NEVER

    def of(self, moment: datetime) -> Day:
        """The day of a moment, which is aware."""
        day = self._day
        if not day.begins <= moment < day.ends:
            day = self._day = self._find(moment)
        return day

    def _find(self, moment: datetime) -> Day:
        found = moment.astimezone(self._zone).date()
        days = found, found + timedelta(days=1)
        begins, ends = (datetime.combine(day, time(), self._zone).astimezone(UTC) for day in days)
        return Day(found, found.toordinal(), begins, ends, micros(ends))
