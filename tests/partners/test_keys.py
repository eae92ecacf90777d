"""Keys: made, rotated and revoked by command and by mutation, and what every other text gets; access tokens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from joserfc.jwk import RSAKey

from tests.gateway.policy.tokens.provider import Provider, serving
from tests.partners.serving import DEMO, Answer, Gateway, Key, Partners, soon

ME = "{ me { name key admin agreement { id } } }"
NEW = """mutation($name: String!, $agreement: ID, $admin: Boolean! = false, $end: DateTime, $networks: [String!]) {
  createKey(name: $name, agreement: $agreement, admin: $admin, expiresAt: $end, networks: $networks) {
    secret key { id prefix state createdBy }
  }
}"""
ROTATE = "mutation($id: ID!, $hours: Int!) { rotateKey(id: $id, overlapHours: $hours) { secret key { state } } }"
REVOKE = "mutation($id: ID!) { revokeKey(id: $id) { state changedBy } }"
UNKNOWN = "This key or token is not valid here; leave it out to ask as anyone."


@dataclass(frozen=True, slots=True)
class Second:
    """Another gateway on the same store, behind a proxy of this machine, with an issuer of tokens."""

    gateway: Gateway
    provider: Provider


@pytest.fixture(scope="module")
def second(partners: Partners) -> Iterator[Second]:
    with provided() as provider:
        provider.rotate("k1", RSAKey.generate_key(2048, auto_kid=False))
        file = partners.place / "issuers.toml"
        file.write_text(
            f"""
[issuer.city]
url = "{provider.url}"
audience = "citygraph"
subject = "client_id"

[[issuer.city.caller]]
when = {{ client_id = "benefits-app" }}
agreement = "benefits-office"

[[issuer.city.caller]]
when = {{ client_id = "former-app" }}
agreement = "ended-long-ago"

[[issuer.city.caller]]
when = {{ "realm_access.roles" = "citygraph-admin" }}
admin = true
""",
            encoding="utf-8",
        )
        with partners.start(CITYGRAPH_PROXIES="127.0.0.1", CITYGRAPH_OIDC=str(file)) as gateway:
            yield Second(gateway, provider)


@contextmanager
def provided() -> Iterator[Provider]:
    """A real issuer on a port of this machine, in a thread of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving()) as provider:
        yield provider


def make(partners: Partners, name: str, by: Gateway | None = None, **about: Any) -> Key:
    """A key by mutation, in force at the shared gateway, or at another that a proxy in 192.0.2.7 asks."""
    answer = partners.ask(NEW, partners.admin, variables={"name": name, **about})
    assert answer.errors == []
    made = answer.data["createKey"]
    key = Key(made["key"]["prefix"], made["secret"])
    from_there = {"X-Forwarded-For": "192.0.2.7"} if by else {}
    soon("a new key is known", lambda: (by or partners.gateway).ask(ME, key, headers=from_there).status == 200)
    return key


def known(gateway: Gateway, key: Key | str) -> bool:
    return gateway.ask(ME, key).status == 200


def number(key: Key) -> str:
    """A key's id, as mutations take it."""
    return key.prefix.removeprefix("cg_")


def plain(answer: Answer) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """All that a caller can see of an answer but its date."""
    headers = tuple((name, value) for name, value in answer.headers.multi_items() if name != "date")
    return answer.status, answer.text, headers


def test_a_partner_is_known(partners: Partners) -> None:
    for key, agreement in ((partners.benefits, "benefits-office"), (partners.brigade, "fire-brigade")):
        me = partners.ask(ME, key).data["me"]
        assert (me["key"], me["agreement"], me["admin"]) == (key.prefix, {"id": agreement}, False)
    assert partners.ask(ME, partners.admin).data["me"]["admin"] is True
    assert partners.ask(ME, headers=DEMO).data["me"]["name"] == "demo"
    assert partners.ask(ME).data["me"] == {"name": "anonymous", "key": None, "admin": False, "agreement": None}
    assert (
        partners.ask(ME, headers={"X-API-Key": partners.benefits.secret}).data["me"]["key"] == partners.benefits.prefix
    )


