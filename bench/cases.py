"""What is measured: one profile, 50 addresses, 1,000 addresses – by the gateway and by hand."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.byhand import ByHand, open_files
from gateway.catalogue import load
from gateway.demo.generate import build
from gateway.demo.samples import samples
from gateway.engine import roots
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from gateway.settings import Settings

CITY = Path(__file__).parents[1] / "cities" / "demo"
QUERIES = Path(__file__).parent / "queries"
SIZES = (1, 50, 1_000)


@dataclass(frozen=True, slots=True)
class Case:
    """The same question in two hands. `parcels` are without the name of their scheme."""

    name: str
    query: str
    parcels: tuple[str, ...]

    @property
    def variables(self) -> Mapping[str, Any]:
        ids = [f"hbt.parcel:{parcel}" for parcel in self.parcels]
        return {"id": ids[0]} if len(ids) == 1 else {"ids": ids}


@dataclass(slots=True)
class Bench:
    """The demo city, its gateway, and the same by hand."""

    engine: CityEngine
    hand: ByHand
    cases: tuple[Case, ...]

    async def by_gateway(self, case: Case) -> bytes:
        """A request from its text to the bytes of its response."""
        response = await self.engine.execute(Request(case.query, variables=case.variables))
        return orjson.dumps(dict(response.payload))

    async def by_hand(self, case: Case) -> bytes:
        """The same data by hand."""
        return await (self.hand.profile(case.parcels[0]) if len(case.parcels) == 1 else self.hand.bulk(case.parcels))

    async def calls(self, case: Case) -> tuple[int, int]:
        """How often agencies are asked: by the gateway (from its trace), and by hand."""
        traced = Request(case.query, variables=case.variables, extensions={"trace": True})
        response = await self.engine.execute(traced)
        before = self.hand.calls
        await self.by_hand(case)
        return len(response.payload["extensions"]["trace"]["calls"]), self.hand.calls - before

    async def check(self, case: Case) -> None:
        """Both give the same data; else the comparison means nothing."""
        ours = orjson.loads(await self.by_gateway(case))["data"]
        theirs = orjson.loads(await self.by_hand(case))["data"]
        if ours != theirs:
            raise SystemExit(f"{case.name}: the gateway and the hand-written fan-out differ:\n{_differ(ours, theirs)}")

    async def builders(self, case: Case) -> Mapping[str, Callable[[], Any]]:
        """The builders over the outputs of one finished run."""
        request = Request(case.query, variables=case.variables)
        prepared = self.engine.prepare(request)
        run = self.engine.begin(prepared, request)
        await roots.work(run)
        for _ in range(2):
            self.engine.responses.by_code(run)
        return {
            "generated code": lambda: self.engine.responses.by_code(run),
            "reference builder": lambda: self.engine.responses.by_the_book(run),
            "graphql-core": lambda: self.engine.responses.by_core(prepared, run),
        }


def _differ(ours: Any, theirs: Any, path: str = "data") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return "\n".join(filter(None, (_differ(ours[key], theirs[key], f"{path}.{key}") for key in ours)))
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return "\n".join(filter(None, (_differ(a, b, f"{path}[{i}]") for i, (a, b) in pairs)))
    return "" if ours == theirs else f"{path}: {ours!r} by the gateway, {theirs!r} by hand"


@asynccontextmanager
async def open_bench(directory: Path, addresses: int) -> AsyncIterator[Bench]:
    """The demo city in `directory`, made if need be, and everything that answers from it."""
    built = build(directory, addresses)
    city = load(CITY, {"CITYGRAPH_DEMO": str(built.directory)})
    engine, files = CityEngine(city, Settings()), await open_files(built.directory)
    try:
        yield Bench(engine, ByHand(files, city), _cases(built.directory))
    finally:
        await engine.aclose()
        for file in files.values():
            await file.close()


def _cases(directory: Path) -> tuple[Case, ...]:
    with closing(sqlite3.connect(directory / "assessor.sqlite")) as roll:
        lots = roll.execute("SELECT WARD, BLK, LOT FROM PARCELS ORDER BY WARD, BLK, LOT LIMIT 1000").fetchall()
    parcels = tuple(f"{ward}{block:04}{lot:04}" for ward, block, lot in lots)
    busy = samples(directory).busy.partition(":")[2]
    profile, bulk = ((QUERIES / f"{name}.graphql").read_text(encoding="utf-8") for name in ("profile", "bulk"))
    return (
        Case("a profile", profile, (busy,)),
        Case("50 addresses", bulk, parcels[:50]),
        Case("1,000 addresses", bulk, parcels[:1_000]),
    )
