"""Safe by default: production starts with no weak setting, tells no secret, and keeps browsers out."""

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.catalogue import load
from gateway.cli import main
from gateway.policy.keys import Register
from gateway.settings import RandomKey, Settings, read_settings
from gateway.store import open_store
from gateway.weaknesses import weaknesses
from resolvers.city import City
from tests.partners.conftest import store_of
from tests.partners.serving import CITY, PEPPER, SIGNING_KEY, Gateway, Key, Partners

LOCAL_CALLER = re.compile(r"\[city\.local_caller\].*?\n\n", re.DOTALL)
STRONG = Settings(pepper=PEPPER.encode(), signing_key=SIGNING_KEY.encode(), introspection="visible")
SECRETS = {
    "CITYGRAPH_PEPPER": "canary-pepper-7Qd2x9Zk4Lm8Wp1Rt5Vb3Nc6",
    "CITYGRAPH_SIGNING_KEY": "canary-signing-1Hs8Yf3Gj6Ka9Dp2Xo5Ue4Ti",
}
PASSWORD = "canary-password-of-redis"


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Harbourton as a real city has it: nobody is trusted for where it asks from."""
    return without_local_caller(tmp_path_factory.mktemp("real") / "city")


def without_local_caller(folder: Path) -> Path:
    shutil.copytree(CITY, folder)
    file = folder / "city.toml"
    file.write_text(LOCAL_CALLER.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


@cache
def city(folder: Path) -> City:
    return load(folder, {})


# the start

WEAK: dict[str, tuple[dict[str, Any], str, str]] = {
    "no pepper": ({"pepper": None}, "CITYGRAPH_PEPPER is not set", "32 random characters"),
    "a pepper to guess": ({"pepper": b"x" * 40}, "CITYGRAPH_PEPPER can be guessed", "openssl rand -base64 48"),
    "no signing key": ({"signing_key": RandomKey(b"r" * 32)}, "CITYGRAPH_SIGNING_KEY is not set", "every replica"),
    "a signing key to guess": ({"signing_key": b"ab" * 16}, "CITYGRAPH_SIGNING_KEY can be guessed", "openssl rand"),
    "one secret for two": ({"signing_key": PEPPER.encode()}, "the same as CITYGRAPH_PEPPER", "openssl rand"),
    "no record": ({"audit_sync": "off"}, "CITYGRAPH_AUDIT_SYNC is off", "batch or strict"),
    "open introspection": ({"introspection": "on"}, "CITYGRAPH_INTROSPECTION is on", "visible or off"),
    "everyone a proxy": ({"proxies": "10.0.0.1, *"}, "CITYGRAPH_PROXIES trusts everyone (*)", "Name the addresses"),
    "every network a proxy": ({"proxies": "0.0.0.0/0,::/0"}, "CITYGRAPH_PROXIES trusts everyone", "Name the addresses"),
    "a log of everything": ({"log_level": "debug"}, "CITYGRAPH_LOG_LEVEL is debug", "Set it to info"),
}


@pytest.mark.parametrize("what", WEAK)
def test_each_weakness_is_named_with_its_fix(real: Path, what: str) -> None:
    changed, name, fix = WEAK[what]
    assert weaknesses(STRONG, city(real)) == []
    told = [each for each in weaknesses(replace(STRONG, **changed), city(real)) if name in each]
    assert len(told) == 1
    assert fix in told[0]
    assert PEPPER not in told[0]
    assert SIGNING_KEY not in told[0]


def test_who_is_trusted_by_place_is_a_weakness() -> None:
    (told,) = weaknesses(STRONG, city(CITY))
    assert "trusts the local caller 'demo'" in told
    assert "Take [city.local_caller] out" in told


def run(*words: str, **settings: str) -> tuple[int, str]:
    """`citygraph …` in this process with these settings alone."""
    done = CliRunner(env=settings).invoke(main, list(words), prog_name="citygraph")
    return done.exit_code, done.output


def test_production_starts_with_none_of_them_and_says_all_at_once(tmp_path: Path) -> None:
    settings = {
        "CITYGRAPH_AUDIT_SYNC": "off",
        "CITYGRAPH_PROXIES": "*",
        "CITYGRAPH_STORE": f"sqlite:///{tmp_path / 'store.db'}",
    }
    code, told = run("serve", "--city", str(CITY), "--port", "0", **settings)
    assert code == 1
    assert "too weak for production" in told
    for word in ("PEPPER", "SIGNING_KEY", "AUDIT_SYNC", "INTROSPECTION", "PROXIES", "local_caller"):
        assert word in told
    assert "CITYGRAPH_MODE=development" in told
    assert not (tmp_path / "store.db").exists()


def test_there_is_no_setting_that_lets_other_sites_pages_in() -> None:
    assert not [name for name in Settings.__dataclass_fields__ if "cors" in name or "origin" in name]


def test_secrets_too_short_are_refused_and_not_repeated() -> None:
    code, told = run("keys", "list", CITYGRAPH_PEPPER="short canary")
    assert code == 1
    assert "CITYGRAPH_PEPPER takes at least 32 characters" in told
    assert "canary" not in told


# a city that is served


@pytest.fixture(scope="module")
def production(partners: Partners, real: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The demo's agencies in production, with secrets that are looked for afterwards."""
    place = tmp_path_factory.mktemp("production")
    folder = shutil.copytree(real, place / "city")
    with store_of(partners.kind, place) as url:
        settings = {
            **SECRETS,
            "CITYGRAPH_MODE": "production",
            "CITYGRAPH_STORE": url,
            "CITYGRAPH_AUDIT": str(place / "audit"),
            "CITYGRAPH_INTROSPECTION": "off",
            "CITYGRAPH_REDIS": f"redis://:{PASSWORD}@127.0.0.1:1/0",
            "CITYGRAPH_RATE": "1000/s",
        }
        with partners.start(folder, **settings) as gateway:
            shutil.copy(gateway.log, gateway.log.with_suffix(".start"))
            yield gateway