def test_a_key_by_command_serves_on_every_gateway_until_it_is_revoked(partners: Partners, second: Second) -> None:
    key = partners.create("Desk", "--agreement", "benefits-office")
    for gateway in (partners.gateway, second.gateway):
        soon("a key by command is known", lambda gateway=gateway: known(gateway, key))
    listed = partners.command("keys", "list", "--json")
    (mine,) = [each for each in json.loads(listed.stdout) if each["prefix"] == key.prefix]
    assert (mine["name"], mine["agreement"], mine["state"]) == ("Desk", "benefits-office", "valid")
    assert key.secret not in listed.stdout
    assert partners.command("keys", "revoke", key.prefix).exit_code == 0
    begun = time.monotonic()
    for gateway in (partners.gateway, second.gateway):
        soon("a revoked key is refused", lambda gateway=gateway: not known(gateway, key))
    assert time.monotonic() - begun < 1.0
    again = partners.ask(ROTATE, partners.admin, variables={"id": number(key), "hours": 1})
    assert again.codes == ["BAD_ARGUMENT"]
    assert "revoked" in again.errors[0]["message"]


def test_a_key_by_mutation_serves_on_every_gateway_until_it_is_revoked(partners: Partners, second: Second) -> None:
    key = make(partners, "Desk 2", agreement="fire-brigade")
    soon("a key by mutation is known", lambda: known(second.gateway, key))
    assert partners.ask(ME, key).data["me"]["agreement"] == {"id": "fire-brigade"}
    revoked = partners.ask(REVOKE, partners.admin, variables={"id": number(key)})
    begun = time.monotonic()
    assert revoked.data["revokeKey"]["state"] == "REVOKED"
    assert partners.admin.prefix in revoked.data["revokeKey"]["changedBy"]
    for gateway in (partners.gateway, second.gateway):
        soon("a revoked key is refused", lambda gateway=gateway: not known(gateway, key))
    assert time.monotonic() - begun < 1.0


def test_rotation_by_command_overlaps_as_long_as_it_says(partners: Partners, second: Second) -> None:
    old = partners.create("Rotating", "--agreement", "benefits-office")
    new = rotated(partners.command("keys", "rotate", old.prefix, "--overlap", "3d", "--json").stdout)
    assert new.prefix == old.prefix
    assert new.secret != old.secret
    for gateway in (partners.gateway, second.gateway):
        soon("a new secret is known", lambda gateway=gateway: known(gateway, new))
        assert known(gateway, old)
    notice = partners.ask(ME, old).headers["Citygraph-Key-Notice"]
    assert f"this secret of {old.prefix} was replaced and ends at" in notice
    assert "Citygraph-Key-Notice" not in partners.ask(ME, new).headers
    last = rotated(partners.command("keys", "rotate", old.prefix, "--overlap", "0", "--json").stdout)
    for gateway in (partners.gateway, second.gateway):
        soon("no overlap", lambda gateway=gateway: not known(gateway, new) and known(gateway, last))
        assert not known(gateway, old)


def rotated(printed: str) -> Key:
    made = json.loads(printed)
    return Key(made["prefix"], made["secret"])


def test_rotation_by_mutation_overlaps_as_long_as_it_says(partners: Partners, second: Second) -> None:
    old = make(partners, "Rotating 2", agreement="benefits-office")
    kept = partners.ask(ROTATE, partners.admin, variables={"id": number(old), "hours": 2}).data["rotateKey"]
    assert kept["key"]["state"] == "ROTATING"
    for gateway in (partners.gateway, second.gateway):
        soon("a new secret is known", lambda gateway=gateway: known(gateway, kept["secret"]))
        assert known(gateway, old)
    last = partners.ask(ROTATE, partners.admin, variables={"id": number(old), "hours": 0}).data["rotateKey"]
    for gateway in (partners.gateway, second.gateway):
        soon("no overlap", lambda gateway=gateway: not known(gateway, kept["secret"]))
        assert known(gateway, last["secret"])
        assert not known(gateway, old)


def test_only_administrators_manage_keys(partners: Partners) -> None:
    attempts = (
        (NEW, {"name": "Mine", "admin": True}),
        (ROTATE, {"id": number(partners.admin), "hours": 0}),
        (REVOKE, {"id": number(partners.brigade)}),
    )
    for query, variables in attempts:
        for key, headers in ((partners.benefits, {}), (None, {}), (None, DEMO)):
            answer = partners.ask(query, key, variables=variables, headers=headers)
            assert answer.codes == ["DENIED"]
            assert answer.rules == ["administrators"]
            assert not any((answer.data or {}).values())
    assert known(partners.gateway, partners.brigade)
    assert known(partners.gateway, partners.admin)
    for key in (partners.benefits, None):
        listed = partners.ask("{ keys { name prefix } }", key)
        assert (listed.data["keys"], listed.codes) == (None, ["DENIED"])


