import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.policy.audit import AuditFailed, AuditLog
from gateway.policy.audit.log import Sync
from tests.gateway.policy.audit.logs import LOOK_UP, PEPPER, RESIDENT, files, look_ups, records, verified, write

MODES: tuple[Sync, ...] = ("strict", "batch")


@pytest.mark.parametrize("sync", MODES)
async def test_what_is_written_can_be_read_and_proven(folder: Path, sync: Sync) -> None:
    await write(folder, look_ups(5), sync)
    found = records(folder)
    assert [record.details.reference for record in found if record.details] == [f"case-{n}" for n in range(5)]
    first = found[0]
    assert (first.key, first.agreement, first.version, first.purpose) == (
        "cg_k3v9x0aa",
        "benefits-office",
        3,
        "benefit-check",
    )
    assert (first.fields, first.agencies, first.rows, first.size) == (LOOK_UP.fields, LOOK_UP.agencies, 40, 12_000)
    assert first.duration == pytest.approx(0.031)
    result = verified(folder)
    assert result.findings == []
    chain = result.chains[0]
    assert (chain.last, chain.signed, chain.open) == (7, 7, False)  # "opened", five requests, "closed"


async def test_identifiers_and_addresses_are_nowhere_on_the_disk(folder: Path) -> None:
    await write(folder, look_ups(3))
    everything = b"".join(file.read_bytes() for file in folder.parent.rglob("*") if file.is_file())
    for secret in (RESIDENT, "100000007", "100010002", "192.0.2.7", PEPPER.decode()):
        assert secret.encode() not in everything
        assert secret not in repr(LOOK_UP)
    assert "case-2026-118" not in repr(LOOK_UP)


async def test_only_the_owner_may_read_it(folder: Path) -> None:
    await write(folder, look_ups(1))
    for file in (folder, *folder.parent.rglob("*")):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


async def test_a_restart_continues_the_chain_in_a_segment_of_its_own(folder: Path) -> None:
    for _ in range(3):
        await write(folder, look_ups(2))
    assert [file.name[10:] for file in files(folder)] == [f"-c1-00000{n}.jsonl" for n in (1, 2, 3)]
    assert verified(folder).findings == []
    assert verified(folder).chains[0].last == 12
    assert [record.number for record in records(folder) if record.when == LOOK_UP.when] == [2, 6, 10]


async def test_processes_at_once_write_chains_of_their_own(folder: Path) -> None:
    logs = [AuditLog(folder, PEPPER) for _ in range(3)]
    await asyncio.gather(*(log.start() for log in logs))
    for log in logs:
        await asyncio.gather(*(log.write(entry) for entry in look_ups(20)))
    assert [chain.open for chain in verified(folder).chains] == [True, True, True]
    for log in logs:
        await log.aclose()
    result = verified(folder)
    assert result.findings == []
    assert [chain.last for chain in result.chains] == [22, 22, 22]
    assert len(records(folder)) == 60
    moments = [record.when for record in records(folder)]
    assert moments == sorted(moments)


async def test_a_log_is_sound_while_it_is_written(folder: Path) -> None:
    log = AuditLog(folder, PEPPER)
    await log.start()
    for entry in look_ups(500):
        await log.write(entry)
        if entry.when.minute % 20 == 0:
            assert (await asyncio.to_thread(verified, folder)).findings == []
    await log.aclose()


async def test_a_checkpoint_follows_without_further_requests(folder: Path) -> None:
    log = AuditLog(folder, PEPPER)
    await log.start()
    for entry in look_ups(10):
        await log.write(entry)
    await asyncio.sleep(2.5)
    assert verified(folder).chains[0].signed == 11
    await log.aclose()


async def test_a_segment_that_is_long_is_followed_by_another(folder: Path) -> None:
    long = replace(LOOK_UP, fields=("Address.sales" * 300_000,))
    await write(folder, [long] * 75)
    assert len(files(folder)) == 2
    found = verified(folder)
    assert (found.findings, found.entries) == ([], 78)


async def test_a_clients_own_words_are_cut(folder: Path) -> None:
    await write(folder, [replace(LOOK_UP, purpose="p" * 5_000, reference="\ud800" + "r" * 5_000)])
    (record,) = records(folder)
    assert record.purpose is not None
    assert record.details is not None
    assert record.details.reference is not None
    assert (len(record.purpose), len(record.details.reference)) == (200, 200)


async def test_off_writes_nothing(folder: Path) -> None:
    await write(folder, look_ups(3), "off")
    assert files(folder) == []


async def test_it_must_be_open(folder: Path) -> None:
    log = AuditLog(folder, PEPPER)
    with pytest.raises(RuntimeError, match="not open"):
        await log.write(LOOK_UP)


async def test_a_place_that_can_not_be_written_is_told_at_the_start(folder: Path) -> None:
    folder.parent.joinpath("audit-checkpoints").write_text("a file where a folder should be")
    with pytest.raises(AuditFailed, match="can't be written: File exists; see CITYGRAPH_AUDIT"):
        await AuditLog(folder, PEPPER).start()


async def test_a_key_that_is_none_is_told_at_the_start(folder: Path) -> None:
    await write(folder, look_ups(1))
    folder.joinpath("signing.key").write_text("nothing")
    with pytest.raises(AuditFailed, match=r"signing\.key of the audit log can't be read"):
        await AuditLog(folder, PEPPER).start()


def test_a_short_pepper_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        AuditLog(folder, b"short")
