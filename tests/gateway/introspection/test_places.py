from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.introspection.looking.bounds import Unseen
from gateway.introspection.looking.places import address
from gateway.introspection.looking.sources import kind_of

SECRET = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=20)


@pytest.mark.parametrize(
    ("url", "kind", "shown", "secret"),
    [
        ("data/a.csv.gz", "files", "a.csv.gz", False),
        ("https://x.gov/a.csv?accessType=DOWNLOAD", "files", "https://x.gov/a.csv?accessType=DOWNLOAD", False),
        ("https://x.gov/a.csv?api_key=s3cret&y=1", "files", "https://x.gov/a.csv?y=1", True),
        ("https://u:s3cret@x.gov/a.csv", "files", "https://x.gov/a.csv", True),
        ("postgresql://u:s3cret@db:5433/p", "sql", "postgresql://db:5433/p", True),
        ("postgresql://db/p?password=s3cret", "sql", "postgresql://db/p", True),
        ("sqlite:///a.db", "sql", "sqlite:///a.db", False),
        ("https://data.x.gov/d/43nn-pn8j", "socrata", "https://data.x.gov/d/43nn-pn8j", False),
        ("https://data.x.gov/Health/Inspections/43nn-pn8j/about_data", "socrata", None, False),
        ("https://data.x.gov/resource/inspections.json", "socrata", None, False),
    ],
)
def test_kinds_and_what_is_shown(url: str, kind: str, shown: str | None, secret: bool) -> None:
    found = address(url)
    assert (kind_of(found), found.shown, found.secret) == (kind, shown or url, secret)
    assert "s3cret" not in repr(found)


@given(SECRET, st.sampled_from(["https", "postgresql", "mariadb"]), st.sampled_from(["key", "access_token", "sig"]))
def test_no_secret_is_shown(secret: str, scheme: str, name: str) -> None:
    found = address(f"{scheme}://user:{secret}@host/data?{name}={secret}")
    assert secret not in repr(found)
    assert secret not in found.shown
    assert secret not in "".join(found.split_file())
    assert found.secret


def test_what_a_source_is_called() -> None:
    assert address("https://data.cityofnewyork.us/d/43nn-pn8j").agency == "cityofnewyork"
    assert address("http://127.0.0.1:8080/resource/abcd-1234.json").agency == "agency"
    assert address("http://[::1]:8080/graphql").agency == "agency"
    assert address("postgresql://db/housing").agency == "housing"
    assert address("exports/violations.csv.gz").agency == "violations"


def test_a_file_in_its_folder() -> None:
    assert address("exports/a.csv").split_file() == ("exports/", "a.csv")
    assert address("a.csv").split_file() == ("./", "a.csv")
    assert address("https://x.gov/e/a.csv?y=1").split_file() == ("https://x.gov/e/", "a.csv?y=1")
    assert address("file:///data/a.csv").file == Path("/data/a.csv")


@pytest.mark.parametrize("url", ["ftp://x.gov/a.csv", "https://x.gov:port/", "mongodb://u:s3cret@x/"])
def test_what_is_no_source_is_said_with_the_fix(url: str) -> None:
    with pytest.raises(Unseen) as told:
        address(url)
    assert "give" in str(told.value) or "write it like" in str(told.value)
    assert "s3cret" not in str(told.value)
