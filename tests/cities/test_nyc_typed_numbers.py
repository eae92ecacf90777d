"""New York's applications for outdoor seating at the restaurants whose permits they name: whose they are, read
from the raw files when the test runs."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from gateway.engine.requests import Engine
from resolvers.identity.names import compare_names
from tests.cities.test_nyc_business_links import ask, rows

SEATING = """query Q($ids: [ID!]!) { businesses(ids: $ids%s) { id links { identifier }
  outdoorSeating(first: 100) { nodes { guid } totalCount source { state error { code } } } } }"""


class Application(NamedTuple):
    """What an applicant typed, and what the health department calls the permit's holder and where it is."""

    guid: str
    camis: str
    names: tuple[str, ...]
    zip: str
    number: str
    known: tuple[str, str, str] | None

    @property
    def agrees(self) -> bool:
        """The name, and the zip with the house number."""
        return self.known is not None and self._named >= 0.9 and (self.zip, self.number) == self.known[1:]

    @property
    def contradicts(self) -> bool:
        """Another zip, another house number, and a name of other words."""
        if self.known is None or not all((self.zip, self.number, *self.known)):
            return False
        return self._named < 0.4 and self.zip != self.known[1] and self.number != self.known[2]

    @property
    def _named(self) -> float:
        return max(compare_names(self.known[0] if self.known else "", name) for name in self.names)


def _number(line: str) -> str:
    return next(iter(re.findall(r"^\d+", line)), "")


def applications(environment: Mapping[str, str]) -> Iterator[Application]:
    """All with the number of a permit."""
    told = rows(environment, "DOHMH", "SELECT camis, dba, zipcode, building FROM restaurant_inspections")
    known = {camis: (name, zip_, _number(building)) for camis, name, zip_, building in told}
    statement = """SELECT globalid, "Food Service Establishment Permit #", "Restaurant Name", "Legal Business Name",
        "Doing Business As (DBA)", "Postcode", "Business Address" FROM open_restaurants"""
    for guid, camis, name, legal, trade, zip_, address in rows(environment, "DOT", statement):
        names = tuple(filter(None, (name, legal, trade)))
        if re.fullmatch(r"[45]\d{7}", camis) and names:
            yield Application(guid, camis, names, zip_, _number(address), known.get(camis))


async def seating(engine: Engine, of: list[Application], arguments: str = "") -> dict[str, dict[str, Any]]:
    """The section by permit."""
    found = await ask(engine, SEATING % arguments, sorted({f"nyc.camis:{each.camis}" for each in of}))
    return {
        name.removeprefix("nyc.camis:"): business["outdoorSeating"] | {"links": business["links"]}
        for name, business in found.items()
    }


def shown(section: dict[str, Any], application: Application) -> bool:
    return application.guid in {node["guid"] for node in section["nodes"]}


@pytest.mark.asyncio(loop_scope="module")
async def test_applications_that_agree_belong(nyc_engine: Engine, nyc_environment: Mapping[str, str]) -> None:
    agreeing = [each for each in applications(nyc_environment) if each.agrees]
    assert len(agreeing) > 500
    found = await seating(nyc_engine, agreeing)
    assert [each for each in agreeing if not shown(found[each.camis], each)] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_applications_of_others_do_not(nyc_engine: Engine, nyc_environment: Mapping[str, str]) -> None:
    """They typed a number that is somebody else's; who asks for what is possible gets them. What a café's licence
    says of a permit is left aside."""
    licensed = {row[0] for row in rows(nyc_environment, "DCWP", 'SELECT "DOHMH" FROM sidewalk_cafes')}
    others = [each for each in applications(nyc_environment) if each.contradicts and each.camis not in licensed]
    assert others
    found = await seating(nyc_engine, others)
    assert [each for each in others if shown(found[each.camis], each)] == []
    for each in others:
        section = found[each.camis]
        assert (section["source"]["state"], _code(section)) == ("PARTIAL", "UNCONFIRMED")
        assert section["totalCount"] == len(section["nodes"])
    possible = await seating(nyc_engine, others, ", possible: 0")
    assert all(shown(possible[each.camis], each) for each in others)


@pytest.mark.asyncio(loop_scope="module")
async def test_permits_that_only_applicants_know_are_possible_only(
    nyc_engine: Engine, nyc_environment: Mapping[str, str]
) -> None:
    """Unless matching found another authority that knows the business."""
    unknown: dict[str, list[Application]] = defaultdict(list)
    for each in applications(nyc_environment):
        if each.known is None:
            unknown[each.camis].append(each)
    some = [each for mine in list(unknown.values())[:400] for each in mine]
    found = await seating(nyc_engine, some)
    lonely = [each for each in some if not found[each.camis]["links"]]
    assert len(lonely) > 100
    assert not any(shown(found[each.camis], each) for each in lonely)
    assert {_code(found[each.camis]) for each in lonely} == {"UNCONFIRMED"}
    possible = await seating(nyc_engine, lonely, ", possible: 0.5")
    assert all(shown(possible[each.camis], each) for each in lonely)
    linked = [each for each in some if found[each.camis]["links"]]
    assert sum(shown(found[each.camis], each) for each in linked) > 0.9 * len(linked)
    assert {_code(found[each.camis]) for each in linked if not shown(found[each.camis], each)} <= {"UNCONFIRMED"}


def _code(section: dict[str, Any]) -> str | None:
    error = section["source"]["error"]
    return error["code"] if error else None
