"""No query tells a caller anything of what it is not granted: neither a value nor that there is one.

Worlds that differ only in what the caller may not see must answer alike, to the letter, whatever
is asked: `shapes` asks by every path to every column and in every way that the schema has, and
random operations combine them. Moments of asking and durations apart.

All shapes to all callers take some minutes: CITYGRAPH_TEST_LEAKS=all. Else every shape is asked by
some callers, and what concerns a caller's own denials by that caller.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import Compare, Op
from gateway.engine.engine import CityEngine
from gateway.engine.requests import ANONYMOUS, Caller
from gateway.policy.terms import Agreement, Grant
from resolvers.city import Table
from tests.differential.generator import Generator
from tests.differential.values import Pool
from tests.e2e import city as testville
from tests.partners.planting import TRUSTED, WORLDS, Case, Restricted, marked, planted, worlds
from tests.partners.shapes import IDS, NAMES, TEXTS, Shape, Shapes
from tests.partners.telling import Told, leaks, request, tell, texts, valued

PURPOSES = MappingProxyType({"benefit-check": "dpv:ServiceProvision", "inspection": "dpv:LegalCompliance"})
SCOPES = frozenset({"personal", "census:owners", "census:secrets", "welfare:read"})
REGISTERS = frozenset({"land.parcels", "land.units", "works.building_lots", "harbour.piers", "trade.companies"})


def _agreement(name: str, *grants: Grant, scopes: Iterable[str] = ()) -> Agreement:
    return Agreement(
        name,
        1,
        name,
        ("a partner", "Testville"),
        "a law",
        PURPOSES,
        frozenset(scopes),
        MappingProxyType({grant.dataset: grant for grant in grants}),
    )


def _partner(agreement: Agreement) -> Caller:
    return Caller(agreement.id, key=f"cg_{agreement.id}", agreement=agreement)


WARD = Compare("lot", Op.STARTS_WITH, "1")
BENEFITS = _partner(
    _agreement(
        "benefits",
        Grant("people.residents", frozenset({"resident", "name", "lot"})),
        Grant("census.homes"),
        Grant("welfare.shelters", rows=(WARD,)),
        Grant("census.readings", frozenset({"secret"}), rows=(WARD,)),
    )
)
BRIGADE = _partner(
    _agreement(
        "brigade",
        Grant("people.residents", frozenset({"resident", "name", "born", "lot"}), rows=(WARD,)),
        Grant("land.parcels", frozenset({"owner"}), rows=(Compare("ward", Op.EQ, 1),)),
        Grant("works.permits", frozenset({"applicant"})),
        Grant("people.officers", frozenset({"resident"})),
    )
)
COUNTING = _partner(
    _agreement(
        "counting",
        Grant("people.residents", frozenset({"since"}), counts_only=True),
        Grant("welfare.shelters", counts_only=True),
        Grant("calls.complaints", frozenset({"topic"}), counts_only=True),
        Grant("census.homes", frozenset({"owner"}), counts_only=True),
    )
)
UNSCOPED = Caller("all but the planted", SCOPES, trusted=True)


def _cases() -> Iterable[Case]:
    city = testville.city()
    yield Case("anonymous", ANONYMOUS, city)
    yield Case("anonymous where nothing is public", ANONYMOUS, city, closed=True)
    yield Case("personal scope, no purpose", _partner(_agreement("nopurpose", scopes=SCOPES)), city)
    yield Case("benefits, no purpose", BENEFITS, city)
    yield Case("benefits", BENEFITS, city, "benefit-check", "case 1")
    yield Case("benefits, no reference", BENEFITS, city, purpose="benefit-check")
    yield Case("brigade", BRIGADE, city, purpose="inspection", reference="order 7")
    yield Case("counting", COUNTING, city, "benefit-check", "case 1")
    yield Case("everything but what is withheld", TRUSTED, city)
    yield Case("restricted", TRUSTED, city, restricted=Restricted(frozenset({"tv.resident:300001", "tv.site:70011"})))
    for name, chosen in _groups().items():
        yield Case(f"without {name}", UNSCOPED, marked(city, chosen))


def _groups() -> dict[str, Callable[[Table, str], bool]]:
    """Columns that are denied together: by what the gateway does with them."""
    city = testville.city()
    keys = {(t.name, c): key.scheme for t in city.tables.values() for key in t.keys for c in key.reads}
    sections = [(s, city.tables[s.dataset]) for s in city.sections]
    ids = {(s.dataset, c) for s, t in sections for c in (*t.dataset.id, *s.id, *s.group)}
    dated = {(s.dataset, c) for s, _ in sections for role, c in s.roles.items() if role in ("date", "until")}
    dated |= {(t.name, c) for t in city.tables.values() for c in (t.as_of, t.modified) if isinstance(c, str)}
    dated |= {(t.name, c) for t in city.tables.values() for link in t.links for c in (link.since, link.until) if c}
    claimed = {(t.name, claim.column) for t in city.tables.values() for claim in t.claims}

    def of(wanted: set[tuple[str, str]]) -> Callable[[Table, str], bool]:
        return lambda table, column: (table.name, column) in wanted

    everything = {(t.name, c) for t in city.tables.values() for c in t.dataset.columns}
    found = {
        "dates": of(dated),
        "ids": of(ids - keys.keys()),
        "ids and keys of parts": of({(name, c) for name, c in ids if name not in REGISTERS}),
        "claims": of(claimed - keys.keys()),
        "other columns": of(everything - keys.keys() - ids - dated),
        "anything but keys": of(everything - keys.keys()),
    }
    for scheme in sorted(city.schemes.keys() - {"tv.pier"}):  # there is but one pier, which can't be another
        mine = {place for place, its in keys.items() if its == scheme}
        found[f"keys {scheme} outside of registers"] = of({p for p in mine if p[0] not in REGISTERS})
        found[f"keys {scheme} in registers"] = of({p for p in mine if p[0] in REGISTERS})
    places = [(table, column) for table in city.tables.values() for column in table.dataset.columns]
    return {name: chosen for name, chosen in found.items() if any(chosen(*place) for place in places)}


CASES = list(_cases())
NAMED = [case.name for case in CASES]
EVERYTHING = os.environ.get("CITYGRAPH_TEST_LEAKS") == "all"
STRIDE = 1 if EVERYTHING else 48
FEW = 400 if EVERYTHING else 4


@cache
def shapes() -> Shapes:
    """The shapes of Testville's schema."""
    return Shapes(testville.schema().graphql)


