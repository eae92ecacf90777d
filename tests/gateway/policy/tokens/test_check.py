"""Tokens that are accepted, and the many that are not."""

import base64
import hmac
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from gateway.policy.tokens import Claims
from gateway.policy.tokens.claims import Mapped
from tests.gateway.policy.tokens.conftest import NOW, Floor, edwards, elliptic, rsa
from tests.gateway.policy.tokens.provider import Pair

AT = int(NOW.timestamp())


async def test_a_token_says_whose_it_is(floor: Floor) -> None:
    token = floor.token(client_id="benefits-app")
    expires = NOW + timedelta(seconds=300)
    assert await floor.issuers.check(token, NOW) == Claims("city:app", "benefits-office", False, expires)


async def test_administrators_by_a_claim_within_a_claim(floor: Floor) -> None:
    claims = await floor.issuers.check(floor.token(realm_access={"roles": ["x", "city-admin"]}), NOW)
    assert claims is not None
    assert (claims.agreement, claims.admin) == (None, True)


async def test_an_agreement_by_a_claim(floor: Floor) -> None:
    issuers = await floor.of(mapped=Mapped("city", "client", "https://city.example/agreement"))
    said: dict[str, Any] = {"client": "c", "https://city.example/agreement": "fire"}
    claims = await issuers.check(floor.token(**said), NOW)
    assert claims is not None
    assert (claims.subject, claims.agreement) == ("city:c", "fire")


@pytest.mark.parametrize(
    ("alg", "pair"),
    [
        ("RS256", rsa(1)),
        ("PS256", rsa(1)),
        ("ES256", elliptic("P-256")),
        ("EdDSA", edwards()),
        ("Ed25519", edwards()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_signatures(floor: Floor, alg: str, pair: Pair) -> None:
    floor.provider.rotate("k2", pair)
    token = floor.provider.token(NOW, "k2", alg)
    assert await floor.accepts(token)
    head, payload, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps({"iss": floor.provider.url, "aud": "citygraph", "sub": "b"}).encode())
    assert not await floor.accepts(f"{head}.{other.decode().rstrip('=')}.{signature}")
    flipped = ("B" if signature[5] == "A" else "A") + signature[6:]
    assert not await floor.accepts(f"{head}.{payload}.{signature[:5]}{flipped}")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": ["another", 7]},
        {"aud": {"citygraph": True}},
        {"iss": None},
        {"iss": "https://login.example"},
        {"iss": ["x"]},
        {"exp": None},
        {"exp": AT - 31},
        {"exp": str(AT + 300)},
        {"exp": True},
        {"exp": AT + 2 * 86400},
        {"exp": 10**300},
        {"iat": AT + 31},
        {"iat": "now"},
        {"iat": -(10**18)},
        {"nbf": AT + 31},
        {"nbf": "soon"},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "x" * 201},
        {"sub": "a\nb"},
        {"at_hash": "x"},
        {"events": {}},
        {"cnf": {"jkt": "x"}},
    ],
    ids=str,
)
async def test_claims_that_are_refused(floor: Floor, claims: dict[str, Any]) -> None:
    assert not await floor.accepts(floor.token(**claims))


@pytest.mark.parametrize(
    "claims", [{"aud": ["x", "other"]}, {"exp": AT - 29}, {"iat": AT + 29}, {"nbf": AT}, {"iat": None}], ids=str
)
async def test_claims_at_their_bounds(floor: Floor, claims: dict[str, Any]) -> None:
    assert await floor.accepts(floor.token(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": ["JWT"]},
        {"crit": ["b64"], "b64": False},
        {"crit": ["exp"]},
        {"kid": 7},
        {"kid": "k9"},
    ],
    ids=str,
)
async def test_headers_that_are_refused(floor: Floor, header: dict[str, Any]) -> None:
    assert not await floor.accepts(floor.provider.token(NOW, "k1", "RS256", header))


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": "application/at+jwt"}, {"x5t": "abc", "nonce": "n"}], ids=str
)
async def test_headers_that_are_usual(floor: Floor, header: dict[str, Any]) -> None:
    assert await floor.accepts(floor.provider.token(NOW, "k1", "RS256", header))


# --- attacks


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    def encoded(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    return ".".join((encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), encoded(signature)))


async def test_without_a_signature(floor: Floor) -> None:
    claims = {"iss": floor.provider.url, "aud": "citygraph", "sub": "app", "exp": AT + 300}
    algorithms: list[Any] = ["none", "None", "NONE", "", None, [], {"RS256": 1}]
    for alg in algorithms:
        for signature in (b"", b"x"):
            assert not await floor.accepts(forged({"alg": alg, "kid": "k1"}, claims, signature))


