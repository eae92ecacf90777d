"""Registers that the gateway keeps: read page by page, found without asking, and only by whom may see them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.base import Compare, Op
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller
from gateway.engine.services import Services
from gateway.engine.sources import free
from gateway.identity.kept import PERIODS
from gateway.identity.reading import read_index
from gateway.policy.terms import Agreement, Grant
from gateway.settings import Settings
from resolvers.city import City
from tests.e2e.city import ANONYMOUS, KEY, Agency, Town, city, codes, rows, schema

REGISTER = "land.parcels"
CANDIDATES = """query Search($text: String!) {
  searchAddresses(text: $text) { state confidence evidence { rule detail } address { id } }
}"""


class Clock:
    """A moment that tests move on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class Listed:
    """Restricted identifiers."""

    def __init__(self, *identifiers: str) -> None:
        self.identifiers = identifiers
        self.empty = not identifiers

    def holds(self, identifier: str) -> bool:
        return identifier in self.identifiers


def keeping() -> City:
    """Testville, whose parcels are kept."""
    made = city()
    registers = [replace(r, kept=(REGISTER,)) if REGISTER in r.datasets else r for r in made.registers]
    return replace(made, registers=tuple(registers))


def open_town(made: City, services: Services | None = None, before: Town | None = None) -> Town:
    agencies = {source: Agency(tables) for source, tables in rows().items()}
    settings = replace(Settings(), signing_key=KEY)
    first = before.engine if before else None
    engine = CityEngine(made, settings, schema=schema(), adapters=agencies, services=services, before=first)
    return Town(engine, {source.partition(".")[0]: agency for source, agency in agencies.items()})


@pytest_asyncio.fixture
async def town() -> AsyncIterator[Town]:
    made = open_town(keeping())
    await made.engine.world.kept.read(REGISTER)
    made.forget()
    yield made
    await made.engine.aclose()


async def found(town: Town, text: str, **more: Any) -> list[tuple[str, str]]:
    data = await town.data(CANDIDATES, text=text, **more)
    return [(each["address"]["id"], each["state"]) for each in data["searchAddresses"]]


NORTH, SOUTH, NEXT = "tv.lot:10101", "tv.lot:20102", "tv.lot:10102"

TEXTS: tuple[tuple[str, list[tuple[str, str]]], ...] = (
    ("12 Oak St, 90001", [(NORTH, "MATCH")]),
    ("12 Oak Street, 90002", [(SOUTH, "MATCH")]),
    ("3 Elmm Ave, 90002", [("tv.lot:20101", "MATCH")]),  # the only street there that is like it
    ("12 Oak St", [(NORTH, "POSSIBLE"), (SOUTH, "POSSIBLE")]),
    ("12 o", [(NORTH, "POSSIBLE"), (SOUTH, "POSSIBLE")]),
    ("12 Oak, 90002", [(SOUTH, "POSSIBLE")]),
    ("12 oak str, 900", [(NORTH, "POSSIBLE"), (SOUTH, "POSSIBLE")]),
    ("3 el", [("tv.lot:20101", "POSSIBLE")]),
    ("13 Oak St, 90001", []),
    ("12 Oak St, 99999", []),
)


@pytest.mark.parametrize(("text", "wanted"), TEXTS, ids=[text for text, _ in TEXTS])
async def test_found_without_asking(text: str, wanted: list[tuple[str, str]], town: Town) -> None:
    query = "query S($text: String!) { searchAddresses(text: $text) { state address { id } } }"
    data = await town.data(query, text=text)
    assert [(each["address"]["id"], each["state"]) for each in data["searchAddresses"]] == wanted
    assert town.calls() == []


async def test_evidence_tells_what_was_read_and_who_lists_it(town: Town) -> None:
    (candidate,) = (await town.data(CANDIDATES, text="3 Elmm Avenue Apt 3, 90002"))["searchAddresses"]
    told = {each["rule"]: each["detail"] for each in candidate["evidence"]}
    assert told["read"] == "number 3, street ELMM AVE, unit APT 3, postcode 90002"
    assert told["register"].startswith("LO lists 90002/3 ELM AVE (read ")
    assert told["street_spelling"] == "ELMM AVE is like ELM AVE"


async def test_what_is_kept_answers_while_the_agency_is_down(town: Town) -> None:
    town.cut_off("land")
    query = '{ searchAddresses(text: "12 Oak St, 90001") { state evidence { rule } } }'
    assert (await town.data(query))["searchAddresses"][0]["state"] == "MATCH"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12 o", [(NORTH, "POSSIBLE"), (SOUTH, "POSSIBLE")]),
        ("12 Oak, 90002", [(SOUTH, "POSSIBLE")]),
        ("3 elm a", [("tv.lot:20101", "POSSIBLE")]),
        ("13 o", []),
        ("12 x", []),
    ],
)
async def test_a_register_that_is_not_kept_is_asked_by_the_beginning(text: str, wanted: list[tuple[str, str]]) -> None:
    assert await found(open_town(city()), text) == wanted


