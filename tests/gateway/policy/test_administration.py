"""The mutations of administrators, over a real store: what they change is in force at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, execute, parse, validate

from gateway.catalogue import load
from gateway.engine import core
from gateway.policy.administration import Administration, StoreAdministration
from gateway.policy.keys import KeyRing, Register
from gateway.policy.limits.pauses import Pauses
from gateway.store import Store
from resolvers.schema import build_schema

ROOT = Path(__file__).parents[3]
PEPPER = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
KEY = "{ id prefix name state agreement admin networks createdAt createdBy expiresAt formerUntil usedAt }"


@cache
def schema() -> GraphQLSchema:
    """The demo's, as the engine makes it ready."""
    made = build_schema(load(ROOT / "cities" / "demo", {})).graphql
    core.prepare(made)
    return made


@dataclass
class Office:
    """An administrator with what it works with."""

    administration: StoreAdministration
    ring: KeyRing
    pauses: Pauses
    moment: list[datetime] = field(default_factory=lambda: [NOW])

    async def do(self, mutation: str, **variables: Any) -> Mapping[str, Any]:
        """The data of a mutation that succeeds."""
        found = await run(mutation, self.administration, variables)
        assert found.errors is None
        assert found.data is not None
        return found.data

    async def fails(self, mutation: str, **variables: Any) -> tuple[str, str]:
        """Code and message of one that does not."""
        found = await run(mutation, self.administration, variables)
        assert found.errors is not None
        (error,) = found.errors
        return str((error.extensions or {})["code"]), error.message

    async def opens(self, secret: str, address: str = "198.51.100.7") -> bool:
        """Whether the gateway accepts a key."""
        await self.ring.load()
        return self.ring.check(secret, address, self.moment[0]) is not None


async def run(text: str, administration: Administration | None, variables: Mapping[str, Any]) -> ExecutionResult:
    document = parse(text)
    assert validate(schema(), document) == []
    found = execute(schema(), document, context_value=administration, variable_values=dict(variables))
    return await found if isawaitable(found) else found


@pytest.fixture
async def office(store: Store) -> Office:
    moment = [NOW]
    pauses = Pauses(store)
    administration = StoreAdministration(
        "key k3v9x0aa",
        Register(store, PEPPER),
        pauses,
        lambda: ("health", "deeds"),
        lambda: ("benefits-office", "fire"),
        lambda: moment[0],
    )
    return Office(administration, KeyRing(store, PEPPER), pauses, moment)


CREATE = (
    "mutation ($name: String!, $agreement: ID, $admin: Boolean! = false, $expires: DateTime, $networks: [String!])"
    "{ createKey(name: $name, agreement: $agreement, admin: $admin, expiresAt: $expires, networks: $networks)"
    f"{{ secret key {KEY} }} }}"
)


async def test_a_key_is_made_and_opens(office: Office) -> None:
    made = (await office.do(CREATE, name="Benefits office", agreement="benefits-office"))["createKey"]
    key = made["key"]
    assert made["secret"].startswith(key["prefix"])
    assert key["prefix"] == f"cg_{key['id']}"
    assert {**key, "id": "", "prefix": ""} == {
        "id": "",
        "prefix": "",
        "name": "Benefits office",
        "state": "VALID",
        "agreement": "benefits-office",
        "admin": False,
        "networks": [],
        "createdAt": "2026-07-01T12:00:00+00:00",
        "createdBy": "key k3v9x0aa",
        "expiresAt": "2027-07-01T12:00:00+00:00",
        "formerUntil": None,
        "usedAt": None,
    }
    assert await office.opens(made["secret"])


async def test_a_key_for_a_network_and_an_end(office: Office) -> None:
    made = await office.do(CREATE, name="x", networks=["192.0.2.0/24"], expires="2026-07-02T00:00:00Z", admin=True)
    key, secret = made["createKey"]["key"], made["createKey"]["secret"]
    assert (key["admin"], key["networks"], key["state"]) == (True, ["192.0.2.0/24"], "EXPIRING")
    assert await office.opens(secret, "192.0.2.9")
    assert not await office.opens(secret)
    office.moment[0] = NOW + timedelta(days=1)
    assert not await office.opens(secret, "192.0.2.9")


ROTATE = (
    f"mutation ($id: ID!, $hours: Int! = 168) {{ rotateKey(id: $id, overlapHours: $hours) {{ secret key {KEY} }} }}"
)
REVOKE = f"mutation ($id: ID!) {{ revokeKey(id: $id) {KEY} }}"


async def test_a_rotated_key_opens_by_both_secrets_for_a_while(office: Office) -> None:
    made = (await office.do(CREATE, name="x"))["createKey"]
    turned = (await office.do(ROTATE, id=made["key"]["id"], hours=2))["rotateKey"]
    assert turned["key"]["state"] == "ROTATING"
    assert turned["key"]["formerUntil"] == "2026-07-01T14:00:00+00:00"
    assert await office.opens(made["secret"])
    assert await office.opens(turned["secret"])
    office.moment[0] = NOW + timedelta(hours=2)
    assert not await office.opens(made["secret"])
    assert await office.opens(turned["secret"])


