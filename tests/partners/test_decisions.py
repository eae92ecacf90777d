"""Decisions before fetching: what is denied says so and how to ask, is never fetched, and is foretold."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.commands.explain import refusals
from tests.partners.serving import CITY, DEMO, Answer, Gateway, Key, Partners

WARD_3 = "hbt.parcel:300010010"  # a person's licences
LIVED_IN = "hbt.parcel:300020019"  # a company's licence, and a resident
HOUSE = "hbt.parcel:100010008"  # a person's house, in ward 1
LEAD = "hbt.parcel:100010017"  # an order about a child, not sealed


@dataclass(frozen=True, slots=True)
class Who:
    """A caller with what it says of its purpose."""

    name: str
    key: Key | None = None
    purpose: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def ask(self, gateway: Gateway, query: str, **wishes: Any) -> Answer:
        reference = "2026/118" if self.purpose else None
        return gateway.ask(
            query, self.key, purpose=self.purpose, reference=reference, headers=dict(self.headers), wishes=wishes
        )


def callers(partners: Partners) -> tuple[Who, ...]:
    return (
        Who("anyone"),
        Who("administrator", partners.admin),
        Who("benefits", partners.benefits, "benefit-check"),
        Who("benefits, identity", partners.benefits, "identity-check"),
        Who("benefits, no purpose", partners.benefits),
        Who("brigade", partners.brigade, "fire-inspection"),
        Who("brigade, no purpose", partners.brigade),
        Who("demo", headers=tuple(DEMO.items())),
    )


def questions(partners: Partners) -> tuple[str, ...]:
    claimant, owner = partners.samples.claimant, partners.samples.owner
    return (
        f"""{{ person(id: "{claimant}") {{ fullName birthDate who: label
          benefits {{ source {{ state }} nodes {{ title date holder weeklyAmount claimant benefit {{ code }} }} }}
          residences {{ nodes {{ address voter protected }} }} }} }}""",
        f"""{{ addresses(ids: ["{WARD_3}", "{LIVED_IN}", "{HOUSE}"]) {{ label ownerName
          tradeLicences {{ source {{ state }} nodes {{ licensee mine: holder fee }} }}
          ...Rest }} }}
        fragment Rest on Address {{
          residents {{ source {{ state }} nodes {{ holder born voter }} }}
          housingRegistrations {{ nodes {{ owner ownerResident postcode }} }}
          assessment {{ owner yearBuilt }} }}""",
        f"""{{ address(id: "{LEAD}") {{ leadOrders {{ nodes {{ number childBorn }} }}
          sales {{ totalCount nodes {{ price buyer seller }} }} claims(attribute: OWNER_NAME) {{ value }} }} }}""",
        f"""{{ address(id: "{LIVED_IN}") {{ registrations {{ sources {{ state }} nodes {{ title holder }} }}
          records(kinds: [LICENCE, REGISTRATION]) {{ nodes {{ title ... on Licence {{ holder }} }} }}
          people {{ edges {{ role node {{ fullName }} }} }} }} }}""",
        f'{{ person(id: "{owner}") {{ fullName addresses {{ edges {{ role node {{ label }} }} }} }} }}',
        '{ searchBusinesses(name: "Ironbridge") { business { legalName tradeName } } }',
        '{ searchPersons(name: "Etta Swanwick", birthDate: "1942-03-25") { person { fullName } } }',
        "{ findAddresses(first: 2) { totalCount nodes { label } } }",
    )


# what is denied


def test_a_denied_section_has_its_state_and_one_error_that_says_how_to_ask(partners: Partners) -> None:
    query = (
        f'{{ address(id: "{LIVED_IN}") {{ label residents {{ source {{ state }} totalCount nodes {{ name }} }} }} }}'
    )
    steward = "privacy@residents.harbourton.example"
    for who, remedy in (
        (Who("anyone"), f"Ask {steward} for an agreement."),
        (
            Who("brigade", partners.brigade, "fire-inspection"),
            f"Agreement fire-brigade may be widened ({steward} answers for the data).",
        ),
    ):
        answer = who.ask(partners.gateway, query)
        address = answer.data["address"]
        assert address["label"] == "76 MAIN ST, 00300"
        assert address["residents"] == {"source": {"state": "DENIED"}, "totalCount": None, "nodes": None}
        (error,) = answer.errors
        assert error["path"][:2] == ["address", "residents"]
        assert error["extensions"] == {
            "code": "DENIED",
            "agency": "RO",
            "dataset": "residents.residents",
            "rule": "dataset residents.residents access",
        }
        assert error["message"] == (
            "Denied by rule “dataset residents.residents access”: residents.residents needs the scope "
            f"'residents:read' or a grant. {remedy}"
        )


def test_a_denied_column_is_told_once_however_many_rows_there_are(partners: Partners) -> None:
    query = f"""{{ addresses(ids: ["{WARD_3}", "{LIVED_IN}", "{HOUSE}"]) {{
      housingRegistrations {{ nodes {{ number ownerResident }} }} }} }}"""
    truth = Who("demo", headers=tuple(DEMO.items())).ask(partners.gateway, query).data["addresses"]
    answer = Who("brigade", partners.brigade, "fire-inspection").ask(partners.gateway, query)
    anyone = partners.ask(query)
    rows = [row for each in anyone.data["addresses"] for row in each["housingRegistrations"]["nodes"]]
    assert [row["number"] for row in rows] == [
        row["number"] for each in truth for row in each["housingRegistrations"]["nodes"]
    ]
    assert {row["ownerResident"] for row in rows} == {None}
    for seen in (anyone, answer):
        assert seen.rules in ([], ["column housing.registrations.owner_resident personal"])
    (error,) = anyone.errors
    assert error["path"][-1] == "ownerResident"
    assert (error["extensions"]["column"], error["extensions"]["agency"]) == ("owner_resident", "OHS")
    assert "Ask records@housing.harbourton.example for an agreement." in error["message"]


# nothing denied is fetched


def test_agencies_of_denied_sections_are_not_asked(partners: Partners) -> None:
    query = f"""{{ address(id: "{LIVED_IN}") {{ residents {{ totalCount nodes {{ name }} }}
      tradeLicences {{ nodes {{ type {{ code }} }} }}
      people {{ edges {{ node {{ fullName }} }} }} }} }}"""
    for who in callers(partners):
        asked = {call["dataset"] for call in who.ask(partners.gateway, query, trace=True).extensions["trace"]["calls"]}
        assert ("residents.residents" in asked) == (who.name in ("demo", "benefits", "benefits, identity")), who.name
        assert "licensing.licences" in asked


def test_a_question_that_is_denied_as_a_whole_asks_nobody(partners: Partners) -> None:
    claimant = partners.samples.claimant
    for query in (
        f'{{ person(id: "{claimant}") {{ fullName benefits {{ totalCount }} addresses {{ edges {{ role }} }} }} }}',
        '{ searchPersons(name: "Etta Swanwick", birthDate: "1942-03-25") { person { fullName } } }',
        f'{{ people(ids: ["{claimant}", "hbt.resident:999999999"]) {{ fullName }} }}',
    ):
        for who in (Who("anyone"), Who("admin", partners.admin), Who("no purpose", partners.benefits)):
            answer = who.ask(partners.gateway, query, trace=True)
            assert answer.extensions["trace"]["calls"] == []
            assert set(answer.codes) == {"DENIED"}


@dataclass(slots=True)
class Portal:
    """The health department's portal, seen through a proxy that notes what it is asked."""

    url: str
    asked: list[str]

    @property
    def columns(self) -> set[str]:
        found = (parse_qs(urlsplit(path).query).get("$select", ["*"])[0] for path in self.asked)
        return {name.strip("` ") for text in found for name in text.split(",")}


