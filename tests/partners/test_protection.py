"""What a dataset's terms promise of its rows: age, small counts, company that it may not keep, secrecy."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.policy.keys import Register
from gateway.store import open_store
from tests.partners.clocked import Clocked, clocked
from tests.partners.conftest import store_of
from tests.partners.recorded import hashed, recorded
from tests.partners.serving import CITY, DEMO, PEPPER, Answer, Key, Partners, generous, soon

LAST_DAY = datetime(2029, 6, 29, 12, tzinfo=UTC)
"""Five years after the last day of some awards, and a day less than that after others'."""

CLAIMANT = 100_001_512  # who lives at 11 Main Street and gets one award of the demo's
FEW = 100_001_141
HIDDEN = 100_009_999
BENEFIT = {"purpose": "benefit-check", "reference": "2029/1"}

COUNTER = """
[agreement]
title = "How many get support"
version = 1
parties = ["City of Harbourton", "Statistics Office"]
legal_basis = "Statistics Act, section 3"
starts = 2026-01-01
contact = "counts@statistics.example"

[purposes]
benefit-check = "dpv:RequestedServiceProvision"

[[grant]]
on = "welfare.benefits"
columns = ["benefit", "to_date"]
counts_only = true

[[grant]]
on = "residents.residents"
columns = ["number", "name", "born", "parcel", "address", "postcode", "since"]
"""


@dataclass(frozen=True, slots=True)
class Guarded:
    """The demo's agencies with some rows more, asked by a benefits office and by one who only counts."""

    at: Clocked
    benefits: Key
    counter: Key
    lot: str

    def benefits_of(self, arguments: str = "", selection: str = "totalCount", person: int = CLAIMANT) -> Any:
        """What the benefits office is told of a claimant's awards."""
        query = f"query ($id: ID!) {{ person(id: $id) {{ benefits{arguments} {{ {selection} }} }} }}"
        answer = self.at.ask(query, self.benefits, variables={"id": f"hbt.resident:{person}"}, **BENEFIT)
        return answer.data["person"]["benefits"]

    def told(self, query: str, key: Key | None = None, **variables: Any) -> Answer:
        return self.at.ask(query, key or self.benefits, variables=variables, **BENEFIT)


def write_rows(directory: Path) -> None:
    """Awards of the claimant: 6 that ended five years before `LAST_DAY`, 1 a day later, 6 without an
    end; 3 of somebody else; a protected person whose address the office has, and should not tell."""
    with closing(sqlite3.connect(directory / "welfare.sqlite")) as file:
        ends = ["2024-06-30"] * 6 + ["2024-07-01"] + [None] * 6
        rows = [(900_001 + n, str(CLAIMANT), "SWANWICK Etta", "FUEL", 10.0 + n, end) for n, end in enumerate(ends)]
        rows += [(900_101 + n, str(FEW), "TALLOWMERE Nell", "FUEL", 5.0, None) for n in range(3)]
        file.executemany(
            "INSERT INTO benefit_award (award_id, resident_no, claimant, benefit, weekly_amount, from_date, to_date)"
            " VALUES (?, ?, ?, ?, ?, '2020-01-01', ?)",
            rows,
        )
        file.commit()
    with closing(sqlite3.connect(directory / "residents.sqlite")) as file:
        (lot,) = file.execute("SELECT PARCEL FROM RESIDENT WHERE RES_NO = ?", [CLAIMANT]).fetchone()
        file.execute(
            "INSERT INTO RESIDENT VALUES (?, 'VANTWORTH Ada', '19700102', ?, ?, '00700', '20200101', 'Y', 'Y')",
            [HIDDEN, lot, "11 MAIN ST"],
        )
        file.commit()


async def long_keys(url: str) -> tuple[Key, ...]:
    store = await open_store(url)
    try:
        register, now = Register(store, PEPPER.encode()), datetime.now(UTC)
        issued = [
            await register.create(name, by="tests", now=now, agreement=name, expires=now + timedelta(days=3_600))
            for name in ("benefits-office", "counter")
        ]
        return tuple(Key(each.record.prefix, each.secret) for each in issued)
    finally:
        await store.aclose()


