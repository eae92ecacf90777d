"""Harbourton's two partners."""

from datetime import date
from pathlib import Path

import pytest

from gateway.catalogue import examine, load
from gateway.policy.agreements import FOLDER, AgreementFiles, Agreements
from gateway.policy.agreements.register import processing_register
from gateway.reloading.watching import content
from resolvers.city import City

DEMO = Path(__file__).parents[4] / "cities" / "demo"
DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def city() -> City:
    return load(DEMO, {})


@pytest.fixture
async def book(city: City) -> Agreements:
    found = Agreements(AgreementFiles(DEMO / FOLDER), city)
    assert [each for each in await found.load() if each.severity == "error"] == []
    return found


async def test_two_partners_with_different_terms(book: Agreements) -> None:
    benefits, brigade = book.all()
    assert (benefits.id, brigade.id) == ("benefits-office", "fire-brigade")
    assert benefits.in_force(DAY)
    assert brigade.in_force(DAY)
    assert benefits.purposes.keys().isdisjoint(brigade.purposes)
    assert benefits.grants.keys().isdisjoint(brigade.grants)
    assert benefits.quota != brigade.quota
    assert all(grant.columns and grant.rows for grant in brigade.grants.values())


def test_the_agreements_are_no_agencies(city: City) -> None:
    """The folder beside the city's files is read by nobody but the agreements' own reader."""
    assert len(city.agencies) == 14
    assert not [name for name in content(DEMO) if "/" in name or name in ("benefits-office.toml", "fire-brigade.toml")]
    assert examine(DEMO, {}).problems == ()


def test_the_demo_shows_every_term_of_use(city: City) -> None:
    terms = [table.protect for table in city.tables.values() if table.protect]
    assert [
        any(getattr(each, name) for each in terms) for name in ("purposes", "retain_days", "min_count", "never_with")
    ] == [
        True,
        True,
        True,
        True,
    ]


async def test_the_register_names_the_brigade_for_its_rows_only(book: Agreements, city: City) -> None:
    register = {each.dataset: each for each in processing_register(city, book.all(), DAY)}
    licences = {each.agreement: each for each in register["licensing.licences"].recipients}
    assert licences["fire-brigade"].rows == "postcode starts with 003"
    assert licences["fire-brigade"].columns == ("licensee",)
    assert "fire-brigade" not in {each.agreement for each in register["welfare.benefits"].recipients}
    assert register["welfare.benefits"].retention == "1825 days after to_date"
