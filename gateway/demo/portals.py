"""New York's portals, asked once before the demo starts: it says what it can't reach, and starts all the same."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from adapters.base import Source
from adapters.errors import SourceError
from adapters.kinds import open_adapter
from resolvers.city import City

PATIENCE = 3.0
"""Seconds that a portal has to answer."""

_OFFLINE = """\
What is at a portal that can't be reached says UNAVAILABLE, and appears when the portal does. To do
without it, put its datasets into a folder as the portal exports them, with their types
(/api/views/43nn-pn8j/rows.json), serve that as a portal, and start again:
    citygraph soda-emulator FOLDER --port 8090
    NYC_PORTAL=http://127.0.0.1:8090 NYS_PORTAL=http://127.0.0.1:8090 SODA_PRIVATE=true citygraph demo --city nyc"""


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal: where it is, whose data it has, and why it can't be reached, "" if it can."""

    place: str
    agencies: tuple[str, ...]
    problem: str


async def ask_portals(city: City, patience: float = PATIENCE) -> tuple[Portal, ...]:
    """Ask each portal of a city's sources, all at once, for at most `patience` seconds."""
    by_place: dict[str, list[str]] = {}
    for name, source in city.sources.items():
        by_place.setdefault(_place(source.url), []).append(name)
    problems = await asyncio.gather(*(_problem(city.sources[names[0]], patience) for names in by_place.values()))
    return tuple(
        Portal(place, tuple(city.agencies[city.source_agency[name]].short for name in names), problem)
        for (place, names), problem in zip(by_place.items(), problems, strict=True)
    )


def _place(url: str) -> str:
    """Scheme, host and port: what may be shown of an address."""
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}"


async def _problem(source: Source, patience: float) -> str:
    adapter = open_adapter(replace(source, timeout=patience))
    try:
        await adapter.ping()
    except SourceError as error:
        return str(error).removeprefix(f"{source.name}: ")
    finally:
        await adapter.aclose()
    return ""


def report(portals: Sequence[Portal], environment: Mapping[str, str]) -> list[str]:
    """What the announcement says of them, paragraph by paragraph."""
    lines = ["Its agencies' data is asked live, at public portals:"]
    for portal in portals:
        state = portal.problem.replace("the source", "it") or "it answers"
        lines.append(f"    {portal.place}: {state}\n        {', '.join(portal.agencies)}")
    parts = ["\n".join(lines)]
    if any(portal.problem for portal in portals):
        parts.append(_OFFLINE)
    elif not environment.get("SODA_TOKEN"):
        parts.append("SODA_TOKEN is not set: portals throttle calls without an app token of theirs.")
    return parts
