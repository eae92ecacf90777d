"""The record of look-ups: every request is on it, and nothing that was acknowledged is ever missing."""

import json
import resource
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.policy.audit.entries import Record
from gateway.policy.audit.places import segments_in
from tests.partners.recorded import hashed, recorded
from tests.partners.serving import Answer, Gateway, Key, Partners, soon

BENEFITS = "query ($id: ID!) { person(id: $id) { benefits { nodes { benefit { code } } } } }"
LICENCES = "query ($id: ID!) { business(id: $id) { tradeLicences { nodes { number licensee } } } }"
BOTH = """query ($id: ID!) { person(id: $id) {
    fullName benefits { nodes { benefit { code } weeklyAmount } }
} }"""

_numbers = count(1)


def case(partners: Partners) -> str:
    """A case number that no other request has."""
    return f"{partners.kind} 2026/{next(_numbers)}"


def the_record(partners: Partners, reference: str) -> Record:
    (record,) = recorded(partners.gateway, reference=reference)
    return record


def subjects(record: Record) -> set[str]:
    assert record.details is not None
    return set(record.details.subjects)


def given(text: str | None) -> str:
    assert text is not None
    return text


# every request


def test_what_is_answered(partners: Partners) -> None:
    reference, claimant = case(partners), given(partners.samples.claimant)
    answer = partners.ask(
        BENEFITS, partners.benefits, purpose="benefit-check", reference=reference, variables={"id": claimant}
    )
    assert answer.data["person"]["benefits"]["nodes"] == [{"benefit": {"code": "HOUSING"}}]
    record = the_record(partners, reference)
    assert (record.outcome, record.denied) == ("answered", ())
    assert (record.key, record.agreement, record.version) == (partners.benefits.prefix, "benefits-office", 1)
    assert record.purpose == "benefit-check"
    assert "Person.benefits" in record.fields
    assert "welfare" in record.agencies
    assert subjects(record) == {hashed(claimant)}
    assert (record.rows > 0, record.size) == (True, len(answer.text.encode()))
    assert record.operation
    assert record.details is not None
    assert record.details.address not in (None, "127.0.0.1")


def test_purpose_and_reference_in_the_request_itself(partners: Partners) -> None:
    reference, claimant = case(partners), given(partners.samples.claimant)
    answer = partners.client.post(
        f"{partners.gateway.url}/graphql",
        json={
            "query": BENEFITS,
            "variables": {"id": claimant},
            "extensions": {"purpose": "benefit-check", "reference": reference},
        },
        headers={"X-API-Key": partners.benefits.secret},
    )
    assert answer.json()["data"]["person"]["benefits"]["nodes"]
    record = the_record(partners, reference)
    assert (record.outcome, record.purpose) == ("answered", "benefit-check")


def test_what_is_denied_in_part(partners: Partners) -> None:
    reference, claimant = case(partners), given(partners.samples.claimant)
    answer = partners.ask(
        BOTH, partners.benefits, purpose="benefit-check", reference=reference, variables={"id": claimant}
    )
    assert answer.codes == ["DENIED"]
    record = the_record(partners, reference)
    assert record.outcome == "partly"
    assert record.denied == tuple(dict.fromkeys(answer.rules))
    assert any("welfare.benefits" in rule for rule in record.denied)
    assert hashed(claimant) in subjects(record)


def test_what_is_refused_as_a_whole(partners: Partners) -> None:
    reference, claimant = case(partners), given(partners.samples.claimant)
    answer = partners.ask(
        BOTH,
        partners.benefits,
        purpose="benefit-check",
        reference=reference,
        variables={"id": claimant},
        onDenied="REFUSE",
    )
    assert (answer.data, answer.codes) == (None, ["DENIED"])
    record = the_record(partners, reference)
    assert (record.outcome, record.agencies, record.rows) == ("denied", (), 0)
    assert record.fields


def test_what_lacks_a_purpose_or_has_a_foreign_one(partners: Partners) -> None:
    claimant = given(partners.samples.claimant)
    for purpose, codes in ((None, {"DENIED"}), ("fire-inspection", {"BAD_PURPOSE"})):
        reference = case(partners)
        answer = partners.ask(
            BENEFITS, partners.benefits, purpose=purpose, reference=reference, variables={"id": claimant}
        )
        assert set(answer.codes) == codes
        record = the_record(partners, reference)
        assert (record.outcome, record.purpose, record.agencies) == ("denied", purpose, ())
        assert record.denied == ("purpose",)
        # Of a purpose that can't be nothing is read; else it is on the record who was asked about.
        assert subjects(record) == ({hashed(claimant)} if purpose is None else set())


