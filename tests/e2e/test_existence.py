"""When an identifier is an entity: a table of cases, and what each must answer.

Malformed or undeclared: BAD_IDENTIFIER. A row anywhere: CONFIRMED. No row, everybody answered:
null and NOT_FOUND. No row, but a register was down or does not cover it: existence UNKNOWN.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.city import ANONYMOUS, Town, codes, make_town

CONFIRMED, UNKNOWN = "CONFIRMED", "UNKNOWN"
BAD, MISSING = "BAD_IDENTIFIER", "NOT_FOUND"
ADDRESS = "tv.address:90001/77 NOWHERE ST"  # addresses have no register of their own


@dataclass(frozen=True)
class Case:
    """A root field with an id; `existence` if it is an entity, else the `code` of the error."""

    promise: str
    id: str
    existence: str | None = None
    code: str | None = None
    root: str = "address"
    select: str = ""
    down: tuple[str, ...] = ()
    says: tuple[str, ...] = ()  # words of the message


@dataclass(frozen=True)
class Bulk:
    """`addresses(ids:)`: for each id the existence, or the code of the error at its index."""

    promise: str
    cases: tuple[tuple[str, str], ...]
    down: tuple[str, ...] = field(default=())


CASES = (
    # identifiers that are none
    Case("no scheme at all", "10101", code=BAD, says=("10101", "tv.lot")),
    Case("empty", "", code=BAD),
    Case("a scheme that nobody declared", "nyc.bbl:10101", code=BAD, says=("nyc.bbl", "tv.lot")),
    Case("a scheme without its prefix", "lot:10101", code=BAD, says=("tv.lot",)),
    Case("too few digits", "tv.lot:1010", code=BAD, says=("tv.lot", "4 digits")),
    Case("too many digits", "tv.lot:101010", code=BAD, says=("6 digits",)),
    Case("letters where digits belong", "tv.building:10O1", code=BAD, says=("tv.building", "10O1")),
    Case("no value", "tv.lot:", code=BAD),
    Case("digits of another script", "tv.building:١٠٠١", code=BAD),
    Case("a NUL", "tv.building:10\x0001", code=BAD),
    Case("very long", "tv.building:" + "1" * 100_000, code=BAD),
    Case("a business asked as an address", "tv.site:70011", code=BAD, says=("Business", "Address")),
    Case("an address asked as a business", "tv.lot:10101", code=BAD, root="business", says=("Address", "Business")),
    Case("an address without a postcode", "tv.address:12 Oak St", code=BAD, says=("postcode",)),
    Case("a malformed id while everybody is down", "tv.lot:x", code=BAD, down=("land", "works", "deeds")),
    # identifiers that a register knows
    Case("a lot of the register", "tv.lot:10101", CONFIRMED),
    Case("a lot written with dashes", "tv.lot:1-01-01", CONFIRMED),
    Case("a building of the register", "tv.building:1002", CONFIRMED),
    Case("a unit of the register", "tv.unit:50001", CONFIRMED),
    Case("a pier of the register", "tv.pier:101", CONFIRMED),
    Case("an address that the register spells otherwise", "tv.address:90001/12 OAK ST", CONFIRMED),
    Case("an address as people write it", "tv.address:12 Oak Street, 90001", CONFIRMED),
    Case("a company", "tv.company:7001", CONFIRMED, root="business"),
    Case("a site", "tv.site:70021", CONFIRMED, root="business"),
    Case("a person", "tv.resident:300001", CONFIRMED, root="person"),
    Case("a register's entity though every other agency is down", "tv.lot:10103", CONFIRMED, down=("works", "deeds")),
    # nobody knows it
    Case("nobody knows the lot", "tv.lot:90909", code=MISSING, says=("tv.lot:90909",)),
    Case(
        "nobody knows the lot, sections asked",
        "tv.lot:90909",
        code=MISSING,
        select="sales { totalCount } parcel { zip }",
    ),
    Case("nobody knows the building", "tv.building:9999", code=MISSING),
    Case("nobody knows the pier of the covered harbour", "tv.pier:199", code=MISSING),
    Case("nobody knows the address", "tv.address:90001/77 NOWHERE ST", code=MISSING),
    Case("nobody knows the company", "tv.company:7999", code=MISSING, root="business"),
    Case("nobody knows the person", "tv.resident:999999", code=MISSING, root="person"),
    # nobody knows it, but not everybody was heard
    Case("the register is down", "tv.lot:90909", UNKNOWN, down=("land",)),
    Case(
        "the register is down, a section is empty",
        "tv.lot:90909",
        UNKNOWN,
        select="sales { totalCount }",
        down=("land",),
    ),
    Case("the register's no counts, whoever else is down", "tv.lot:90909", code=MISSING, down=("deeds", "census")),
    Case(
        "the register's no counts, a section of the query is down",
        "tv.lot:90909",
        code=MISSING,
        select="yearBuilt sales { totalCount } businesses { totalCount }",
        down=("deeds", "trade"),
    ),
    Case("no register, and one who might know is down", ADDRESS, UNKNOWN, down=("calls",)),
    Case("no register, and a section is down", ADDRESS, UNKNOWN, select="complaints { totalCount }", down=("calls",)),
    Case("no register, and who claims is down", ADDRESS, UNKNOWN, select="line", down=("land",)),
    Case(
        "no register, and nobody leads to what is down",
        ADDRESS,
        code=MISSING,
        select="liens { totalCount }",
        down=("deeds",),
    ),
    Case("the register does not cover it", "tv.pier:201", UNKNOWN),
    Case("the register of companies is down", "tv.company:7999", UNKNOWN, root="business", down=("trade",)),
    Case("the register of persons is down", "tv.resident:999999", UNKNOWN, root="person", down=("people",)),
    # only a section knows it
    Case("only a selected section has rows", "tv.lot:10199", CONFIRMED, select="sales { totalCount }"),
    Case("only a section that was not asked for has rows", "tv.lot:10199", CONFIRMED),
    Case("only another section has rows", "tv.lot:10199", CONFIRMED, select="fireOrders { totalCount }"),
    Case("only a section has rows, on page 0", "tv.lot:10199", CONFIRMED, select="sales(first: 0) { totalCount }"),
    Case(
        "only a section has rows, none that meet the conditions",
        "tv.lot:10199",
        CONFIRMED,
        select="sales(where: { price: { gt: 1000000 } }) { totalCount }",
    ),
    Case("only a merged kind has rows", "tv.building:1003", CONFIRMED, select="permits { totalCount }"),
    Case("only a section knows the building", "tv.building:1003", CONFIRMED),
    Case("only a section knows the site", "tv.site:70019", CONFIRMED, root="business"),
    Case("only a dataset of text addresses knows it", "tv.address:90001/99 PINE RD", CONFIRMED),
    Case(
        "only a section knows it, the register is down",
        "tv.lot:10199",
        CONFIRMED,
        select="sales { totalCount }",
        down=("land",),
    ),
    Case("a claim is a row", "tv.lot:10199", CONFIRMED, select="yearBuilt"),
)

BULKS = (
    Bulk("one by one as asked", (("tv.lot:10103", CONFIRMED), ("tv.lot:10101", CONFIRMED))),
    Bulk(
        "order and errors by index",
        (
            ("tv.lot:90909", MISSING),
            ("tv.building:1001", CONFIRMED),
            ("nonsense", BAD),
            ("tv.lot:10101", CONFIRMED),
            ("tv.site:70011", BAD),
            ("tv.pier:201", UNKNOWN),
            ("tv.lot:10101", CONFIRMED),
        ),
    ),
    Bulk("the same twice, written differently", (("tv.lot:1-01-01", CONFIRMED), ("tv.lot:10101", CONFIRMED))),
    Bulk("all malformed", (("x", BAD), ("y", BAD))),
    Bulk(
        "a register that is down concerns its own scheme only",
        (("tv.lot:90909", MISSING), ("tv.building:9999", MISSING), ("tv.pier:199", UNKNOWN)),
        down=("harbour",),
    ),
    Bulk("none", ()),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.promise)
async def test_existence(case: Case, town: Town) -> None:
    town.cut_off(*case.down)
    query = f"query One($id: ID!) {{ {case.root}(id: $id) {{ existence {case.select} }} }}"
    payload = await town.answer(query, id=case.id)
    if case.existence is not None:
        assert payload["data"][case.root] is not None, payload
        assert payload["data"][case.root]["existence"] == case.existence
        return
    assert payload["data"] == {case.root: None}
    assert codes(payload) == [(case.root, case.code)]
    message = payload["errors"][0]["message"]
    assert len(message) < 400
    for word in case.says:
        assert word in message


FOREIGN = ("a business asked as an address", "an address asked as a business")  # node takes any entity's


@pytest.mark.parametrize("case", [c for c in CASES if c.promise not in FOREIGN], ids=lambda case: case.promise)
async def test_node_says_the_same(case: Case, town: Town) -> None:
    town.cut_off(*case.down)
    kind = case.root.capitalize()
    query = f"query One($id: ID!) {{ node(id: $id) {{ __typename id ... on {kind} {{ existence {case.select} }} }} }}"
    payload = await town.answer(query, id=case.id)
    if case.existence is None:
        assert payload["data"] == {"node": None}
        assert codes(payload) == [("node", case.code)]
    else:
        assert payload["data"]["node"]["__typename"] == kind
        assert payload["data"]["node"]["existence"] == case.existence


@pytest.mark.parametrize("bulk", BULKS, ids=lambda bulk: bulk.promise)
@pytest.mark.parametrize("field", ["addresses", "nodes"])
async def test_bulk(bulk: Bulk, field: str, town: Town) -> None:
    town.cut_off(*bulk.down)
    inside = "existence" if field == "addresses" else "... on Address { existence }"
    ids = [id for id, _ in bulk.cases]
    payload = await town.answer(f"query Many($ids: [ID!]!) {{ {field}(ids: $ids) {{ {inside} }} }}", ids=ids)
    wanted: list[Any] = [{"existence": want} if want in (CONFIRMED, UNKNOWN) else None for _, want in bulk.cases]
    errors = [(f"{field}.{i}", want) for i, (_, want) in enumerate(bulk.cases) if want in (BAD, MISSING)]
    if field == "nodes":  # nodes are of any kind
        wanted = [{} if id.startswith("tv.site:7") else want for (id, _), want in zip(bulk.cases, wanted, strict=True)]
        errors = [(path, code) for path, code in errors if not ids[int(path.split(".")[1])].startswith("tv.site:7")]
    assert payload["data"][field] == wanted
    assert codes(payload) == errors


@pytest.mark.parametrize("field", ["addresses", "nodes"])
async def test_bulk_is_bounded(field: str, town: Town) -> None:
    ids = ["tv.lot:10101"] * 1001
    payload = await town.answer(f"query Many($ids: [ID!]!) {{ {field}(ids: $ids) {{ id }} }}", ids=ids)
    assert payload["data"] == {field: None}
    assert codes(payload) == [(field, "BAD_ARGUMENT")]
    assert town.calls() == []


async def test_the_id_of_an_answer_is_accepted(town: Town) -> None:
    for id in ("tv.lot:1-01-01", "tv.address:12 Oak Street, 90001", "tv.building:1002"):
        given = (await town.address("id", id))["id"]
        assert (await town.address("id existence", given)) == {"id": given, "existence": CONFIRMED}


async def test_rows_fetched_ahead_for_what_is_absent_are_dropped(town: Town) -> None:
    payload = await town.answer('{ address(id: "tv.lot:90909") { sales { nodes { price } } sources { state } } }')
    assert payload["data"] == {"address": None}
    assert codes(payload) == [("address", MISSING)]
    assert "extensions" not in payload


async def test_a_register_that_recovers_answers_again(town: Town) -> None:
    query = '{ address(id: "tv.lot:90909") { existence } }'
    town.agencies["land"].fail()
    assert (await town.answer(query))["data"] == {"address": {"existence": UNKNOWN}}
    town.agencies["land"].failure = None
    payload = await town.answer(query)
    assert payload["data"] == {"address": None}
    assert codes(payload) == [("address", MISSING)]


async def test_a_person_is_no_entity_for_who_may_not_know(town: Town) -> None:
    """Whether or not the person exists, the answer is the same."""
    answers = []
    for id in ("tv.resident:300001", "tv.resident:999999"):
        query = "query One($id: ID!) { person(id: $id) { existence } }"
        payload = await town.answer(query, ANONYMOUS, id=id)
        assert codes(payload) == [("person", "DENIED")]
        answers.append(payload)
    assert answers[0] == answers[1]
    assert town.calls() == []


async def test_nothing_hidden_makes_an_entity_for_who_may_not_see_it() -> None:
    """A lot of which only a scoped dataset has rows exists for those who have the scope only."""
    shelters = [{"NO": 9, "LOT": "10155", "OPENED": None, "STOREYS": None}]
    town = make_town({"welfare.db": {"shelters": shelters}})
    query = '{ address(id: "tv.lot:10155") { existence } }'
    assert (await town.answer(query))["data"] == {"address": {"existence": CONFIRMED}}
    payload = await town.answer(query, ANONYMOUS)
    assert codes(payload) == [("address", MISSING)]


async def test_where_somebody_lives_makes_no_entity_for_who_may_not_know() -> None:
    """Of this lot only the residents' office has a row, and whose home it is is personal."""
    template = {"NAME": "A B", "BORN": None, "SINCE": None, "HIDDEN": False}
    town = make_town({"people.db": {"residents": [template | {"NO": "300009", "LOT": "10177"}]}})
    for select in ("", "people { totalCount }"):
        query = f'{{ address(id: "tv.lot:10177") {{ existence {select} }} }}'
        assert (await town.data(query))["address"]["existence"] == CONFIRMED
        payload = await town.answer(query, ANONYMOUS)
        assert payload["data"] == {"address": None}
        assert codes(payload) == [("address", MISSING)]


async def test_what_is_absent_has_no_parts(town: Town) -> None:
    """Parts of nothing are not told, however they fared."""
    town.cut_off("deeds", "fire")
    payload = await town.answer('{ address(id: "tv.lot:90909") { sales { totalCount } fireOrders { totalCount } } }')
    assert codes(payload) == [("address", MISSING)]
    assert "extensions" not in payload
