"""`findAddresses`: addresses by what the register says of them, with the values that met the conditions."""

from typing import Any

import pytest

from adapters.errors import TimedOut
from tests.e2e.city import ANONYMOUS, Town, codes

LOTS = ("tv.lot:10101", "tv.lot:10102", "tv.lot:10103", "tv.lot:20101", "tv.lot:20102")
BUILT = dict(zip(LOTS, (1950, None, 1999, 1970, 1980), strict=True))


async def find(town: Town, arguments: str, inside: str = "nodes { id } totalCount") -> dict[str, Any]:
    query = f"{{ findAddresses({arguments}) {{ {inside} }} }}" if arguments else f"{{ findAddresses {{ {inside} }} }}"
    found: dict[str, Any] = (await town.data(query))["findAddresses"]
    return found


CASES: tuple[tuple[str, set[int]], ...] = (
    ("", {0, 1, 2, 3, 4}),
    ("where: { yearBuilt: { lt: 1975 } }", {0, 3}),
    ("where: { yearBuilt: { isNull: true } }", {1}),
    ('where: { postcode: { eq: "90002" } }', {3, 4}),
    ('where: { line: { startsWith: "12 " } }', {0, 4}),
    ('where: { district: { eq: "North" }, residentialUnits: { gte: 2 } }', {0, 1}),
    ('where: { or: [{ district: { eq: "South" } }, { yearBuilt: { gt: 1990 } }] }', {2, 3, 4}),
    ('where: { assessedValue: { lte: "10.5" } }', {3, 4}),
    ("where: { floors: { in: [1.5, 3] } }", {0, 3}),
    ("where: { yearBuilt: { eq: 1 } }", set()),
)


@pytest.mark.parametrize(("arguments", "wanted"), CASES, ids=[arguments or "everything" for arguments, _ in CASES])
async def test_find(arguments: str, wanted: set[int], town: Town) -> None:
    page = await find(town, arguments)
    assert {node["id"] for node in page["nodes"]} == {LOTS[n] for n in wanted}
    assert page["totalCount"] == len(wanted)


async def test_order(town: Town) -> None:
    for way, sign in (("ASC", 1), ("DESC", -1)):
        page = await find(town, f"orderBy: [{{ yearBuilt: {way} }}]", "nodes { id yearBuilt }")
        ordered = sorted(LOTS, key=lambda lot: (BUILT[lot] is None, sign * (BUILT[lot] or 0)))
        assert [node["id"] for node in page["nodes"]] == ordered


async def test_reasons(town: Town) -> None:
    inside = "edges { reasons { field value source { agency dataset } } node { label sales { totalCount } } }"
    page = await find(town, 'where: { yearBuilt: { lt: 1960 }, district: { eq: "North" } }', inside)
    (edge,) = page["edges"]
    source = {"agency": "LO", "dataset": "land.parcels"}
    assert sorted(edge["reasons"], key=lambda reason: str(reason["field"])) == [
        {"field": "district", "value": "North", "source": source},
        {"field": "yearBuilt", "value": "1950", "source": source},
    ]
    assert edge["node"] == {"label": "12 OAK ST, 90001", "sales": {"totalCount": 5}}


DENIED = (
    'where: { ownerName: { startsWith: "DOE" } }',
    "where: { or: [{ ownerName: { isNull: true } }] }",
    "orderBy: [{ ownerName: ASC }]",
)


@pytest.mark.parametrize("arguments", DENIED)
async def test_denied_columns(arguments: str, town: Town) -> None:
    payload = await town.answer(f"{{ findAddresses({arguments}) {{ nodes {{ id }} totalCount }} }}", ANONYMOUS)
    assert payload["data"] == {"findAddresses": None}
    assert codes(payload) == [("findAddresses", "DENIED")]
    assert town.calls() == []


WITHHELD = (
    "where: { lotArea: { eq: 1200 } }",
    "where: { or: [{ yearBuilt: { gt: 1 } }, { lotArea: { isNull: false } }] }",
    "orderBy: [{ lotArea: ASC }]",
)


@pytest.mark.parametrize("arguments", WITHHELD)
async def test_what_is_withheld_of_some_is_searched_by_none(arguments: str, town: Town) -> None:
    """The land office withholds the area of 14 OAK ST: what is found, and where it stands, would tell it."""
    payload = await town.answer(f"{{ findAddresses({arguments}) {{ nodes {{ id }} totalCount }} }}")
    assert payload["data"] == {"findAddresses": None}
    assert codes(payload) == [("findAddresses", "WITHHELD")]
    assert town.calls() == []


async def test_the_register_is_down(town: Town) -> None:
    town.agencies["land"].fail(TimedOut("no answer"))
    payload = await town.answer(
        "{ findAddresses { nodes { id } totalCount sources { state dataset error { code } } } }"
    )
    assert payload["data"]["findAddresses"] == {
        "nodes": None,
        "totalCount": None,
        "sources": [{"state": "UNAVAILABLE", "dataset": "land.parcels", "error": {"code": "TIMEOUT"}}],
    }
    assert codes(payload) == [("findAddresses.nodes", "TIMEOUT")]


async def test_found_addresses_lead_on_in_few_calls(town: Town) -> None:
    await find(town, "", "nodes { id label sales { totalCount } fireOrders { source { state } } }")
    assert len(town.calls()) == len(set(town.calls())) + 1  # the register finds, then says more
