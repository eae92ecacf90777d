"""One run of load on one server, and what many runs say together."""

import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import orjson

from bench.peers.processes import ASKING, Server
from bench.peers.questions import get

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run, or medians of several: requests a second, CPU ms of the server a request, latencies
    in ms, calls of agencies' JSON APIs a request, MiB, requests, those that failed."""

    rate: float
    cpu: float
    p50: float
    p99: float
    calls: float
    rss: float
    requests: float
    bad: float


@dataclass(frozen=True, slots=True)
class Cell:
    """What was measured: who was asked what, by how many at once, with which latency of agencies (ms)."""

    peer: str
    query: str
    at: int
    slow: int = 0


def run(
    server: Server, agencies: str, bodies: Sequence[bytes], connections: int, seconds: float, *, once: bool = False
) -> Figures:
    """Load a server for a while, or until every body was asked `once`; agencies count what they are asked."""
    spec = {
        "url": server.url,
        "headers": dict(server.headers),
        "bodies": [body.decode() for body in bodies],
        "connections": connections,
        "seconds": seconds,
        "once": once,
    }
    get(f"{agencies}/__reset")
    before = server.cpu
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.load"],
        cwd=ROOT,
        input=orjson.dumps(spec),
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {ASKING}),
    )
    spent = server.cpu - before
    told = get(f"{agencies}/__stats")
    found = orjson.loads(done.stdout)
    count = max(1, len(found["times"]))
    times = sorted(found["times"]) or [0]
    return Figures(
        rate=count / found["passed"],
        cpu=spent * 1000 / count,
        p50=times[len(times) // 2] / 1e6,
        p99=times[min(len(times) - 1, len(times) * 99 // 100)] / 1e6,
        calls=sum(each[0] for name, each in told.items() if name != "lat_ms") / count,
        rss=server.rss,
        requests=count,
        bad=found["bad"],
    )


def medians(runs: Iterable[tuple[Cell, Figures]]) -> dict[Cell, Figures]:
    """The runs of each cell together; what failed is added up."""
    found: dict[Cell, list[Figures]] = defaultdict(list)
    for cell, figures in runs:
        found[cell].append(figures)
    return {
        cell: Figures(
            **{each.name: _together(each.name, [getattr(one, each.name) for one in all_]) for each in fields(Figures)}
        )
        for cell, all_ in found.items()
    }


def _together(name: str, found: list[float]) -> float:
    return sum(found) if name == "bad" else statistics.median(found)
