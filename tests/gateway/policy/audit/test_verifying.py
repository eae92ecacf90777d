from pathlib import Path
from shutil import copytree, rmtree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.policy.audit.places import Places
from gateway.policy.audit.signing import BadKey, published
from gateway.policy.audit.verifying import verify
from tests.gateway.policy.audit.logs import chained_anew, change_lines, files, found, look_ups, verified, write


@pytest.fixture
async def log(folder: Path) -> Path:
    """Two segments: entries 1 to 12 and 13 to 24, ten look-ups each."""
    await write(folder, look_ups(10))
    await write(folder, look_ups(10))
    assert found(folder) == []
    return folder


def elsewhere(folder: Path) -> Path:
    return folder.with_name("audit-checkpoints")


def test_an_edit_is_found_at_its_line(log: Path) -> None:
    first = files(log)[0]
    change_lines(
        first, lambda lines: [each.replace(b'"rows":40', b'"rows":41') if b"case-3" in each else each for each in lines]
    )
    assert found(log) == [f"{first.name}:5: edit: entry 5 is not the one that entry 6 was chained to"]


def test_an_edit_of_the_last_entry_is_found_by_its_checkpoint(log: Path) -> None:
    last = files(log)[1]
    change_lines(last, lambda lines: [*lines[:-1], lines[-1].replace(b'"closed"', b'"clewed"')])
    (only,) = found(log)
    assert only.startswith(f"{last.name}:12: edit: entries 14 to 24 are not those of the checkpoint of 20")


def test_a_gap_is_found_with_its_entries(log: Path) -> None:
    first = files(log)[0]
    change_lines(first, lambda lines: lines[:3] + lines[5:])
    assert found(log) == [f"{first.name}:4: gap: entries 4 to 5 are missing before this line"]


def test_a_chain_computed_anew_is_found_by_the_checkpoints(log: Path) -> None:
    first, second = files(log)
    forged = [each.replace(b"benefits-office", b"benefits-0ffice") for each in first.read_bytes().splitlines(True)]
    fresh = chained_anew(forged + second.read_bytes().splitlines(True))
    first.write_bytes(b"".join(fresh[:12]))
    second.write_bytes(b"".join(fresh[12:]))
    assert [each.split(" of 20")[0] for each in found(log)] == [
        f"{first.name}:12: edit: entries 2 to 12 are not those of the checkpoint"
    ]


def test_a_truncation_is_found(log: Path) -> None:
    first, second = files(log)
    change_lines(second, lambda lines: lines[:4])
    (only,) = found(log)
    assert only.startswith(f"{second.name}:4: truncation: entries 17 to 24 are missing after this line; the checkpoint")
    change_lines(first, lambda lines: lines[:-1])
    one, two = found(log)
    assert one.startswith(f"{first.name}:11: truncation: entry 12 is missing after this line")
    assert two == only


def test_a_truncation_is_found_when_the_logs_own_checkpoints_are_gone_too(log: Path) -> None:
    second = files(log)[1]
    change_lines(second, lambda lines: lines[:4])
    rmtree(log / "checkpoints")
    assert "truncation: entries 17 to 24" in found(log)[0]


def test_a_lost_file_is_found(log: Path) -> None:
    first, second = files(log)
    first.unlink()
    assert found(log) == [f"{first.name}: lost file: the file is gone with entries up to 12; its checkpoints are there"]
    second.unlink()
    assert [each.split(":")[0] for each in found(log)] == [first.name, second.name]


def test_a_file_lost_with_its_checkpoints_is_found(log: Path) -> None:
    first, second = files(log)
    first.unlink()
    for place in (log / "checkpoints", elsewhere(log)):
        (place / first.name).unlink()
    one, two = found(log)
    assert one == f"{second.name}: lost file: segment 1 of chain 1 before this one: gone"
    assert two == f"{second.name}:1: gap: entries 1 to 12 are missing before this line"


def test_an_order_that_is_changed_is_found(log: Path) -> None:
    first = files(log)[0]
    change_lines(first, lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]])
    texts = found(log)
    assert f"{first.name}:6: order: entry 5 comes after entry 6: it was put in or moved" in texts


def test_a_line_put_in_is_found(log: Path) -> None:
    first = files(log)[0]
    change_lines(first, lambda lines: [*lines[:7], lines[2], *lines[7:]])
    assert found(log) == [f"{first.name}:8: order: entry 3 comes after entry 7: it was put in or moved"]


def test_details_that_are_edited_or_removed_too_early_are_found(log: Path) -> None:
    first, second = files(log)
    change_lines(first, lambda lines: [each.replace(b'"case-3"', b'"case-4"') for each in lines])
    change_lines(second, lambda lines: [_without_details(each) if b'"case-6"' in each else each for each in lines])
    assert found(log) == [
        f"{first.name}:5: details: the details of entry 5 were edited",
        f"{second.name}:8: details: the details of entry 20 were removed; they have no recorded expiry",
    ]


def test_checkpoints_that_are_forged_are_found(log: Path) -> None:
    for place in (log / "checkpoints", elsewhere(log)):
        change_lines(
            place / files(log)[0].name, lambda lines: [*lines[:-1], lines[-1].replace(b"\\n12\\n", b"\\n11\\n")]
        )
    assert [each.split(": ", 1)[1] for each in found(log)] == [
        "checkpoint: this checkpoint is not signed by the log's key"
    ] * 2


async def test_another_key_is_found(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "audit"
    await write(other, look_ups(2))
    (log / "signing.pub").write_bytes((other / "signing.pub").read_bytes())
    assert found(log)[0].startswith("audit/signing.pub: key: is not the key of this log, citygraph-audit-")
    key = published(other)
    assert not verify(Places.of(log), key).sound


async def test_a_log_that_is_replaced_whole_is_found_by_the_second_place(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "audit"
    await write(other, look_ups(30))
    rmtree(log)
    copytree(other, log)
    assert not verified(log).sound


async def test_a_lost_end_is_not_written_over(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    second = files(log)[1]
    change_lines(second, lambda lines: lines[:4])
    await write(log, look_ups(1))
    assert "lost entries 17 to 24 of chain 1" in caplog.text
    (only,) = found(log)
    assert only.startswith(f"{second.name}:4: truncation: entries 17 to 24")
    assert verified(log).chains[0].last == 27


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_can_be_changed(log: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(files(log)))
    whole = file.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    try:
        file.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
        findings = verified(log).findings
        assert findings
        line = whole.count(b"\n", 0, place) + 1
        assert any(each.file == file.name and (each.line or 0) in (line - 1, line, line + 1) for each in findings)
    finally:
        file.write_bytes(whole)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_end_can_be_cut_off(log: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(files(log)))
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        assert "truncation" in {each.kind for each in verified(log).findings}
    finally:
        file.write_bytes(whole)


def test_where_there_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="there is no audit log"):
        verified(tmp_path)


def _without_details(line: bytes) -> bytes:
    return line[: line.index(b',"details":')] + b"}\n"