@cache
def every_shape() -> list[Shape]:
    """All of them."""
    return shapes().all()


@dataclass(slots=True)
class Asking:
    """The worlds of one case."""

    case: Case
    engines: list[CityEngine]

    async def ask(self, shape: Shape) -> Told:
        """The answer of all worlds. Fails if they differ."""
        asked = request(self.case, shape)
        answers = [await tell(engine, asked, twice=not shape.extensions) for engine in self.engines]
        found = leaks(answers)
        assert not found, f"{self.case.name} / {shape.name}:\n" + "\n".join(found[:6])
        return answers[0]

    async def differs(self, shape: Shape) -> bool:
        """Whether who may see everything gets different answers."""
        asked = request(self.case, shape, TRUSTED)
        first, *others = [await tell(engine, asked, twice=False) for engine in self.engines]
        return any(other != first for other in others)

    async def aclose(self) -> None:
        for engine in self.engines:
            await engine.aclose()


@cache
def asking(name: str) -> Asking:
    """The worlds of a case, made once."""
    case = CASES[NAMED.index(name)]
    return Asking(case, worlds(case))


def chosen(case: Case) -> Iterator[Shape]:
    """The shapes that a case is asked: its share of all, and those that name a column denied to it."""
    mine = CASES.index(case)
    names = {f"{'where' if way else 'order'} {column}" for way in (0, 1) for column in _denied(case)}
    kept = 0
    for number, shape in enumerate(every_shape()):
        about = any(shape.name.endswith(name) for name in names) and kept < FEW
        kept += about
        if about or number % STRIDE == mine % STRIDE:
            yield shape


def _denied(case: Case) -> set[str]:
    permits = case.permits
    open_ = [table for table in case.city.tables.values() if permits.table(table) is None]
    return {column for table in open_ for column in permits.names(table) | permits.hidden(table)}


@pytest.mark.parametrize("name", NAMED)
async def test_worlds_are_alike(name: str) -> None:
    found = asking(name)
    for shape in chosen(found.case):
        await found.ask(shape)


