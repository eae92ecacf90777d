"""Keys look like keys: to scanners of source code, and to whoever mistypes one."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.keys.networks import NOWHERE, networks, place, ranges
from gateway.policy.keys.text import LENGTH, PATTERN, id_of, is_key, new_id, new_key

KEY = new_key("k3v9x0aa")


def test_keys_are_recognised_in_a_text_by_their_pattern_and_sum() -> None:
    keys = [new_key(new_id()) for _ in range(200)]
    assert len(set(keys)) == 200
    assert {len(key) for key in keys} == {LENGTH}
    assert re.findall(PATTERN, " = '".join(keys)) == keys
    assert all(is_key(key) for key in keys)


@given(at=st.integers(0, LENGTH - 1), character=st.sampled_from(string.ascii_letters + string.digits + "_-"))
def test_one_wrong_character_is_no_key(at: int, character: str) -> None:
    wrong = KEY[:at] + character + KEY[at + 1 :]
    assert is_key(wrong) is (wrong == KEY)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (KEY, "k3v9x0aa"),
        ("cg_k3v9x0aa", "k3v9x0aa"),
        ("k3v9x0aa", "k3v9x0aa"),
        ("cg_K3V9X0AA", None),
        (KEY[:-1], None),
        ("", None),
        ("cg_k3v9x0aa\n", None),
    ],
    ids=["a key", "its beginning", "its id", "capitals", "too short", "nothing", "a line end"],
)
def test_a_key_is_named_by_its_beginning(text: str, id: str | None) -> None:
    assert id_of(text) == id


def test_networks_are_spelt_the_usual_way_and_once() -> None:
    given = (" 192.0.2.7", "192.0.2.7/32", "2001:DB8::/32")
    assert networks(given) == ("192.0.2.7/32", "2001:db8::/32")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("192.0.2.1/24", "did you mean 192.0.2.0/24?"),
        ("office", "is not a network; write it like 192.0.2.0/24"),
        ("", "is not a network"),
        ("192.0.2.0/33", "is not a network"),
    ],
)
def test_what_is_no_network_is_explained(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        networks([text])


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("::ffff:192.0.2.9", True),
        ("192.0.3.0", False),
        ("::c000:0201", False),  # the number of 192.0.2.1 in IPv6
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("unix", False),
        (None, False),
    ],
)
def test_an_address_is_inside_a_network_of_its_version(address: str | None, inside: bool) -> None:
    version, number = place(address)
    bounds = ranges(("192.0.2.0/24", "2001:db8::/32"))
    assert any(v == version and a <= number <= b for v, a, b in bounds) is inside
    assert (place(address) == NOWHERE) is (address in ("unix", None))
