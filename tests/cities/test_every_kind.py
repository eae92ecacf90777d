"""One query over a city with an agency of every kind of system, over HTTP, while all of them run and
while each in turn does not."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.kinds import kinds
from gateway.catalogue import load
from gateway.engine import open_engine
from gateway.engine.engine import CityEngine
from gateway.engine.requests import ANONYMOUS, Request
from gateway.settings import Settings
from tests.cities.kinds_rows import AGENCY, KEPT, NOWHERE, PARCELS, SINGLE, dataset, of
from tests.cities.kinds_systems import PUBLISHED, System, systems
from tests.differential.builders import answers
from tests.gateway.commands.program import CITYGRAPH

CITY = Path(__file__).parent / "kinds"
SYSTEMS = ("land", "works", "inspect", "finance", "harbour", "board", "records", "clerk")
AS_OF = {
    "parcel": "2026-01-01",
    "buildingPermits": "2026-01-02",
    "visits": "2026-01-03",
    "remarks": "2026-01-04",
    "sales": str(PUBLISHED.date()),
    "liens": "2026-01-06",
    "roll": "2026-01-07",
    "meters": "2026-01-08",
    "berths": "2026-01-09",
    "boardLicences": str(PUBLISHED.date()),
    "filingsMade": "2026-01-11",
    "notices": "2026-01-12",
}
DATED_BY_ROW = ("buildingPermits",)
CODED = {"result": "result { code label category }"}
OUTCOMES = {
    "P": {"code": "P", "label": "Passed", "category": "PASSED"},
    "F": {"code": "F", "label": "Failed", "category": "FAILED"},
}
KINDS = {
    "buildingPermits": "PERMIT",
    "visits": "INSPECTION",
    "remarks": "FILING",
    "sales": "SALE",
    "liens": "LIEN",
    "boardLicences": "LICENCE",
    "filingsMade": "FILING",
    "notices": "FILING",
}
"""Sections that are part of the timeline."""


def _fields(section: str) -> Iterator[str]:
    return (name for name in KEPT[section][0] if name != "parcel")


def _selection(section: str) -> str:
    record = f"{' '.join(CODED.get(name, name) for name in _fields(section))} source {{ agency dataset asOf stale }}"
    if section in SINGLE:
        return f"{section} {{ {record} }}"
    part = "state agency dataset asOf stale error { code }"
    return f"{section}(first: 20) {{ totalCount nodes {{ {record} }} source {{ {part} }} }}"


ADDRESS = f"""
  existence line yearBuilt assessedValue
  {" ".join(_selection(section) for section in KEPT)}
  records(first: 100) {{ totalCount nodes {{ kind source {{ dataset }} }} }}
  sources {{ field state agency dataset error {{ code }} }}
