"""Purposes: what personal data asks of a request, and what is answered where it lacks or does not fit."""

import json
from typing import Any

import httpx
import pytest

from tests.partners.serving import DEMO, Answer, Key, Partners

LICENSED = "hbt.parcel:300010010"  # its licences are a person's, in ward 3
CASE = {"purpose": "benefit-check", "reference": "2026/118"}
HOW = "Send them in the request's extensions, or as X-Citygraph-Purpose and X-Citygraph-Reference."


def person(partners: Partners) -> str:
    return f"""{{ person(id: "{partners.samples.claimant}") {{
      fullName birthDate benefits {{ source {{ state }} nodes {{ claimant benefit {{ code }} }} }} }} }}"""


def licences() -> str:
    return f'{{ address(id: "{LICENSED}") {{ tradeLicences {{ nodes {{ number licensee }} }} }} }}'


def nothing_fetched(answer: Answer) -> bool:
    return bool(answer.extensions["trace"]["calls"] == [])


# missing


def test_personal_data_needs_a_purpose_and_a_reference_and_says_which(partners: Partners) -> None:
    purposes = "(benefit-check or identity-check)"
    lacking: tuple[tuple[dict[str, str], str], ...] = (
        ({}, f"a purpose {purposes} and a reference (a case number)"),
        ({"reference": "2026/118"}, f"a purpose {purposes}"),
        ({"purpose": "benefit-check"}, "a reference (a case number)"),
    )
    for about, what in lacking:
        answer = partners.ask(person(partners), partners.benefits, trace=True, **about)
        assert answer.status == 200
        assert answer.data == {"person": None}
        assert (answer.codes, answer.rules) == (["DENIED"], ["purpose"])
        assert answer.errors[0]["path"] == ["person"]
        assert answer.errors[0]["message"] == (
            f"Denied by rule “purpose”: personal data needs {what} on the request. {HOW}"
        )
        assert nothing_fetched(answer)
    whole = partners.ask(person(partners), partners.benefits, **CASE)
    assert whole.data["person"]["fullName"]
    assert whole.data["person"]["benefits"]["nodes"]


def test_names_of_persons_need_a_purpose_value_by_value(partners: Partners) -> None:
    truth = partners.ask(licences(), headers=DEMO).data["address"]["tradeLicences"]["nodes"]
    without = partners.ask(licences(), partners.brigade)
    assert without.data["address"]["tradeLicences"]["nodes"] == [each | {"licensee": None} for each in truth]
    assert without.rules == ["purpose"]
    assert "licensing.licences needs a purpose (fire-inspection) and a reference" in without.errors[0]["message"]
    asked = partners.ask(licences(), partners.brigade, purpose="fire-inspection", reference="2026/7")
    assert asked.data["address"]["tradeLicences"]["nodes"] == truth
    assert asked.errors == []


def test_a_condition_on_a_name_tells_nothing_without_a_purpose(partners: Partners) -> None:
    """Rows that bear a person's name are out: of the filter, the order, the count."""
    query = f"""query($name: String!) {{ address(id: "{LICENSED}") {{
      tradeLicences(where: {{ licensee: {{ startsWith: $name }} }}, orderBy: [{{ licensee: ASC }}]) {{
        totalCount nodes {{ number }} }} }} }}"""
    texts = {}
    for name in ("WHITLOW", "NOBODY"):
        answer = partners.ask(query, partners.brigade, variables={"name": name})
        texts[name] = answer.text
        assert answer.data["address"]["tradeLicences"]["nodes"] == []
    assert texts["WHITLOW"] == texts["NOBODY"]
    about = {"purpose": "fire-inspection", "reference": "2026/7"}
    found = partners.ask(query, partners.brigade, variables={"name": "WHITLOW"}, **about).data
    assert len(found["address"]["tradeLicences"]["nodes"]) == 2


# not fitting


