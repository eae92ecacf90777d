"""Persons of two registers: one profile where two facts say so beyond doubt, two profiles otherwise."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from adapters.errors import Unavailable
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.engine.services import Services
from gateway.policy.terms import Agreement, Grant
from gateway.settings import Settings
from resolvers.city import City
from resolvers.schema import CitySchema, build_schema
from tests.e2e.city import KEY, TESTER, TOWN, Agency, Row, Town, codes, rows

GUILD = """
[agency]
name = "Engineers' Guild"
short = "EG"

[scheme.member]
of = "Person"
level = "person"
check = "digits_4"

[source.db]
adapter = "memory"
url = "memory:"

[[dataset]]
name = "members"
title = "Members of the guild"
id = "member"

[dataset.columns]
member = { from = "NO", personal = "always" }
name = { from = "NAME", personal = "always" }
born = { from = "BORN", type = "date", personal = "always", access = "guild:born" }
lot = { from = "LOT", personal = "always" }
joined = { from = "JOINED", type = "date" }
left = { from = "LEFT", type = "date" }
secret = { from = "SECRET", type = "bool", personal = "always" }

[dataset.keys]
member = "member"
lot = "lot"

[dataset.withheld]
lot = { when = { secret = true } }

[dataset.claims]
"Person.fullName" = "name"
"Person.birthDate" = "born"

[[dataset.link]]
from = "Person"
to = "Address"
role = "PROFESSIONAL"
since = "joined"
until = "left"

[[dataset.section]]
on = "Person.memberships"
kind = "Licence"
as = { date = "joined", until = "left", holder = "name" }
"""
CHAMBER = """
[agency]
name = "Chamber of Advocates"
short = "CA"

[scheme.advocate]
of = "Person"
level = "person"
check = "digits_3"

[source.db]
adapter = "memory"
url = "memory:"

[[dataset]]
name = "roll"
title = "Roll of advocates, given and family names apart"
id = "number"

[dataset.columns]
number = { from = "NO", personal = "always" }
first = { from = "FIRST", personal = "always" }
last = { from = "LAST", personal = "always" }
born = { from = "BORN", type = "date", personal = "always" }
lot = { from = "LOT", personal = "always" }

[dataset.keys]
advocate = "number"
lot = "lot"

[dataset.claims]
"Person.givenName" = "first"
"Person.familyName" = "last"
"Person.birthDate" = "born"

[[dataset.section]]
on = "Person.admissions"
"""
REGISTER = """
[register.members]
dataset = "guild.members"
scheme = "member"

[register.advocates]
dataset = "chamber.roll"
scheme = "advocate"
"""
DAY = date(1971, 3, 4)
CLERK = Caller("clerk", frozenset({"personal"}), trusted=True)


@cache
def built() -> tuple[City, CitySchema]:
    """Testville with a guild."""
    place = Path(mkdtemp()) / "town"
    shutil.copytree(TOWN, place)
    with (place / "city.toml").open("a", encoding="utf-8") as file:
        file.write(REGISTER)
    (place / "guild.toml").write_text(GUILD, encoding="utf-8")
    (place / "chamber.toml").write_text(CHAMBER, encoding="utf-8")
    city = load(place, {})
    shutil.rmtree(place.parent)
    return city, build_schema(city)


@dataclass(frozen=True, slots=True)
class Restricted:
    """A restriction list."""

    identifier: str
    empty: bool = False

    def holds(self, identifier: str) -> bool:
        return identifier == self.identifier


def resident(number: int, name: str, born: date = DAY, *, hidden: bool = False) -> Row:
    return {"NO": f"30{number:04}", "NAME": name, "BORN": born, "LOT": "10101", "SINCE": None, "HIDDEN": hidden}


def member(number: int, name: str, born: date | None = DAY, *, secret: bool = False, lot: str = "10103") -> Row:
    row: Row = {"NO": str(number), "NAME": name, "BORN": born, "LOT": lot, "SECRET": secret}
    return row | {"JOINED": date(2001, 1, 1), "LEFT": date(2020, 12, 31)}


@contextmanager
def town_of(
    residents: Sequence[Row], members: Sequence[Row], restricted: str | None = None, advocates: Sequence[Row] = ()
) -> Iterator[Town]:
    """The town with these registers."""
    city, schema = built()
    kept = rows() | {
        "people.db": {"residents": list(residents), "officers": []},
        "guild.db": {"members": list(members)},
        "chamber.db": {"roll": list(advocates)},
    }
    agencies = {source: Agency(tables) for source, tables in kept.items()}
    services = Services(restrictions=Restricted(restricted)) if restricted else Services()
    engine = CityEngine(city, replace(Settings(), signing_key=KEY), schema=schema, adapters=agencies, services=services)
    yield Town(engine, {source.partition(".")[0]: agency for source, agency in agencies.items()})


PROFILE = """query Q($id: ID!) { person(id: $id) {
  identifiers { identifier state } memberships { nodes { joined } } residences { nodes { source { dataset } } } } }"""


async def numbers(town: Town, id: str = "tv.resident:300001", caller: Caller = TESTER) -> set[str]:
    """The identifiers of a person's profile, all of which are sure."""
    payload = await town.answer(PROFILE, caller, id=id)
    known = payload["data"]["person"]["identifiers"]
    assert {each["state"] for each in known} == {"MATCH"}
    return {each["identifier"] for each in known}


