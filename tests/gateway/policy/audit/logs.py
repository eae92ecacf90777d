"""Logs for tests: entries, folders that hold them, and hands that meddle with them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from gateway.policy.audit import AuditLog, Entry, Record
from gateway.policy.audit.findings import Verification
from gateway.policy.audit.lines import hashed, split
from gateway.policy.audit.log import Sync
from gateway.policy.audit.places import Places, segments_in
from gateway.policy.audit.reading import Reader, Search
from gateway.policy.audit.verifying import verify

PEPPER = b"a pepper of tests, of 32 bytes at least"
RESIDENT = "hbt.resident:100000007"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOOK_UP = Entry(
    when=NOON,
    outcome="answered",
    key="cg_k3v9x0aa",
    agreement="benefits-office",
    version=3,
    purpose="benefit-check",
    reference="case-2026-118",
    operation="9f86d081884c7d659a2feaa0c55ad015",
    fields=("Address.sales", "Person.benefits"),
    agencies=("deeds", "welfare"),
    subjects=(RESIDENT, "hbt.parcel:100010002"),
    rows=40,
    size=12_000,
    duration=0.031,
    address="192.0.2.7",
)


def look_ups(count: int) -> list[Entry]:
    """Entries a minute apart, with references case-0, case-1 …"""
    return [replace(LOOK_UP, when=NOON + timedelta(minutes=each), reference=f"case-{each}") for each in range(count)]


async def write(folder: Path, entries: Iterable[Entry], sync: Sync = "batch") -> None:
    """Write entries by a process's life of its own: start, write, close."""
    log = AuditLog(folder, PEPPER, sync)
    await log.start()
    for entry in entries:
        await log.write(entry)
    await log.aclose()


def records(folder: Path, search: Search | None = None) -> list[Record]:
    return list(Reader(Places.of(folder)).records(search or Search()))


def verified(folder: Path) -> Verification:
    return verify(Places.of(folder))


def found(folder: Path) -> list[str]:
    """What a verification finds, as it is printed."""
    return [str(each) for each in verified(folder).findings]


def files(folder: Path) -> list[Path]:
    """The segments of a log."""
    return [folder / str(name) for name in segments_in(folder)]


def change_lines(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Let somebody change the lines of a file (each with its end)."""
    file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))


def chained_anew(lines: list[bytes]) -> list[bytes]:
    """Lines whose hashes somebody computed again, so that each fits the one before it."""
    out: list[bytes] = []
    head: str | None = None
    for text in lines:
        part, details = split(text.rstrip(b"\n"))
        if head is not None:
            entry = orjson.loads(part)
            part = orjson.dumps({**entry, "before": head})
        head = hashed(part)
        rest = b"" if details is None else b',"details":' + details
        out.append(b'{"entry":' + part + rest + b"}\n")
    return out
