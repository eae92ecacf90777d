"""Quiet hours in the city's time, over midnight and over a change of clocks."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.policy.limits.hours import next_change, quiet_until

ZONE = ZoneInfo("America/New_York")
NIGHT = ((time(22), time(6)),)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(4, 21, 59), None),
        (at(4, 22), at(5, 6)),
        (at(5, 0), at(5, 6)),
        (at(5, 5, 59), at(5, 6)),
        (at(5, 6), None),
    ],
)
def test_over_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(NIGHT, now, ZONE) == until
    assert quiet_until(NIGHT, now.astimezone(ZoneInfo("Asia/Tokyo")), ZONE) == until


def test_spans_that_touch_are_one() -> None:
    hours = ((time(12), time(13)), (time(13), time(14, 30)))
    assert quiet_until(hours, at(4, 12, 10), ZONE) == at(4, 14, 30)


def test_always_quiet_has_an_end_all_the_same() -> None:
    hours = ((time(0), time(12)), (time(12), time(0)))
    until = quiet_until(hours, at(4, 5), ZONE)
    assert until is not None
    assert until > at(4, 5)


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    until = quiet_until(NIGHT, at(7, 22), ZONE)
    assert until is not None
    assert until.timestamp() - at(7, 22).timestamp() == 7 * 3600


def test_the_next_change() -> None:
    assert next_change(NIGHT, at(4, 12), ZONE) == at(4, 22)
    assert next_change(NIGHT, at(4, 22), ZONE) == at(5, 6)
    assert next_change((), at(4, 12), ZONE) > at(5, 11)
