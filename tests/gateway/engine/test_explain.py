"""`explain` tells where identifiers lead before anything else, and which registers nobody is asked for."""

import re
from typing import Any

import pytest

from tests.e2e.city import Town, city
from tests.e2e.test_retired import town as lots  # Lotsville, whose lots were merged, split and renumbered
from tests.gateway.identity.test_addresses_kept import REGISTER, keeping, open_town

__all__ = ["lots"]

SALES = '{ address(id: "lv.lot:0001") { sales { totalCount } } }'

SUCCESSOR = (
    "lv.lot -> its successor, if it was retired, via land.changes (from the day in day on, up to the day in end)"
)


async def nodes(town: Town, query: str) -> list[dict[str, Any]]:
    payload = await town.answer(query, extensions={"explain": True})
    assert town.calls() == []
    found: list[dict[str, Any]] = payload["extensions"]["explain"]["nodes"]
    return found


def of(found: list[dict[str, Any]], kind: str) -> list[tuple[int, str, bool]]:
    return [(node["wave"], node["what"], bool(node["denied"])) for node in found if node["node"] == kind]


@pytest.mark.parametrize(
    ("query", "root"),
    [
        (SALES, "address"),
        ('{ addresses(ids: ["lv.lot:0001", "lv.lot:1000"]) { sales { totalCount } } }', "addresses"),
        ('{ node(id: "lv.lot:0001") { ... on Address { sales { totalCount } } } }', "node"),
    ],
)
async def test_successors_come_first_and_all_else_a_wave_later(query: str, root: str, lots: Town) -> None:
    found = await nodes(lots, query)
    (follow,) = of(found, "Follow")
    what = SUCCESSOR
    assert follow == (1, what, False)
    assert [(wave, root in what) for wave, what, _ in of(found, "Canon")] == [(1, True)]
    assert {wave for wave, what, _ in of(found, "Fetch") if "land.sales" in what} == {2}


async def test_what_an_identifier_is_related_to_is_asked_for_where_somebody_wants_it(lots: Town) -> None:
    assert of(await nodes(lots, SALES), "Relate") == []
    found = of(await nodes(lots, SALES.replace("sales { totalCount }", "identifiers { identifier }")), "Relate")
    assert found == [
        (
            2,
            SUCCESSOR,
            False,
        ),
        (2, "lv.lot -> what it is part of via land.units (up to the day in left)", False),
    ]


async def test_without_edges_nothing_is_followed() -> None:
    found = await nodes(open_town(city()), '{ address(id: "tv.lot:10101") { sales { totalCount } } }')
    assert of(found, "Follow") == of(found, "Relate") == []


SEARCH = '{ searchAddresses(text: "12 Oak St, 90001") { state address { sales { totalCount } } } }'


async def test_a_register_that_is_kept_is_not_asked() -> None:
    town = open_town(keeping())
    asked = f"{REGISTER}, asked: it is not read yet, or this caller may not see all of it"
    assert of(await nodes(town, SEARCH), "Kept") == [(1, asked, False)]
    await town.engine.world.kept.read(REGISTER)
    town.forget()
    ((wave, told, denied),) = of(await nodes(town, SEARCH), "Kept")
    assert (wave, denied) == (1, False)
    assert re.fullmatch(rf"{REGISTER}, \d+ rows here, read \d{{4}}-\d\d-\d\d \d\d:\d\d UTC: not asked", told)
    await town.engine.aclose()


async def test_a_register_that_is_not_kept_is_a_search_like_others() -> None:
    found = await nodes(open_town(city()), SEARCH)
    assert of(found, "Kept") == []
    assert len(of(found, "Search")) == 1
