"""What is on the record of look-ups, read as `citygraph audit` reads it."""

from pathlib import Path

from gateway.policy.audit.entries import Record
from gateway.policy.audit.places import Places
from gateway.policy.audit.pseudonyms import Pseudonyms
from gateway.policy.audit.reading import Reader, Search
from tests.partners.serving import PEPPER, Gateway

_PSEUDONYMS = Pseudonyms(PEPPER.encode())


def recorded(at: Gateway | Path, **wanted: str) -> list[Record]:
    """The records that fit, in their order; `subject` is an identifier as it is."""
    place = at if isinstance(at, Path) else Path(at.environment["CITYGRAPH_AUDIT"])
    if "subject" in wanted:
        wanted["subject"] = _PSEUDONYMS.subject(wanted["subject"])
    return list(Reader(Places.of(place)).records(Search(**wanted)))  # type: ignore[arg-type]


def hashed(identifier: str) -> str:
    """An identifier as the record has it."""
    return _PSEUDONYMS.subject(identifier)