async def test_a_revoked_key_opens_nothing(office: Office) -> None:
    made = (await office.do(CREATE, name="x"))["createKey"]
    assert (await office.do(REVOKE, id=made["key"]["prefix"]))["revokeKey"]["state"] == "REVOKED"
    assert not await office.opens(made["secret"])
    code, message = await office.fails(REVOKE, id=made["key"]["id"])
    assert code == "BAD_ARGUMENT"
    assert "has been revoked at" in message


async def test_one_that_fails_takes_no_secret_of_another_away(office: Office) -> None:
    text = 'mutation { a: createKey(name: "a") { secret } b: revokeKey(id: "cg_aaaaaaaa") { id } }'
    found = await run(text, office.administration, {})
    assert found.data is not None
    assert found.data["a"]["secret"].startswith("cg_")
    assert found.data["b"] is None
    assert found.errors is not None
    assert found.errors[0].path == ["b"]


STATE = "{ agency paused reason since }"
PAUSE = f"mutation ($agency: ID!, $reason: String) {{ pauseAgency(agency: $agency, reason: $reason) {STATE} }}"
RESUME = f"mutation ($agency: ID!) {{ resumeAgency(agency: $agency) {STATE} }}"


async def test_an_agency_is_paused_and_resumed(office: Office) -> None:
    paused = (await office.do(PAUSE, agency="health", reason="Their server is on fire"))["pauseAgency"]
    assert paused == {
        "agency": "health",
        "paused": True,
        "reason": "Their server is on fire",
        "since": "2026-07-01T12:00:00+00:00",
    }
    assert (await office.pauses.all())["health"].by == "key k3v9x0aa"
    resumed = (await office.do(RESUME, agency="health"))["resumeAgency"]
    assert resumed == {"agency": "health", "paused": False, "reason": None, "since": None}
    assert await office.pauses.all() == {}


@pytest.mark.parametrize(
    ("text", "variables", "said"),
    [
        (CREATE, {"name": ""}, "Name takes 1 to 100 printable characters"),
        (
            CREATE,
            {"name": "x", "agreement": "benefit-office"},
            'no agreement "benefit-office"; did you mean "benefits-',
        ),
        (CREATE, {"name": "x", "networks": ["everywhere"]}, "everywhere"),
        (CREATE, {"name": "x", "expires": "2026-06-01T00:00:00Z"}, "expired before it is made"),
        (ROTATE, {"id": "cg_aaaaaaaa"}, "There is no key cg_aaaaaaaa"),
        (ROTATE, {"id": "x"}, "a key is named by its beginning"),
        (ROTATE, {"id": "cg_aaaaaaaa", "hours": -1}, "OverlapHours takes a number from 0 to 2160"),
        (PAUSE, {"agency": "heath"}, 'no agency "heath"; did you mean "health"?'),
        (PAUSE, {"agency": "health", "reason": "a\nb"}, "Reason takes up to 200 printable characters"),
        (RESUME, {"agency": "x"}, 'There is no agency "x"'),
    ],
)
async def test_what_can_not_be(office: Office, text: str, variables: dict[str, Any], said: str) -> None:
    code, message = await office.fails(text, **variables)
    assert code == "BAD_ARGUMENT"
    assert said.lower() in message.lower()


async def test_keys_by_id_a_page_at_a_time(office: Office) -> None:
    for n in range(5):
        await office.do(CREATE, name=f"k{n}", agreement="fire" if n % 2 else None)
    everything = await office.administration.keys(None, 100, None)
    ids = [key.id for key in everything]
    assert ids == sorted(ids)
    assert [key.id for key in await office.administration.keys(None, 2, ids[1])] == ids[2:4]
    assert {key.name for key in await office.administration.keys("fire", 100, None)} == {"k1", "k3"}


async def test_who_is_no_administrator_changes_nothing(office: Office) -> None:
    for text, variables in ((CREATE, {"name": "x"}), (PAUSE, {"agency": "health"}), (REVOKE, {"id": "cg_aaaaaaaa"})):
        found = await run(text, None, variables)
        assert found.errors is not None
        assert (found.errors[0].extensions or {})["code"] == "DENIED"
    assert await office.administration.keys(None, 100, None) == []


async def test_without_a_pepper_there_are_no_keys_but_pauses(office: Office) -> None:
    bare = replace(office.administration, register=None)
    found = await run(CREATE, bare, {"name": "x"})
    assert found.errors is not None
    assert "CITYGRAPH_PEPPER" in found.errors[0].message
    assert (await run(PAUSE, bare, {"agency": "deeds"})).errors is None


async def test_a_store_of_another_pepper(office: Office, store: Store) -> None:
    other = replace(office.administration, register=Register(store, b"another pepper, 32 characters long"))
    await office.do(CREATE, name="x")
    found = await run(CREATE, other, {"name": "x"})
    assert found.errors is not None
    assert "another CITYGRAPH_PEPPER" in found.errors[0].message


def test_the_documentation_asks_what_there_is() -> None:
    asked = re.findall(r"```graphql\n(.*?)```", (ROOT / "docs" / "administration.md").read_text(), re.S)
    assert len(asked) == 4
    for text in asked:
        assert validate(schema(), parse(text)) == []
