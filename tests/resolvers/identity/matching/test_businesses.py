"""Businesses: names with and without what tells them apart, addresses, telephones, vetoes."""

import pytest

from resolvers.identity.addresses import locale
from resolvers.identity.matching.businesses import Business, business, compare
from resolvers.identity.matching.model import MISSING, Match, model

WEIGHTS = model("business")
NYC = locale("us_nyc")


def at(trade: str, legal: str = "", address: str = "", **more: object) -> Business:
    parts = NYC.parse(address, None, "Manhattan") if address else None
    return business([trade] if trade else [], [legal] if legal else [], address=parts, **more)  # type: ignore[arg-type]


def judged(a: Business, b: Business) -> Match:
    return WEIGHTS.judge(compare(a, b))


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("Quahog & Finch, L.L.C.", "QUAHOG AND FINCH LLC", "same"),
        ("QUAHOG&amp;FINCH", "Quahog and Finch Inc.", "same"),
        ("Cafe", "The Café", "same_common"),
        ("Quahog Finch Rest.", "Quahog Finch Restaurant", "same"),
        ("Quahog Finch", "Quahog Finch Oyster House", "contained"),
        ("Quahogg Finch", "Quahog Finch", "close"),
        ("Quahog Finch", "Marzipan Lyceum", "differs"),
        ("Quahog Wharf Oyster House", "Quahog Marzipan Lyceum", "shares"),
        ("", "Marzipan", MISSING),
    ],
)
def test_levels_of_trading_names(a: str, b: str, level: str) -> None:
    assert compare(at(a), at(b)).levels["trade"] == level
    assert compare(at(b), at(a)).levels["trade"] == level


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("29 West 27th Street", "29 W 27 ST", "same"),
        ("29 West 27th Street, Suite 4", "29 W 27 ST, Suite 5", "other_unit"),
        ("29 West 27th Street, Suite 4", "29 W 27 ST STE 4", "same_unit"),
        ("29 West 27th Street", "33 W 27 ST", "near"),
        ("29 West 27th Street", "29 E 27 ST", "differs"),
        ("600 Broome Street", "600 Brome Street", "like"),
        ("600 Broome Street", "600 Broome", "typeless"),
        ("600 Broome Street", "600 Broome Place", "other_type"),
        ("29-35 Broome Street", "33 Broome St", "overlaps"),
        ("2954 Broome Street", "2945 Broome St", "near"),
        ("2954 Broome Street", "254 Broome St", "number_typo"),
        ("29 27th Street", "29 W 27 ST", "undirected"),
        ("29 27th Street", "31 W 27 ST", "differs"),
        ("4910 Dr Martin Luther King Jr Drive", "4910 King Drive", "shorter"),
        ("29 Park Street", "29 Sea Park Street", "shorter"),
        ("4143 Carmine Street", "41 Carmine Street", "end"),
        ("41 43 Carmine Street", "43 Carmine Street", "end"),
        ("4143 Carmine Street", "45 Carmine Street", "street"),
        ("176 1/2 Mulberry Street", "176 Mulberry Street", "end"),
    ],
)
def test_levels_of_addresses(a: str, b: str, level: str) -> None:
    assert compare(at("X", address=a), at("Y", address=b)).levels["address"] == level


def test_one_business_under_two_names_is_found_by_its_legal_name_at_its_address() -> None:
    a = at("Quahog & Finch", "Marzipan Lyceum Hospitality LLC", "29 West 27th Street")
    b = at("", "MARZIPAN LYCEUM HOSPITALITY, L.L.C.", "29 W 27 ST")
    match = judged(a, b)
    assert match.state == "MATCH"
    assert {"legal_same", "address_same"} <= {each.rule for each in match.evidence}


def test_names_in_each_others_place_do_not_contradict() -> None:
    a = at("Marzipan Lyceum Hospitality LLC", "Quahog Finch", "29 West 27th Street")
    b = at("Quahog Finch", "Marzipan Lyceum Hospitality LLC", "29 West 27th Street")
    match = judged(a, b)
    assert match.state == "MATCH"
    assert {"trade_exchanged", "legal_exchanged", "crossed_both"} <= {each.rule for each in match.evidence}


def test_a_name_alone_and_an_address_alone_are_one_fact() -> None:
    a = at("Quahog & Finch", "Quahog Finch LLC", "29 West 27th Street")
    assert WEIGHTS.facts_for(compare(a, at("Quahog & Finch", "Quahog Finch LLC", "1320 3 Avenue")).levels) == 1
    assert WEIGHTS.facts_for(compare(a, at("Golden Tulip Nails", "", "29 W 27 ST")).levels) == 1
    assert WEIGHTS.facts_for(compare(a, at("Quahog & Finch", "", "31 W 27 ST")).levels) == 2


def test_neighbours_at_one_address_are_not_one_business() -> None:
    a = at("Quahog & Finch", "Marzipan Lyceum LLC", "29 West 27th Street")
    b = at("Golden Tulip Nails", "Wang Brothers Inc", "29 W 27 ST")
    assert judged(a, b).state is None


def test_a_chain_elsewhere_is_no_match() -> None:
    a = at("Quahog & Finch", address="29 West 27th Street")
    b = at("Quahog & Finch", address="1320 3 Avenue")
    assert judged(a, b).state != "MATCH"


@pytest.mark.parametrize(
    ("a", "b", "rule"),
    [
        (at("Quahog", level="company"), at("Quahog", level="site"), "veto_level"),
        (at("Quahog", until=2015), at("Quahog", since=2016), "veto_years"),
        (at("Quahog", exclusive={"dcwp": "1"}), at("Quahog", exclusive={"dcwp": "2"}), "veto_identifier"),
    ],
)
def test_contradictions_are_vetoes(a: Business, b: Business, rule: str) -> None:
    assert (judged(a, b).state, judged(a, b).evidence[0].rule) == (None, rule)
    assert judged(b, a).evidence[0].rule == rule


def test_a_shared_licence_is_a_level_and_a_different_one_says_nothing() -> None:
    a = at("Quahog", licences=[("sla", "1289526")])
    assert compare(a, at("Finch", licences=[("sla", " 1289526 ")])).levels["identifier"] == "same"
    assert compare(a, at("Finch", licences=[("sla", "1300001")])).levels["identifier"] == MISSING


def test_telephones_are_compared_without_area_code_where_one_has_none() -> None:
    a = at("Quahog", phones=["1 (212) 555-0199"])
    assert compare(a, at("Quahog", phones=["5550199"])).levels["phone"] == "same"
    assert compare(a, at("Quahog", phones=["718 555 0199"])).levels["phone"] == "typo"
    assert compare(a, at("Quahog", phones=["0000000"])).levels["phone"] == MISSING


def test_a_legal_name_with_dba_is_two_names() -> None:
    found = business(legal=["68TH GRILL INC D/B/A AMERICAS CAFE"])
    assert [name.joined for name in (*found.legal, *found.trade)] == ["68GRILL", "AMERICASCAFE"]


def test_a_legal_name_of_two_companies_is_two_names() -> None:
    found = business(legal=["Quahog Street Hotel LLC & Finch Operating Corp"])
    assert [name.joined for name in found.legal] == ["QUAHOGSTHOTEL", "FINCHOPERATING"]
    other = business(legal=["Finch Operating Corp."])
    assert compare(found, other).levels["legal"] == "same"