def test_a_mutation_is_no_link(partners: Partners) -> None:
    address = f"{partners.gateway.url}/graphql"
    asked = {"query": f'mutation {{ revokeKey(id: "{number(partners.brigade)}") {{ state }} }}'}
    answer = httpx.get(address, params=asked, headers={"Authorization": f"Bearer {partners.admin.secret}"})
    assert answer.status_code == 405
    plain_text = {"Authorization": f"Bearer {partners.admin.secret}", "Content-Type": "text/plain"}
    assert httpx.post(address, content=json.dumps(asked), headers=plain_text).status_code == 415
    assert known(partners.gateway, partners.brigade)


def test_the_end_of_a_key_is_told_before_it_comes(partners: Partners) -> None:
    near, far = datetime.now(UTC) + timedelta(days=13), datetime.now(UTC) + timedelta(days=15)
    ending = make(partners, "Ending", agreement="fire-brigade", end=near.isoformat())
    lasting = make(partners, "Lasting", agreement="fire-brigade", end=far.isoformat())
    notice = partners.ask(ME, ending).headers["Citygraph-Key-Notice"]
    assert notice == f"{ending.prefix} expires at {near:%Y-%m-%dT%H:%M:%SZ}; ask for its rotation"
    assert "Citygraph-Key-Notice" not in partners.ask(ME, lasting).headers


def test_networks_are_kept_to(partners: Partners, second: Second) -> None:
    here = make(partners, "From here", networks=["127.0.0.0/8", "::1"])
    there = make(partners, "From there", second.gateway, networks=["192.0.2.0/24"])
    assert second_knows(second, there, "192.0.2.7")
    assert known(partners.gateway, here)
    forged = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7", "X-Real-IP": "192.0.2.7"}
    assert partners.ask(ME, there).status == 401
    assert partners.ask(ME, there, headers=forged).status == 401, "no proxy is trusted here"
    assert not second_knows(second, there, "203.0.113.9")
    assert not second_knows(second, there, "192.0.2.7, 203.0.113.9"), "what the proxy saw is the last"
    assert not second_knows(second, here, "192.0.2.7")


def second_knows(second: Second, key: Key, address: str) -> bool:
    return second.gateway.ask(ME, key, headers={"X-Forwarded-For": address}).status == 200


def test_whatever_is_no_key_gets_one_answer(partners: Partners, second: Second) -> None:
    end = datetime.now(UTC) + timedelta(seconds=1.2)
    expired = make(partners, "Expired", agreement="benefits-office", end=end.isoformat())
    revoked = make(partners, "Revoked", agreement="benefits-office")
    elsewhere = make(partners, "Elsewhere", second.gateway, agreement="benefits-office", networks=["192.0.2.0/24"])
    partners.ask(REVOKE, partners.admin, variables={"id": number(revoked)})
    gateways = partners.gateway, second.gateway  # each hears of it by itself
    soon("revoked", lambda: not any(known(gateway, revoked) for gateway in gateways), 2.5)
    soon("expired", lambda: datetime.now(UTC) > end, 2.5)
    good = partners.benefits.secret
    other = "A" if good[20] != "A" else "B"
    texts = [
        expired.secret,
        revoked.secret,
        elsewhere.secret,
        f"{good[:20]}{other}{good[21:]}",
        partners.benefits.prefix + partners.brigade.secret[len(partners.brigade.prefix) :],
        good[:-1],
        f"{good}A",
        good.upper(),
        good.replace("cg_", "cg-"),
        partners.benefits.prefix,
        "cg_",
        "x",
        "' OR 1=1 --",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        "%00",
        "A" * 16_000,
        "A" * 30_000,
    ]
    answers = {plain(partners.ask(ME, text)) for text in texts}
    answers |= {plain(partners.ask(ME, headers={"X-API-Key": text})) for text in (*texts, "")}
    answers |= {plain(partners.ask(ME, headers={"Authorization": scheme})) for scheme in ("Bearer", "bearer")}
    assert len({(status, text) for status, text, _ in answers}) == 1
    ((status, text, headers),) = answers
    assert (status, dict(headers)["www-authenticate"]) == (401, 'Bearer realm="citygraph"')
    assert json.loads(text) == {"errors": [{"message": UNKNOWN, "extensions": {"code": "UNKNOWN_CALLER"}}]}
    assert {plain(second.gateway.ask(ME, text))[:2] for text in texts} == {(status, text)}


