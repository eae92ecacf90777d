"""Agreements: what two partners see of one query, when terms hold, how fast they change, and who has none."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.partners.conftest import store_of
from tests.partners.serving import CITY, DEMO, Answer, Gateway, Key, Partners, soon

WARD_3 = "hbt.parcel:300010010"  # a person has licences here
TRADE_3 = "hbt.parcel:300020019"  # a company has one, and somebody lives here
WARD_1 = "hbt.parcel:100020006"  # companies have licences here
BOTH_SIDES = """query Homes($ids: [ID!]!) {
  addresses(ids: $ids) {
    tradeLicences { source { state } totalCount nodes { number licensee holder fee postcode } }
    residents { source { state } nodes { name born voter } }
    sales { source { state } totalCount nodes { price } }
  }
}"""
IDS = {"ids": [WARD_3, TRADE_3, WARD_1]}
ME = "{ me { agreement { id version purposes { name } } } }"
LICENCES = f'{{ address(id: "{WARD_3}") {{ tradeLicences {{ nodes {{ licensee }} }} }} }}'
TODAY = datetime.now(ZoneInfo("America/New_York")).date()
DAY = timedelta(days=1)


def addresses(answer: Answer) -> list[Any]:
    assert answer.status == 200
    return list(answer.data["addresses"])


def by_brigade(gateway: Gateway, key: Key, query: str = BOTH_SIDES, **about: Any) -> Answer:
    return gateway.ask(query, key, purpose="fire-inspection", reference="2026/7", variables=IDS, **about)


def by_benefits(gateway: Gateway, key: Key, query: str = BOTH_SIDES, **about: Any) -> Answer:
    return gateway.ask(query, key, purpose="benefit-check", reference="2026/118", variables=IDS, **about)


# one query, two partners


def test_two_partners_see_different_things_of_one_query(partners: Partners) -> None:
    truth = addresses(partners.ask(BOTH_SIDES, variables=IDS, headers=DEMO))
    brigade = by_brigade(partners.gateway, partners.brigade)
    benefits = by_benefits(partners.gateway, partners.benefits)
    names = [[licence["licensee"] for licence in each["tradeLicences"]["nodes"]] for each in truth]
    assert names[0] == ["WHITLOW, PALOMA"] * 2
    assert names[1] == ["IRONBRIDGE BUILDERS CORP"]
    assert len(names[2]) == 4

    for seen, known in zip(addresses(brigade), truth, strict=True):
        own = [each for each in known["tradeLicences"]["nodes"] if each["postcode"].startswith("003")]
        assert seen["tradeLicences"]["nodes"] == own, "with names, in ward 3 only"
        assert seen["tradeLicences"]["source"]["state"] == "PARTIAL"
        assert seen["residents"] == {"source": {"state": "DENIED"}, "nodes": None}
        assert seen["sales"] == known["sales"]

    for seen, known in zip(addresses(benefits), truth, strict=True):
        licences = seen["tradeLicences"]["nodes"]
        assert len(licences) == len(known["tradeLicences"]["nodes"]), "from everywhere"
        for licence, whole in zip(licences, known["tradeLicences"]["nodes"], strict=True):
            person = "," in whole["licensee"]
            assert licence == (whole | {"licensee": None, "holder": None} if person else whole)
        assert seen["residents"]["nodes"] == [each | {"voter": None} for each in known["residents"]["nodes"]]
        assert seen["sales"] == known["sales"]
    assert addresses(benefits)[1]["residents"]["nodes"], "somebody lives there"

    rules = {"dataset residents.residents access"}
    assert {rule for rule in brigade.rules if "residents" in rule} == rules
    assert "column licensing.licences.licensee personal" in benefits.rules
    assert "column residents.residents.voter personal" in benefits.rules


def test_partners_who_ask_at_once_never_get_each_others_answer(partners: Partners) -> None:
    """The document, its plan and the fetches are shared; what is shown is not."""
    expected = {
        "brigade": by_brigade(partners.gateway, partners.brigade).text,
        "benefits": by_benefits(partners.gateway, partners.benefits).text,
        "anyone": partners.ask(BOTH_SIDES, variables=IDS).text,
        "admin": partners.ask(BOTH_SIDES, partners.admin, variables=IDS).text,
        "no purpose": partners.ask(BOTH_SIDES, partners.brigade, variables=IDS).text,
        "demo": partners.ask(BOTH_SIDES, variables=IDS, headers=DEMO).text,
    }
    assert expected["anyone"] == expected["admin"]
    assert len(set(expected.values())) == len(expected) - 1

    def once(who: str) -> tuple[str, str]:
        match who:
            case "brigade":
                answer = by_brigade(partners.gateway, partners.brigade)
            case "benefits":
                answer = by_benefits(partners.gateway, partners.benefits)
            case "demo":
                answer = partners.ask(BOTH_SIDES, variables=IDS, headers=DEMO)
            case _:
                key = {"anyone": None, "admin": partners.admin, "no purpose": partners.brigade}[who]
                answer = partners.ask(BOTH_SIDES, key, variables=IDS)
        return who, answer.text

    with ThreadPoolExecutor(12) as pool:
        for who, text in pool.map(once, list(expected) * 10):
            assert text == expected[who], who


def test_a_node_of_one_partner_is_no_key_for_another(partners: Partners) -> None:
    """Signed ids and cursors name a place and open nothing."""
    claimant = partners.samples.claimant
    query = f"""{{ person(id: "{claimant}") {{ id benefits(first: 1) {{
      nodes {{ id benefit {{ code }} weeklyAmount }} pageInfo {{ endCursor }} }} }} }}"""
    mine = by_benefits(partners.gateway, partners.benefits, query).data["person"]
    ids = [mine["id"], mine["benefits"]["nodes"][0]["id"]]
    node = """query($ids: [ID!]!) { nodes(ids: $ids) {
      id __typename ... on Person { fullName } ... on WelfareBenefits { claimant } } }"""
    for key, purpose in ((partners.brigade, "fire-inspection"), (partners.admin, None), (None, None)):
        for about in ({}, {"purpose": purpose, "reference": "1"}):
            if about and purpose is None:
                continue
            answer = partners.ask(node, key, variables={"ids": ids}, **about)
            assert 'fullName":"' not in answer.text
            assert 'claimant":"' not in answer.text
            assert answer.data["nodes"][1] is None
            assert "DENIED" in answer.codes
    whole = partners.ask(node, partners.benefits, purpose="benefit-check", reference="1", variables={"ids": ids})
    assert [each["__typename"] for each in whole.data["nodes"]] == ["Person", "WelfareBenefits"]


# when terms hold


@dataclass(slots=True)
class Office:
    """A store and agreements of its own, an open gateway and one for callers with an agreement only."""

    partners: Partners
    folder: Path
    store: str
    open: Gateway
    closed: Gateway

    def write(self, id: str, version: int, starts: date, ends: date | None = None, grants: str = "") -> None:
        """An agreement's file, as a clerk writes it."""
        text = f"""[agreement]
title = "Inspections"
version = {version}
parties = ["City of Harbourton", "Partner {id}"]
legal_basis = "Fire Safety Act, section 12"
starts = {starts}
{f"ends = {ends}" if ends else ""}
contact = "desk@partner.example"

[purposes]
inspection = "dpv:ProtectionOfPublicSecurity"
{grants or granted("003")}"""
        (self.folder / f"{id}.toml").write_text(text, encoding="utf-8")

    def apply(self) -> None:
        done = self.command("agreements", "apply", "--city", str(CITY))
        assert done.exit_code == 0, done.output

    def command(self, *words: str) -> Any:
        return self.partners.command(*words, CITYGRAPH_STORE=self.store, CITYGRAPH_AGREEMENTS=str(self.folder))

    def key(self, id: str | None) -> Key:
        options = ("--agreement", id) if id else ()
        key = self.partners.create(f"Key of {id}", *options, CITYGRAPH_STORE=self.store)
        for gateway in self.gateways:
            soon("a new key is known", lambda gateway=gateway: gateway.ask(ME, key).status == 200)
        return key

    @property
    def gateways(self) -> tuple[Gateway, Gateway]:
        return self.open, self.closed