def test_a_purpose_of_nobody_or_of_another_partner_is_refused_as_a_whole(partners: Partners) -> None:
    mine = "purpose is none of agreement benefits-office; its purposes: benefit-check, identity-check."
    none = "A purpose is one of an agreement's, and no agreement is in force for this caller."
    attempts: tuple[tuple[Key | None, str, str], ...] = (
        (partners.benefits, "fire-inspection", mine),
        (partners.benefits, "curiosity", mine),
        (partners.benefits, "Benefit-Check", mine),
        (partners.benefits, "benefit-check ", mine),
        (partners.benefits, "dpv:RequestedServiceProvision", mine),
        (partners.benefits, "benefit-check, identity-check", mine),
        (None, "benefit-check", none),
        (partners.admin, "benefit-check", none),
    )
    for key, purpose, message in attempts:
        for query in (person(partners), "{ city { name } }"):
            answer = partners.ask(query, key, **as_extensions(purpose, "2026/118"))
            assert answer.data is None
            assert (answer.codes, answer.errors[0]["message"]) == (["BAD_PURPOSE"], message)
    header = partners.ask(person(partners), partners.benefits, purpose="curiosity", reference="1")
    assert header.codes == ["BAD_PURPOSE"]
    assert "curiosity" not in header.text


def as_extensions(purpose: str | None, reference: str | None) -> dict[str, Any]:
    """Both as members of the request's `extensions`."""
    return {"wishes": {"purpose": purpose, "reference": reference}}


def test_a_dataset_is_asked_for_its_own_purposes_only(partners: Partners) -> None:
    """The agreement's purpose "identity-check" does for the register, not for benefits."""
    answer = partners.ask(person(partners), partners.benefits, purpose="identity-check", reference="1", trace=True)
    assert answer.data["person"]["fullName"]
    assert answer.data["person"]["benefits"] == {"source": {"state": "DENIED"}, "nodes": None}
    (error,) = answer.errors
    assert (error["path"], error["extensions"]["rule"]) == (["person", "benefits", "nodes"], "purpose")
    assert "welfare.benefits may be asked for benefit-check, not for identity-check" in error["message"]
    assert "welfare.benefits" not in {call["dataset"] for call in answer.extensions["trace"]["calls"]}


def test_one_purpose_opens_nothing_of_another_agreement(partners: Partners) -> None:
    about = {"purpose": "fire-inspection", "reference": "2026/7"}
    answer = partners.ask(person(partners), partners.brigade, trace=True, **about)
    assert answer.data["person"]["fullName"] is None
    assert answer.data["person"]["benefits"]["nodes"] is None
    assert nothing_fetched(answer)
    assert set(answer.rules) == {"dataset residents.residents access", "dataset welfare.benefits access"}


# how it is said


def test_headers_and_extensions_say_the_same(partners: Partners) -> None:
    query = person(partners)
    by_header = partners.ask(query, partners.benefits, **CASE)
    sent = partners.ask(query, partners.benefits, **as_extensions("benefit-check", "2026/118"))
    mixed = partners.ask(query, partners.benefits, purpose="benefit-check", **as_extensions(None, "2026/118"))
    assert by_header.text == sent.text == mixed.text
    assert by_header.data["person"]["fullName"]
    assert partners.ask("{ me { purpose } }", partners.benefits, **CASE).data["me"]["purpose"] == "benefit-check"
    stricter = partners.ask(query, partners.benefits, **CASE, **as_extensions("fire-inspection", None))
    assert stricter.codes == ["BAD_PURPOSE"], "the request's own word counts, and a header mends nothing"


@pytest.mark.parametrize(
    "reference",
    ["", " ", "   \u2003", "x" * 201, "two\nlines", "nul\x00", "tab\t", "\x7f"],
    ids=lambda text: ascii(text)[:9],
)
def test_a_reference_is_one_line_that_says_something(partners: Partners, reference: str) -> None:
    answer = partners.ask(person(partners), partners.benefits, **as_extensions("benefit-check", reference))
    if reference:
        assert answer.codes == ["BAD_PURPOSE"]
        assert answer.errors[0]["message"] == "reference takes 1 to 200 characters on one line, like a case number."
    else:
        assert (answer.codes, answer.rules) == (["DENIED"], ["purpose"])
    assert not (answer.data or {}).get("person")