def test_what_no_key_asked(partners: Partners) -> None:
    reference = case(partners)
    partners.ask("{ city { name } }", reference=reference)
    record = the_record(partners, reference)
    assert (record.outcome, record.key, record.agreement) == ("answered", None, None)


@pytest.mark.parametrize("secret", ["cg_k3v9x0aa_no", "cg_k3v9x0aa_" + "A" * 49, "eyJhbGciOiJub25lIn0.e30."])
def test_what_an_unknown_key_asked(partners: Partners, secret: str) -> None:
    reference = case(partners)
    answer = partners.ask(LICENCES, secret, purpose="fire-inspection", reference=reference)
    assert (answer.status, answer.codes) == (401, ["UNKNOWN_CALLER"])
    record = the_record(partners, reference)
    assert (record.outcome, record.denied) == ("denied", ("unknown caller",))
    assert (record.key, record.agreement, record.purpose) == (None, None, "fire-inspection")
    assert secret not in record_text(partners)


def record_text(partners: Partners) -> str:
    place = Path(partners.environment["CITYGRAPH_AUDIT"])
    return "".join((place / str(name)).read_text(encoding="utf-8") for name in segments_in(place))


MALFORMED: dict[str, dict[str, Any]] = {
    "no JSON": {"content": b"{", "status": 400},
    "a batch": {"content": b"[]", "status": 400},
    "no query": {"content": b"{}", "status": 400},
    "a syntax error": {"content": b'{"query": "{"}', "status": 200},
    "an unknown field": {"content": b'{"query": "{ nothing }"}', "status": 200},
    "a variable that does not fit": {
        "content": b'{"query": "query ($id: ID!) { node(id: $id) { id } }"}',
        "status": 200,
    },
    "a subscription": {"content": b'{"query": "subscription { a }"}', "status": 200},
    "another type": {"content": b"{}", "type": "text/plain", "status": 415},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed(partners: Partners, what: str) -> None:
    sent, reference = MALFORMED[what], case(partners)
    headers = {
        "Content-Type": sent.get("type", "application/json"),
        "X-API-Key": partners.benefits.secret,
        "X-Citygraph-Reference": reference,
    }
    answer = partners.client.post(f"{partners.gateway.url}/graphql", content=sent["content"], headers=headers)
    assert answer.status_code == sent["status"]
    record = the_record(partners, reference)
    assert (record.outcome, record.key, record.agencies) == ("invalid", partners.benefits.prefix, ())


def test_other_methods(partners: Partners) -> None:
    url, client = f"{partners.gateway.url}/graphql", partners.client
    for method, status in (("PUT", 405), ("DELETE", 405), ("OPTIONS", 405)):
        reference = case(partners)
        assert client.request(method, url, headers={"X-Citygraph-Reference": reference}).status_code == status
        assert the_record(partners, reference).outcome == "invalid"
    reference, claimant = case(partners), given(partners.samples.claimant)
    headers = {
        "X-API-Key": partners.benefits.secret,
        "X-Citygraph-Reference": reference,
        "X-Citygraph-Purpose": "benefit-check",
    }
    parameters = {"query": BENEFITS, "variables": json.dumps({"id": claimant})}
    answer = client.get(url, params=parameters, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "USE_POST")
    assert the_record(partners, reference).agencies == ()


def test_mutations(partners: Partners) -> None:
    mutation = 'mutation { pauseAgency(agency: "harbour") { paused } }'
    reference = case(partners)
    assert partners.ask(mutation, partners.brigade, reference=reference).codes == ["DENIED"]
    record = the_record(partners, reference)
    assert (record.outcome, record.fields) == ("denied", ("Mutation.pauseAgency",))
    assert record.denied

    reference = case(partners)
    mutation = 'mutation { createKey(name: "Of a test") { secret key { id } } }'
    made = partners.ask(mutation, partners.admin, reference=reference).data["createKey"]
    record = the_record(partners, reference)
    assert (record.outcome, record.key, record.fields) == ("answered", partners.admin.prefix, ("Mutation.createKey",))
    assert made["secret"] not in record_text(partners)


def test_what_is_only_explained(partners: Partners) -> None:
    reference = case(partners)
    about: dict[str, Any] = {"reference": reference, "variables": {"id": partners.samples.claimant}, "explain": True}
    partners.ask(BOTH, partners.benefits, purpose="benefit-check", **about)
    record = the_record(partners, reference)
    assert (record.agencies, record.rows) == ((), 0)


def test_who_leaves_before_the_answer(partners: Partners) -> None:
    """The bureau takes 0.4 s: it was asked, though nobody waits for what it says."""
    reference = case(partners)
    query = "query ($id: ID!) { address(id: $id) { fireOrders { openOrders } } business(id: $business) { name } }"
    query = query.replace("($id: ID!)", "($id: ID!, $business: ID!)")
    variables = {"id": partners.samples.busy, "business": partners.samples.company}
    body = json.dumps({"query": query, "variables": variables}).encode()
    url = httpx.URL(partners.gateway.url)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nX-API-Key: {partners.brigade.secret}\r\n"
        f"X-Citygraph-Reference: {reference}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.2)
    soon("recorded", lambda: recorded(partners.gateway, reference=reference), 2)
    record = the_record(partners, reference)
    assert (record.outcome, record.key, record.agreement) == ("failed", partners.brigade.prefix, "fire-brigade")
    assert "Address.fireOrders" in record.fields
    assert record.duration < 0.4
    assert {hashed(given(partners.samples.busy)), hashed(given(partners.samples.company))} <= subjects(record)


# what the commands say of it


def test_what_the_commands_say_happened(partners: Partners) -> None:
    reference, owner = case(partners), given(partners.samples.owner)
    kitchen = given(partners.samples.licence)
    about: dict[str, Any] = {"purpose": "fire-inspection", "reference": reference, "variables": {"id": kitchen}}
    partners.ask(LICENCES, partners.brigade, **about)
    hidden = case(partners)
    about = {"purpose": "benefit-check", "reference": hidden, "variables": {"id": owner}}
    partners.ask(BENEFITS, partners.benefits, **about)

    def printed(*words: str) -> Any:
        done = partners.command("audit", *words, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    (found,) = printed("search", "--reference", reference)
    assert (found["agreement"], found["purpose"], found["key"]) == (
        "fire-brigade",
        "fire-inspection",
        partners.brigade.prefix,
    )
    assert found["agencies"]
    # a citizen's, and a business's: at once what is not a matter of secrecy
    report = printed("subject", kitchen)
    assert report["look_ups"][-1]["agreement"] == "fire-brigade"
    assert report["look_ups"][-1]["purpose"] == "fire-inspection"
    assert "reference" not in json.dumps(report["look_ups"])
    assert partners.brigade.prefix not in json.dumps(report)
    # and what may not be told for 90 days not even by number
    mine = printed("subject", owner)
    assert "benefits-office" not in json.dumps(mine["look_ups"])
    assert mine["later"] == printed("subject", "hbt.resident:999999999")["later"]
    assert printed("search", "--subject", owner)[-1]["agreement"] == "benefits-office"  # the operator's eyes
    users = printed("agency", "licensing")
    assert [each for each in users if each["agreement"] == "fire-brigade" and each["requests"] >= 1]
    uses = printed("partner", "fire-brigade")
    assert {each["key"] for each in uses} >= {partners.brigade.prefix}
    done = partners.command("audit", "verify")
    assert (done.exit_code, "no problems" in done.stdout) == (0, True)


# whatever happens to the process


def under_load(gateway: Gateway, key: Key, end: Callable[[], None], kind: str) -> list[str]:
    """The case numbers of all requests that were answered, some hundred until `end` and those after it."""
    answered: list[str] = []
    stop = threading.Event()

    def ask(thread: int) -> None:
        with httpx.Client(timeout=10) as client:
            own = Gateway(gateway.url, gateway.process, gateway.log, gateway.environment, client)
            for number in count():
                reference = f"{kind}-{thread}-{number}"
                try:
                    answer = own.ask("{ city { name } }", key, reference=reference)
                except httpx.HTTPError:
                    return
                if answer.status == 200:
                    answered.append(reference)
                if stop.is_set():
                    return

    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(ask, thread) for thread in range(8)]
        signed = time.monotonic() + 2.5  # the head of the record is signed about every second
        soon("a load", lambda: len(answered) > 200 and time.monotonic() > signed, 60)
        end()
        stop.set()
        for each in asking:
            each.result()
    return answered


@pytest.fixture(scope="module")
def killed(partners: Partners, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a gateway that was killed (kill -9) under load, and before that had no disk to write to."""
    audit = tmp_path_factory.mktemp("record") / "audit"
    with partners.start(CITYGRAPH_AUDIT=str(audit), CITYGRAPH_AUDIT_SYNC="strict") as gateway:
        refused_without_a_disk(gateway, partners.benefits)
        answered = under_load(gateway, partners.benefits, gateway.process.kill, "killed")
        assert gateway.process.wait(10) == -signal.SIGKILL
    (audit.parent / "answered.json").write_text(json.dumps(answered), encoding="utf-8")
    return audit


def refused_without_a_disk(gateway: Gateway, key: Key) -> None:
    assert gateway.ask("{ city { name } }", key, reference="before").status == 200
    limit = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
    audit = Path(gateway.environment["CITYGRAPH_AUDIT"])
    written = max((audit / str(name)).stat().st_size for name in segments_in(audit))
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (written + 100, limit[1]))
    try:
        for reference in ("no disk 1", "no disk 2"):
            answer: Answer = gateway.ask("{ city { name } }", key, reference=reference)
            assert (answer.status, answer.codes) == (503, ["NOT_RECORDED"])
            assert "Harbourton" not in answer.text
            assert str(audit) not in answer.text
    finally:
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, limit)
    soon("recorded again", lambda: gateway.ask("{ city { name } }", key, reference="after").status == 200, 3)


def test_after_kill_9_under_load_the_record_is_sound_and_whole(partners: Partners, killed: Path) -> None:
    done = partners.command("audit", "verify", "--log", str(killed))
    assert (done.exit_code, "no problems" in done.stdout) == (0, True)
    answered = json.loads((killed.parent / "answered.json").read_text(encoding="utf-8"))
    known = {record.details.reference for record in recorded(killed) if record.details}
    assert set(answered) <= known
    assert {"before", "after"} <= known


def test_in_batches_kill_9_loses_no_acknowledged_answer_either(partners: Partners, tmp_path: Path) -> None:
    audit = tmp_path / "audit"
    with partners.start(CITYGRAPH_AUDIT=str(audit), CITYGRAPH_AUDIT_SYNC="batch") as gateway:
        answered = under_load(gateway, partners.benefits, gateway.process.kill, "batch")
    done = partners.command("audit", "verify", "--log", str(audit))
    assert (done.exit_code, "no problems" in done.stdout) == (0, True)
    assert set(answered) <= {record.details.reference for record in recorded(audit) if record.details}
    # The next process goes on where this one ended.
    with partners.start(CITYGRAPH_AUDIT=str(audit)) as gateway:
        gateway.ask("{ city { name } }", partners.benefits, reference="the next")
    done = partners.command("audit", "verify", "--log", str(audit))
    assert (done.exit_code, "no problems" in done.stdout) == (0, True)
    assert len(recorded(audit, reference="the next")) == 1


def edited(lines: list[bytes]) -> None:
    lines[5] = lines[5].replace(b'"outcome":"answered"', b'"outcome":"denied"  ')


def cut(lines: list[bytes]) -> None:
    del lines[6]


def truncated(lines: list[bytes]) -> None:
    del lines[4:]


def moved(lines: list[bytes]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def redacted(lines: list[bytes]) -> None:
    before, _, details = lines[3].partition(b',"details":')
    assert details
    lines[3] = before + b"}\n"


TAMPERING: dict[str, tuple[Callable[[list[bytes]], None], str]] = {
    "an edit": (edited, "edit"),
    "a gap": (cut, "gap"),
    "a truncation": (truncated, "truncation"),
    "an entry that was moved": (moved, "order"),
    "details that were taken out": (redacted, "details"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_done_to_it_is_found_and_located(partners: Partners, killed: Path, tmp_path: Path, what: str) -> None:
    change, kind = TAMPERING[what]
    audit = tmp_path / "audit"
    shutil.copytree(killed, audit)
    shutil.copytree(killed.with_name("audit-checkpoints"), tmp_path / "audit-checkpoints")
    file = max((audit / str(name) for name in segments_in(audit)), key=lambda path: path.stat().st_size)
    lines = file.read_bytes().splitlines(keepends=True)
    change(lines)
    file.write_bytes(b"".join(lines))
    done = partners.command("audit", "verify", "--log", str(audit), "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["sound"]) == (1, False)
    assert kind in {finding["kind"] for finding in found["findings"]}, found["findings"]
    assert file.name in json.dumps(found["findings"])


def test_a_file_that_is_gone_is_found(partners: Partners, killed: Path, tmp_path: Path) -> None:
    audit = tmp_path / "audit"
    shutil.copytree(killed, audit)
    shutil.copytree(killed.with_name("audit-checkpoints"), tmp_path / "audit-checkpoints")
    for name in segments_in(audit):
        (audit / str(name)).unlink()
    done = partners.command("audit", "verify", "--log", str(audit))
    assert (done.exit_code, "lost file" in done.stdout) == (1, True)