def granted(postcodes: str, columns: str = '"number", "licensee", "postcode"') -> str:
    return f"""
[[grant]]
on = "licensing.licences"
columns = [{columns}]
rows = {{ postcode = {{ starts_with = "{postcodes}" }} }}
"""


@pytest.fixture(scope="module")
def office(partners: Partners) -> Iterator[Office]:
    place = partners.place / "office"
    folder = place / "agreements"
    folder.mkdir(parents=True)
    with store_of(partners.kind, place) as url:
        start = partial(
            partners.start,
            CITYGRAPH_STORE=url,
            CITYGRAPH_AGREEMENTS=str(folder),
            CITYGRAPH_AUDIT=str(place / "audit"),
        )
        strict = start(CITYGRAPH_ANONYMOUS="nothing", CITYGRAPH_INTROSPECTION="visible")
        with start() as opened, strict as closed:
            yield Office(partners, folder, url, opened, closed)


def sees(gateway: Gateway, key: Key) -> str:
    """What a partner gets where a person holds a licence: the name, no licence, or less."""
    answer = gateway.ask(LICENCES, key, purpose="inspection", reference="1")
    if "BAD_PURPOSE" in answer.codes:
        return "no agreement"
    nodes = answer.data["address"]["tradeLicences"]["nodes"]
    if nodes is None:
        return "nothing"
    return "names" if nodes and nodes[0]["licensee"] else "licences" if nodes else "no rows"


