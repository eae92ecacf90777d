"""Limits: what may be asked at once, how often, how much a day, of which agency, and when not at all."""

import asyncio
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from redis import Redis
from redis.exceptions import RedisError

from gateway.demo.samples import Samples
from gateway.policy.limits.quotas import AGAIN
from gateway.policy.limits.shared import PREFIX
from tests.partners.conftest import keys, store_of
from tests.partners.cutting import Cuttable, cuttable
from tests.partners.recorded import recorded
from tests.partners.serving import AGREEMENTS, CITY, DEMO, SIGNING_KEY, Answer, Gateway, Key, Partners, soon

REDIS = os.environ.get("CITYGRAPH_TEST_REDIS", "redis://127.0.0.1:6379/0")
HARBOURTON = ZoneInfo("America/New_York")
ME = "{ me { name } }"
KEYS = (
    ("rate", "fire-brigade"),
    ("both", "fire-brigade"),
    ("alone", "fire-brigade"),
    ("probe", "fire-brigade"),
    ("day", "daily"),
    ("cost", "daily"),
    ("restart", "daily"),
    ("many", "benefits-office"),
    ("one", "fire-brigade"),
    ("administrator", None),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two gateways that share a store and a Redis; only `first` believes a proxy's X-Forwarded-For."""

    first: Gateway
    second: Gateway
    line: Cuttable
    keys: dict[str, Key]
    samples: Samples
    partners: Partners

    def command(self, *words: str) -> None:
        done = self.partners.command(*words, CITYGRAPH_STORE=self.first.environment["CITYGRAPH_STORE"])
        assert done.exit_code == 0, done.stderr


def limited_city(folder: Path) -> Path:
    """Harbourton, whose slow bureau is asked one thing at a time, and whose parks have quiet hours now."""
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("agreements"))
    now = datetime.now(HARBOURTON)
    hours = "-".join(f"{now + timedelta(hours=off):%H:%M}" for off in (-1, 1))
    for agency, budget in (("fire", "concurrency = 1"), ("parks", f'quiet_hours = ["{hours}"]')):
        path = folder / f"{agency}.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("\n[source.", f"\n[agency.budget]\n{budget}\n\n[source.", 1), encoding="utf-8")
    return folder


def agreements(folder: Path) -> Path:
    """The demo's, as they are, and one of few requests a day."""
    shutil.copytree(AGREEMENTS, folder)
    daily = (folder / "fire-brigade.toml").read_text(encoding="utf-8")
    daily = daily.replace('rate = "5/s"\nper_day = 1000', "per_day = 4\ncost_per_day = 60")
    (folder / "daily.toml").write_text(daily, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def redis() -> Iterator["Redis"]:
    client = Redis.from_url(REDIS, socket_timeout=2)
    try:
        client.ping()
    except RedisError as error:
        message = f"no Redis at CITYGRAPH_TEST_REDIS ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    yield client
    client.close()


@pytest.fixture(scope="module")
def pair(partners: Partners, redis: "Redis", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    place = tmp_path_factory.mktemp("limits")
    city = limited_city(place / "city")
    server = redis.connection_pool.connection_kwargs
    known: dict[str, Key] = {}
    with store_of(partners.kind, place) as url, cuttable(server["host"], server["port"]) as line:
        names = [name for name, _ in KEYS]
        known = dict(zip(names, asyncio.run(keys(url, *KEYS)), strict=True))
        settings = {
            "CITYGRAPH_STORE": url,
            "CITYGRAPH_SIGNING_KEY": f"{SIGNING_KEY} {uuid4()}",  # addresses of another run are others
            "CITYGRAPH_AUDIT": str(place / "audit"),
            "CITYGRAPH_AGREEMENTS": str(agreements(place / "agreements")),
            "CITYGRAPH_REDIS": f"redis://127.0.0.1:{line.port}/{server.get('db', 0)}",
            "CITYGRAPH_RATE": "2/s",
        }
        with (
            partners.start(city, **settings, CITYGRAPH_PROXIES="127.0.0.1") as first,
            partners.start(city, **settings) as second,
        ):
            yield Pair(first, second, line, known, partners.samples, partners)
    redis.delete(*(f"{PREFIX}{key.prefix}" for key in known.values()))


@pytest.fixture
def sharing(pair: Pair) -> Pair:
    """The pair when both reach Redis, from which a test before may have cut them off."""

    def reached(gateway: Gateway) -> bool:
        gateway.ask(ME, pair.keys["probe"])
        log = gateway.log.read_text(encoding="utf-8")
        told = re.findall(r"citygraph\.limits: Redis (does not answer|answers again)", log)
        return told[-1:] != ["does not answer"]

    soon("Redis is reached", lambda: reached(pair.first) and reached(pair.second), within=AGAIN + 1)
    return pair


def limits(answer: Answer) -> dict[str, dict[str, int]]:
    """`RateLimit` of an answer: `{"rate": {"r": 4, "t": 1}}`."""
    parts = answer.headers["RateLimit"].split(", ")
    named = [part.split(";") for part in parts]
    return {name.strip('"'): {k: int(v) for k, v in (each.split("=") for each in rest)} for name, *rest in named}


# what one request may cost


def test_what_costs_too_much_is_refused_before_anybody_is_asked(partners: Partners) -> None:
    ids = [f"hbt.parcel:{100_010_001 + number}" for number in range(40)]
    query = """query ($ids: [ID!]!) { addresses(ids: $ids) {
        housingViolations(first: 100) { nodes { date } } permits: buildingPermits(first: 100) { nodes { date } }
    } }"""
    about: dict[str, Any] = {"variables": {"ids": ids}, "reference": f"costly {partners.kind}"}
    answer = partners.ask(query, partners.benefits, **about)
    assert answer.codes == ["TOO_COSTLY"]
    assert answer.data is None
    (error,) = answer.errors
    assert "at most 500, by this key's agreement" in error["message"]
    assert "smaller pages (first)" in error["message"]
    (record,) = recorded(partners.gateway, reference=about["reference"])
    assert (record.agencies, record.rows, record.key) == ((), 0, partners.benefits.prefix)

    explained = partners.ask(query, partners.benefits, explain=True, **about)
    assert explained.extensions["explain"]["cost"]["units"] == error["extensions"]["cost"] > 500
    few = partners.ask(query, partners.benefits, variables={"ids": ids[:1]})
    assert not few.errors


TOO_MUCH = {
    "levels": "{ a" * 26 + " }" * 26,
    "aliases": "{ " + " ".join(f"a{number}: __typename" for number in range(501)) + " }",
    "directives": "{ __typename " + "@include(if: true) " * 101 + "}",
    "tokens": "{ " + "__typename " * 5001 + "}",
    "nested braces": "{ me(a: " + "[" * 300 + "]" * 300 + ") }",
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_document_beyond_the_caps_is_refused_at_once(partners: Partners, what: str) -> None:
    begun = time.monotonic()
    answer = partners.ask(TOO_MUCH[what], partners.benefits)
    assert time.monotonic() - begun < 1
    assert answer.codes == ["TOO_COMPLEX"]
    assert "the limit is" in answer.errors[0]["message"]


def test_a_body_beyond_its_cap_and_a_batch_are_refused(partners: Partners) -> None:
    client, url = partners.client, f"{partners.gateway.url}/graphql"
    headers = {"Content-Type": "application/json", "X-API-Key": partners.benefits.secret}
    long = client.post(url, content=b'{"query": "' + b" " * 2**20 + b'{ me { name } }"}', headers=headers)
    assert (long.status_code, long.json()["errors"][0]["extensions"]["code"]) == (413, "TOO_LARGE")
    batch = client.post(url, content=json.dumps([{"query": ME}] * 2), headers=headers)
    assert (batch.status_code, batch.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


# rates and quotas


def test_beyond_its_rate_a_key_is_told_when_to_come_back(pair: Pair) -> None:
    key = pair.keys["rate"]
    policy = '"rate";q=5;w=1, "day";q=1000;w=86400'
    for left in (4, 3):
        answer = pair.first.ask(ME, key)
        assert (answer.status, answer.headers["RateLimit-Policy"]) == (200, policy)
        assert limits(answer)["rate"]["r"] in (left, left + 1)
        assert limits(answer)["day"]["r"] == 995 + left
    for _ in range(10):
        answer = pair.first.ask(ME, key)
        if answer.status != 200:
            break
    assert (answer.status, answer.codes) == (429, ["RATE_LIMITED"])
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["RateLimit-Policy"] == policy
    assert limits(answer)["rate"] == {"r": 0, "t": 1}
    assert 0 < answer.errors[0]["extensions"]["retryAfter"] <= 0.2
    assert "5 times a second" in answer.errors[0]["message"]
    before = limits(answer)["day"]["r"]
    time.sleep(answer.errors[0]["extensions"]["retryAfter"] + 0.02)
    again = pair.first.ask(ME, key)
    assert (again.status, limits(again)["day"]["r"]) == (200, before - 1)  # what was refused counted nowhere
    assert "limited" in {each.outcome for each in recorded(pair.first, key=key.prefix)}


def test_two_processes_share_one_count(sharing: Pair) -> None:
    begun = time.monotonic()
    answers = [gateway.ask(ME, sharing.keys["both"]) for _ in range(8) for gateway in (sharing.first, sharing.second)]
    allowed = 5 + (time.monotonic() - begun) * 5 + 1
    statuses = [answer.status for answer in answers]
    assert 5 <= statuses.count(200) <= allowed
    assert statuses.count(200) + statuses.count(429) == 16
    assert statuses.count(429)


def test_a_days_quota_is_used_up_until_midnight_there(sharing: Pair) -> None:
    key = sharing.keys["day"]
    for left in (3, 2, 1, 0):
        gateway = (sharing.first, sharing.second)[left % 2]
        assert limits(gateway.ask(ME, key))["day"]["r"] == left
    for gateway in (sharing.first, sharing.second):
        answer = gateway.ask(ME, key)
        assert (answer.status, answer.codes) == (429, ["QUOTA_EXCEEDED"])
        now = datetime.now(HARBOURTON)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), HARBOURTON)
        assert abs(int(answer.headers["Retry-After"]) - (tomorrow.timestamp() - now.timestamp())) < 5
        assert "4 times a day" in answer.errors[0]["message"]


def test_a_days_cost_is_used_up_before_its_requests(pair: Pair) -> None:
    query = "query ($id: ID!) { address(id: $id) { sales(first: 100) { nodes { date } } } }"
    about: dict[str, Any] = {"variables": {"id": pair.samples.busy}}
    first = pair.second.ask(query, pair.keys["cost"], **about)
    left = limits(first)["cost"]["r"]
    assert (first.status, left < 60) == (200, True)
    answers = [pair.second.ask(query, pair.keys["cost"], **about) for _ in range(3)]
    assert [answer.codes for answer in answers][-1] == ["QUOTA_EXCEEDED"]
    assert "units of cost a day" in answers[-1].errors[0]["message"]
    assert limits(answers[-1])["day"]["r"] >= 1


def test_who_has_no_key_is_counted_by_address(pair: Pair) -> None:
    def ask(address: str) -> int:
        return pair.first.ask(ME, headers={"X-Forwarded-For": address}).status

    assert [ask("203.0.113.7") for _ in range(4)][2:] == [429, 429]
    assert ask("203.0.113.8") == 200
    # What a client writes before its own address is no proxy's word.
    assert ask("198.51.100.1, 203.0.113.7") == 429
    # One household has 2^64 addresses.
    assert [ask(f"2001:db8:7:7::{number:x}") for number in range(4)][2:] == [429, 429]
    assert ask("2001:db8:7:8::1") == 200
    # Where no proxy is named, nobody's word is taken.
    assert [pair.second.ask(ME, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status for n in range(9)].count(429)
    assert all(answer.status == 200 for answer in (pair.first.ask(ME, headers=DEMO) for _ in range(5)))


# agencies

FIRE = """query ($id: ID!) { address(id: $id) {
    fireOrders { %s } sources { field state error { code retryAfter } }
} }"""
COLUMNS = ("structure", "lastVisit", "openOrders", "sprinklers { code }", "yearBuilt")
QUESTIONS = [" ".join(chosen) for many in (1, 2, 3) for chosen in combinations(COLUMNS, many)]
"""Questions that differ: equal ones, and those that differ by their keys alone, are asked together."""


def fire(gateway: Gateway, key: Key, id: str, columns: str) -> tuple[str, dict[str, Any] | None, float]:
    begun = time.monotonic()
    answer = gateway.ask(FIRE % columns, key, variables={"id": id})
    (state,) = [each for each in answer.data["address"]["sources"] if each["field"] == "fireOrders"]
    return state["state"], state["error"], time.monotonic() - begun


def test_one_partner_can_not_exhaust_an_agency(pair: Pair) -> None:
    """The bureau takes 0.4 s for an answer and bears one question at a time."""
    many, one = pair.keys["many"], pair.keys["one"]
    with ThreadPoolExecutor(16) as threads:
        flood = [threads.submit(fire, pair.second, many, pair.samples.busy, columns) for columns in QUESTIONS[:14]]
        time.sleep(0.3)
        state, error, took = fire(pair.second, one, pair.samples.busy, QUESTIONS[-1])
        others = [each.result() for each in flood]
    assert (state, error) == ("NOT_COVERED", None)  # no inspector was there
    assert took < 1.6  # its own 0.4 s, and what is left of one before
    late = [error for state, error, _ in others if state == "UNAVAILABLE" and error]
    assert late
    assert {error["code"] for error in late} == {"THROTTLED"}
    assert all(error["retryAfter"] > 0 for error in late)
    served = [took for state, _, took in others if state != "UNAVAILABLE"]
    assert took < max(served)


HEALTH = "query ($id: ID!) { address(id: $id) { inspections { source { state error { code message retryable } } } } }"


def health(gateway: Gateway, id: str) -> dict[str, Any]:
    source: dict[str, Any] = gateway.ask(HEALTH, variables={"id": id}, headers=DEMO).data["address"]["inspections"][
        "source"
    ]
    return source


def test_an_agency_is_paused_and_resumed_on_every_process_within_a_second(pair: Pair) -> None:
    gateways, id = (pair.first, pair.second), pair.samples.busy
    assert [health(gateway, id)["state"] for gateway in gateways] == ["OK", "OK"]

    def pause_by_command() -> None:
        pair.command("agency", "pause", "health", "--reason", "Their server is moved", "--city", str(CITY))

    def resume_by_command() -> None:
        pair.command("agency", "resume", "health")

    def pause_by_mutation() -> None:
        mutation = 'mutation { pauseAgency(agency: "health", reason: "Their server is moved") { paused } }'
        assert pair.first.ask(mutation, pair.keys["administrator"]).data == {"pauseAgency": {"paused": True}}

    def resume_by_mutation() -> None:
        mutation = 'mutation { resumeAgency(agency: "health") { paused } }'
        assert pair.second.ask(mutation, pair.keys["administrator"]).data == {"resumeAgency": {"paused": False}}

    for pause, resume in ((pause_by_command, resume_by_command), (pause_by_mutation, resume_by_mutation)):
        pause()
        soon("paused", lambda: all(health(gateway, id)["state"] == "UNAVAILABLE" for gateway in gateways))
        for gateway in gateways:
            error = health(gateway, id)["error"]
            assert (error["code"], error["retryable"]) == ("PAUSED", False)
            assert "Their server is moved" in error["message"]
        resume()
        soon("resumed", lambda: all(health(gateway, id)["state"] == "OK" for gateway in gateways))


def test_a_partner_can_not_pause_an_agency(pair: Pair) -> None:
    for key in (pair.keys["many"], None):
        answer = pair.first.ask('mutation { pauseAgency(agency: "health") { paused } }', key)
        assert answer.codes == ["DENIED"]
    assert health(pair.first, pair.samples.busy)["state"] == "OK"


def test_in_its_quiet_hours_an_agency_is_not_asked(pair: Pair) -> None:
    query = """query ($id: ID!) { address(id: $id) {
        treePermits { source { state error { code message retryable retryAfter } } }
    } }"""
    about: dict[str, Any] = {"variables": {"id": pair.samples.busy}, "headers": DEMO, "trace": True}
    answer = pair.first.ask(query, **about)
    source = answer.data["address"]["treePermits"]["source"]
    assert (source["state"], source["error"]["code"], source["error"]["retryable"]) == ("UNAVAILABLE", "PAUSED", True)
    assert 0 < source["error"]["retryAfter"] <= 3600
    assert "quiet hours, until " in source["error"]["message"]


# where something is down


def test_without_redis_each_process_counts_for_itself(pair: Pair) -> None:
    pair.line.cut()
    try:
        begun = time.monotonic()
        statuses = [
            [gateway.ask(ME, pair.keys["alone"]).status for _ in range(8)] for gateway in (pair.first, pair.second)
        ]
        assert time.monotonic() - begun < 2
        for each in statuses:
            assert each[:5] == [200] * 5
            assert 429 in each
        for gateway in (pair.first, pair.second):
            told = re.findall(r"WARNING citygraph\.limits: (Redis .*)", gateway.log.read_text(encoding="utf-8"))
            assert len(told) == 1
            assert told[0].startswith("Redis does not answer")
            assert "redis://" not in told[0]
    finally:
        pair.line.mend()


def test_what_was_used_today_outlives_a_process(pair: Pair) -> None:
    key = pair.keys["restart"]
    settings = {name: value for name, value in pair.second.environment.items() if name.startswith("CITYGRAPH_")}
    city = Path(settings["CITYGRAPH_AUDIT"]).with_name("city")
    with pair.partners.start(city, **settings) as before:
        assert [before.ask(ME, key).status for _ in range(3)] == [200] * 3
    del settings["CITYGRAPH_REDIS"]
    with pair.partners.start(city, **settings) as alone:
        answers = [alone.ask(ME, key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].codes == ["QUOTA_EXCEEDED"]
