"""kill -9 under load, power cuts in the middle of a line, full disks, disks that fail."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gateway.policy.audit import AuditFailed, AuditLog
from gateway.policy.audit.log import Sync
from tests.gateway.policy.audit.logs import LOOK_UP, PEPPER, files, found, look_ups, records, verified, write

ROOT = Path(__file__).parents[4]
MODES: tuple[Sync, ...] = ("strict", "batch")


async def start(module: str, *words: str | Path) -> asyncio.subprocess.Process:
    """A process of the tests'."""
    name = f"tests.gateway.policy.audit.{module}"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", name, *map(str, words), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def killed_after(process: asyncio.subprocess.Process, lines: int) -> set[str]:
    """What a writer said that it had written, until it was killed under way and whatever it said last."""
    assert process.stdout is not None
    said = [await asyncio.wait_for(process.stdout.readline(), 30) for _ in range(lines)]
    os.kill(process.pid, signal.SIGKILL)
    said += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    return {line.decode().strip() for line in said if line.endswith(b"\n")}


@pytest.mark.parametrize("sync", MODES)
async def test_no_acknowledged_entry_is_lost_by_kill_9(folder: Path, sync: Sync) -> None:
    acknowledged: set[str] = set()
    for life in range(3):
        process = await start("writer", folder, sync, f"life-{life}")
        acknowledged |= await killed_after(process, 2_000)
        assert found(folder) == []
    assert len(acknowledged) >= 6_000
    assert acknowledged <= references(folder)
    await write(folder, look_ups(1))
    assert found(folder) == []
    assert len(files(folder)) == 4


async def test_two_processes_are_killed_under_load(folder: Path) -> None:
    processes = [await start("writer", folder, "batch", name) for name in ("one", "two")]
    for process in processes:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 30)
    said = await asyncio.gather(*(killed_after(process, 1_000) for process in processes))
    assert said[0] | said[1] <= references(folder)
    assert found(folder) == []
    assert [chain.open for chain in verified(folder).chains] == [False, False]


def references(folder: Path) -> set[str]:
    """What was written, by its case number."""
    return {record.details.reference or "" for record in records(folder) if record.details}


async def test_a_line_cut_by_a_power_failure_is_told_from_an_edit(folder: Path) -> None:
    await write(folder, look_ups(3))
    with files(folder)[0].open("ab") as opened:
        opened.write(b'{"entry":{"n":6,"before":')
    assert found(folder) == []
    assert verified(folder).chains[0].unfinished == 25
    await write(folder, look_ups(3))
    assert found(folder) == []
    assert len(records(folder)) == 6
    with files(folder)[0].open("ab") as opened:
        opened.write(b"more")
    assert found(folder) == [
        f"{files(folder)[1].name}:1: edit: {files(folder)[0].name} does not end as it did when this segment was opened"
    ]


async def test_a_process_that_ended_before_its_first_line_leaves_a_file_without_entries(folder: Path) -> None:
    await write(folder, look_ups(3))
    first = files(folder)[0]
    (folder / first.name.replace("000001", "000002")).write_bytes(b'{"entry":{"n":6,')
    await write(folder, look_ups(3))
    assert found(folder) == []
    assert len(files(folder)) == 3


@pytest.mark.parametrize("sync", MODES)
async def test_a_full_disk(folder: Path, sync: Sync) -> None:
    process = await start("full_disk", folder, sync, "5")
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    told = json.loads(out)
    written = ["written"] * 5
    in_order = [record.details.reference for record in records(folder) if record.details]
    assert found(folder) == []
    if sync == "strict":
        refused = ["the record of look-ups can't be written: File too large; see CITYGRAPH_AUDIT"] * 5
        assert told == {"outcomes": written + refused + written, "waiting": 0, "after": 0}
        assert in_order == [f"case-{each}" for each in (0, 1, 2, 3, 4, 10, 11, 12, 13, 14)]
    else:
        assert told == {"outcomes": written * 3, "waiting": 5, "after": 0}
        assert in_order == [f"case-{each}" for each in range(15)]


async def test_no_more_than_ten_thousand_entries_wait_for_a_full_disk(folder: Path) -> None:
    process = await start("full_disk", folder, "batch", "10003")
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    told = json.loads(out)
    refused = [number for number, outcome in enumerate(told["outcomes"]) if outcome != "written"]
    assert (told["waiting"], told["after"]) == (10_000, 0)
    assert refused == [10_005, 10_006, 10_007]
    assert "10000 entries wait for a disk that can't be written" in told["outcomes"][10_005]
    assert len(records(folder)) == 10_010
    assert found(folder) == []


async def test_a_disk_that_fails_to_sync_refuses_every_answer_and_another_segment_follows(folder: Path) -> None:
    log = AuditLog(folder, PEPPER, "strict")
    await log.start()
    await log.write(LOOK_UP)
    segment = files(folder)[0]
    broken, other = os.pipe()  # written to as a file is, but fsync fails
    for handle in map(int, os.listdir("/proc/self/fd")):
        if _leads_to(handle, segment):
            os.dup2(other, handle)
    results = await asyncio.gather(*(log.write(entry) for entry in look_ups(20)), return_exceptions=True)
    assert {type(result) for result in results} == {AuditFailed}
    await log.write(LOOK_UP)
    await log.aclose()
    os.close(broken)
    os.close(other)
    assert len(files(folder)) == 2
    assert [each.split(": ", 1)[1] for each in found(folder)] == [
        "gap: entries 3 to 22 are missing before this line"
    ]  # what the pipe swallowed: a verification says so


def _leads_to(handle: int, file: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{handle}") == str(file)
    except OSError:
        return False
