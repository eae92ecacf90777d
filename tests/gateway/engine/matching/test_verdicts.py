"""What merges and what does not, from rows alone."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.engine.bindings import Bindings
from gateway.engine.matching import BusinessLinkValue, Matching
from gateway.engine.matching.sightings import Sighting
from gateway.engine.matching.verdicts import SURE, belongs, trusted, verdicts
from gateway.engine.values import Identified
from resolvers.identity.addresses import locale
from tests.e2e.market import city

OWN: Identified = ("mk.food", "100001")
BAR: Identified = ("mk.liquor", "2000001")
OTHER: Identified = ("mk.liquor", "2000002")
HERE = locale("us").parse("12 OAK ST", "90001")
THERE = locale("us").parse("900 FARAWAY BLVD", "90077")


@pytest.fixture
def matching() -> Matching:
    return Matching(city(), Bindings(city()))


@pytest.fixture
def seen(matching: Matching) -> Any:
    def make(dataset: str, *identifiers: Identified, trade: str = "", legal: str = "", parts: Any = HERE) -> Sighting:
        source = matching.tables[dataset]
        names = tuple(filter(None, (trade,))), tuple(filter(None, (legal,)))
        return Sighting(dataset, source, identifiers, *names, (), parts, (), None, None)

    return make


def state(links: list[BusinessLinkValue]) -> dict[Identified, str]:
    return {link.identified: link.state for link in links}


def test_a_name_and_an_address_are_a_match(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    bar = seen("liquor.licences", BAR, trade="GOLDEN PHEASANT TAVERN")
    (link,) = verdicts(matching, OWN, [mine], {BAR: [bar]})
    assert (link.identified, link.state, link.dataset) == (BAR, "MATCH", "liquor.licences")
    assert link.confidence >= SURE
    assert link.merges(None)


def test_an_address_alone_is_possible(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    bar = seen("liquor.licences", BAR, legal="OAK STREET BEVERAGES INC")
    (link,) = verdicts(matching, OWN, [mine], {BAR: [bar]})
    assert link.state == "POSSIBLE"
    assert not link.merges(None)
    assert link.merges(link.confidence)
    assert not link.merges(1.0)


def test_another_name_at_the_address_is_nothing(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    assert verdicts(matching, OWN, [mine], {BAR: [seen("liquor.licences", BAR, trade="SALT MARSH GRILL")]}) == []


def test_two_that_are_as_good_are_both_possible(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    both = {i: [seen("liquor.licences", i, trade="GOLDEN PHEASANT TAVERN")] for i in (BAR, OTHER)}
    assert set(state(verdicts(matching, OWN, [mine], both)).values()) == {"POSSIBLE"}


def test_a_scheme_of_several_gives_several(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    licences: list[Identified] = [("mk.trade", "3001"), ("mk.trade", "3002")]
    both = {i: [seen("trade.licences", i, trade="GOLDEN PHEASANT TAVERN")] for i in licences}
    assert state(verdicts(matching, OWN, [mine], both)) == dict.fromkeys(licences, "MATCH")


def test_what_was_typed_does_not_compete_with_what_is_known(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    typed = seen("streets.tables", OWN, OTHER, trade="GOLDEN PHEASANT TAVERN")
    bar = seen("liquor.licences", BAR, trade="GOLDEN PHEASANT TAVERN")
    found = state(verdicts(matching, OWN, [mine, typed], {OTHER: [typed], BAR: [bar]}))
    assert found == {BAR: "MATCH", OTHER: "POSSIBLE"}


def test_an_authority_that_gave_another_number_is_a_veto(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    bar = seen("liquor.licences", BAR, ("mk.food", "100009"), trade="GOLDEN PHEASANT TAVERN")
    assert verdicts(matching, OWN, [mine], {BAR: [bar]}) == []


def test_rows_that_applicants_typed_are_trusted_as_far_as_they_agree(matching: Matching, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    agrees = seen("streets.tables", OWN, trade="Golden Pheasant Tavern")
    other = seen("streets.tables", OWN, trade="Salt Marsh Grill", parts=THERE)
    assert trusted(matching, OWN, [other, mine, agrees]) == [mine, agrees]
    assert trusted(matching, OWN, [other, agrees]) == [other, agrees]
    assert verdicts(matching, OWN, [], {BAR: [replace(mine, identifiers=(BAR,))]}) == []


@pytest.mark.parametrize(
    ("trade", "parts", "state"),
    [
        ("Golden Pheasant Tavern", HERE, "MATCH"),
        ("Golden Pheasant Tavern", None, "MATCH"),  # the number and the name
        ("Pheasant Group Holdings", HERE, "MATCH"),  # the number and the place: shops have another number there
        ("", HERE, "MATCH"),
        ("Salt Marsh Grill", THERE, None),
        ("", None, None),
    ],
)
def test_a_typed_number_is_a_business_s_by_a_second_fact(trade: str, parts: Any, state: str | None, seen: Any) -> None:
    mine = seen("health.visits", OWN, trade="GOLDEN PHEASANT TAVERN")
    match = belongs([mine], seen("streets.tables", OWN, trade=trade, parts=parts))
    assert (match.state if match.state == "MATCH" else None) == state
    assert (match.confidence >= SURE) == (state == "MATCH")


def test_beside_another_s_number_the_names_must_be_alike(seen: Any) -> None:
    """A licence that is linked to the business does not know the permit that was typed."""
    bar = seen("liquor.licences", BAR, trade="GOLDEN PHEASANT TAVERN")
    assert belongs([bar], seen("streets.tables", OWN, trade="Golden Pheasant Tavern")).state == "MATCH"
    assert belongs([bar], seen("streets.tables", OWN, trade="Pheasant Group Holdings")).state != "MATCH"
    assert belongs([bar], seen("streets.tables", OWN, BAR, trade="Pheasant Group Holdings")).state == "MATCH"
