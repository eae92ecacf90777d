"""Which datasets are compared follows from what the catalogue declares."""

from dataclasses import replace

import pytest

from gateway.engine.bindings import Bindings
from gateway.engine.matching import Matching
from resolvers.city import Protect
from tests.e2e import city as testville
from tests.e2e.market import city


@pytest.fixture
def matching() -> Matching:
    return Matching(city(), Bindings(city()))


def test_datasets_with_a_name_and_an_identifier_are_compared(matching: Matching) -> None:
    assert set(matching.tables) == {
        "health.visits",
        "liquor.licences",
        "streets.tables",
        "trade.licences",
        "trade.companies",
    }
    assert not matching.tables["streets.tables"].official


def test_columns_that_are_personal_are_not_compared_but_names_are_value_by_value(matching: Matching) -> None:
    licences = matching.tables["liquor.licences"]
    assert (licences.legal, licences.trade, licences.phones) == (("holder",), ("name",), ())
    assert matching.tables["health.visits"].phones == ("phone",)
    assert "phone" not in licences.columns


def test_what_may_not_be_in_one_answer_with_others_is_not_compared() -> None:
    raids = city().tables["trade.raids"]
    apart = replace(raids, protect=Protect(never_with=("liquor.licences",)))
    made = replace(city(), tables={**city().tables, raids.name: apart})
    assert "liquor.licences" not in Matching(made, Bindings(made)).tables


def test_the_days_of_a_tie_are_known(matching: Matching) -> None:
    licences = matching.tables["trade.licences"]
    assert (licences.since, licences.until) == ("created", "ended")


def test_identifiers_lead_to_others_of_their_level_only(matching: Matching) -> None:
    assert matching.beside(["mk.food"]) == {"mk.liquor", "mk.trade"}
    assert matching.beside(["mk.company"]) == frozenset()
    assert [m.table.name for m in matching.carrying(["mk.liquor"])] == ["liquor.licences", "streets.tables"]


def test_a_scheme_may_give_a_business_several(matching: Matching) -> None:
    assert (matching.one("mk.food"), matching.one("mk.trade")) == (True, False)


def test_a_city_with_one_kind_of_identifier_compares_nothing() -> None:
    made = Matching(testville.city(), Bindings(testville.city()))
    assert {scheme: made.beside([scheme]) for scheme in ("tv.site", "tv.company")} == {
        "tv.site": frozenset(),
        "tv.company": frozenset(),
    }
