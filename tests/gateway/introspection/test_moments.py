from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import dates
from gateway.introspection.guessing.moments import Form, form, sentinels

FORMATS = (
    "YYYY-MM-DD",
    "MM/DD/YYYY",
    "DD.MM.YYYY",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "MM/DD/YYYY HH:mm:ss",
    "YYYY-MM-DDTHH:mm:ss",
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2019-04-02"], Form(None, timed=False)),
        (["2019-04-02T00:00:00.000"], Form(None, timed=False)),
        (["2019-04-02T10:30:00"], Form(None, timed=True)),
        (["12/31/2021"], Form("MM/DD/YYYY", timed=False)),
        (["1/31/2021", "12/1/2021"], Form("M/D/YYYY", timed=False)),
        (["31/12/2021"], Form("DD/MM/YYYY", timed=False)),
        (["01/02/2021"], Form("MM/DD/YYYY", timed=False, ambiguous=True)),
        (["06/26/2018 10:58:54 AM"], Form("MM/DD/YYYY hh:mm:ss A", timed=True)),
        (["06/26/2018 12:00:00 AM"], Form("MM/DD/YYYY hh:mm:ss A", timed=False)),
        (["20100525"], Form("YYYYMMDD", timed=False)),
        (["1/7/19"], None),
        (["Aug-82"], None),
        (["123", "2019-04-02"], None),
        ([], None),
    ],
)
def test_forms(texts: list[str], found: Form | None) -> None:
    assert form(texts) == found


@given(st.sampled_from(FORMATS), st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1))
def test_the_form_that_is_found_reads_every_text_as_it_was_meant(text: str, moments: list[datetime]) -> None:
    compiled = dates.compiled(text)
    spelled = [dates.write(compiled, moment) for moment in moments]
    meant = [dates.read(compiled, each) for each in spelled]
    found = form(spelled)
    assert found is not None
    read = [
        dates.iso_datetime(s) if found.format is None else dates.read(dates.compiled(found.format), s) for s in spelled
    ]
    assert read == meant or found.ambiguous


@given(st.lists(DAYS, min_size=1))
def test_days_near_each_other_are_no_sentinels(days: list[date]) -> None:
    recent = [day.replace(year=2010 + day.year % 10, day=min(day.day, 28)) for day in days]
    assert sentinels(recent) == frozenset()
    assert sentinels([*recent, date(1900, 1, 1), date(9999, 12, 31)]) == {date(1900, 1, 1), date(9999, 12, 31)}


def test_a_round_day_among_its_like_is_a_day() -> None:
    assert sentinels([date(1900, 1, 1), date(1905, 3, 2), date(1911, 7, 9)]) == frozenset()
