"""Every published file of New York that is at hand: its draft passes `check` and reads its rows."""

from pathlib import Path

import pytest

from tests.gateway.introspection.checking import looked

DATA = Path(__file__).parents[4] / "shared" / "data" / "nyc"
FILES = [*sorted(DATA.glob("*.csv.gz")), *sorted(DATA.glob("*.json.gz")), *sorted(DATA.glob("schema_samples/*.csv"))]
HUNG_ON_NOTHING = {"acris_real_property_master"}


def test_the_files_are_there() -> None:
    if not FILES:
        pytest.skip("New York's files are not beside the repository (../shared/data/nyc)")
    assert len(FILES) >= 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("rows", [20_000, 1_000])
def test_a_draft_reads_999_of_1000_rows_of_every_column(path: Path, rows: int, tmp_path: Path) -> None:
    """Also of rows that were not sampled."""
    agency = path.name.partition("_")[0].partition(".")[0]
    made = looked(path, tmp_path, agency=agency, rows=rows)
    assert made.problems == []
    if path.name.partition(".")[0] in HUNG_ON_NOTHING:
        assert "no key was found" in made.text
        return
    read, damaged = made.damage()
    assert read >= made.draft.datasets[0].rows
    assert {name: count for name, count in damaged.items() if count > read / 1000} == {}
