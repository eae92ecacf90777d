"""What is forged, tampered with or another's: refused, told nothing, and on the record."""

import base64
import json
from itertools import count
from typing import Any

import pytest

from gateway.policy.audit.entries import Record
from tests.partners.recorded import hashed, recorded
from tests.partners.serving import Answer, Key, Partners

_numbers = count(1)
_asked: list[int] = []
NODE = "query ($id: ID!) { node(id: $id) { id __typename ... on WelfareBenefits { benefit { code } claimant } } }"
BENEFITS = """query ($id: ID!, $after: String) { person(id: $id) {
    benefits(first: 1, after: $after) { edges { cursor node { id number } } }
} }"""
LICENCES = """query ($id: ID!, $after: String) { address(id: $id) {
    housingViolations(first: 1, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage } }
} }"""
CHECK, INSPECTION = "benefit-check", "fire-inspection"


def the_last(partners: Partners) -> Record:
    """The record of what was asked last."""
    (record,) = recorded(partners.gateway, reference=f"bad input {partners.kind} {_asked[-1]}")
    return record


def asked(partners: Partners, query: str, key: Key | None, purpose: str | None = None, **variables: Any) -> Answer:
    """The answer, once it is on the record: by whom, why, and that something was refused."""
    _asked.append(next(_numbers))
    reference = f"bad input {partners.kind} {_asked[-1]}"
    answer = partners.ask(query, key, purpose=purpose, reference=reference, variables=variables)
    (record,) = recorded(partners.gateway, reference=reference)
    assert record.key == (key.prefix if key else None)
    assert record.purpose == purpose
    assert record.size == len(answer.text.encode())
    if "DENIED" in answer.codes or "BAD_PURPOSE" in answer.codes:
        assert record.outcome in ("denied", "partly")
        assert record.denied
    for word in ("Traceback", "gateway.", "KeyError", "sqlalchemy", "/work"):
        assert word not in answer.text
    return answer


def of_benefits(partners: Partners) -> tuple[str, str]:
    """A record id and a cursor that the benefits office was given."""
    found = asked(partners, BENEFITS, partners.benefits, CHECK, id=partners.samples.claimant)
    (edge,) = found.data["person"]["benefits"]["edges"]
    return edge["node"]["id"], edge["cursor"]


# another partner's


def test_another_partners_record_id_opens_nothing(partners: Partners) -> None:
    id, _ = of_benefits(partners)
    mine = asked(partners, NODE, partners.benefits, CHECK, id=id)
    assert mine.data["node"]["benefit"] == {"code": "HOUSING"}
    claimant = {hashed(partners.samples.claimant or "")}
    assert set(the_last(partners).details.subjects) == claimant  # type: ignore[union-attr]
    for key, purpose in ((partners.brigade, INSPECTION), (partners.brigade, None), (None, None)):
        answer = asked(partners, NODE, key, purpose, id=id)
        assert answer.data["node"] is None
        assert set(answer.codes) == {"DENIED"}
        assert "HOUSING" not in answer.text
        assert set(the_last(partners).details.subjects) == claimant  # type: ignore[union-attr]
        several = asked(partners, "query ($id: ID!) { nodes(ids: [$id]) { __typename } }", key, purpose, id=id)
        assert several.data["nodes"] == [None]


def test_nor_does_its_cursor(partners: Partners) -> None:
    _, cursor = of_benefits(partners)
    for key, purpose in ((partners.brigade, INSPECTION), (None, None)):
        answer = asked(partners, BENEFITS, key, purpose, id=partners.samples.claimant, after=cursor)
        assert set(answer.codes) == {"DENIED"}
        assert not ((answer.data["person"] or {}).get("benefits") or {}).get("edges")


def test_a_cursor_for_one_order_is_none_for_another(partners: Partners) -> None:
    _, cursor = of_benefits(partners)
    query = BENEFITS.replace("after: $after)", "after: $after, orderBy: [{ number: ASC }])")
    answer = asked(partners, query, partners.benefits, CHECK, id=partners.samples.claimant, after=cursor)
    assert set(answer.codes) == {"BAD_CURSOR"}
    elsewhere = asked(partners, LICENCES, partners.benefits, id=partners.samples.busy, after=cursor)
    assert set(elsewhere.codes) == {"BAD_CURSOR"}


# tampered with