def test_two_ways_to_say_who_asks_are_refused(partners: Partners) -> None:
    for more in ({"X-API-Key": partners.admin.secret}, DEMO):
        answer = partners.ask(ME, partners.benefits, headers=more)
        assert (answer.status, answer.codes) == (401, ["UNKNOWN_CALLER"])
    basic = partners.ask(ME, headers={"Authorization": f"Basic {partners.benefits.secret}"})
    assert basic.status == 401


def test_secrets_are_kept_nowhere(partners: Partners, second: Second) -> None:
    """Not in the store's files, the records, the logs. (PostgreSQL keeps its files to itself.)"""
    secrets = [each.secret for each in (partners.benefits, partners.brigade, partners.admin)]
    secrets.append(make(partners, "Fleeting", agreement="benefits-office").secret)
    for secret in secrets:
        for gateway in (partners.gateway, second.gateway):
            soon("the key is known", lambda gateway=gateway, secret=secret: known(gateway, secret))
    files = [path for path in partners.place.rglob("*") if path.is_file()]
    assert any(path.name.startswith("gateway") for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret[12:].encode() in content], path.name


# access tokens


def token(second: Second, **claims: Any) -> str:
    return second.provider.token(datetime.now(UTC), "k1", "RS256", **{"client_id": "benefits-app", **claims})


def test_an_access_token_makes_its_bearer_a_partner(partners: Partners, second: Second) -> None:
    claimant = f'{{ person(id: "{partners.samples.claimant}") {{ fullName }} }}'
    mine = token(second)
    me = second.gateway.ask(ME, mine).data["me"]
    assert me == {
        "name": "city:benefits-app",
        "key": "city:benefits-app",
        "admin": False,
        "agreement": {"id": "benefits-office"},
    }
    asked = second.gateway.ask(claimant, mine, purpose="benefit-check", reference="7")
    assert asked.data == partners.ask(claimant, partners.benefits, purpose="benefit-check", reference="7").data
    assert asked.data["person"]["fullName"]
    for stranger in ("nobody", "former-app"):
        found = second.gateway.ask(ME, token(second, client_id=stranger)).data["me"]
        assert (found["agreement"], found["admin"]) == (None, False)
        assert second.gateway.ask(claimant, token(second, client_id=stranger)).codes == ["DENIED"]


def test_an_access_token_may_make_an_administrator(partners: Partners, second: Second) -> None:
    admin = token(second, client_id="console", realm_access={"roles": ["citygraph-admin"]})
    made = second.gateway.ask(NEW, admin, variables={"name": "By token", "agreement": "fire-brigade"}).data["createKey"]
    assert "city:console" in made["key"]["createdBy"]
    soon("its key is known", lambda: known(partners.gateway, made["secret"]))
    assert second.gateway.ask(NEW, token(second), variables={"name": "No"}).codes == ["DENIED"]


def test_whatever_is_no_token_gets_the_answer_of_no_key(partners: Partners, second: Second) -> None:
    good = token(second)
    assert known(second.gateway, good)
    head, body, signature = good.split(".")
    other = RSAKey.generate_key(2048, auto_kid=False)
    second.provider.pairs["k1"], kept = other, second.provider.pairs["k1"]
    forged = token(second)
    second.provider.pairs["k1"] = kept
    past = datetime.now(UTC) - timedelta(hours=1)
    texts = [
        forged,
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{token(second, client_id='console').split('.')[1]}.{signature}",
        second.provider.token(past, "k1", "RS256", client_id="benefits-app"),
        token(second, aud="another"),
        token(second, iss="https://elsewhere.example"),
        token(second, exp=None),
        token(second, nbf=int(time.time()) + 600),
        token(second, client_id=None),
    ]
    answers = {plain(second.gateway.ask(ME, text))[:2] for text in (*texts, partners.benefits.secret[:-1])}
    assert answers == {plain(partners.ask(ME, "x"))[:2]}
    assert partners.ask(ME, good).status == 401, "a gateway without issuers takes no token"
    assert good not in Path(second.gateway.log).read_text(encoding="utf-8")
