"""Pairs that are only POSSIBLE, shown one by one and decided by a person at the terminal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import click

from gateway.commands.opening import engine_of, running, settings_of_environment
from gateway.crosswalk import Edge, Ledger
from gateway.crosswalk.edges import State
from gateway.engine.requests import ANONYMOUS, Engine, Request
from resolvers.city import City

_CHOICES = click.Choice(["s", "d", "l", "q"])
_STATES: dict[str, State] = {"s": "MATCH", "d": "NO"}
_QUERY = """query($ids: [ID!]!) { businesses(ids: $ids) {
  label addresses(first: 3) { nodes { label } } } }"""
_PLAIN = "query($ids: [ID!]!) { businesses(ids: $ids) { label } }"


@dataclass(slots=True)
class Reviewing:
    """How many pairs were decided, and how many left."""

    decided: int = 0
    left: int = 0


async def review_pairs(ledger: Ledger, city: City | None, first: int, by: str, moment: datetime) -> Reviewing:
    """Ask about POSSIBLE pairs, the likeliest first. Raises `StoreError`."""
    pairs = await ledger.list(state="POSSIBLE", most=first)
    done = Reviewing()
    async with _asking(city) as engine:
        for at, edge in enumerate(pairs):
            _show(edge, f"{at + 1} of {len(pairs)}", await _called(engine, edge) if engine else {})
            answer = _answer()
            if answer == "q":
                done.left += len(pairs) - at
                break
            if answer == "l":
                done.left += 1
                continue
            await ledger.decide(edge.one, edge.other, _STATES[answer], by=by, moment=moment)
            done.decided += 1
    return done


def _answer() -> str:
    """What the steward chooses; who ends the input (Ctrl+D, Ctrl+C) quits."""
    try:
        chosen: str = click.prompt("[s]ame, [d]ifferent, [l]ater, [q]uit", type=_CHOICES, show_choices=False)
    except click.Abort:
        click.echo()
        return "q"
    return chosen


@asynccontextmanager
async def _asking(city: City | None) -> AsyncIterator[Engine | None]:
    if city is None:
        yield None
        return
    async with running(engine_of(city, settings_of_environment())) as engine:
        yield engine


async def _called(engine: Engine, edge: Edge) -> dict[str, str]:
    """What both are called and where they are, as anybody may see it; nothing where nobody answers."""
    ids = [edge.one, edge.other]
    found = None
    for query in (_QUERY, _PLAIN):
        response = await engine.execute(Request(query, variables={"ids": ids}, caller=ANONYMOUS))
        found = (response.payload.get("data") or {}).get("businesses")
        if found is not None:
            break
    return {name: _described(business) for name, business in zip(ids, found or (), strict=False) if business}


def _described(business: dict[str, object]) -> str:
    places = business.get("addresses") or {}
    nodes = places.get("nodes") if isinstance(places, dict) else None
    labels = [node["label"] for node in nodes or ()]
    return ", ".join(str(text) for text in dict.fromkeys([business["label"], *labels]))


def _show(edge: Edge, place: str, called: dict[str, str]) -> None:
    click.echo(f"\n{place}: confidence {edge.confidence:.3f}, weights {edge.rules or 'unknown'}")
    for name in (edge.one, edge.other):
        click.echo(f"  {name}  {called.get(name, '')}".rstrip())
    click.echo(f"  {', '.join(edge.evidence) or 'no evidence'}")
