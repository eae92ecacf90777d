"""Cities whose keys are not New York's, in TOML alone: a Dutch one (postcode and house number), a German
one (no key but the address), a Japanese one (licence numbers and no address at all)."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue import load
from gateway.engine import open_engine
from gateway.engine.engine import CityEngine
from gateway.engine.requests import ANONYMOUS, Request
from gateway.settings import Settings
from tests.cities.other_rows import BRANCHES, BULK, MAKE, VARIABLE
from tests.differential.builders import answers
from tests.gateway.commands.program import citygraph

CITIES = Path(__file__).parent / "other"


@dataclass(frozen=True, slots=True)
class Town:
    """One of the cities, its data in a folder that a test may damage."""

    engine: CityEngine
    data: Path

    async def answer(self, query: str, **variables: Any) -> Any:
        """The response; both executors have made it."""
        request = Request(query, variables=variables, caller=ANONYMOUS)
        assert (await answers(self.engine, request)).problem is None
        return (await self.engine.execute(request)).payload

    async def ask(self, query: str, **variables: Any) -> Any:
        payload = await self.answer(query, **variables)
        assert "errors" not in payload, payload["errors"]
        return payload["data"]

    async def code(self, query: str) -> tuple[str, str]:
        """Code and message of the one error."""
        (error,) = (await self.answer(query))["errors"]
        return error["extensions"]["code"], error["message"]


Opened = Callable[[str], Town]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Opened]:
    async with AsyncExitStack() as stack:

        def opened(name: str) -> Town:
            MAKE[name](tmp_path)
            engine = open_engine(load(CITIES / name, {VARIABLE[name]: str(tmp_path)}), Settings())
            stack.push_async_callback(engine.aclose)
            return Town(engine, tmp_path)

        yield opened


@pytest.mark.parametrize("name", sorted(MAKE))
async def test_check_finds_nothing_wrong(name: str, tmp_path: Path) -> None:
    MAKE[name](tmp_path)
    environment = {VARIABLE[name]: str(tmp_path)}
    done = await citygraph("check", "--city", CITIES / name, env=environment)
    assert (done.code, done.err) == (0, "")
    assert "no problems" in done.out
    live = await citygraph("check", "--live", "--city", CITIES / name, env=environment)
    assert live.code == 0, live.out + live.err


# Waterstad

DOOR = """
  existence yearBuilt nummeraanduiding { nummerId straat huisletter toevoeging gebruik { code label } }
  inschrijvingen { totalCount nodes { kvk naam opgericht kapitaal } }
  vergunningen(orderBy: [{ zaak: ASC }]) { totalCount nodes { zaak verleend leges soort { label } } }
  meldingen { nodes { melding dag } }
  businesses { edges { role since node { id tradeName } } }