def tampered(token: str) -> dict[str, str]:
    """What a forger makes of a token: every way that keeps the rest as it was."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    tag, body = raw[:16], raw[16:]

    def made(tag: bytes, body: bytes) -> str:
        return base64.urlsafe_b64encode(tag + body).decode().rstrip("=")

    return {
        "another tag": made(bytes([tag[0] ^ 1]) + tag[1:], body),
        "no tag": made(b"", body),
        "a tag of zeros": made(bytes(16), body),
        "another letter": made(tag, body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]),
        "in another order": made(tag, body[1:] + body[:1]),
        "read and written": made(tag, b'["WelfareBenefits","hbt.resident","100000007",600002]'),
        "cut off": token[:-4],
        "longer": token + "AAAA",
        "not base64": token + "!",
        "nothing": "",
        "a NUL": "\0",
        "very long": "A" * 10_000,
    }


@pytest.mark.parametrize("how", tampered("A" * 80))
def test_a_record_id_that_was_changed_is_none(partners: Partners, how: str) -> None:
    id, cursor = of_benefits(partners)
    answer = asked(partners, NODE, partners.benefits, CHECK, id=tampered(id)[how])
    assert answer.data["node"] is None
    assert set(answer.codes) <= {"BAD_IDENTIFIER"}
    assert answer.codes
    assert "HOUSING" not in answer.text
    forged = tampered(cursor)[how]
    paged = asked(partners, BENEFITS, partners.benefits, CHECK, id=partners.samples.claimant, after=forged)
    assert set(paged.codes) == {"BAD_CURSOR"}
    assert "edges" not in json.dumps((paged.data or {}).get("person", {}).get("benefits") or {})


def test_a_cursor_is_no_record_id_and_the_other_way_round(partners: Partners) -> None:
    id, cursor = of_benefits(partners)
    assert asked(partners, NODE, partners.benefits, CHECK, id=cursor).data["node"] is None
    paged = asked(partners, BENEFITS, partners.benefits, CHECK, id=partners.samples.claimant, after=id)
    assert set(paged.codes) == {"BAD_CURSOR"}


# made up

IDENTIFIERS = (
    "hbt.resident:1",
    "hbt.resident:' OR 1=1 --",
    "hbt.parcel:100010001",
    "other.resident:100000007",
    "hbt.resident:" + "9" * 500,
    "hbt.resident:100000007' UNION SELECT FULL_NAME FROM RESIDENT --",
    "../../etc/passwd",
    "\u202ehbt.resident:100000007",
)


@pytest.mark.parametrize("id", IDENTIFIERS, ids=range(len(IDENTIFIERS)))
def test_identifiers_that_are_none(partners: Partners, id: str) -> None:
    answer = asked(partners, "query ($id: ID!) { person(id: $id) { fullName } }", partners.benefits, CHECK, id=id)
    assert answer.status == 200
    assert (answer.data or {}).get("person") is None
    assert "DENIED" not in answer.codes


PURPOSES = (
    INSPECTION,
    "BENEFIT-CHECK",
    "benefit-check ",
    "benefit-check,identity-check",
    "*",
    "dpv:Anything",
    "x" * 5000,
)


@pytest.mark.parametrize("purpose", PURPOSES, ids=range(len(PURPOSES)))
def test_purposes_that_are_not_of_the_agreement(partners: Partners, purpose: str) -> None:
    reference = f"purposes {partners.kind} {next(_numbers)}"
    query = "query ($id: ID!) { person(id: $id) { fullName } city { name } }"
    answer = partners.gateway.client.post(
        f"{partners.gateway.url}/graphql",
        json={
            "query": query,
            "variables": {"id": partners.samples.claimant},
            "extensions": {"purpose": purpose, "reference": reference},
        },
        headers={"X-API-Key": partners.benefits.secret},
    )
    assert "data" not in answer.json()
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_PURPOSE"
    assert "benefit-check, identity-check" in error["message"]
    assert len(error["message"]) < 500
    (record,) = recorded(partners.gateway, reference=reference)
    assert (record.outcome, record.denied, record.agencies) == ("denied", ("purpose",), ())
    assert record.purpose is not None
    assert len(record.purpose) <= 200


@pytest.mark.parametrize("reference", ["", "two\nlines", "a\0b", "x" * 201])
def test_references_that_are_none(partners: Partners, reference: str) -> None:
    answer = partners.gateway.client.post(
        f"{partners.gateway.url}/graphql",
        json={
            "query": "query ($id: ID!) { person(id: $id) { fullName } }",
            "variables": {"id": partners.samples.claimant},
            "extensions": {"purpose": CHECK, "reference": reference},
        },
        headers={"X-API-Key": partners.benefits.secret},
    )
    assert not (answer.json().get("data") or {}).get("person")
    assert {each["extensions"]["code"] for each in answer.json()["errors"]} <= {"BAD_PURPOSE", "DENIED", "BAD_REQUEST"}


def test_a_purpose_without_an_agreement(partners: Partners) -> None:
    for key in (None, partners.admin):
        answer = asked(partners, "{ city { name } }", key, CHECK)
        assert answer.codes == ["BAD_PURPOSE"]


def test_who_says_twice_who_it_is_is_nobody(partners: Partners) -> None:
    both = {"X-API-Key": partners.brigade.secret}
    answer = partners.ask("{ me { name } }", partners.benefits, headers=both)
    assert (answer.status, answer.codes) == (401, ["UNKNOWN_CALLER"])
    local = partners.ask("{ me { name } }", partners.benefits, headers={"X-Citygraph-Caller": "demo"})
    assert local.status == 401