async def test_the_public_key_as_a_shared_secret(floor: Floor) -> None:
    public = rsa(1).as_pem(private=False)
    claims = {"iss": floor.provider.url, "aud": "citygraph", "sub": "app", "exp": AT + 300}
    assert await floor.accepts(floor.token())
    for alg in ("HS256", "HS384", "HS512"):
        head, payload, _ = forged({"alg": alg, "kid": "k1"}, claims).split(".")
        signature = hmac.digest(public, f"{head}.{payload}".encode(), "sha" + alg[2:])
        assert not await floor.accepts(forged({"alg": alg, "kid": "k1"}, claims, signature))


async def test_a_key_that_comes_with_the_token(floor: Floor) -> None:
    mine = ECKey.generate_key("P-256")
    floor.provider.pairs["mine"] = mine
    for header in (
        {"jwk": mine.as_dict(private=False)},
        {"jku": f"{floor.provider.url}/keys"},
        {"x5u": "https://attacker.example/cert"},
    ):
        for kid in ("k1", "mine"):
            token = floor.provider.token(NOW, "mine", "ES256", {**header, "kid": kid})
            assert not await floor.accepts(token)


async def test_an_algorithm_that_the_key_is_not_for(floor: Floor) -> None:
    floor.provider.rotate("k1", rsa(1), alg="RS256")
    assert await floor.accepts(floor.token())
    assert not await floor.accepts(floor.provider.token(NOW, "k1", "PS256"))
    assert not await floor.accepts(floor.provider.token(NOW, "k1", "RS512"))


async def test_one_issuer_can_not_speak_for_another(floor: Floor) -> None:
    floor.provider.pairs["k1"] = rsa(2)
    assert not await floor.accepts(floor.token())


async def test_without_a_kid_any_key_that_fits(floor: Floor) -> None:
    token = floor.token()
    head = {"alg": "RS256", "typ": "JWT"}
    bare = jwt.encode(head, {"iss": floor.provider.url, "aud": "citygraph", "sub": "a", "exp": AT + 9}, rsa(1))
    floor.provider.published += [{**rsa(2).as_dict(private=False), "kid": "k0"}]
    assert await floor.accepts(bare)
    assert await floor.accepts(token)


async def test_keys_that_are_passed_over(floor: Floor) -> None:
    public = floor.provider.published[0]
    secret = OctKey.generate_key(256).as_dict(private=True)
    short = {**public, "n": public["n"][:100]}
    floor.provider.published = [
        *("x", None, {}, {"kty": 7}, {"kty": "PQ", "kid": "k1"}, {"kty": "RSA", "kid": "k1", "n": 5, "e": "AQAB"}),
        {**secret, "kid": "k1"},
        {**rsa(1).as_dict(private=True), "kid": "k1"},
        {**public, "use": "enc"},
        {**public, "key_ops": ["encrypt"]},
        {**public, "n": "!!"},
        {**public, "alg": 7},
        short,
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k1"},
        {"kty": "OKP", "crv": "X25519", "x": "AA", "kid": "k1"},
    ]
    assert not await floor.accepts(floor.token())
    floor.provider.published.append(public)
    floor.clock.seconds += 30
    assert await floor.accepts(floor.token())


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_text(floor: Floor, text: str) -> None:
    assert await floor.issuers.check(text, NOW) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    st.sampled_from(["alg", "kid", "typ", "crit"]),
    st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "sub", "jti"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_value(floor: Floor, value: Any, heading: str, claim: str) -> None:
    header: dict[str, Any] = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
    claims: dict[str, Any] = {"iss": floor.provider.url, "aud": "citygraph", "sub": "app", "exp": AT + 300}
    for token in (forged({**header, heading: value}, claims, b"x"), forged(header, {**claims, claim: value}, b"x")):
        assert await floor.issuers.check(token, NOW) is None


async def test_too_deep_and_too_long(floor: Floor) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 6000 + b"]" * 6000).decode().rstrip("=")
    assert await floor.issuers.check(f"{deep}.{deep}.AAAA"[:16_384], NOW) is None
    assert await floor.issuers.check(f"{deep[:8000]}.e30.AAAA", NOW) is None
    assert await floor.issuers.check(floor.token(padding="x" * 20_000), NOW) is None
    assert await floor.accepts(floor.token(padding="x" * 10_000))


async def test_nothing_of_a_token_is_logged(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = [
        floor.token(sub="canary-1"),
        floor.token(sub="canary-2", aud="canary-3"),
        floor.token(sub="canary-4", exp=AT - 99),
        forged({"alg": "canary-5", "kid": "canary-6"}, {"iss": "canary-7"}),
        floor.token(sub="canary-8")[:-3] + "AAA",
    ]
    for token in tokens:
        await floor.issuers.check(token, NOW)
    assert "token refused: of issuer city: its signature is not the issuer's" in caplog.messages
    assert "canary" not in caplog.text
    assert not any(token[:40] in caplog.text for token in tokens)
    assert "127.0.0.1" not in repr(floor.issuers)
