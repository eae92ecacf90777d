"""Quiet hours of an agency, in the city's own time."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

Hours = Sequence[tuple[time, time]]

_FAR = timedelta(days=1)


def quiet_until(hours: Hours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `now` is in end; None outside of them. Spans that touch are one."""
    local = now.astimezone(zone)
    end = _end(hours, local, zone)
    while end is not None and end - local < 2 * _FAR:
        later = _end(hours, end, zone)
        if later is None or later <= end:
            return end
        end = later
    return end


def next_change(hours: Hours, now: datetime, zone: ZoneInfo) -> datetime:
    """The next moment at which quiet hours begin or end; a day from now where there are none."""
    local = now.astimezone(zone)
    moments = [_at(local, part, days, zone) for span in hours for part in span for days in (0, 1)]
    return min((moment for moment in moments if moment.timestamp() > local.timestamp()), default=local + _FAR)


def _end(hours: Hours, local: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest end of the spans that a moment is in."""
    found = [_span_end(span, local, zone) for span in hours]
    return max((end for end in found if end is not None), default=None)


def _span_end(span: tuple[time, time], local: datetime, zone: ZoneInfo) -> datetime | None:
    begins, ends = span
    clock = local.time()
    if begins < ends:
        return _at(local, ends, 0, zone) if begins <= clock < ends else None
    if clock >= begins:
        return _at(local, ends, 1, zone)
    return _at(local, ends, 0, zone) if clock < ends else None


def _at(local: datetime, clock: time, days: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), clock, zone)
