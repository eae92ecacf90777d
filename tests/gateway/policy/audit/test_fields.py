"""The fields of long operations stand once in a segment."""

from dataclasses import replace
from pathlib import Path

import orjson

from gateway.policy.audit.chain import FEW_FIELDS
from gateway.policy.audit.entries import UNREADABLE
from gateway.policy.audit.places import Places, segments_in
from gateway.policy.audit.reading import Reader, Search
from tests.gateway.policy.audit.logs import LOOK_UP, records, verified, write

MANY = tuple(f"Address.field{n}" for n in range(FEW_FIELDS + 1))
OTHERS = (*MANY, "Person.benefits")
LONG = [replace(LOOK_UP, fields=fields) for fields in (MANY, OTHERS, (*MANY,), LOOK_UP.fields)]


def kinds(folder: Path) -> list[str]:
    texts = [(folder / str(name)).read_bytes() for name in segments_in(folder)]
    return [orjson.loads(line)["entry"]["kind"] for text in texts for line in text.splitlines()]


async def test_each_is_told_once_and_read_with_every_request(tmp_path: Path) -> None:
    assert LONG[2].fields is not LONG[0].fields  # alike, of another plan
    await write(tmp_path / "log", LONG)
    told = "opened fields request fields request request request closed"
    assert kinds(tmp_path / "log") == told.split()
    assert [each.fields for each in records(tmp_path / "log")] == [each.fields for each in LONG]
    assert not verified(tmp_path / "log").findings


async def test_each_segment_tells_them_anew(tmp_path: Path) -> None:
    for _ in range(2):
        await write(tmp_path / "log", LONG[:1])
    assert kinds(tmp_path / "log").count("fields") == 2
    assert [each.fields for each in records(tmp_path / "log")] == [MANY, MANY]


async def test_a_search_by_field_finds_them(tmp_path: Path) -> None:
    await write(tmp_path / "log", LONG)
    found = records(tmp_path / "log", Search(field="Person.benefits"))
    assert [each.fields for each in found] == [OTHERS, LOOK_UP.fields]


async def test_where_they_can_not_be_read_the_request_still_can(tmp_path: Path) -> None:
    await write(tmp_path / "log", LONG[:1])
    (name,) = segments_in(tmp_path / "log")
    file = tmp_path / "log" / str(name)
    file.write_bytes(file.read_bytes().replace(b'"fields":["Address', b'"fields":"Address', 1))
    reader = Reader(Places.of(tmp_path / "log"))
    (read,) = reader.records(Search())
    assert (read.key, read.fields, reader.unreadable) == (LOOK_UP.key, UNREADABLE, 1)
    assert verified(tmp_path / "log").findings
