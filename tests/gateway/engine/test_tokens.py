import base64
import string
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Damaged, Point, Scalar
from gateway.engine.tokens import BadToken, Tokens, pack, unpack

TOKENS = Tokens(b"k" * 32)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    FLOATS,
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dates(),
    st.datetimes(timezones=ZONES),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.builds(Point, FLOATS, FLOATS),
)


@given(st.lists(SCALARS))
def test_what_is_packed_comes_back_with_its_type(values: list[Scalar]) -> None:
    token = TOKENS.make("cursor", [pack(value) for value in values])
    found = [unpack(value) for value in TOKENS.read("cursor", token)]
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_tokens_are_safe_in_a_url() -> None:
    token = TOKENS.make("cursor", ["sales", ["d", "2024-01-01"], "Ünï/code+?"])
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = TOKENS.make("record", ["DeedsSales", "hbt.parcel", "100010002", 7])
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadToken, match="changed since"):
        TOKENS.read("record", base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="))


@given(st.text())
def test_no_text_is_a_token_by_chance(text: str) -> None:
    with pytest.raises(BadToken):
        TOKENS.read("cursor", text)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(BadToken, match="changed since"):
        Tokens(b"o" * 32).read("cursor", TOKENS.make("cursor", [1]))


def test_a_token_serves_its_own_use_only() -> None:
    with pytest.raises(BadToken, match="changed since"):
        TOKENS.read("cursor", TOKENS.make("record", [1]))


@given(st.lists(SCALARS, min_size=1))
def test_the_same_content_makes_the_same_token(values: list[Scalar]) -> None:
    content = [pack(value) for value in values]
    assert TOKENS.make("person", content) == TOKENS.make("person", content)
    assert Tokens(b"o" * 32).make("person", content) != TOKENS.make("person", content)


def test_nothing_can_be_read_in_a_token() -> None:
    token = TOKENS.make("record", ["hbt.resident", "100000007", ["d", "1980-02-03"]])
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for secret in ("hbt", "resident", "100000007", "1980", "record"):
        assert secret.encode() not in raw
        assert secret not in token


def test_what_is_damaged_is_packed_as_missing() -> None:
    assert pack(Damaged("price")) is None


@pytest.mark.parametrize(
    "value", [Decimal("1.50"), date(2024, 2, 29), datetime(2024, 2, 29, 1, 2, 3, 4, UTC), Point(40.5, -73.5)]
)
def test_types_that_json_lacks(value: Scalar) -> None:
    found = unpack(pack(value))
    assert (type(found), found, str(found)) == (type(value), value, str(value))