"""
QUERY = f"query($ids: [ID!]!) {{ addresses(ids: $ids) {{ {ADDRESS} }} }}"


@dataclass(frozen=True, slots=True)
class Running:
    """The gateway, a process of its own, and the systems of its agencies."""

    url: str
    systems: Mapping[str, System]
    client: httpx.AsyncClient

    async def ask(self, parcels: Sequence[str]) -> dict[str, Any]:
        ids = [f"ak.parcel:{parcel}" for parcel in parcels]
        response = await self.client.post(f"{self.url}/graphql", json={"query": QUERY, "variables": {"ids": ids}})
        assert response.status_code == 200
        payload: dict[str, Any] = response.json()
        return payload

    async def addresses(self, parcels: Sequence[str]) -> list[dict[str, Any]]:
        payload = await self.ask(parcels)
        assert "errors" not in payload, payload["errors"][:3]
        found: list[dict[str, Any]] = payload["data"]["addresses"]
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agencies(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, System]]:
    async with systems(tmp_path_factory.mktemp("kinds")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(agencies: Mapping[str, System]) -> AsyncIterator[Running]:
    addresses = {each.variable: each.value for each in agencies.values()}
    environment = {**os.environ, **addresses, "CITYGRAPH_MODE": "development"}
    process = await asyncio.create_subprocess_exec(
        CITYGRAPH, "serve", "--city", str(CITY), "--port", "0", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    found = re.search(rb"answers at (http://\S+)/graphql", await process.stdout.readline())
    assert found is not None
    async with httpx.AsyncClient(timeout=30) as client:
        yield Running(found[1].decode(), agencies, client)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0


def expected(parcel: str, down: str | None = None) -> dict[str, Any]:
    """The address as its rows say, while the system of one agency is away."""
    well = {section: AGENCY[section] != down for section in KEPT}
    built = of("parcel", parcel)[0] if well["parcel"] else {"line": None, "built": None}
    kept = [(section, row) for section in KINDS if well[section] for row in of(section, parcel)]
    return {
        "existence": "CONFIRMED",
        "line": built["line"],
        "yearBuilt": built["built"],
        "assessedValue": of("roll", parcel)[0]["value"] if well["roll"] else None,
        **{section: _section(section, parcel, well[section]) for section in KEPT},
        "records": {
            "totalCount": len(kept) if all(well[section] for section in KINDS) else None,
            "nodes": sorted((KINDS[section], dataset(section)) for section, _ in kept),
        },
        "sources": sorted(
            (section, "OK" if well[section] else "UNAVAILABLE", AGENCY[section].upper(), dataset(section))
            for section in KEPT
        ),
    }


def _section(section: str, parcel: str, well: bool) -> Any:
    told = {"agency": AGENCY[section].upper(), "dataset": dataset(section), "stale": False}
    source = {**told, "asOf": AS_OF[section]}
    rows = [{**row, "source": source} for row in of(section, parcel)]
    for row in rows:
        row.update({name: OUTCOMES[row[name]] for name in CODED if name in row})
    if section in SINGLE:
        return rows[0] if well else None
    return {
        "totalCount": len(rows) if well else None,
        "nodes": ordered(rows) if well else None,
        "source": {
            **told,
            "state": "OK" if well else "UNAVAILABLE",
            "asOf": AS_OF[section] if well and (rows or section not in DATED_BY_ROW) else None,
            "error": None if well else {"code": "UNAVAILABLE"},
        },
    }


def ordered(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(nodes, key=lambda node: [str(node[name]) for name in sorted(node) if name != "source"])


def shown(address: dict[str, Any]) -> dict[str, Any]:
    """An answer without what the query does not fix: the order of its rows."""
    told = dict(address)
    for section in KEPT:
        if section not in SINGLE and told[section]["nodes"] is not None:
            told[section] = {**told[section], "nodes": ordered(told[section]["nodes"])}
    told["records"] = {
        "totalCount": address["records"]["totalCount"],
        "nodes": sorted((node["kind"], node["source"]["dataset"]) for node in address["records"]["nodes"]),
    }
    told["sources"] = sorted(
        (part["field"], part["state"], part["agency"], part["dataset"])
        for part in address["sources"]
        if part["field"] in KEPT
    )
    return told


def test_the_city_has_an_agency_of_every_kind(agencies: Mapping[str, System]) -> None:
    city = load(CITY, {each.variable: each.value for each in agencies.values()})
    own = set(kinds()) - {"faulty"}  # that one but stands in front of another
    assert {source.kind for source in city.sources.values()} == own
    urls = {source.url.partition(":")[0] for source in city.sources.values() if source.kind == "sql"}
    assert urls == {"sqlite", "postgresql", "mariadb"}
    files = {table.dataset.path.rpartition(".")[2] for table in city.tables.values() if table.agency == "finance"}
    assert files == {"csv", "json", "xml", "parquet"}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("parcels", [PARCELS[:1], PARCELS[5:55], PARCELS], ids=["one", "fifty", "all"])
async def test_one_query_asks_every_kind(gateway: Running, parcels: Sequence[str]) -> None:
    found = await gateway.addresses(parcels)
    for parcel, address in zip(parcels, found, strict=True):
        assert shown(address) == expected(parcel)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("agency", SYSTEMS)
async def test_a_system_that_is_gone_costs_its_own_sections(gateway: Running, agency: str) -> None:
    parcels = PARCELS[:50]
    before = await gateway.addresses(parcels)
    await gateway.systems[agency].stop()
    try:
        payload = await gateway.ask(parcels)
    finally:
        await gateway.systems[agency].start()
    for parcel, address in zip(parcels, payload["data"]["addresses"], strict=True):
        assert shown(address) == expected(parcel, down=agency)
    assert {error["extensions"]["agency"] for error in payload["errors"]} == {agency.upper()}
    assert {error["extensions"]["code"] for error in payload["errors"]} == {"UNAVAILABLE"}
    assert await gateway.addresses(parcels) == before, "it is back at once"


@pytest.mark.asyncio(loop_scope="module")
async def test_two_systems_gone_at_once(gateway: Running) -> None:
    """A database and a web API, the register among them: the address stays, for others know it."""
    for agency in ("land", "clerk"):
        await gateway.systems[agency].stop()
    try:
        payload = await gateway.ask([PARCELS[3], NOWHERE])
    finally:
        for agency in ("land", "clerk"):
            await gateway.systems[agency].start()
    known, unknown = payload["data"]["addresses"]
    assert known["existence"] == "CONFIRMED"
    assert unknown["existence"] == "UNKNOWN"
    away = {part["field"] for part in known["sources"] if part["state"] == "UNAVAILABLE"} & set(KEPT)
    assert away == {"parcel", "notices"}


@pytest.mark.asyncio(loop_scope="module")
async def test_an_address_that_no_system_knows(gateway: Running) -> None:
    payload = await gateway.ask([NOWHERE, PARCELS[0]])
    assert payload["data"]["addresses"][0] is None
    assert shown(payload["data"]["addresses"][1]) == expected(PARCELS[0])
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["NOT_FOUND"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(agencies: Mapping[str, System]) -> AsyncIterator[CityEngine]:
    found = open_engine(load(CITY, {each.variable: each.value for each in agencies.values()}), Settings())
    yield found
    await found.aclose()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("down", [None, *SYSTEMS])
async def test_both_executors_agree(engine: CityEngine, agencies: Mapping[str, System], down: str | None) -> None:
    """The reference builder and graphql-core make one answer of the same rows, whoever is away."""
    ids = [f"ak.parcel:{parcel}" for parcel in (*PARCELS[:7], NOWHERE)]
    if down:
        await agencies[down].stop()
    try:
        made = await answers(engine, Request(QUERY, variables={"ids": ids}, caller=ANONYMOUS))
    finally:
        if down:
            await agencies[down].start()
    assert made.problem is None
    for parcel, address in zip(PARCELS, made.book["data"]["addresses"][:7], strict=False):
        assert shown(address) == expected(parcel, down)


@pytest.mark.asyncio(loop_scope="module")
async def test_rows_in_the_catalogue_that_are_not_there(agencies: Mapping[str, System], tmp_path: Path) -> None:
    """A memory source has no system that could go away; its table can be missing."""
    for file in CITY.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace("REMARKS = [", "OTHERS = ["), encoding="utf-8")
    engine = open_engine(load(tmp_path, {each.variable: each.value for each in agencies.values()}), Settings())
    ids = [f"ak.parcel:{parcel}" for parcel in PARCELS[:2]]
    payload = (await engine.execute(Request(QUERY, variables={"ids": ids}, caller=ANONYMOUS))).payload
    await engine.aclose()
    for parcel, address in zip(PARCELS, payload["data"]["addresses"], strict=False):
        well = expected(parcel, down="notes")
        well["remarks"]["source"]["error"] = {"code": "REJECTED"}
        assert shown(address) == well
    assert {error["extensions"]["code"] for error in payload["errors"]} == {"REJECTED"}
