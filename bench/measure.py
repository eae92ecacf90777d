"""CPU and latency of several ways to do the same, measured in turns so that they share all weather."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(slots=True)
class Figures:
    """Per repetition: CPU of the whole process, threads included, and time that passed; seconds."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def note(self, cpu: float, wall: float) -> None:
        self.cpu.append(cpu)
        self.wall.append(wall)

    @property
    def cpu_ms(self) -> float:
        """The median, in milliseconds."""
        return median(self.cpu) * 1000

    @property
    def p50_ms(self) -> float:
        return median(self.wall) * 1000

    @property
    def p99_ms(self) -> float:
        """The 99th percentile, in milliseconds; of few repetitions the slowest."""
        return quantiles(self.wall, n=100, method="inclusive")[98] * 1000


async def in_turns(ways: Mapping[str, Callable[[], Awaitable[object]]], rounds: int) -> dict[str, Figures]:
    """Every way once in each round, after two rounds to warm up."""
    found = {name: Figures() for name in ways}
    for turn in range(-2, rounds):
        for name, way in ways.items():
            cpu, wall = time.process_time(), time.perf_counter()
            await way()
            if turn >= 0:
                found[name].note(time.process_time() - cpu, time.perf_counter() - wall)
    return found
