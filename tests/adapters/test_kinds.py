"""Kinds of adapters, found by their modules, and the faulty one."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from adapters.base import Column, Damaged, Dataset, Scan, Source
from adapters.errors import TimedOut, Unavailable
from adapters.faulty import Faults, FaultyAdapter
from adapters.kinds import GROUP, _module, _theirs, kinds, open_adapter
from adapters.memory import MemoryAdapter
from adapters.reading import read

ROWS = {"t": [{"a": str(i)} for i in range(20)]}
DATA = Dataset("d.t", "d.s", "t", {"a": Column("a", ("a",))})


def source(kind: str, options: Mapping[str, object] | None = None, url: str = "") -> Source:
    return Source("d.s", kind, url, timeout=0.1, options=MappingProxyType(dict(options or {})))


def test_every_kind_has_a_line() -> None:
    assert {"faulty", "memory", "sql"} <= set(kinds())
    assert all(line.endswith(".") for line in kinds().values())


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (source("sqll"), 'did you mean "sql"'),
        (source("oracle"), "there are .*memory"),
        (source("columns"), "no kind"),
        (source("sql", url="oracle://host/x"), "sqlite and postgresql"),
        (source("sql", url="agency.db"), "sqlite:///agency.db"),
        (source("sql", url="sqlite://"), "sqlite:///agency.db"),
        (source("memory", {"rows": []}), "options.rows"),
        (source("faulty"), "options.of"),
        (source("faulty", {"of": "faulty"}), "options.of"),
        (source("faulty", {"of": "memory", "latency": "soon"}), "duration"),
        (source("faulty", {"of": "memory", "fail_rate": 2}), "0 to 1"),
        (source("faulty", {"of": "memory", "fail": "explode"}), "refuse, timeout, garbage"),
    ],
)
def test_what_cannot_be_opened_says_the_fix(made: Source, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        open_adapter(made)


def test_urls_are_masked() -> None:
    assert "secret" not in repr(source("sql", url="postgresql://u:secret@host/db"))


async def test_a_faulty_source_answers_late() -> None:
    adapter = open_adapter(source("faulty", {"of": "memory", "rows": ROWS, "latency": "50ms"}))
    started = time.monotonic()
    assert len((await read(adapter, DATA, Scan(("a",)))).rows) == 20
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize(("fail", "error"), [("refuse", Unavailable), ("timeout", TimedOut)])
async def test_a_faulty_source_fails(fail: str, error: type[Unavailable]) -> None:
    adapter = open_adapter(source("faulty", {"of": "memory", "rows": ROWS, "fail_rate": 1, "fail": fail}))
    with pytest.raises(error):
        await read(adapter, DATA, Scan(("a",)))
    with pytest.raises(error):
        await adapter.ping()


async def test_garbage_is_damage() -> None:
    adapter = FaultyAdapter(MemoryAdapter(ROWS), Faults(fail_rate=1, fail="garbage"))
    answer = await read(adapter, DATA, Scan(("a",)))
    assert set(answer.rows) == {(Damaged("a"),)}


async def test_the_same_seed_fails_the_same_calls() -> None:
    async def outcomes(seed: int) -> list[bool]:
        adapter = FaultyAdapter(MemoryAdapter(ROWS), Faults(fail_rate=0.5), seed=seed)
        return [await _fails(adapter) for _ in range(40)]

    assert await outcomes(7) == await outcomes(7) != await outcomes(8)
    assert 5 < sum(await outcomes(7)) < 35


async def _fails(adapter: FaultyAdapter) -> bool:
    try:
        await adapter.ping()
    except Unavailable:
        return True
    return False


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Put a package with one kind beside ours: `install("kind = module", its text)`."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(entry: str, text: str) -> None:
        (info := tmp_path / "other-1.0.dist-info").mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")
        (tmp_path / "other_kind.py").write_text(text)
        _forget()

    yield put
    sys.modules.pop("other_kind", None)
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for kept in (_theirs, _module, kinds):
        kept.cache_clear()


OTHER = '"""Lists of another maker."""\nfrom adapters.memory import create\n'


def test_an_installed_package_adds_a_kind(install: Callable[[str, str], None]) -> None:
    install("other = other_kind", OTHER)
    assert kinds()["other"] == "Lists of another maker."
    assert isinstance(open_adapter(source("other")), MemoryAdapter)


def test_our_own_kinds_are_not_replaced(install: Callable[[str, str], None], caplog: pytest.LogCaptureFixture) -> None:
    install("sql = other_kind", OTHER)
    assert "Lists" not in kinds()["sql"]
    assert 'the kind "sql" of other_kind is left out' in caplog.text


@pytest.mark.parametrize(
    ("entry", "text", "says"),
    [
        ("other = other_kind", "import nothing_of_that_name\n", "ModuleNotFoundError"),
        ("other = other_kind", '"""Empty."""\n', r"no module with a create\(source\)"),
        ("other = other_kind:create", OTHER, "no module"),
    ],
)
def test_a_package_that_is_broken_costs_its_kind_only(
    install: Callable[[str, str], None], entry: str, text: str, says: str
) -> None:
    install(entry, text)
    assert isinstance(open_adapter(source("memory")), MemoryAdapter)
    assert "Can't be used" in kinds()["other"]
    with pytest.raises(ValueError, match=says):
        open_adapter(source("other"))