def test_it_starts_without_a_word_of_warning(production: Gateway) -> None:
    assert "too weak" not in production.log.with_suffix(".start").read_text(encoding="utf-8")
    assert production.ask("{ city { name } }").data == {"city": {"name": "Harbourton"}}
    answer = production.ask("{ me { name } }", headers={"X-Citygraph-Caller": "demo"})
    assert (answer.status, answer.codes) == (401, ["UNKNOWN_CALLER"])


def test_anyone_is_told_no_names_of_fields(production: Gateway) -> None:
    assert production.ask("{ __schema { types { name } } }").codes == ["INTROSPECTION_OFF"]
    for mistake in ("{ cty { name } }", "{ city { nme } }", '{ person(id: "x") { fulName } }', "{ addres { id } }"):
        (error,) = production.ask(mistake).errors[:1]
        assert "Did you mean" not in error["message"]
        assert "fullName" not in error["message"]


def test_a_change_of_the_citys_files_does_not_make_it_weak(production: Gateway) -> None:
    file = Path(str(production.process.args[3])) / "city.toml"  # type: ignore[index]
    before = file.read_text(encoding="utf-8")
    added = '\n[city.local_caller]\nname = "demo"\nscopes = ["*"]\n'
    try:
        file.write_text(before + added, encoding="utf-8")
        end = time.monotonic() + 15
        while "too weak for production" not in production.log.read_text(encoding="utf-8"):
            assert time.monotonic() < end
            time.sleep(0.05)
        answer = production.ask("{ me { name } }", headers={"X-Citygraph-Caller": "demo"})
        assert answer.codes == ["UNKNOWN_CALLER"]
        ready = production.client.get(f"{production.url}/readyz").json()
        assert ready == {"status": "ready", "city": "outdated"}
    finally:
        file.write_text(before, encoding="utf-8")