def test_references_as_offices_write_them_are_taken(partners: Partners) -> None:
    for reference in ("2026/118", "Az. 7 C 12-26 (ä)", "案件 12", "x" * 200, "' OR 1=1 --", "<b>"):
        answer = partners.ask(person(partners), partners.benefits, **as_extensions("benefit-check", reference))
        assert answer.data["person"]["fullName"]
        assert reference not in answer.text


@pytest.mark.parametrize("name", ["purpose", "reference"])
@pytest.mark.parametrize("value", [1, True, ["benefit-check"], {"is": "benefit-check"}], ids=str)
def test_what_is_no_text_is_no_purpose(partners: Partners, name: str, value: Any) -> None:
    answer = partners.ask(person(partners), partners.benefits, wishes={**CASE, name: value})
    assert answer.codes == ["BAD_REQUEST"]
    assert f"extensions.{name} takes a string" in answer.errors[0]["message"]


def test_of_nobody_else_a_purpose_is_asked(partners: Partners) -> None:
    """Public data is there without; the local caller of a demo city is trusted."""
    public = f'{{ address(id: "{LICENSED}") {{ label sales {{ totalCount }} }} }}'
    assert partners.ask(public, partners.benefits).data == partners.ask(public).data
    assert partners.ask(public, partners.benefits).errors == []
    assert partners.ask(person(partners), headers=DEMO).data["person"]["fullName"]


# questions about persons are no addresses


def test_personal_questions_are_refused_by_get(partners: Partners) -> None:
    given = {"X-Citygraph-Purpose": "benefit-check", "X-Citygraph-Reference": "2026/118"}
    named = "query($id: ID!) { person(id: $id) { fullName } }"
    search = '{ searchPersons(name: "Etta Swanwick", birthDate: "1942-03-25") { person { fullName } } }'
    section = 'tradeLicences(where: { licensee: { startsWith: "W" } }) { totalCount }'
    names = f'{{ address(id: "{LICENSED}") {{ {section} }} }}'
    asked: tuple[dict[str, str], ...] = (
        {"query": person(partners)},
        {"query": named, "variables": json.dumps({"id": partners.samples.claimant})},
        {"query": search},
        {"query": names},
        {"query": person(partners), "extensions": json.dumps(CASE)},
        {"query": person(partners), "extensions": json.dumps({"explain": True})},
    )
    for key in (partners.benefits, None):
        for parameters in asked:
            headers = given | {"Authorization": f"Bearer {key.secret}"} if key else {}
            if not key and "extensions" in parameters and "purpose" in parameters["extensions"]:
                continue
            for method in ("GET", "HEAD"):
                answer = httpx.request(method, f"{partners.gateway.url}/graphql", params=parameters, headers=headers)
                assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), parameters
                if method == "GET":
                    (error,) = answer.json()["errors"]
                    assert error["extensions"]["code"] == "USE_POST"
                    assert "data" not in answer.json()
    public = {"query": f'{{ address(id: "{LICENSED}") {{ label }} }}'}
    assert httpx.get(f"{partners.gateway.url}/graphql", params=public).json()["data"]["address"]["label"]


# the record


def test_what_was_refused_is_recorded_with_its_purpose(partners: Partners) -> None:
    partners.ask(person(partners), partners.benefits, purpose="benefit-check", reference="recorded/1")
    partners.ask(person(partners), partners.benefits, purpose="curiosity", reference="recorded/2")
    partners.ask(person(partners), partners.benefits, reference="recorded/3")
    done = partners.command("audit", "export")
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {line["reference"]: line for line in lines if str(line.get("reference")).startswith("recorded/")}
    assert {name: found[name]["purpose"] for name in sorted(found)} == {
        "recorded/1": "benefit-check",
        "recorded/2": "curiosity",
        "recorded/3": None,
    }
    assert found["recorded/2"]["denied"] == ["purpose"]
    assert found["recorded/3"]["denied"][0] == "purpose"
    assert found["recorded/3"]["agencies"] == []
    assert {found[name]["key"] for name in found} == {partners.benefits.prefix}