@pytest.fixture(scope="module")
def guarded(partners: Partners, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    place = tmp_path_factory.mktemp("protection")
    shutil.copytree(partners.environment["CITYGRAPH_DEMO"], place / "demo")
    write_rows(place / "demo")
    folder = generous(place / "agreements")
    office = folder / "benefits-office.toml"  # whose clock may be set back is not to wait for it
    office.write_text(re.sub(r"(?m)^(rate|burst) = .*\n", "", office.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "counter.toml").write_text(COUNTER, encoding="utf-8")
    with store_of(partners.kind, place) as url:
        benefits, counter = asyncio.run(long_keys(url))
        environment = {
            **partners.environment,
            "CITYGRAPH_DEMO": str(place / "demo"),
            "CITYGRAPH_STORE": url,
            "CITYGRAPH_AUDIT": str(place / "audit"),
            "CITYGRAPH_AGREEMENTS": str(folder),
        }
        with clocked(CITY, environment, LAST_DAY) as at:
            yield Guarded(at, benefits, counter, "hbt.parcel:700010003")


@pytest.fixture
def last_day(guarded: Guarded) -> Iterator[Guarded]:
    """On the last day on which the older awards are shown."""
    guarded.at.now = LAST_DAY
    yield guarded
    guarded.at.now = LAST_DAY


# retain


def test_rows_go_from_answers_when_their_time_is_over(last_day: Guarded) -> None:
    selection = "totalCount nodes { number toDate }"
    everything = last_day.benefits_of("(first: 50)", selection)
    assert (everything["totalCount"], len(everything["nodes"])) == (14, 14)
    last_day.at.now += timedelta(days=1)
    kept = last_day.benefits_of("(first: 50)", selection)  # the same text: no cache has the old answer
    assert (kept["totalCount"], len(kept["nodes"])) == (8, 8)
    assert "2024-06-30" not in {node["toDate"] for node in kept["nodes"]}
    last_day.at.now += timedelta(days=1)
    assert last_day.benefits_of("(first: 50)", selection)["totalCount"] == 7  # what has no end goes on
    asked = last_day.benefits_of('(first: 50, where: { toDate: { lte: "2024-12-31" } })', selection)
    assert (asked["nodes"], asked["totalCount"]) == ([], None)


def test_the_day_is_the_citys(last_day: Guarded) -> None:
    last_day.at.now = datetime(2029, 6, 30, 3, 59, tzinfo=UTC)  # 23:59 in Harbourton
    assert last_day.benefits_of()["totalCount"] == 14
    last_day.at.now = datetime(2029, 6, 30, 4, 0, tzinfo=UTC)
    assert last_day.benefits_of()["totalCount"] == 8


def test_a_cursor_leads_to_no_row_whose_time_is_over(last_day: Guarded) -> None:
    page = "nodes { number toDate } pageInfo { endCursor hasNextPage }"
    order = "orderBy: [{ toDate: ASC }]"
    first = last_day.benefits_of(f"(first: 3, {order})", page)
    assert first["pageInfo"]["hasNextPage"]
    seen = {node["number"] for node in first["nodes"]}
    last_day.at.now += timedelta(days=1)
    cursor = json.dumps(first["pageInfo"]["endCursor"])
    rest = last_day.benefits_of(f"(first: 50, {order}, after: {cursor})", page)
    assert not seen & {node["number"] for node in rest["nodes"]}
    assert "2024-06-30" not in {node["toDate"] for node in rest["nodes"]}
    before = last_day.benefits_of(f"(first: 50, {order})", page)["nodes"]
    assert len(before) == 8


def test_a_record_is_not_found_by_its_id_when_its_time_is_over(last_day: Guarded) -> None:
    nodes = last_day.benefits_of("(first: 50)", "nodes { id toDate }")["nodes"]
    old = next(node["id"] for node in nodes if node["toDate"] == "2024-06-30")
    query = "query ($id: ID!) { node(id: $id) { id __typename } }"
    assert last_day.told(query, id=old).data["node"] == {"id": old, "__typename": "WelfareBenefits"}
    last_day.at.now += timedelta(days=1)
    assert last_day.told(query, id=old).data["node"] is None


def test_merged_records_leave_them_out(last_day: Guarded) -> None:
    query = "query ($id: ID!) { person(id: $id) { filings(first: 50) { totalCount nodes { until } } } }"
    id = f"hbt.resident:{CLAIMANT}"
    filings = last_day.told(query, id=id).data["person"]["filings"]
    assert [node["until"] for node in filings["nodes"]].count("2024-06-30") == 6
    last_day.at.now += timedelta(days=1)
    later = last_day.told(query, id=id).data["person"]["filings"]
    assert "2024-06-30" not in {node["until"] for node in later["nodes"]}
    assert (len(filings["nodes"]), len(later["nodes"])) == (14, 8)
    # An agreement that narrows rows does not know all of a merged list, and says no number.
    assert (filings["totalCount"], later["totalCount"]) == (None, None)


# small counts


def test_a_small_count_is_not_told_nor_what_it_leaves(last_day: Guarded) -> None:
    def count(where: str, person: int = CLAIMANT) -> tuple[int | None, set[str]]:
        query = f"query ($id: ID!) {{ person(id: $id) {{ benefits(where: {{ {where} }}) {{ totalCount }} }} }}"
        answer = last_day.told(query, id=f"hbt.resident:{person}")
        return answer.data["person"]["benefits"]["totalCount"], set(answer.codes)

    assert count('toDate: { lte: "2024-06-30" }') == (6, set())
    assert count('toDate: { eq: "2024-07-01" }') == (None, {"SUPPRESSED"})
    assert count('toDate: { lte: "2024-07-01" }') == (7, set())
    assert count('toDate: { eq: "1999-01-01" }') == (None, {"SUPPRESSED"})  # none is few too
    # all, or all but one: what is left out would be told
    assert count('fromDate: { gte: "1900-01-01" }') == (None, {"SUPPRESSED"})
    assert count('benefit: { ne: "HOUSING" }') == (None, {"SUPPRESSED"})
    assert count('fromDate: { gte: "1900-01-01" }', FEW) == (None, {"SUPPRESSED"})


def test_a_count_that_is_not_told_is_told_nowhere_else(last_day: Guarded) -> None:
    answer = last_day.at.ask(
        "query ($id: ID!) { person(id: $id) { benefits(first: 1) { totalCount pageInfo { hasNextPage } "
        "source { state } nodes { id } edges { cursor } } } }",
        last_day.counter,
        variables={"id": f"hbt.resident:{FEW}"},
        **BENEFIT,
    )
    found = answer.data["person"]["benefits"]
    nobody = last_day.at.ask(
        "query ($id: ID!) { person(id: $id) { benefits(first: 1) { totalCount pageInfo { hasNextPage } "
        "source { state } nodes { id } edges { cursor } } } }",
        last_day.counter,
        variables={"id": f"hbt.resident:{HIDDEN}"},
        **BENEFIT,
    )
    assert found["totalCount"] is None
    assert nobody.data["person"]["benefits"] == found  # three awards look like none
    assert sorted(nobody.codes) == sorted(answer.codes)


def test_who_may_only_count_sees_no_record(last_day: Guarded) -> None:
    query = """query ($id: ID!, $first: Int!) { person(id: $id) { benefits(first: $first) {
        totalCount nodes { id toDate } edges { cursor } pageInfo { hasNextPage endCursor } source { state }
    } } }"""
    id = f"hbt.resident:{CLAIMANT}"
    answer = last_day.told(query, last_day.counter, id=id, first=1)
    found = answer.data["person"]["benefits"]
    assert (found["totalCount"], found["source"]["state"]) == (14, "DENIED")
    assert not found["nodes"]
    assert not found["edges"]
    assert not (found["pageInfo"] or {}).get("endCursor")
    assert set(answer.codes) == {"DENIED"}
    assert "dataset welfare.benefits counts only" in answer.rules
    record = last_day.benefits_of("(first: 1)", "nodes { id }")["nodes"][0]["id"]
    node = last_day.told("query ($id: ID!) { node(id: $id) { id } }", last_day.counter, id=record)
    assert (node.data["node"], set(node.codes)) == (None, {"DENIED"})


def test_conditions_of_who_may_only_count_are_over_columns_that_its_grant_names(last_day: Guarded) -> None:
    query = "query ($id: ID!) { person(id: $id) { benefits(where: { %s }) { totalCount } } }"
    id = f"hbt.resident:{CLAIMANT}"
    told = last_day.told(query % 'toDate: { lte: "2024-06-30" }', last_day.counter, id=id)
    assert told.data["person"]["benefits"]["totalCount"] == 6
    for condition in ('claimant: { eq: "SWANWICK Etta" }', "weeklyAmount: { gte: 10 }", 'born: { gte: "1900-01-01" }'):
        denied = last_day.told(query % condition, last_day.counter, id=id)
        assert set(denied.codes) == {"DENIED"}, condition
        assert not (denied.data["person"]["benefits"] or {}).get("totalCount")


# never with

TOGETHER = {
    "side by side": "{ address(id: $lot) { residents { nodes { name } } leadOrders { nodes { title } } } }",
    "from two roots": "{ a: address(id: $lot) { residents { nodes { name } } } "
    "b: address(id: $lot) { leadOrders { nodes { title } } } }",
    "in fragments": "{ address(id: $lot) { ...A ...B } } fragment A on Address { residents { nodes { name } } } "
    "fragment B on Address { leadOrders { nodes { title } } }",
    "as records of a kind": "{ address(id: $lot) { residents { nodes { name } } violations { nodes { title } } } }",
    "as merged records": "{ address(id: $lot) { residents { nodes { name } } records { nodes { title } } } }",
    "by the count": "{ address(id: $lot) { residents { totalCount } leadOrders { totalCount } } }",
}


@pytest.mark.parametrize("how", TOGETHER)
def test_two_datasets_are_in_no_answer_together(last_day: Guarded, how: str) -> None:
    answer = last_day.told(f"query ($lot: ID!) {TOGETHER[how]}", lot=last_day.lot)
    assert "dataset residents.residents never with" in answer.rules
    assert "SWANWICK" not in answer.text
    assert any("separate requests" in error["message"] for error in answer.errors)


def test_each_alone_is_answered(last_day: Guarded) -> None:
    alone = last_day.told("query ($lot: ID!) { address(id: $lot) { residents { nodes { name } } } }", lot=last_day.lot)
    assert "SWANWICK Etta" in {node["name"] for node in alone.data["address"]["residents"]["nodes"]}
    other = last_day.told(
        "query ($lot: ID!) { address(id: $lot) { leadOrders { nodes { title } } } }", lot=last_day.lot
    )
    assert not other.errors


# the restriction list

RESTRICTED = {
    "the person": "{ person(id: $id) { fullName birthDate label identifiers { identifier } } }",
    "several": "{ people(ids: [$id]) { fullName birthDate label } }",
    "sections": "{ person(id: $id) { residences { nodes { name address } } benefits { nodes { claimant } } } }",
    "whom a home leads to": "{ address(id: $lot) { residents { nodes { name number born } totalCount } } }",
    "merged records": "{ address(id: $lot) { registrations(first: 50) { nodes { holder } } } }",
    "a search": '{ searchPersons(name: "SWANWICK Etta", birthDate: "1942-03-25") { person { fullName } } }',
    "a search nearby": '{ searchPersonsNear(name: "SWANWICK Etta", near: $lot) { person { fullName } } }',
}


def test_of_whom_is_restricted_nothing_is_told_from_the_next_second_on(partners: Partners, last_day: Guarded) -> None:
    id = f"hbt.resident:{CLAIMANT}"

    def ask(how: str) -> Answer:
        declared = "$id: ID!" * ("$id" in RESTRICTED[how]) + " " + "$lot: ID!" * ("$lot" in RESTRICTED[how])
        head = f"query ({declared}) " if declared.strip() else ""
        return last_day.told(head + RESTRICTED[how], id=id, lot=last_day.lot)

    before = {how: ask(how) for how in RESTRICTED}
    for how, answer in before.items():
        assert "SWANWICK" in answer.text or "Swanwick" in answer.text, (how, answer.text)
    record = last_day.benefits_of("(first: 1)", "nodes { id }")["nodes"][0]["id"]
    settings = {"CITYGRAPH_STORE": last_day.at.gateway.environment["CITYGRAPH_STORE"]}
    done = partners.command(
        "restrict", "add", "-", "--reference", "Protection 1", "--city", CITY, stdin=f"{id}\n", **settings
    )
    assert done.exit_code == 0, done.stderr
    try:
        soon("restricted", lambda: "SWANWICK" not in ask("the person").text.upper())
        for how in RESTRICTED:
            text = ask(how).text.upper()
            assert "SWANWICK" not in text, how
            assert "1942" not in text, how
        node = last_day.told("query ($id: ID!) { node(id: $id) { ... on WelfareBenefits { claimant } } }", id=record)
        assert "SWANWICK" not in node.text
        demo = last_day.at.ask(f'{{ person(id: "{id}") {{ fullName }} }}', headers=DEMO)
        assert "SWANWICK" not in demo.text.upper()
    finally:
        done = partners.command("restrict", "remove", id, "--city", CITY, **settings)
        assert done.exit_code == 0, done.stderr
    soon("free again", lambda: "SWANWICK" in ask("the person").text.upper())
    assert hashed(id) in {
        s
        for each in recorded(Path(last_day.at.gateway.environment["CITYGRAPH_AUDIT"]))
        if each.details
        for s in each.details.subjects
    }


# what is withheld


def test_a_protected_address_is_told_by_no_way_round(last_day: Guarded) -> None:
    """The office has it; the person is found, the way to the home is not."""
    id = f"hbt.resident:{HIDDEN}"
    query = """query ($id: ID!) { person(id: $id) {
        fullName identifiers { identifier } sources { state field }
        residences { nodes { name address parcel postcode title about { address { id label yearBuilt } } } }
        registrations { nodes { title holder } }
    } }"""
    answer = last_day.told(query, id=id)
    assert "VANTWORTH" in answer.text
    assert "WITHHELD" in answer.text
    for word in ("11 MAIN", "11 Main", "70001", "00700"):
        assert word not in answer.text
    home = last_day.told("query ($lot: ID!) { address(id: $lot) { residents { nodes { name } } } }", lot=last_day.lot)
    assert "SWANWICK" in home.text
    assert "VANTWORTH" not in home.text
    near = last_day.told(
        'query ($lot: ID!) { searchPersonsNear(name: "VANTWORTH Ada", near: $lot) { state person { id } } }',
        lot=last_day.lot,
    )
    assert str(HIDDEN) not in near.text
    for condition in ('address: { eq: "11 MAIN ST" }', 'postcode: { eq: "00700" }', "parcel: { null: false }"):
        query = (
            f"query ($id: ID!) {{ person(id: $id) {{ residences(where: {{ {condition} }}) {{ nodes {{ name }} }} }} }}"
        )
        assert "VANTWORTH" not in last_day.told(query, id=id).text, condition


def test_a_confidential_project_is_withheld_and_not_supplied_by_others(partners: Partners) -> None:
    query = """query ($id: ID!) { address(id: $id) {
        affordableHomes { nodes { title house street } source { state } }
        leadOrders { nodes { title } source { state } }
    } }"""
    for key in (None, partners.benefits, partners.brigade):
        answer = partners.ask(query, key, variables={"id": partners.samples.withheld})
        assert answer.data["address"]["leadOrders"]["source"]["state"] in ("WITHHELD", "PARTIAL", "DENIED")
        assert "WITHHELD" in answer.text


# precision


def test_a_place_exact_to_the_block_joins_to_no_address(partners: Partners, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(CITY, city)
    parks = city / "parks.toml"
    text = parks.read_text(encoding="utf-8")
    parks.write_text(
        text.replace('parcel = { from = "parcel", doc', 'parcel = { from = "parcel", precision = "block", doc'),
        encoding="utf-8",
    )
    done = partners.command("check", "--city", city)
    assert done.exit_code == 1
    assert "parks.toml" in done.output
    assert "block" in done.output
    started = partners.command("serve", "--city", city, "--port", "0")
    assert started.exit_code == 1