"""


@pytest.mark.parametrize("id", ["1012 AB/12A", "1012ab 12a", "1012AB, 12-A"])
async def test_a_door_with_a_letter(town: Opened, id: str) -> None:
    """Five datasets of three agencies write it in five ways."""
    found = await town("waterstad").ask(f'{{ address(id: "ws.adres:{id}") {{ {DOOR} }} }}')
    assert found["address"] == {
        "existence": "CONFIRMED",
        "yearBuilt": 1905,
        "nummeraanduiding": {
            "nummerId": "0002",
            "straat": "Damrak",
            "huisletter": "a",
            "toevoeging": None,
            "gebruik": {"code": "L", "label": "logiesfunctie"},
        },
        "inschrijvingen": {
            "totalCount": 1,
            "nodes": [{"kvk": "12345678", "naam": "Café Zoë B.V.", "opgericht": "2015-03-01", "kapitaal": 1234.5}],
        },
        "vergunningen": {
            "totalCount": 2,
            "nodes": [
                {"zaak": "Z1", "verleend": "2024-03-15", "leges": "1250", "soort": {"label": "Bouwen"}},
                {"zaak": "Z2", "verleend": "2023-01-01", "leges": None, "soort": {"label": "Bouwen"}},
            ],
        },
        "meldingen": {"nodes": [{"melding": "M1", "dag": "2024-03-05"}]},
        "businesses": {
            "edges": [
                {
                    "role": "PREMISES",
                    "since": "2015-03-01",
                    "node": {"id": "nl.kvk:12345678", "tradeName": "Café Zoë B.V."},
                }
            ]
        },
    }


async def test_doors_of_one_number_are_told_apart(town: Opened) -> None:
    ids = [f"ws.adres:{door}" for door in ("1012AB 12", "1012AB 12a", "1012AB 12-2", "1012AB 12A2", "1012AB 112")]
    ids += ["ws.adres:1013 ZZ/12", "ws.address:1012ab/12a Damrak", "ws.address:Damrak 12-2, 1012 AB Waterstad"]
    query = "query($ids: [ID!]!) { addresses(ids: $ids) { yearBuilt nummeraanduiding { nummerId } } }"
    found = (await town("waterstad").ask(query, ids=ids))["addresses"]
    assert [address["nummeraanduiding"]["nummerId"] for address in found] == [
        "0001", "0002", "0003", "0004", "0005", "0006", "0002", "0003",
    ]  # fmt: skip
    assert [address["yearBuilt"] for address in found] == [1890, 1905, None, 1907, 1950, 1960, 1905, None]


async def test_many_doors_in_one_query(town: Opened) -> None:
    ids = [f"ws.adres:1017xa {n}" for n in range(1, BULK + 1)]
    query = "query($ids: [ID!]!) { addresses(ids: $ids) { yearBuilt vergunningen { nodes { zaak } } } }"
    found = (await town("waterstad").ask(query, ids=ids))["addresses"]
    assert [address["yearBuilt"] for address in found] == [1600 + n for n in range(1, BULK + 1)]
    zaken = [[node["zaak"] for node in address["vergunningen"]["nodes"]] for address in found]
    assert zaken == [[f"Y{n}"] if n <= 30 else [] for n in range(1, BULK + 1)]


async def test_filter_and_pages(town: Opened) -> None:
    waterstad = town("waterstad")
    query = """query($after: String) { address(id: "ws.adres:1012AB 12-2") {
      inschrijvingen(first: 7, after: $after, orderBy: [{ kapitaal: DESC }]) {
        totalCount nodes { naam } pageInfo { hasNextPage endCursor } } } }"""
    names: list[str] = []
    after = None
    while True:
        page = (await waterstad.ask(query, after=after))["address"]["inschrijvingen"]
        assert page["totalCount"] == BRANCHES
        names += [node["naam"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert names == [f"Filiaal {n:02}" for n in range(BRANCHES, 0, -1)]
    late = '{ opgericht: { gte: "2020-01-01" } }'
    found = await waterstad.ask(
        f'{{ address(id: "ws.adres:1012AB 12-2") {{ inschrijvingen(where: {late}) {{ totalCount }} }} }}'
    )
    assert found["address"]["inschrijvingen"]["totalCount"] == 5


async def test_a_business_leads_to_its_door(town: Opened) -> None:
    query = """{ business(id: "nl.kvk:12345678") { tradeName existence
      inschrijvingen { nodes { date number } }
      addresses { edges { role node { id yearBuilt } } } } }"""
    assert (await town("waterstad").ask(query))["business"] == {
        "tradeName": "Café Zoë B.V.",
        "existence": "CONFIRMED",
        "inschrijvingen": {"nodes": [{"date": "2015-03-01", "number": "12345678"}]},
        "addresses": {"edges": [{"role": "PREMISES", "node": {"id": "ws.adres:1012 AB/12A", "yearBuilt": 1905}}]},
    }


async def test_a_search_in_the_citys_own_words(town: Opened) -> None:
    query = '{ searchAddresses(text: "Damrak 12a, 1012 AB Waterstad") { state address { yearBuilt } } }'
    found = (await town("waterstad").ask(query))["searchAddresses"]
    assert found[0] == {"state": "MATCH", "address": {"yearBuilt": 1905}}


async def test_nothing_there_and_nobody_to_ask(town: Opened) -> None:
    waterstad = town("waterstad")
    query = '{ address(id: "ws.adres:1012AB 13") { existence } }'
    assert (await waterstad.code(query))[0] == "NOT_FOUND"
    (waterstad.data / "basis.db").rename(waterstad.data / "gone")
    payload = await waterstad.answer(query)
    assert payload["data"]["address"] == {"existence": "UNKNOWN"}
    known = await waterstad.answer('{ address(id: "ws.adres:1017XA 5") { existence vergunningen { totalCount } } }')
    assert known["data"]["address"] == {"existence": "CONFIRMED", "vergunningen": {"totalCount": 1}}


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("ws.adres:1012 AB", "ws.adres takes a postcode and a house number, like 1012 AB/12A; no house number"),
        ("ws.adres:12a", "like 1012 AB/12A; no postcode in '12a'"),
        ("ws.adres:10115/12", "no postcode"),
        ("nl.kvk:12345678", "nl.kvk identifies another kind (Business), not an Address"),
        ("nyc.bbl:1000010001", "write scheme:value, for example ws.adres:1012 AB/12A"),
        ("ws.address:Damrak", "house number, street and postcode, like SW1A 2AA/10 DOWNING ST; no house number"),
    ],
)
async def test_bad_input_is_told_the_form(town: Opened, id: str, says: str) -> None:
    code, message = await town("waterstad").code(f'{{ address(id: "{id}") {{ id }} }}')
    assert code == "BAD_IDENTIFIER"
    assert says in message


# Großkirchen

GERMAN = "{ yearBuilt gebaeude { nodes { strasse hausnr } } gewerbe { nodes { nummer name gebuehr aktiv } } }"


@pytest.mark.parametrize(
    "id",
    ["10115/12a Große Bäckerstraße", "12A grosse bäckerstrasse, 10115", "Große Bäckerstraße 12 a, 10115 Großkirchen"],
)
async def test_an_address_that_is_its_own_identifier(town: Opened, id: str) -> None:
    found = (await town("grosskirchen").ask(f'{{ address(id: "gk.address:{id}") {GERMAN} }}'))["address"]
    assert found["yearBuilt"] == 1890
    assert found["gebaeude"]["nodes"] == [{"strasse": "Große Bäckerstraße", "hausnr": "12a"}]
    assert sorted(found["gewerbe"]["nodes"], key=lambda node: node["nummer"]) == [
        {"nummer": "HRB 12345 B", "name": "Bäckerei Größlein", "gebuehr": 1234.5, "aktiv": True},
        {"nummer": "HRB 777", "name": "Müller & Söhne", "gebuehr": None, "aktiv": False},
    ]


async def test_a_business_by_a_number_with_blanks_and_umlauts(town: Opened) -> None:
    query = (
        "query($ids: [ID!]!) { businesses(ids: $ids) { tradeName addresses { edges { since until node { id } } } } }"
    )
    ids = ["gk.gewerbe:hrb  12345 b", "gk.gewerbe:HRB 777", "gk.gewerbe:HRB 42 Köln"]
    found = (await town("grosskirchen").ask(query, ids=ids))["businesses"]
    baker = "gk.address:10115/12A GROSSE BACKERSTRASSE"
    assert [business["tradeName"] for business in found] == ["Bäckerei Größlein", "Müller & Söhne", "Kiosk"]
    assert found[0]["addresses"]["edges"] == [{"since": "2003-02-01", "until": None, "node": {"id": baker}}]
    assert found[1]["addresses"]["edges"] == [{"since": "1998-11-15", "until": "2010-12-31", "node": {"id": baker}}]


# Hayama


async def test_a_licence_number_joins_two_agencies(town: Opened) -> None:
    query = """{ business(id: "hy.kyoka:a-12.3/7") { id existence tradeName
      eigyo { nodes { number corporation granted kindOfTrade { code label } } }
      tenken { totalCount nodes { day extinguishers outcome { label category } } }
      records { nodes { kind date } } } }"""
    assert (await town("hayama").ask(query))["business"] == {
        "id": "hy.kyoka:A-12.3/7",
        "existence": "CONFIRMED",
        "tradeName": "海の家",
        "eigyo": {
            "nodes": [
                {
                    "number": "A-12.3/7",
                    "corporation": "1234567890123",
                    "granted": "2019-04-01",
                    "kindOfTrade": {"code": "01", "label": "飲食店営業"},
                }
            ]
        },
        "tenken": {
            "totalCount": 2,
            "nodes": [
                {"day": "2024-11-30", "extinguishers": None, "outcome": {"label": "不適合", "category": "FAILED"}},
                {"day": "2023-04-05", "extinguishers": 2, "outcome": {"label": "適合", "category": "PASSED"}},
            ],
        },
        "records": {
            "nodes": [
                {"kind": "INSPECTION", "date": "2024-11-30"},
                {"kind": "INSPECTION", "date": "2023-04-05"},
                {"kind": "LICENCE", "date": "2019-04-01"},
            ]
        },
    }


async def test_many_licences_in_one_query(town: Opened) -> None:
    query = "query($ids: [ID!]!) { businesses(ids: $ids) { tradeName tenken { nodes { day } } } }"
    ids = [f"hy.kyoka:N-{n:04}" for n in range(1, 41)]
    found = (await town("hayama").ask(query, ids=ids))["businesses"]
    assert [business["tradeName"] for business in found] == [f"店{n}" for n in range(1, 41)]
    days = [f"2022-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(1, 41)]
    assert [business["tenken"]["nodes"] for business in found] == [[{"day": day}] for day in days]


async def test_filters_and_pages_of_a_licence(town: Opened) -> None:
    """The last inspection that was passed, one page after the other."""
    query = """query($first: Int!, $after: String, $where: ShoboTenkenWhere) { business(id: "hy.kyoka:A-12.3/7") {
      tenken(first: $first, after: $after, where: $where) {
        totalCount nodes { day } pageInfo { hasNextPage endCursor } } } }"""
    hayama = town("hayama")
    first = (await hayama.ask(query, first=1))["business"]["tenken"]
    assert (first["nodes"], first["totalCount"], first["pageInfo"]["hasNextPage"]) == ([{"day": "2024-11-30"}], 2, True)
    second = (await hayama.ask(query, first=1, after=first["pageInfo"]["endCursor"]))["business"]["tenken"]
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"day": "2023-04-05"}], False)
    passed = (await hayama.ask(query, first=5, where={"result": {"eq": "適"}}))["business"]["tenken"]
    assert (passed["nodes"], passed["totalCount"]) == ([{"day": "2023-04-05"}], 1)


async def test_a_date_of_another_calendar_is_told_and_nothing_else(town: Opened) -> None:
    payload = await town("hayama").answer(
        '{ business(id: "hy.kyoka:C-0003") { tradeName eigyo { nodes { granted } } } }'
    )
    assert payload["data"]["business"] == {"tradeName": "無検査", "eigyo": {"nodes": [{"granted": None}]}}
    (error,) = payload["errors"]
    assert (error["extensions"]["code"], error["extensions"]["column"]) == ("MALFORMED", "granted")


async def test_licences_nobody_knows_and_offices_that_are_closed(town: Opened) -> None:
    """Any of the two offices knowing it is enough; without either it is not there, or nobody can tell."""
    hayama = town("hayama")
    only_inspected = await hayama.ask('{ business(id: "hy.kyoka:Z-9") { existence eigyo { totalCount } } }')
    assert only_inspected["business"] == {"existence": "CONFIRMED", "eigyo": {"totalCount": 0}}
    unknown = '{ business(id: "hy.kyoka:Q-1") { existence } }'
    assert (await hayama.code(unknown))[0] == "NOT_FOUND"
    (hayama.data / "hoken.db").rename(hayama.data / "gone")
    assert (await hayama.answer(unknown))["data"]["business"] == {"existence": "UNKNOWN"}
    query = '{ business(id: "hy.kyoka:A-12.3/7") { existence eigyo { totalCount } tenken { totalCount } } }'
    known = await hayama.answer(query)
    assert known["data"]["business"] == {
        "existence": "CONFIRMED",
        "eigyo": {"totalCount": None},
        "tenken": {"totalCount": 2},
    }


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("hy.kyoka:許可 7", "hy.kyoka takes 1 to 40 letters and digits with - . / between them"),
        ("jp.hojin:123", "jp.hojin takes 13 digits, like"),
        ("A-12.3/7", "write scheme:value, for example hy.kyoka:"),
    ],
)
async def test_bad_licence_numbers_are_told_the_form(town: Opened, id: str, says: str) -> None:
    code, message = await town("hayama").code(f'{{ business(id: "{id}") {{ id }} }}')
    assert code == "BAD_IDENTIFIER"
    assert says in message