ANN, MEMBER = "tv.resident:300001", "tv.member:7001"
BOTH = {ANN, MEMBER}


async def test_a_profile_has_the_sections_of_both_agencies() -> None:
    with town_of([resident(1, "HOLLOWAY, MARGARET")], [member(7001, "Margaret Holloway")]) as town:
        for id in BOTH:
            person = (await town.data(PROFILE, id=id))["person"]
            assert {each["identifier"] for each in person["identifiers"]} == BOTH
            assert person["memberships"]["nodes"] == [{"joined": "2001-01-01"}]
            assert person["residences"]["nodes"] == [{"source": {"dataset": "people.residents"}}]


# Rows of the residents' office, rows of the guild, whether resident 1 is member 7001.
CASES: dict[str, tuple[Sequence[Row], Sequence[Row], bool]] = {
    "the same": ([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway")], True),
    "another order": ([resident(1, "HOLLOWAY Margaret")], [member(7001, "Margaret Holloway")], True),
    "a nickname": ([resident(1, "Margaret Holloway")], [member(7001, "Peggy Holloway")], True),
    "a slip": ([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holoway")], True),
    "others born that day": (
        [resident(1, "Margaret Holloway"), resident(2, "Thomas Brandt")],
        [member(7001, "Margaret Holloway"), member(7002, "Ida Quill")],
        True,
    ),
    "another day": ([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway", date(1971, 3, 5))], False),
    "day and month exchanged": (
        [resident(1, "Margaret Holloway")],
        [member(7001, "Margaret Holloway", date(1971, 4, 3))],
        False,
    ),
    "no day": ([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway", None)], False),
    "a day written for none": (
        [resident(1, "Margaret Holloway", date(1971, 1, 1))],
        [member(7001, "Margaret Holloway", date(1971, 1, 1))],
        False,
    ),
    "another given name": ([resident(1, "Margaret Holloway")], [member(7001, "Thomas Holloway")], False),
    "an initial": ([resident(1, "Margaret Holloway")], [member(7001, "M Holloway")], False),
    "two slips": ([resident(1, "Margaret Holloway")], [member(7001, "Margret Holoway")], False),
    "father and son": ([resident(1, "Thomas Holloway Sr")], [member(7001, "Thomas Holloway Jr")], False),
    "two members": (
        [resident(1, "Margaret Holloway")],
        [member(7001, "Margaret Holloway"), member(7002, "Margaret Holloway")],
        False,
    ),
    "two residents": (
        [resident(1, "Margaret Holloway"), resident(2, "Margaret Holloway")],
        [member(7001, "Margaret Holloway")],
        False,
    ),
    "a resident who is nearer": (
        [resident(1, "Margaret Holoway"), resident(2, "Margaret Holloway")],
        [member(7001, "Margaret Holloway")],
        False,
    ),
    "a resident of whom something is kept back": (
        [resident(1, "Margaret Holloway", hidden=True)],
        [member(7001, "Margaret Holloway")],
        False,
    ),
    "a member of whom something is kept back": (
        [resident(1, "Margaret Holloway")],
        [member(7001, "Margaret Holloway", secret=True)],
        False,
    ),
    "an organisation": ([resident(1, "HOLLOWAY LLC")], [member(7001, "HOLLOWAY LLC")], False),
}


@pytest.mark.parametrize("case", CASES)
async def test_who_is_one_person(case: str) -> None:
    residents, members, one = CASES[case]
    with town_of(residents, members) as town:
        assert await numbers(town) == (BOTH if one else {ANN})
        assert await numbers(town, MEMBER) == (BOTH if one else {MEMBER})


async def test_who_may_not_see_a_fact_sees_no_match() -> None:
    with town_of([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway")]) as town:
        assert await numbers(town, caller=CLERK) == {ANN}
        seeing = replace(CLERK, scopes=frozenset({"personal", "guild:born"}))
        assert await numbers(town, caller=seeing) == BOTH


async def test_who_may_not_see_what_is_kept_back_sees_no_match() -> None:
    """It could not be told of whom the address is withheld."""
    grant = Grant("people.residents", frozenset({"resident", "name", "born"}))
    agreement = Agreement("a", 1, "Names", (), "", grants={grant.dataset: grant})
    seeing = replace(CLERK, scopes=frozenset({"personal", "guild:born"}), agreement=agreement)
    with town_of([resident(1, "Margaret Holloway", hidden=True)], [member(7001, "Margaret Holloway")]) as town:
        assert await numbers(town, caller=seeing) == {ANN}
        assert await numbers(town, MEMBER, caller=seeing) == {MEMBER}


@pytest.mark.parametrize(("restricted", "asked"), [(MEMBER, ANN), (ANN, MEMBER)])
async def test_whoever_is_on_the_restriction_list_is_found_by_nothing(restricted: str, asked: str) -> None:
    with town_of([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway")], restricted) as town:
        assert await numbers(town, asked) == {asked}


async def test_nothing_withheld_is_supplied_by_another_agency() -> None:
    """The address that the residents' office keeps to itself does not show by the guild's rows."""
    hidden = [resident(1, "Margaret Holloway", hidden=True)]
    with town_of(hidden, [member(7001, "Margaret Holloway", lot="10102")]) as town:
        query = f'{{ person(id: "{ANN}") {{ addresses {{ nodes {{ id }} }} memberships {{ nodes {{ joined }} }} }} }}'
        payload = await town.answer(query)
        assert not payload["data"]["person"]["addresses"]["nodes"]
        assert not (payload["data"]["person"]["memberships"] or {}).get("nodes")


async def test_a_register_that_is_down_is_told_of() -> None:
    with town_of([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway")]) as town:
        town.agencies["guild"].broken["guild.members"] = Unavailable("the source can't be reached")
        payload = await town.answer(f'{{ person(id: "{ANN}") {{ memberships {{ nodes {{ joined }} }} }} }}')
        assert payload["data"]["person"]["memberships"]["nodes"] is None
        assert codes(payload) == [("person.memberships.nodes", "UNAVAILABLE")]


async def test_agencies_are_asked_once_for_all_persons() -> None:
    people = [resident(n, f"Somebody Number{'abcdefgh'[n]}") for n in range(1, 8)]
    with town_of(people, [member(7001, "Margaret Holloway")]) as town:
        ids = ", ".join(f'"tv.resident:30000{n}"' for n in range(1, 8))
        await town.data(f"{{ people(ids: [{ids}]) {{ memberships {{ nodes {{ joined }} }} }} }}")
        # whether they exist, what tells them apart, and who else was born on their days, here and there
        assert sorted(town.calls()) == ["chamber.roll", "guild.members", *["people.residents"] * 3]


async def test_a_long_list_is_matched_with_nobody() -> None:
    people = [resident(n, "Margaret Holloway" if n == 1 else f"Somebody {n}") for n in range(1, 23)]
    with town_of(people, [member(7001, "Margaret Holloway")]) as town:
        query = '{ address(id: "tv.lot:10101") { people(first: 50) { nodes { memberships { nodes { joined } } } } } }'
        payload = await town.answer(query)
        assert "2001-01-01" not in str(payload)


async def test_the_record_of_look_ups_has_both_numbers() -> None:
    with town_of([resident(1, "Margaret Holloway")], [member(7001, "Margaret Holloway")]) as town:
        request = Request(PROFILE, variables={"id": ANN}, caller=TESTER)
        facts = (await town.engine.execute(request)).facts
        assert set(facts.subjects) == BOTH


async def test_a_search_finds_a_person_at_each_agency() -> None:
    """Both are sure, each among the numbers of its own register."""
    with town_of([resident(1, "Margaret Holloway")], [member(7001, "Peggy Holloway")]) as town:
        search = (
            f'{{ found: searchPersons(name: "Margaret Holloway", birthDate: "{DAY}") {{ state person {{ id }} }} }}'
        )
        found = (await town.data(search))["found"]
        assert [each["state"] for each in found] == ["MATCH", "MATCH"]


async def test_edges_have_role_days_and_the_record_that_says_so() -> None:
    query = """{ address(id: "tv.lot:10103") { people { edges {
      role since until state confidence recordId source { agency dataset } node { fullName } } } } }"""
    with town_of([], [member(7001, "Margaret Holloway")]) as town:
        (edge,) = (await town.data(query))["address"]["people"]["edges"]
        record = await town.data(
            "query Q($id: ID!) { node(id: $id) { ... on Licence { date holder } } }", id=edge["recordId"]
        )
    assert record["node"] == {"date": "2001-01-01", "holder": "Margaret Holloway"}
    told: dict[str, Any] = {name: value for name, value in edge.items() if name != "recordId"}
    assert told == {
        "role": "PROFESSIONAL",
        "since": "2001-01-01",
        "until": "2020-12-31",
        "state": "MATCH",
        "confidence": 1.0,
        "source": {"agency": "EG", "dataset": "guild.members"},
        "node": {"fullName": "Margaret Holloway"},
    }


# given and family names in columns of their own

ADVOCATE: Row = {"NO": "501", "FIRST": "MARGARET ANN", "LAST": "HOLLOWAY", "BORN": DAY, "LOT": "10102"}


async def test_names_that_stand_apart_make_a_label() -> None:
    with town_of([], [], advocates=[ADVOCATE, ADVOCATE | {"NO": "502", "FIRST": None}]) as town:
        query = """{ people(ids: ["tv.advocate:501", "tv.advocate:502"]) { label fullName givenName familyName } }"""
        for _ in range(3):  # by the book, and by generated code
            assert (await town.data(query))["people"] == [
                {
                    "label": "MARGARET ANN HOLLOWAY",
                    "fullName": None,
                    "givenName": "MARGARET ANN",
                    "familyName": "HOLLOWAY",
                },
                {"label": "HOLLOWAY", "fullName": None, "givenName": None, "familyName": "HOLLOWAY"},
            ]


APART: dict[str, tuple[str, list[str]]] = {
    "by name and day": (f'(name: "Margaret Holloway", birthDate: "{DAY}")', ["MATCH"]),
    "a nickname": (f'(name: "Holloway, Peggy", birthDate: "{DAY}")', ["MATCH"]),
    "a slip in the day": ('(name: "Margaret Holloway", birthDate: "1971-03-05")', []),
    "a slip in the day, with all given names": (
        '(name: "Margaret Ann Holloway", birthDate: "1971-03-05")',
        ["POSSIBLE"],
    ),
    "by name at an address": ('Near(name: "Margaret Holloway", near: "tv.lot:10102")', ["MATCH"]),
    "somebody else": (f'(name: "Thomas Holloway", birthDate: "{DAY}")', []),
    "somebody else at that address": ('Near(name: "Margaret Brandt", near: "tv.lot:10102")', []),
}


@pytest.mark.parametrize("case", APART)
async def test_names_that_stand_apart_are_searched(case: str) -> None:
    arguments, wanted = APART[case]
    with town_of([], [], advocates=[ADVOCATE]) as town:
        found = (await town.data(f"{{ found: searchPersons{arguments} {{ state }} }}"))["found"]
        assert [each["state"] for each in found] == wanted


async def test_names_that_stand_apart_are_matched() -> None:
    with town_of([resident(1, "HOLLOWAY, MARGARET")], [], advocates=[ADVOCATE]) as town:
        assert await numbers(town) == {ANN, "tv.advocate:501"}


async def test_three_registers_know_one_person() -> None:
    residents, members = [resident(1, "HOLLOWAY, MARGARET")], [member(7001, "Margaret Holloway")]
    with town_of(residents, members, advocates=[ADVOCATE]) as town:
        for id in (*BOTH, "tv.advocate:501"):
            assert await numbers(town, id) == {*BOTH, "tv.advocate:501"}


async def test_half_a_name_is_none() -> None:
    """Who may not see the family name is told of nobody by the given name."""
    grant = Grant("chamber.roll", frozenset({"number", "first", "born"}))
    agreement = Agreement("a", 1, "Names", (), "", grants={grant.dataset: grant})
    seeing = replace(CLERK, agreement=agreement)
    with town_of([], [], advocates=[ADVOCATE]) as town:
        query = f'{{ found: searchPersons(name: "Margaret Holloway", birthDate: "{DAY}") {{ state }} }}'
        payload = await town.answer(query, seeing)
        assert not payload["data"]["found"]


# what is foretold


async def explained(
    caller: Caller, query: str = f'{{ person(id: "{ANN}") {{ memberships {{ nodes {{ joined }} }} }} }}'
) -> str:
    """The plan as a caller is told it."""
    with town_of([], []) as town:
        payload = await town.answer(query, caller, {"explain": True})
        assert town.calls() == []
        return "\n".join(f"{node['node']} {node['what']}" for node in payload["extensions"]["explain"]["nodes"])


async def test_explain_says_which_registers_are_compared() -> None:
    registers = "people.residents, guild.members"
    told = await explained(TESTER)
    assert f"Match tv.resident -> tv.member by name and day of birth in {registers}" in told
    assert "guild.members by tv.member" in told


async def test_explain_says_nothing_of_registers_that_are_not_compared() -> None:
    told = await explained(CLERK)
    assert "Match" not in told
    assert "guild.members by tv.member" not in told
