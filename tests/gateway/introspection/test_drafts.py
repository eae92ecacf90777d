"""Whatever is seen of a source, the draft that is made of it passes `check`."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.introspection.seen import Seen, SeenColumn, SeenTable
from tests.gateway.introspection.checking import checked

HEADINGS = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(
        [
            "id", "ID", "level", "kind", "source", "about", "changed at", "title", "date", "until", "status", "unit",
            "severity", "description", "holder", "number", "outcome", "amount", "BBL", "BIN", "camis", "borough",
            "block", "lot", "house number", "street name", "address", "zip code", "latitude", "longitude", "Serial No",
            "owner name", "phone", "issue date", "expiration date", "license status", "Violation Type", "price", "year",
            "zip4", "zip_4", "place", "city", "state", "_421g", "class", "1-BR Units", "records", "name", "Sale Date",
        ]
    ),
)  # fmt: skip
NAMES = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(
        ["violations", "permits", "inspections", "sales", "orders", "records", "connection", "licences", "owner"]
    ),
)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=10),
    st.sampled_from(
        [
            "1004770501", "1015862", "50003337", "29", "WEST 27 STREET", "29 WEST 27 STREET", "10001", "40.7", "-73.9",
            "Open", "Closed", "2020-01-01", "12/31/2021", "1900-01-01", "0", "Y", "N", "-", "SMITH, JOHN", "$1,234.50",
        ]
    ),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> SeenTable:
    names = draw(st.lists(HEADINGS, min_size=1, max_size=12, unique=True))
    rows = draw(st.integers(0, 25))
    pools = [draw(st.lists(VALUES, min_size=1, max_size=4)) for _ in names]
    columns = [
        SeenColumn(name, tuple(pool[i % len(pool)] for i in range(rows)), description=draw(st.text(max_size=20)))
        for name, pool in zip(names, pools, strict=True)
    ]
    about = draw(NAMES)
    return SeenTable(f"{about}.csv", tuple(columns), rows, name=about, title=draw(NAMES), description=draw(st.text()))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(tables(), min_size=1, max_size=3), st.sampled_from(["hpd", "dob", "violations", "a"]), st.text(max_size=10)
)
def test_every_draft_passes_check(found: list[SeenTable], agency: str, name: str) -> None:
    seen = Seen("memory", "files", "memory:", tuple(found), agency=name)
    with tempfile.TemporaryDirectory() as directory:
        made = checked(seen, Path(directory), agency)
        assert made.problems == []
        assert made.examined.city is not None
        hung = [each for each in made.draft.datasets if each.keys]
        assert [each.dataset.path for each in made.examined.city.tables.values()] == [each.path for each in hung]
