"""Every published file of New York that is at hand: its draft passes `check` and reads its rows."""

import zipfile
from pathlib import Path

import pytest

from tests.gateway.introspection.checking import Checked, looked

DATA = Path(__file__).parents[4] / "shared" / "data" / "nyc"
WHOLE = [*sorted(DATA.glob("*.csv.gz")), *sorted(DATA.glob("*.json.gz"))]
SAMPLES = sorted(DATA.glob("schema_samples/*.csv"))
PACKED = [
    (archive, member.filename)
    for archive in sorted(DATA.glob("schema_samples/*.zip"))
    for member in zipfile.ZipFile(archive).infolist()
    if not member.is_dir()
]
HUNG_ON_NOTHING = frozenset({"acris_real_property_master"})


def test_the_files_are_there() -> None:
    if not WHOLE:
        pytest.skip("New York's files are not beside the repository (../shared/data/nyc)")
    assert (len(WHOLE), len(SAMPLES), len(PACKED)) == (24, 30, 6)


def reads(path: Path, made: Checked) -> None:
    """The draft passes check, and at most one row in a thousand does not fit a column."""
    assert made.problems == []
    if path.name.partition(".")[0] in HUNG_ON_NOTHING:
        assert "no key was found" in made.text
        return
    read, damaged = made.damage()
    assert read >= made.draft.datasets[0].rows > 0
    assert {name: count for name, count in damaged.items() if count > read / 1000} == {}


def agency(path: Path) -> str:
    return path.name.partition("_")[0].partition(".")[0].casefold()


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_a_draft_of_a_thousand_rows_reads_them_all(path: Path, tmp_path: Path) -> None:
    reads(path, looked(path, tmp_path, agency=agency(path), rows=1_000))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_draft_of_a_small_sample_reads_it(path: Path, tmp_path: Path) -> None:
    reads(path, looked(path, tmp_path, agency=agency(path)))


@pytest.mark.parametrize(("archive", "name"), PACKED, ids=lambda part: Path(part).name)
def test_so_does_one_of_what_is_in_archives(archive: Path, name: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name
    path.write_bytes(zipfile.ZipFile(archive).read(name))
    city = tmp_path / "city"
    city.mkdir()
    reads(path, looked(path, city, agency=agency(path)))


@pytest.mark.skipif(not WHOLE, reason="New York's files are not beside the repository (../shared/data/nyc)")
def test_what_people_who_know_the_files_wrote_is_guessed_too(tmp_path: Path) -> None:
    """Types, formats, markers and keys as in the catalogue of New York that was written by hand."""
    made = looked(DATA / "dof_rolling_sales_manhattan.csv.gz", tmp_path, agency="dof")
    (sales,) = made.draft.datasets
    columns = {each.name: each.column for each in sales.columns}
    assert sales.settings["format"] == {"skip_lines": 4}
    assert (columns["land_square_feet"].format, columns["land_square_feet"].unit) == ("1,234", "ft2")
    assert (columns["sale_price"].type.value, columns["sale_price"].null) == ("money", frozenset({"-"}))
    assert (columns["year_built"].type.value, columns["sale_date"].format) == ("year", "M/D/YYYY")
    assert (sales.keys[0].scheme, sales.keys[0].columns) == ("bbl", ("borough", "block", "lot"))
    assert dict(sales.keys[1].parts) == {"line": "address", "unit": "apartment_number", "postcode": "zip_code"}
    assert sales.section is not None
    assert (sales.section.kind, dict(sales.section.roles)["amount"]) == ("Sale", "sale_price")
