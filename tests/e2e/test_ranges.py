"""A record at "12-16 OAK ST" is shown at 12 and at 16, where rows have nothing but their address."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.engine.bindings import Binding
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from gateway.engine.services import Restrictions, Services, Unrestricted
from gateway.settings import Settings
from resolvers.city import AddressColumns, City, Key
from tests.differential.builders import answers
from tests.e2e.city import KEY, TESTER, Agency, Row, Town, city, local, rows, schema

LOTS = ("tv.lot:10101", "tv.lot:10102", "tv.lot:10103")  # 12, 14 and 16 Oak Street
QUERY = "query At($ids: [ID!]!) { addresses(ids: $ids) { complaints(first: 9) { totalCount nodes { house } } } }"


def complaint(ticket: str, house: str, street: str = "OAK ST") -> Row:
    there = {"TICKET": ticket, "HOUSE": house, "STREET": street, "ZIP": "90001"}
    return there | {"OPENED": local(2024, 3, 4, 8), "TOPIC": "HEAT", "CALLER": "a tenant"}


COMPLAINTS = [
    complaint("T1", "12"),
    complaint("T2", "12-16"),
    complaint("T3", "12-16", "ELM AVE"),
    complaint("T4", "14-16"),
    complaint("T5", "16-18"),
    complaint("T6", "16"),
]


class Protected(Unrestricted):
    """A restriction list of one."""

    empty = False

    def holds(self, identifier: str) -> bool:
        return identifier == "tv.address:90001/16 OAK ST"


def make(
    restrictions: Restrictions | None = None,
    *seen: str,
    town: City | None = None,
    complaints: Sequence[Row] = COMPLAINTS,
) -> Town:
    """A town whose call centre writes ranges as were `seen` in rows that came by."""
    tables = rows()
    tables["calls.db"]["complaints"] = [*complaints]
    agencies = {source: Agency(mine) for source, mine in tables.items()}
    services = Services(restrictions=restrictions or Unrestricted())
    settings = replace(Settings(), signing_key=KEY)
    engine = CityEngine(town or city(), settings, schema=schema(), adapters=agencies, services=services)
    for number in seen:
        key_of(engine).read({"house": number, "street": "PINE RD", "zip": "90002"})
    return Town(engine, {source.partition(".")[0]: agency for source, agency in agencies.items()})


def key_of(engine: CityEngine) -> Binding:
    (binding,) = engine.world.bindings.by_scheme("calls.complaints", "tv.address")
    return binding


def houses(found: dict[str, Any]) -> list[list[str]]:
    return [sorted(node["house"] for node in each["complaints"]["nodes"]) for each in found["addresses"]]


AT = (["12", "12-16"], ["14-16"], ["12-16", "14-16", "16", "16-18"])


@pytest.mark.parametrize("lots", [*((lot,) for lot in LOTS), LOTS])
async def test_both_ends_are_named_and_nothing_between(lots: tuple[str, ...]) -> None:
    """Alone and in bulk alike, by every builder."""
    town = make(None, "1-5", "1-3")
    found = await answers(town.engine, Request(QUERY, variables={"ids": list(lots)}, caller=TESTER))
    assert found.problem is None
    assert found.code is not None
    addresses = found.code["data"]["addresses"]
    assert houses(found.code["data"]) == [AT[LOTS.index(lot)] for lot in lots]
    assert [each["complaints"]["totalCount"] for each in addresses] == [len(AT[LOTS.index(lot)]) for lot in lots]


async def test_what_was_never_seen_is_not_asked_for() -> None:
    assert houses(await make(None, "1-3").data(QUERY, ids=list(LOTS))) == [["12"], ["14-16"], ["14-16", "16", "16-18"]]
    assert houses(await make().data(QUERY, ids=list(LOTS))) == [["12"], [], ["16"]]


async def test_the_restriction_list_holds_for_both_ends() -> None:
    found = houses(await make(Protected(), "1-5", "1-3").data(QUERY, ids=list(LOTS)))
    assert found[:2] == [["12", "12-16"], ["14-16"]]
    assert found[2] == []


async def test_only_addresses_teach() -> None:
    """A number without a street is what was asked for, and no row."""
    town = make()
    key_of(town.engine).read({"house": "1-5", "street": "", "zip": "90001"})
    assert houses(await town.data(QUERY, ids=list(LOTS))) == [["12"], [], ["16"]]


def in_one_column() -> City:
    """The town, had its call centre one column for number and street."""
    town = city()
    table = town.tables["calls.complaints"]
    (key,) = table.keys
    lined = replace(table, keys=(Key(key.scheme, address=AddressColumns(line="house", postcode="zip")),))
    return replace(town, tables={**town.tables, table.name: lined})


async def test_a_range_at_the_head_of_a_line_has_both_ends() -> None:
    lines = [row | {"HOUSE": f"{row['HOUSE']} {row['STREET']}"} for row in COMPLAINTS]
    town = make(None, "1-5 PINE RD", "1-3 PINE RD", town=in_one_column(), complaints=lines)
    found = await answers(town.engine, Request(QUERY, variables={"ids": list(LOTS)}, caller=TESTER))
    assert found.code is not None
    assert houses(found.code["data"]) == [[f"{house} OAK ST" for house in each] for each in AT]


@pytest.mark.parametrize("more", ["", "complaints { totalCount }", "records { totalCount }"])
async def test_what_only_a_range_names_is_there_whatever_is_asked(more: str) -> None:
    town = make(None, "1-5", "1-3")
    found = await town.address(f"existence {more}", "tv.address:90001/18 OAK ST")
    assert found["existence"] == "CONFIRMED"
    payload = await town.answer(f'{{ address(id: "tv.address:90001/17 OAK ST") {{ existence {more} }} }}')
    assert payload["data"] == {"address": None}