@contextmanager
def portal(behind: str) -> Iterator[Portal]:
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            answer = httpx.get(f"{behind}{self.path}", headers={"Accept-Encoding": "identity"}, timeout=10)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Portal(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()


@dataclass(frozen=True, slots=True)
class Strict:
    """A gateway that refuses as a whole, shows its schema to nobody without a key, and whose health
    department is overheard."""

    gateway: Gateway
    health: Portal


@pytest.fixture(scope="module")
def strict(partners: Partners) -> Iterator[Strict]:
    with (
        portal(partners.environment["CITYGRAPH_DEMO_HEALTH"]) as health,
        partners.start(
            CITYGRAPH_ON_DENIED="refuse", CITYGRAPH_INTROSPECTION="off", CITYGRAPH_DEMO_HEALTH=health.url
        ) as gateway,
    ):
        yield Strict(gateway, health)


def test_denied_columns_are_not_in_the_question_to_the_agency(partners: Partners, strict: Strict) -> None:
    query = f'{{ address(id: "{LEAD}") {{ leadOrders {{ nodes {{ number childBorn }} }} }} }}'
    strict.health.asked.clear()
    for who in callers(partners)[:-1]:
        answer = who.ask(strict.gateway, query, onDenied="TELL")
        assert answer.rules == ["column health.lead_orders.child_born access"]
        assert answer.data["address"]["leadOrders"]["nodes"]
    assert strict.health.asked
    assert "*" not in strict.health.columns
    assert not [name for name in strict.health.columns if "child" in name.lower()]
    callers(partners)[-1].ask(strict.gateway, query, onDenied="TELL")
    assert [name for name in strict.health.columns if "child" in name.lower()], "the local caller may see it"


# refused as a whole


MIXED = f"""{{ address(id: "{LIVED_IN}") {{ label residents {{ nodes {{ name }} }}
  housingRegistrations {{ nodes {{ ownerResident }} }} leadOrders {{ nodes {{ number }} }} }} }}"""


def refused(answer: Answer) -> None:
    assert "data" not in answer.payload
    assert set(answer.codes) == {"DENIED"}
    assert answer.rules == [
        "dataset residents.residents access",
        "dataset residents.residents access",
        "column housing.registrations.owner_resident personal",
    ]
    told = [error["message"].partition(":")[0] for error in answer.errors]
    assert told == [
        "address.residents",
        "address.residents.nodes.name",
        "address.housingRegistrations.nodes.ownerResident",
    ]
    assert all("Ask " in error["message"] for error in answer.errors)


def test_a_request_may_ask_to_be_refused_as_a_whole(partners: Partners) -> None:
    refused(partners.ask(MIXED, onDenied="REFUSE"))
    assert partners.ask(MIXED).data["address"]["label"]
    assert partners.ask(MIXED, onDenied="TELL").text == partners.ask(MIXED).text
    allowed = f'{{ address(id: "{LIVED_IN}") {{ label sales {{ totalCount }} }} }}'
    assert partners.ask(allowed, onDenied="REFUSE").text == partners.ask(allowed).text
    for wrong in ("refuse", "", 1, True, ["REFUSE"]):
        answer = partners.ask(MIXED, onDenied=wrong)
        assert (answer.codes, "data" in answer.payload) == (["BAD_REQUEST"], False)
        assert 'takes "TELL" or "REFUSE"' in answer.errors[0]["message"]


def test_a_gateway_may_refuse_as_a_whole(partners: Partners, strict: Strict) -> None:
    strict.health.asked.clear()
    refused(strict.gateway.ask(MIXED))
    assert strict.health.asked == [], "what is allowed in a refused request is not asked either"
    assert strict.gateway.ask(MIXED, onDenied="TELL").text == partners.ask(MIXED).text
    assert strict.health.asked != []
    case = Who("benefits, no purpose", partners.benefits)
    answer = case.ask(strict.gateway, f'{{ person(id: "{partners.samples.claimant}") {{ fullName }} }}')
    assert (answer.status, answer.rules[0]) == (200, "purpose")
    assert answer.data is None


# foretold


def plain(path: list[Any]) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def explained(answer: Answer) -> list[dict[str, Any]]:
    assert answer.data is None
    return list(answer.extensions["explain"]["decisions"])


def below(path: str, field: str) -> bool:
    return path == field or path.startswith(f"{field}.")


def test_explain_foretells_what_the_query_then_gets(partners: Partners) -> None:
    for who, query in product(callers(partners), questions(partners)):
        decisions = explained(who.ask(partners.gateway, query, explain=True))
        answer = who.ask(partners.gateway, query)
        said = f"{who.name}: {query}"
        told = [(plain(e["path"]), e["extensions"]) for e in answer.errors if e["extensions"]["code"] == "DENIED"]
        for path, error in told:
            kept = [d for d in decisions if below(path, d["field"]) and d["rule"] == error["rule"]]
            assert kept, f"not foretold: {path} {error['rule']} – {said}"
            assert {d["allowed"] for d in kept} <= {"NO", "PARTLY"}
        for field, rules in lost(decisions).items():
            if all(re.fullmatch(r"hbt\..+|[\w-]{50,}", str(label)) for label in found(answer.data, field.split("."))):
                continue  # a label of which nothing may be told is the id
            assert emptied(answer.data, field.split(".")), f"foretold, but given: {field} – {said}"
            parents = {f for f in lost(decisions) if below(field, f)}
            there = any(below(path, f) and e["rule"] in rules_of(decisions, f) for path, e in told for f in parents)
            assert there or not present(answer.data, field.split(".")), f"no word of {field} {rules} – {said}"
        for decision in decisions:
            if decision["allowed"] != "YES":
                assert decision["rule"], said
                assert decision["reason"], said
                assert decision["remedy"], said


def lost(decisions: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The fields of which nothing is given: all of their decisions are against the caller. A merged field,
    and an attribute that several agencies claim, is given as long as one of them is left."""
    fields: dict[str, list[dict[str, Any]]] = {}
    for decision in decisions:
        fields.setdefault(decision["field"], []).append(decision)
    return {f: {d["rule"] for d in made} for f, made in fields.items() if all(d["allowed"] == "NO" for d in made)}


def rules_of(decisions: list[dict[str, Any]], field: str) -> set[str]:
    return {decision["rule"] for decision in decisions if decision["field"] == field}


def found(data: Any, names: list[str]) -> Iterator[Any]:
    """The values at a path, through lists."""
    if isinstance(data, list):
        for each in data:
            yield from found(each, names)
    elif not names:
        yield data
    elif isinstance(data, dict) and names[0] in data:
        yield from found(data[names[0]], names[1:])


def emptied(data: Any, names: list[str]) -> bool:
    """Whether nothing is given at a path: neither values nor records."""

    def empty(value: Any) -> bool:
        return value is None or value == [] or (isinstance(value, dict) and all(map(empty, records(value))))

    def records(part: dict[str, Any]) -> list[Any]:
        return [part[name] for name in ("nodes", "edges", "totalCount") if name in part] or [part]

    return all(value in (None, []) or (isinstance(value, dict) and empty(value)) for value in found(data, names))


def present(data: Any, names: list[str]) -> bool:
    """Whether the field of a path is in the answer at all, null or not."""
    return any(True for _ in found(data, names))


def test_the_command_explains_what_the_request_is_told(partners: Partners) -> None:
    benefits = Who("benefits", partners.benefits, "benefit-check")
    for who in (benefits, Who("brigade, no purpose", partners.brigade)):
        assert who.key is not None
        about = ("--purpose", who.purpose, "--reference", "2026/118") if who.purpose else ()
        query = questions(partners)[1]
        done = partners.command("explain", "--city", CITY, "--as", who.key.prefix, *about, stdin=query)
        assert done.exit_code == 0, done.stderr
        explain = who.ask(partners.gateway, query, explain=True).extensions["explain"]
        assert done.stdout.startswith(explain["text"])
        assert refusals(explain["decisions"]) == [
            line for line in done.stdout.splitlines() if line.startswith(("denied ", "in part "))
        ]
        assert bool(refusals(explain["decisions"])), who.name
        assert who.key.secret not in done.output
    unknown = partners.command("explain", "--city", CITY, "--as", "cg_00000000", stdin="{ me { name } }")
    assert unknown.exit_code == 1
    assert "has no key cg_00000000" in unknown.stderr


RIGHTS = """{ me { purpose agreement { id version title parties legalBasis contact obligations ends
  purposes { name term } rate requestsPerDay }
  rights { name allowed rule reason remedy sections columns { name allowed rule reason remedy } } } }"""


def test_me_foretells_what_explain_foretells(partners: Partners) -> None:
    for who in callers(partners):
        datasets = {each["name"]: each for each in who.ask(partners.gateway, RIGHTS).data["me"]["rights"]}
        for query in questions(partners):
            decisions = explained(who.ask(partners.gateway, query, explain=True))
            together = {d["dataset"] for d in decisions if d["rule"] and "never with" in d["rule"]}
            for decision in decisions:
                if decision["dataset"] is None or decision["dataset"] in together:
                    continue
                right = datasets[decision["dataset"]]
                if decision["column"] is None and decision["rule"] in {each["rule"] for each in right["columns"]}:
                    continue  # by a key of which the caller may not see the columns
                if decision["column"] is not None:
                    (right,) = [each for each in right["columns"] if each["name"] == decision["column"]]
                kept = ("allowed", "rule", "reason", "remedy")
                assert [right[name] for name in kept] == [decision[name] for name in kept], (who.name, decision)


def test_me_tells_a_partner_its_terms_and_what_it_used(partners: Partners) -> None:
    mine = Who("benefits", partners.benefits, "benefit-check").ask(partners.gateway, RIGHTS).data["me"]
    assert mine["purpose"] == "benefit-check"
    terms = mine["agreement"]
    assert (terms["id"], terms["version"]) == ("benefits-office", 1)
    assert terms["parties"] == ["City of Harbourton, Welfare Board", "County Benefits Office"]
    assert terms["purposes"][0] == {"name": "benefit-check", "term": "dpv:RequestedServiceProvision"}
    assert terms["contact"] == "privacy@benefits.county.example"
    usage = "{ me { usage { day requests cost rows denied refused agencies { agency requests } } } }"
    before = partners.ask(usage, partners.benefits).data["me"]["usage"]
    denied = f'{{ address(id: "{LIVED_IN}") {{ residents {{ nodes {{ name }} }} sales {{ nodes {{ price }} }} }} }}'
    partners.ask(denied, partners.brigade)
    partners.ask(denied, partners.benefits, purpose="benefit-check", reference="1")
    after = partners.ask(usage, partners.benefits).data["me"]["usage"]
    known = before[0] if before else {"requests": 0, "denied": 0}
    assert after[0]["requests"] - known["requests"] in (2, 3), "its own requests, not those of others"
    assert after[0]["denied"] == known["denied"]
    assert {"RO", "ROD"} <= {each["agency"] for each in after[0]["agencies"]} or after[0]["agencies"]
    assert partners.ask(usage).data["me"]["usage"] == []


# the schema and its suggestions


TYPES = "{ __schema { types { name } } }"
MISSPELT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{ adress(id: 1) { label } }", {}),
    ("{ city { nam } }", {}),
    (f'{{ address(id: "{WARD_3}") {{ resident {{ nodes {{ name }} }} }} }}', {}),
    ("fragment A on WelfareBenefit { id } { city { name ... A } }", {}),
    (f'{{ address(id: "{WARD_3}") {{ tradeLicences(were: {{}}) {{ totalCount }} }} }}', {}),
    (f'{{ address(id: "{WARD_3}") {{ tradeLicences(where: {{ license: {{ eq: "x" }} }}) {{ totalCount }} }} }}', {}),
    (f'{{ address(id: "{WARD_3}") {{ claims(attribute: OWNER_NAM) {{ value }} }} }}', {}),
    (
        "query($w: WelfareBenefitsWhere) { person(id: 1) { benefits(where: $w) { totalCount } } }",
        {"w": {"claiman": {}}},
    ),
    ("query($w: WelfareBenefitsWher) { person(id: 1) { benefits(where: $w) { totalCount } } }", {}),
    ("query($a: PersonAttribute!) { person(id: 1) { claims(attribute: $a) { value } } }", {"a": "FULL_NAM"}),
)


def types(answer: Answer) -> set[str]:
    return {each["name"] for each in answer.data["__schema"]["types"]}


def test_introspection_is_off_for_whom_the_operator_does_not_know(partners: Partners, strict: Strict) -> None:
    whole = types(partners.ask(TYPES))
    assert {"WelfareBenefits", "ResidentsResidences"} <= whole
    for query in (
        TYPES,
        '{ __type(name: "WelfareBenefits") { fields { name } } }',
        "{ ...A } fragment A on Query { __schema { types { name } } }",
    ):
        answer = strict.gateway.ask(query)
        assert answer.codes == ["INTROSPECTION_OFF"]
        assert answer.data is None
    assert strict.gateway.ask("{ __typename city { __typename name } }").data["city"]["__typename"] == "City"
    benefits, brigade = (
        types(strict.gateway.ask(TYPES, partners.benefits)),
        types(strict.gateway.ask(TYPES, partners.brigade)),
    )
    assert {"WelfareBenefits", "ResidentsResidences"} <= benefits < whole or benefits == whole
    assert not {"WelfareBenefits", "ResidentsResidences"} & brigade
    assert types(strict.gateway.ask(TYPES, partners.admin)) == whole
    assert types(strict.gateway.ask(TYPES, headers=DEMO)) == whole


def test_the_schema_of_a_partner_has_its_columns_only(partners: Partners, strict: Strict) -> None:
    query = """{ __type(name: "WelfareBenefits") { fields { name } }
      where: __type(name: "WelfareBenefitsWhere") { inputFields { name } } }"""
    mine = strict.gateway.ask(query, partners.benefits).data
    assert {"claimant", "benefit"} <= {each["name"] for each in mine["__type"]["fields"]}
    assert "weeklyAmount" not in json.dumps(mine)
    assert strict.gateway.ask(query, partners.brigade).data == {"__type": None, "where": None}
    leads = '{ __type(name: "HealthLeadOrders") { fields { name } } }'
    assert "childBorn" not in strict.gateway.ask(leads, partners.brigade).text


def test_nobody_is_helped_to_guess_names(partners: Partners, strict: Strict) -> None:
    for query, variables in MISSPELT:
        open_ = partners.ask(query, variables=variables)
        for key in (None, partners.brigade):
            closed = strict.gateway.ask(query, key, variables=variables)
            assert closed.codes == open_.codes
            assert closed.codes[0] in ("VALIDATION", "BAD_VARIABLES"), query
            assert "Did you mean" not in closed.text, query
    helped = [query for query, variables in MISSPELT if "Did you mean" in partners.ask(query, variables=variables).text]
    assert len(helped) >= 8