@pytest.mark.parametrize("name", NAMED)
async def test_what_answers_give_is_no_key_to_more(name: str) -> None:
    """Cursors and ids of records: the caller's own, and those that who may see everything was given."""
    found = asking(name)
    entity, section = "Address", ("records", "sales", "buildingPermits", "residents")[CASES.index(found.case) % 4]
    texted = "edges { cursor node { id } }"
    inside = (
        f"{section}(first: 5) {{ {texted} }} registrations(first: 5) {{ {texted} }} permits(first: 4) {{ {texted} }}"
    )
    wanted = Shape("harvest", f"query($ids: [ID!]!) {{ addresses(ids: $ids) {{ {inside} }} }}", {"ids": IDS[entity]})
    own = await found.ask(wanted)
    others = [await tell(engine, request(found.case, wanted, TRUSTED), twice=False) for engine in found.engines]
    records = dict.fromkeys(i for told in (own, *others) for i in valued(told.book, "id"))
    cursors = dict.fromkeys(c for told in (own, *others) for c in valued(told.book, "cursor"))
    await found.ask(shapes().records(list(records)[:60]))
    await found.ask(shapes().following(entity, section, list(cursors)[:30]))
    assert records or found.case.closed


@pytest.mark.parametrize("name", NAMED)
async def test_the_worlds_are_different_ones(name: str) -> None:
    """Who may see everything sees differences, so that a caller who sees none is kept from something."""
    found = asking(name)
    first, *others = [planted(found.case, world) for world in range(WORLDS)]
    assert all(other != first for other in others)
    if found.case.caller is TRUSTED:  # what is withheld, nobody sees
        return
    plain = (shape for shape in every_shape() if shape.name.startswith(("Address.", "Business.", "Person.")))
    for shape in plain:
        if await found.differs(shape):
            return
    pytest.fail("nobody would have noticed")


@pytest.mark.parametrize("name", ["anonymous", "benefits", "brigade", "counting", "personal scope, no purpose"])
async def test_no_planted_name_is_told(name: str) -> None:
    """Planted names stand in no answer, nor in what a token of it holds, but where the question said them."""
    found = asking(name)
    hidden = found.case.permits.hidden(found.case.city.tables["people.residents"])
    names = [] if "name" not in hidden else ["AARON, ABE", "ZORN, ZOE"]
    for shape in every_shape()[:: STRIDE * 2]:
        if "AARON" in shape.query:
            continue
        for engine in found.engines:
            told = await tell(engine, request(found.case, shape), twice=False)
            assert not [text for text in texts(told.book) if any(word in text for word in names)], shape.name


def _pool() -> Pool:
    ids = {entity: list(known) for entity, known in IDS.items()}
    words = ["AARON, ABE", "ZORN, ZOE", "OAK LLC", "10101", "A", "M"]
    roles = ["RESIDENT", "OFFICER", "PREMISES"]
    return Pool(ids=ids, texts=list(TEXTS), names=list(NAMES), roles=roles, words=words)


@settings(
    max_examples=2000 if EVERYTHING else 25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(name=st.sampled_from(NAMED), seed=st.integers(0, 2**32))
def test_random_operations_tell_nothing(name: str, seed: int) -> None:
    """Whatever the schema lets a caller combine."""
    found = asking(name)
    generator = Generator(testville.schema().graphql, _pool(), seed)
    asyncio.run(_asked(found, generator))


async def _asked(found: Asking, generator: Generator) -> None:
    for _ in range(3):
        operation = generator.operation()
        trace = {"trace": True} if generator.random.random() < 0.3 else {}
        await found.ask(Shape("random: " + operation.text(), operation.text(), operation.variables(), trace))


@pytest.mark.parametrize(
    "extensions", [{"explain": True}, {"onDenied": "REFUSE"}, {"onDenied": "REFUSE", "trace": True}]
)
async def test_what_is_told_beforehand_does_not_depend_on_data(extensions: dict[str, object]) -> None:
    for name in ("anonymous", "benefits", "without dates"):
        found = asking(name)
        for shape in every_shape()[:: STRIDE * 3]:
            await found.ask(Shape(shape.name, shape.query, shape.variables, extensions))