def test_an_agreement_holds_from_its_first_day_to_its_last(office: Office) -> None:
    terms = {
        "coming": (TODAY + DAY, None),
        "begun": (TODAY, TODAY),
        "over": (TODAY - 30 * DAY, TODAY - DAY),
    }
    for id, (starts, ends) in terms.items():
        office.write(id, 1, starts, ends)
    office.apply()
    keys = {id: office.key(id) for id in terms}
    for gateway in office.gateways:
        soon("the agreement holds", lambda gateway=gateway: sees(gateway, keys["begun"]) == "names")
        for id in ("coming", "over"):
            assert gateway.ask(ME, keys[id]).data["me"]["agreement"] is None
            assert sees(gateway, keys[id]) == "no agreement"
    for id in ("coming", "over"):
        public = office.open.ask(LICENCES, keys[id])
        assert [each["licensee"] for each in public.data["address"]["tradeLicences"]["nodes"]] == [None, None]
        assert public.rules == ["column licensing.licences.licensee personal"]
        assert office.closed.ask(LICENCES, keys[id]).rules == ["agreement"]


def test_a_new_version_holds_within_a_second_on_every_gateway(office: Office) -> None:
    office.write("moving", 1, TODAY)
    office.apply()
    key = office.key("moving")
    for gateway in office.gateways:
        soon("version 1", lambda gateway=gateway: sees(gateway, key) == "names")
    office.write("moving", 2, TODAY, grants=granted("001"))
    assert sees(office.open, key) == "names", "a file is not applied"
    office.apply()
    begun = time.monotonic()
    for gateway in office.gateways:
        soon("version 2", lambda gateway=gateway: sees(gateway, key) == "no rows")
        assert gateway.ask(ME, key).data["me"]["agreement"]["version"] == 2
    assert time.monotonic() - begun < 1.0
    office.write("moving", 3, TODAY, grants=granted("003", '"number", "postcode"'))
    office.apply()
    for gateway in office.gateways:
        soon("version 3", lambda gateway=gateway: sees(gateway, key) == "licences")


def test_a_withdrawn_agreement_ends_within_a_second_on_every_gateway(office: Office) -> None:
    office.write("withdrawn", 1, TODAY - 9 * DAY)
    office.apply()
    key = office.key("withdrawn")
    for gateway in office.gateways:
        soon("in force", lambda gateway=gateway: sees(gateway, key) == "names")
    office.write("withdrawn", 2, TODAY - 9 * DAY, TODAY - DAY)
    office.apply()
    begun = time.monotonic()
    for gateway in office.gateways:
        soon("withdrawn", lambda gateway=gateway: sees(gateway, key) == "no agreement")
    assert time.monotonic() - begun < 1.0


