"""The generator: same seed, same bytes; all or nothing; never over somebody else's files."""

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.demo.agencies import BOOKS
from gateway.demo.books import Book
from gateway.demo.generate import Built, build, recipe_of
from tests.gateway.demo.conftest import opened


def digests(built: Built) -> dict[str, str]:
    return {
        str(path.relative_to(built.directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in built.files
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (build(tmp_path / name, addresses=700, seed=7) for name in ("one", "two"))
    assert digests(one) == digests(two)


def test_another_seed_gives_another_city(tmp_path: Path) -> None:
    one, two = (build(tmp_path / str(seed), addresses=700, seed=seed) for seed in (7, 8))
    same = {name for name, digest in digests(one).items() if digests(two)[name] == digest}
    assert same == {"health/datasets.toml"}  # how the portal describes its datasets


def test_the_first_lots_are_the_same_in_a_city_of_any_size(tmp_path: Path, built: Built) -> None:
    larger = build(tmp_path / "larger", addresses=9_000)
    for book in BOOKS:
        for table in book.tables:
            if table.name != "professionals":
                heads = [first_rows(each.directory, book, table.name) for each in (built, larger)]
                assert heads[0] == heads[1], (book.file, table.name)


def first_rows(directory: Path, book: Book, table: str) -> list[tuple[object, ...]]:
    with closing(opened(directory, book)) as connection:
        return connection.execute(f"SELECT * FROM {table} LIMIT 5").fetchall()


def test_every_address_is_a_parcel_with_an_address_of_its_own(built: Built) -> None:
    with closing(sqlite3.connect(built.directory / "assessor.sqlite")) as connection:
        counts = connection.execute(
            "SELECT count(*), count(DISTINCT WARD * 100000000 + BLK * 10000 + LOT),"
            " count(DISTINCT HOUSENO || STREETNM || POSTCD), count(DISTINCT WARD) FROM PARCELS"
        ).fetchone()
    assert counts == (5_000, 5_000, 5_000, 8)


def test_every_table_of_every_agency_has_rows(built: Built) -> None:
    for book in BOOKS:
        with closing(opened(built.directory, book)) as connection:
            for table in book.tables:
                assert connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0] > 10, table.name


def test_a_city_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    first = build(tmp_path / "demo", addresses=300)
    stamps = {path: path.stat().st_mtime_ns for path in first.files}
    again = build(tmp_path / "demo", addresses=300)
    assert first.made
    assert not again.made
    assert {path: path.stat().st_mtime_ns for path in again.files} == stamps


def test_a_city_whose_dead_agency_was_brought_up_is_not_made_again(tmp_path: Path) -> None:
    made = build(tmp_path / "demo", addresses=300)
    (made.directory / "parks.sqlite.offline").rename(made.directory / "parks.sqlite")
    assert not build(tmp_path / "demo", addresses=300).made


@pytest.mark.parametrize(("addresses", "seed"), [(400, 1), (300, 2)])
def test_another_recipe_replaces_the_city(tmp_path: Path, addresses: int, seed: int) -> None:
    build(tmp_path / "demo", addresses=300)
    again = build(tmp_path / "demo", addresses, seed)
    assert again.made
    assert recipe_of(again.directory) == again.recipe


def test_a_lost_file_makes_the_city_again(tmp_path: Path) -> None:
    made = build(tmp_path / "demo", addresses=300)
    (made.directory / "housing.sqlite").unlink()
    assert build(tmp_path / "demo", addresses=300).made


def test_another_version_of_the_generator_makes_the_city_again(tmp_path: Path) -> None:
    made = build(tmp_path / "demo", addresses=300)
    manifest = made.directory / "demo.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": 0}))
    assert build(tmp_path / "demo", addresses=300).made


def test_an_interrupted_build_leaves_what_was_there(tmp_path: Path) -> None:
    made = build(tmp_path / "demo", addresses=300)
    before = digests(made)

    def interrupt(what: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "demo", addresses=2_500, progress=interrupt)
    assert digests(made) == before
    assert os.listdir(tmp_path) == ["demo"]


def test_progress_counts_up_to_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    build(tmp_path / "demo", addresses=2_500, progress=lambda *step: seen.append(step))
    assert [step for step in seen if step[0] == "addresses"][-1] == ("addresses", 2_500, 2_500)
    assert all(0 <= done <= total for _, done, total in seen)
    assert seen[-1][0] == "indices"


def test_a_directory_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds other files; choose an empty directory with --dir"):
        build(tmp_path, addresses=300)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    assert build(tmp_path / "demo", addresses=300).made


@pytest.mark.parametrize("addresses", [0, 99, 1_000_001])
def test_a_size_out_of_bounds_is_refused(tmp_path: Path, addresses: int) -> None:
    with pytest.raises(ValueError, match="between 100 and 1,000,000"):
        build(tmp_path / "demo", addresses=addresses)
    assert os.listdir(tmp_path) == []
