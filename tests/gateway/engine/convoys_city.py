"""Testville, asked by several at once: an engine over its agencies, and who travelled with whom."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.base import Answer, Dataset, Scan
from gateway.engine.convoys import Member
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Facts, Request, Response
from gateway.settings import Settings
from tests.e2e.city import KEY, TESTER, rows, schema
from tests.gateway.engine.sharing_city import Agency, bounded

LIENS = "query Liens($id: ID!) { address(id: $id) { id liens { nodes { lien amount } totalCount } } }"
KNOWN = ("tv.lot:10101", "tv.lot:10102", "tv.lot:10103", "tv.lot:20101", "tv.lot:20102")
UNKNOWN = "tv.lot:99999"


class Office(Agency):
    """An agency of which the next call for several lots, each spelled in two ways, may `hang` for ever."""

    hang = False

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        if self.hang and scan.keys is not None and len(scan.keys.values) > 2:
            self.asked.append(scan)
            self.hang = False
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return await super().scan(dataset, scan)


@dataclass(slots=True)
class Crossroads:
    """An engine, its agencies by their file's name, and the ids of every convoy with who was answered in it."""

    engine: CityEngine
    agencies: Mapping[str, Office]
    convoys: list[dict[str, bool]] = field(default_factory=list)
    departed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        travel = self.engine._convoys._travel

        async def noted(members: Sequence[Member]) -> Sequence[Response | None]:
            self.convoys.append(dict.fromkeys((member.text for member in members), False))
            number = len(self.convoys) - 1
            self.departed.set()
            found = await travel(members)
            self.convoys[number] = {m.text: answer is not None for m, answer in zip(members, found, strict=True)}
            return found

        self.engine._convoys._travel = noted

    @property
    def deeds(self) -> Office:
        """The agency of liens."""
        return self.agencies["deeds.db"]

    def ask(self, id: str, query: str = LIENS, caller: Caller = TESTER, **more: Any) -> "asyncio.Task[Response]":
        """A request that is on its way."""
        variables = {"id": id, **more.pop("variables", {})}
        request = Request(query, variables=variables, caller=caller, **more)
        return asyncio.create_task(self.engine.execute(request))

    async def together(self, ids: Sequence[str], query: str = LIENS, **more: Any) -> list[Response]:
        """The responses of requests that come at once."""
        return await asyncio.gather(*(self.ask(id, query, **more) for id in ids))

    async def alone(self, id: str, query: str = LIENS, **more: Any) -> Response:
        """The response of one request."""
        return await self.ask(id, query, **more)


def make_crossroads(
    changed: Mapping[str, Mapping[str, list[dict[str, Any]]]] | None = None, keys_per_call: int = 500
) -> Crossroads:
    """Testville with time and room enough, and `changed` rows by source and dataset."""
    known = rows()
    for source, tables in (changed or {}).items():
        known[source].update(tables)
    offices = {name: Office(tables) for name, tables in known.items()}
    settings = replace(Settings(), signing_key=KEY, request_deadline=30.0)
    city = bounded(8, timeout=30.0, keys_per_call=keys_per_call)
    return Crossroads(CityEngine(city, settings, schema=schema(), adapters=offices), offices)


def told(response: Response) -> tuple[Mapping[str, Any], Facts]:
    """What the caller and the record of look-ups are told; agencies in no order."""
    facts = response.facts
    return response.payload, facts._replace(agencies=tuple(sorted(facts.agencies)))
