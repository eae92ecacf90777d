"""`python -m bench.audit`: what the record of look-ups costs, on this machine and its disk.

The entry is that of a profile: five fields, four agencies, two subjects. CPU of a write is that of
the event loop's thread; the background's fsyncs are counted apart.
"""

import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.policy.audit import AuditLog, Entry
from gateway.policy.audit.places import Places
from gateway.policy.audit.reading import Reader, Search
from gateway.policy.audit.verifying import verify

PEPPER = b"a pepper of the benchmark, 32 bytes"
ENTRY = Entry(
    when=datetime.now(UTC),
    outcome="answered",
    key="cg_k3v9x0aa",
    agreement="benefits-office",
    version=3,
    purpose="benefit-check",
    reference="case-2026-118",
    operation="9f86d081884c7d659a2feaa0c55ad015",
    fields=("Address.sales", "Address.inspections", "Address.owner", "Business.licences", "Person.benefits"),
    agencies=("deeds", "health", "licensing", "welfare"),
    subjects=("hbt.resident:100000007", "hbt.parcel:100010002"),
    rows=40,
    size=12_000,
    duration=0.031,
    address="192.0.2.7",
)


@click.command()
@click.option("--entries", default=50_000, show_default=True, help="How many are written in batch mode, and verified.")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Where, to measure that disk.")
def bench(entries: int, directory: Path | None) -> None:
    """Measure batch and strict writing, what the event loop feels of it, verifying and searching."""
    with tempfile.TemporaryDirectory(dir=directory) as temporary:
        asyncio.run(_measure(Path(temporary) / "audit", entries))


async def _measure(folder: Path, entries: int) -> None:
    await _batch(folder, entries)
    for writers in (1, 100):
        await _strict(folder, writers, 2_000 if writers == 1 else 100)
    _read(folder)


async def _batch(folder: Path, entries: int) -> None:
    log = AuditLog(folder, PEPPER, "batch")
    await log.start()
    for name, entry in (
        ("a profile", ENTRY),
        ("no subjects", replace(ENTRY, subjects=())),
        ("50 subjects", replace(ENTRY, subjects=tuple(f"hbt.resident:{n:09}" for n in range(50)))),
    ):
        cpus, walls = [], []
        for number in range(entries if entry is ENTRY else entries // 10):
            cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
            await log.write(entry)
            walls.append(time.perf_counter_ns() - wall)
            cpus.append(time.thread_time_ns() - cpu)
            if number % 20 == 0:
                await asyncio.sleep(0.001)
        mean = sum(cpus) / len(cpus) / 1e3
        click.echo(
            f"batch, {name}: CPU {mean:.1f} µs mean, {_at(cpus, 0.5) / 1e3:.1f} p50, {_at(cpus, 0.99) / 1e3:.1f} p99; "
            f"the loop is held {_at(walls, 0.999) / 1e3:.0f} µs p99.9, {max(walls) / 1e3:.0f} at most"
        )
    await log.aclose()


async def _strict(folder: Path, writers: int, each: int) -> None:
    log = AuditLog(folder, PEPPER, "strict")
    await log.start()
    waits: list[int] = []

    async def write() -> None:
        for _ in range(each):
            began = time.perf_counter_ns()
            await log.write(ENTRY)
            waits.append(time.perf_counter_ns() - began)

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    rate = len(waits) / (time.perf_counter() - began)
    click.echo(
        f"strict, {writers} at once: {_at(waits, 0.5) / 1e6:.2f} ms p50, {_at(waits, 0.99) / 1e6:.2f} p99, "
        f"{max(waits) / 1e6:.2f} at most; {rate:,.0f} entries/s"
    )
    await log.aclose()


def _read(folder: Path) -> None:
    places = Places.of(folder)
    began = time.perf_counter()
    found = verify(places)
    rate = found.entries / (time.perf_counter() - began)
    click.echo(f"verify: {rate:,.0f} entries/s of {found.entries:,}, {len(found.findings)} findings")
    began = time.perf_counter()
    count = sum(1 for _ in Reader(places).records(Search(subject="0" * 32)))
    rate = found.entries / (time.perf_counter() - began)
    click.echo(f"search for a subject: {rate:,.0f} entries/s, {count} found")


def _at(values: list[int], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    bench()
