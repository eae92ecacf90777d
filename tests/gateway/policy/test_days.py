"""Days of a city: their borders, also where clocks are set; found once, and found again when they end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.days import Days, micros

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 7), 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)]
)
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=NEW_YORK)
    found = Days(NEW_YORK).of(noon)
    assert (found.date, found.ends - found.begins) == (day, timedelta(hours=hours))
    assert found.ends_at == micros(found.ends)


@given(moments=st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_every_moment_is_in_its_day(moments: list[datetime]) -> None:
    days = Days(NEW_YORK)
    for moment in moments:
        found = days.of(moment)
        assert found.date == moment.astimezone(NEW_YORK).date()
        assert found.number == found.date.toordinal()
        assert found.begins <= moment < found.ends


def test_a_day_is_found_once() -> None:
    days, moment = Days(NEW_YORK), datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert days.of(moment) is days.of(moment + timedelta(hours=1))
    assert days.of(moment) is not days.of(moment + timedelta(days=1))
