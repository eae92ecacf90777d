import hmac
from hashlib import blake2b

import pytest

from gateway.policy.audit.pseudonyms import Pseudonyms
from tests.gateway.policy.audit.logs import PEPPER, RESIDENT


def test_a_pseudonym_is_a_hash_by_a_key_of_its_purpose() -> None:
    key = hmac.digest(PEPPER, b"citygraph audit subject", "sha256")
    assert Pseudonyms(PEPPER).subject(RESIDENT) == blake2b(RESIDENT.encode(), digest_size=16, key=key).hexdigest()


def test_pseudonyms_differ_by_purpose_and_pepper() -> None:
    one, other = Pseudonyms(PEPPER), Pseudonyms(PEPPER[::-1])
    assert len({one.subject("a"), one.address("a"), other.subject("a"), one.subject("b")}) == 4
    assert one.subject("a") == Pseudonyms(PEPPER).subject("a")
    assert one.proof != other.proof
    assert PEPPER.decode() not in repr(vars(one))


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonyms(b"short")
