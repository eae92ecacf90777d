"""Which day it is in a city: agreements, quotas and usage count by its days, not by those of UTC."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Day(NamedTuple):
    """A day, and the moments from when until when it is; of 23 or 25 hours where clocks are set."""

    date: date
    begins: datetime
    ends: datetime


_NEVER = Day(date.min, datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


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
        begins, ends = (datetime.combine(each, time(), self._zone) for each in (found, found + timedelta(days=1)))
        return Day(found, begins.astimezone(UTC), ends.astimezone(UTC))