def test_what_is_wrong_with_a_file_widens_nothing(office: Office) -> None:
    office.write("broken", 1, TODAY)
    office.apply()
    key = office.key("broken")
    soon("in force", lambda: sees(office.open, key) == "names")
    mended = (office.folder / "broken.toml").read_text(encoding="utf-8")
    try:
        for wrong in (granted("0").replace("postcode = {", "postcod = {"), granted("001")):
            version = 2 if "postcod =" in wrong else 1
            office.write("broken", version, TODAY, grants=wrong)
            done = office.command("agreements", "apply", "--city", str(CITY))
            assert done.exit_code == 1
            assert "broken" in done.output
            time.sleep(0.5)
            assert sees(office.open, key) == "names"
            assert office.open.ask(ME, key).data["me"]["agreement"]["version"] == 1
    finally:
        (office.folder / "broken.toml").write_text(mended, encoding="utf-8")


# nobody without an agreement


def test_who_has_no_agreement_gets_nothing_where_the_city_says_so(office: Office) -> None:
    address, absent = office.partners.samples.busy, office.partners.samples.absent
    about = "id existence label identifiers { value } yearBuilt sales { source { state } totalCount nodes { price } }"
    search = office.partners.samples.search
    for key in (None, office.key(None)):
        there = office.closed.ask(f'{{ address(id: "{address}") {{ {about} }} }}', key)
        nowhere = office.closed.ask(f'{{ address(id: "{absent}") {{ {about} }} }}', key)
        assert there.text.replace(address.split(":")[1], "…") == nowhere.text.replace(absent.split(":")[1], "…")
        assert there.data["address"]["existence"] == "UNKNOWN"
        assert there.data["address"]["sales"] == {"source": {"state": "DENIED"}, "totalCount": None, "nodes": None}
        assert set(there.rules) == {"agreement"}
        for query in (
            f'{{ searchAddresses(text: "{search}") {{ address {{ label }} }} }}',
            '{ searchBusinesses(name: "Moonraker") { business { legalName } } }',
            "{ findAddresses(first: 1) { totalCount nodes { label } } }",
            f'{{ person(id: "{office.partners.samples.claimant}") {{ fullName }} }}',
        ):
            answer = office.closed.ask(query, key)
            assert answer.codes == ["DENIED"], query
            assert set(answer.data.values()) == {None}
        asked = office.closed.ask(f'{{ address(id: "{address}") {{ {about} }} }}', key, trace=True)
        assert asked.extensions["trace"]["calls"] == []


def test_an_agreement_opens_what_is_public_too(office: Office) -> None:
    office.write("public", 1, TODAY)
    office.apply()
    key = office.key("public")
    query = f'{{ address(id: "{office.partners.samples.busy}") {{ label existence sales {{ totalCount }} }} }}'
    soon("in force", lambda: office.closed.ask(ME, key).data["me"]["agreement"] is not None)
    answer = office.closed.ask(query, key)
    assert answer.errors == []
    assert answer.data == office.open.ask(query).data


def test_the_schema_of_who_sees_nothing_has_no_sections(office: Office) -> None:
    """With CITYGRAPH_INTROSPECTION=visible."""
    names = "{ __schema { types { name fields { name } } } }"
    types = office.closed.ask(names).data["__schema"]["types"]
    assert not {each["name"] for each in types} & {"WelfareBenefits", "ResidentsResidences", "Person"}
    office.write("reading", 1, TODAY)
    office.apply()
    key = office.key("reading")
    soon("in force", lambda: office.closed.ask(ME, key).data["me"]["agreement"] is not None)
    mine = office.closed.ask(names, key).data["__schema"]["types"]
    licences = {f["name"] for each in mine if each["name"] == "LicensingTradeLicences" for f in each["fields"]}
    assert "licensee" in licences
    assert not {each["name"] for each in mine} & {"WelfareBenefits", "ResidentsResidences"}