async def test_nothing_kept_is_asked_live() -> None:
    town = open_town(keeping())
    assert await found(town, "12 Oak St, 90001") == [(NORTH, "MATCH")]
    assert REGISTER in town.calls()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
async def test_read_page_by_page(size: int) -> None:
    town = open_town(keeping())
    world = town.engine.world
    table, bindings = world.city.tables[REGISTER], world.bindings.of(REGISTER, "Address")
    index, count = await read_index(world.sources, table, bindings, free, page=size)
    assert count == 5
    assert len(town.calls()) == 5 // size + 1
    asked = {column for _, scan in town.agencies["land"].asked for column in scan.columns}
    assert asked == {"ward", "block", "number", "house", "street", "zip"}
    query = world.bindings.locale.search_keys("3 Elm Ave, 90002")
    assert query is not None
    assert [each.identifier for each in index.find(query)] == ["tv.lot:20101"]


async def test_restricted_identifiers_are_not_told() -> None:
    town = open_town(keeping(), Services(restrictions=Listed(NORTH)))
    await town.engine.world.kept.read(REGISTER)
    data = await town.data('{ searchAddresses(text: "12 Oak St") { evidence { detail } } }')
    assert len(data["searchAddresses"]) == 1
    assert "90001" not in str(data)


async def test_anybody_finds_what_anybody_may_see(town: Town) -> None:
    assert await found(town, "12 Oak St, 90001", caller=ANONYMOUS) == [(NORTH, "MATCH")]


async def test_kept_until_it_is_due_and_while_it_fails() -> None:
    clock = Clock()
    town = open_town(keeping(), Services(clock=clock))
    kept = town.engine.world.kept
    await kept.read(REGISTER)
    first = kept.of(REGISTER)
    assert first is not None
    town.cut_off("land")
    with pytest.raises(Exception, match="can't be reached"):
        await kept.read(REGISTER)
    assert kept.of(REGISTER) is first
    assert max(PERIODS.values()) <= timedelta(days=7)


async def test_an_edition_takes_over_what_has_not_changed() -> None:
    town = open_town(keeping())
    await town.engine.world.kept.read(REGISTER)
    same = open_town(keeping(), before=town)
    assert same.engine.world.kept.of(REGISTER) is town.engine.world.kept.of(REGISTER)
    without = open_town(city(), before=town)
    assert without.engine.world.kept.of(REGISTER) is None


async def test_read_aside_after_the_start() -> None:
    town = open_town(keeping())
    await town.engine.start()
    for _ in range(200):
        if town.engine.world.kept.of(REGISTER) is not None:
            break
        await asyncio.sleep(0.05)
    town.forget()
    assert await found(town, "14 Oak St, 90001") == [(NEXT, "MATCH")]
    await town.engine.aclose()


@pytest.mark.parametrize("text", ["12 Oak St, Columbus OH", "12 Oak St, Springfield, Illinois", "12 Oak St, Paris"])
async def test_an_address_elsewhere(text: str, town: Town) -> None:
    payload = await town.answer(CANDIDATES, text=text)
    assert codes(payload) == [("searchAddresses", "OUTSIDE_CITY")]
    assert "write the postcode" in payload["errors"][0]["message"]


async def test_a_postcode_that_no_register_has(town: Town) -> None:
    assert await found(town, "29 W Broad St, Columbus, OH 43215") == []


async def test_the_citys_own_name(town: Town) -> None:
    assert await found(town, "14 Oak St, Testville") == [(NEXT, "POSSIBLE")]
    assert await found(town, "14 Oak St, Anywhere, 90001") == [(NEXT, "MATCH")]


NORTH_ONLY = Agreement(
    "north",
    1,
    "The north of the town",
    ("Testville",),
    "law",
    grants={REGISTER: Grant(REGISTER, rows=(Compare("district", Op.EQ, "North"),))},
)


async def test_whom_some_rows_are_opened_finds_those_only(town: Town) -> None:
    """What is kept is everybody's; who may see a part of the register asks for that part."""
    partner = Caller("partner", agreement=NORTH_ONLY)
    assert await found(town, "12 Oak St, 90001", caller=partner) == [(NORTH, "MATCH")]
    assert REGISTER in town.calls()
    assert await found(town, "12 Oak St, 90002", caller=partner) == []
    assert await found(town, "12 o", caller=partner) == [(NORTH, "POSSIBLE")]


async def test_who_is_denied_the_register_finds_nothing() -> None:
    made = keeping()
    table = replace(made.tables[REGISTER], access="land:register")
    town = open_town(replace(made, tables={**made.tables, REGISTER: table}))
    await town.engine.world.kept.read(REGISTER)
    payload = await town.answer(CANDIDATES, ANONYMOUS, text="12 Oak St, 90001")
    assert payload["data"] == {"searchAddresses": None}
    assert codes(payload) == [("searchAddresses", "DENIED")]
    assert "90001" not in str(payload)