HEADERS = {
    "content-security-policy": "default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
REQUESTS: dict[str, dict[str, Any]] = {
    "an answer": {"method": "POST", "json": {"query": "{ city { name } }"}},
    "an answer to GET": {"method": "GET", "params": {"query": "{ city { name } }"}},
    "a mistake": {"method": "POST", "json": {"query": "{"}},
    "no JSON": {"method": "POST", "content": b"x"},
    "an unknown key": {"method": "POST", "json": {"query": "{ city { name } }"}, "headers": {"X-API-Key": "x"}},
    "another method": {"method": "DELETE"},
    "a type that is not served": {"method": "GET", "headers": {"Accept": "image/png"}},
    "GraphiQL": {"method": "GET", "headers": {"Accept": "text/html"}},
    "health": {"method": "GET", "path": "/healthz"},
    "health by another method": {"method": "POST", "path": "/healthz"},
    "readiness": {"method": "GET", "path": "/readyz"},
    "the way to GraphQL": {"method": "GET", "path": "/"},
    "nothing": {"method": "GET", "path": "/nothing"},
    "no asset": {"method": "GET", "path": "/graphiql/../../etc/passwd"},
    "no asset either": {"method": "GET", "path": "/graphiql/nothing.js"},
    "preflight": {
        "method": "OPTIONS",
        "headers": {
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    },
    "an answer to another site": {
        "method": "POST",
        "json": {"query": "{ city { name } }"},
        "headers": {"Origin": "https://elsewhere.example"},
    },
}


@pytest.mark.parametrize("what", REQUESTS)
def test_every_answer_keeps_browsers_to_what_it_is(production: Gateway, what: str) -> None:
    sent = dict(REQUESTS[what])
    url = f"{production.url}{sent.pop('path', '/graphql')}"
    answer = production.client.request(sent.pop("method"), url, **sent)
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name), name
        assert len(answer.headers.get_list(name)) == 1
        assert answer.headers[name].startswith(value)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "server" not in answer.headers
    if what not in ("the way to GraphQL", "no asset"):
        assert answer.headers["content-type"]
    if what == "preflight":
        assert answer.status_code == 405


def test_other_sites_forms_are_refused(production: Gateway) -> None:
    """What a page of another site can send without asking first."""
    url = f"{production.url}/graphql"
    query = "{ city { name } }"
    forms: list[dict[str, Any]] = [
        {"data": {"query": query}},
        {"files": {"query": (None, query)}},
        {"content": f'{{"query": "{query}"}}', "headers": {"Content-Type": "text/plain"}},
        {"content": f'{{"query": "{query}"}}', "headers": {"Content-Type": "text/plain; application/json"}},
        {"content": f'{{"query": "{query}"}}', "headers": {"Content-Type": ""}},
        {"content": f'{{"query": "{query}"}}'},
    ]
    for form in forms:
        answer = production.client.post(url, **form)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    mutation = production.client.get(url, params={"query": 'mutation { resumeAgency(agency: "fire") { paused } }'})
    assert mutation.status_code == 405


# secrets


def test_secrets_are_told_nowhere(production: Gateway, partners: Partners) -> None:
    (key,) = asyncio.run(keys_of(production))
    for secret in (key.secret, key.secret[:-1], f"{key.secret}x", "Bearer"):
        production.ask("{ me { name } }", secret)
        production.client.post(f"{production.url}/graphql", content=b"{", headers={"X-API-Key": secret})
    production.ask("{ nothing }", key)
    production.ask("{ city { name } }")
    secrets = [*SECRETS.values(), PASSWORD, key.secret, key.secret[12:]]
    written = production.log.read_text(encoding="utf-8")
    assert "Redis does not answer" in written
    place = Path(production.environment["CITYGRAPH_AUDIT"])
    texts = [written, *(path.read_text(encoding="utf-8") for path in place.rglob("*.jsonl"))]
    texts.append(repr(read_settings(production.environment)))
    commands: tuple[list[str], ...] = (
        [],
        ["keys"],
        ["keys", "create"],
        ["serve"],
        ["audit"],
        ["restrict"],
        ["agency"],
        ["demo"],
        ["agreements"],
    )
    settings = {name: value for name, value in production.environment.items() if name.startswith("CITYGRAPH_")}
    texts += [run(*words, "--help", **settings)[1] for words in commands]
    listed = partners.command("keys", "list", "--json", **settings)
    assert key.prefix in listed.stdout
    texts.append(listed.output)
    for text in texts:
        for secret in secrets:
            assert secret not in text


async def keys_of(production: Gateway) -> tuple[Key, ...]:
    """A key in the store of the gateway, by its pepper."""
    store = await open_store(production.environment["CITYGRAPH_STORE"])
    try:
        now = datetime.now(UTC)
        register = Register(store, SECRETS["CITYGRAPH_PEPPER"].encode())
        issued = await register.create(
            "Canary", by="tests", now=now, agreement="fire-brigade", expires=now + timedelta(1)
        )
        return (Key(issued.record.prefix, issued.secret),)
    finally:
        await store.aclose()


def test_a_store_that_can_not_be_opened_is_told_without_its_password(tmp_path: Path) -> None:
    settings = {**SECRETS, "CITYGRAPH_STORE": f"postgresql://me:{PASSWORD}@127.0.0.1:1/none"}
    code, told = run("keys", "list", **settings)
    assert code == 1
    assert PASSWORD not in told
    assert "Traceback" not in told
