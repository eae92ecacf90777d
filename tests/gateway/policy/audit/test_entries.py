from datetime import date, timedelta
from typing import Any

import pytest

from gateway.engine.requests import Caller, Facts, Request, Response
from gateway.policy.audit import entry_of
from gateway.policy.audit.entries import outcome_of
from gateway.policy.terms import Agreement
from tests.gateway.policy.audit.logs import NOON, RESIDENT

AGREEMENT = Agreement(
    "police", 4, "Police", ("City", "Police"), "law", starts=date(2026, 1, 1), disclosed_after=timedelta(days=90),
    kept=timedelta(days=730),
)  # fmt: skip
FACTS = Facts(
    operation="9f86", fields=("Person.name",), agencies=("residents",), subjects=(RESIDENT,), purpose="investigation",
    reference="case-1", rows=3,
)  # fmt: skip


def test_an_entry_of_a_request() -> None:
    caller = Caller("police", key="cg_k3v9x0aa", agreement=AGREEMENT)
    response = Response({"data": {}}, facts=FACTS)
    entry = entry_of(Request("{ x }", caller=caller), response, when=NOON, duration=0.02, size=900, address="192.0.2.7")
    assert (entry.key, entry.agreement, entry.version) == ("cg_k3v9x0aa", "police", 4)
    assert (entry.purpose, entry.reference, entry.subjects) == ("investigation", "case-1", (RESIDENT,))
    assert (entry.disclosed_after, entry.kept) == (timedelta(days=90), timedelta(days=730))
    assert (entry.rows, entry.size, entry.duration, entry.outcome) == (3, 900, 0.02, "answered")
    for secret in (RESIDENT, "case-1", "192.0.2.7"):
        assert secret not in repr(entry)


def test_what_was_asked_for_is_kept_where_the_engine_did_not_come_so_far() -> None:
    request = Request("{ x }", purpose="hunting", reference="case-2")
    entry = entry_of(request, Response({"errors": [{}]}, executed=False), when=NOON, duration=0.0)
    assert (entry.purpose, entry.reference, entry.outcome, entry.agreement) == ("hunting", "case-2", "invalid", None)


@pytest.mark.parametrize(
    ("payload", "more", "outcome"),
    [
        ({"data": {}}, {}, "answered"),
        ({"data": {}, "errors": [{}]}, {}, "answered"),
        ({"data": {}, "errors": [{}]}, {"facts": Facts(denied=("rule",))}, "partly"),
        ({"errors": [{}]}, {"facts": Facts(denied=("rule",)), "executed": False}, "denied"),
        ({"errors": [{}]}, {"executed": False}, "invalid"),
        ({"errors": [{}]}, {"executed": False, "status": 429}, "limited"),
        ({"data": None, "errors": [{}]}, {}, "failed"),
    ],
)
def test_outcomes(payload: dict[str, Any], more: dict[str, Any], outcome: str) -> None:
    assert outcome_of(Response(payload, **more)) == outcome
