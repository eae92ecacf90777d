"""Introspection tells a caller all that it may see of a city, and nothing of the rest."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_introspection_query,
    graphql_sync,
    parse,
    print_type,
    validate,
    validate_schema,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.catalogue import load
from gateway.engine.requests import Caller
from gateway.policy.profiles import Profiles
from gateway.policy.terms import Agreement, Grant
from gateway.policy.visible import NOTHING_SHOWN, Decides, Widest, visible
from resolvers.administration import TYPES as ADMINISTRATION
from resolvers.city import Section, Table
from resolvers.entities import SHARED
from resolvers.merging import attributes
from resolvers.names import camel, constant
from resolvers.schema import CitySchema, build_schema
from resolvers.sections import ENTITIES, columns_of

ROOT = Path(__file__).parents[3]


@cache
def demo() -> CitySchema:
    return build_schema(load(ROOT / "cities" / "demo", {}))


def agreement(*grants: Grant, scopes: frozenset[str] = frozenset()) -> Agreement:
    """One in force, with a purpose of each kind."""
    return Agreement(
        id="office",
        version=1,
        title="An office",
        parties=("The city", "An office"),
        legal_basis="An act",
        purposes=MappingProxyType({"benefit-check": "dpv:ServiceProvision", "inspection": "dpv:LegalObligation"}),
        scopes=scopes,
        grants=MappingProxyType({grant.dataset: grant for grant in grants}),
    )


BENEFITS = agreement(
    Grant("welfare.benefits", columns=frozenset({"number", "resident", "benefit", "from_date", "to_date"})),
    Grant("residents.residents", counts_only=True),
    scopes=frozenset({"personal"}),
)
OFFICERS = agreement(Grant("companies.officers", columns=frozenset({"officer", "name"})))
CALLERS = {
    "anyone": Caller("anonymous"),
    "personal": Caller("local", frozenset({"personal"}), trusted=True),
    "a dataset, but none of its columns": Caller("local", frozenset({"residents:read"}), trusted=True),
    "residents": Caller("local", frozenset({"residents:read", "personal"}), trusted=True),
    "a column": Caller("local", frozenset({"officers:born"}), trusted=True),
    "everything": Caller("local", frozenset({"*"}), trusted=True),
    "benefits office": Caller("office", agreement=BENEFITS),
    "officers' names": Caller("office", agreement=OFFICERS),
}


def decides(name: str) -> Decides:
    """What introspection goes by: all purposes that the caller may name."""
    profiles = Profiles(demo().city)
    caller = CALLERS[name]
    purposes = list(caller.agreement.purposes) if caller.agreement else []
    return Widest([profiles.of(caller, purpose, "C-1") for purpose in purposes] or [profiles.of(caller)])


@pytest.mark.parametrize("name", CALLERS)
def test_a_caller_is_told_what_it_may_see_and_nothing_else(name: str) -> None:
    check(decides(name))


@dataclass(frozen=True)
class Picked:
    """Decisions that a seed makes."""

    seed: int
    share: float
    denied: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def _denies(self, *what: str) -> str | None:
        known = self.denied.get(what)
        if known is None:
            known = self.denied[what] = random.Random(f"{self.seed} {what}").random() < self.share
        return "no" if known else None

    def table(self, table: Table) -> str | None:
        return self._denies("table", table.name)

    def column(self, table: Table, column: str) -> str | None:
        return self.table(table) or self._denies("column", table.name, column)

    def entity(self, entity: str) -> str | None:
        return self._denies("entity", entity)

    def counts(self, table: Table) -> bool:
        return self._denies("counts", table.name) is None


@given(st.integers(0, 2**32), st.sampled_from([0.03, 0.2, 0.5, 0.8, 0.97, 1.0]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_decided(seed: int, share: float) -> None:
    check(Picked(seed, share))


# --- the check: by the catalogue, not by the schema's meanings


def check(permits: Decides) -> None:
    cut = visible(demo(), permits)
    assert validate_schema(cut) == []
    told = json.dumps(introspected(cut), ensure_ascii=False)
    for section in demo().city.sections:
        check_section(cut, permits, section)
    assert [line for line in mentions(permits) if said(line, told)] == []
    check_entities(cut, permits)
    check_rest(cut, permits)
    assert not ADMINISTRATION & set(cut.type_map)


def said(line: str, told: str) -> bool:
    return line in told and re.search(rf"(?<!\w){re.escape(line)}(?!\w)", told) is not None


def introspected(schema: GraphQLSchema) -> dict[str, Any]:
    found = graphql_sync(schema, get_introspection_query(input_value_deprecation=True))
    assert found.errors is None
    assert found.data is not None
    return found.data


def hangs(permits: Decides, table: Table, entity: str) -> bool:
    """Whether the engine finds records of a dataset by an entity: all columns of a key are needed."""
    if permits.table(table) is not None or permits.entity(entity) is not None:
        return False
    keys = [key for key in table.keys if demo().city.schemes[key.scheme].entity == entity]
    return any(all(permits.column(table, column) is None for column in key.reads) for key in keys)


def table_of(section: Section) -> Table:
    return demo().city.tables[section.dataset]


def shown_types(permits: Decides) -> set[str]:
    return {s.type_name for s in demo().city.sections if hangs(permits, table_of(s), s.entity)}


def check_section(cut: GraphQLSchema, permits: Decides, section: Section) -> None:
    entity, table, name = cut.type_map.get(section.entity), table_of(section), section.type_name
    counted = permits.table(table) is not None and permits.counts(table) and section.many
    if permits.entity(section.entity) is None:
        assert isinstance(entity, GraphQLObjectType)
        assert (section.name in entity.fields) == (hangs(permits, table, section.entity) or counted)
        if counted and name not in shown_types(permits):
            left = cut.type_map[f"{name}Connection"]
            assert isinstance(left, GraphQLObjectType)
            assert set(left.fields) == {"pageInfo", "totalCount", "source", "sources"}
    else:
        assert entity is None
    if name in shown_types(permits):
        check_record(cut, permits, section)
    else:
        assert not {name, f"{name}Edge", f"{name}About", f"{name}Where", f"{name}Order"} & set(cut.type_map)


def check_record(cut: GraphQLSchema, permits: Decides, section: Section) -> None:
    """Columns that may be seen are there as before; the others are not, or say nothing."""
    name, table = section.type_name, table_of(section)
    made: Any = cut.type_map[name]
    whole: Any = demo().graphql.type_map[name]
    promised = {field for interface in whole.interfaces for field in interface.fields}
    roles = {camel(role): column for role, column in section.roles.items()}
    for column in columns_of(section, table):
        denied = permits.column(table, column) is not None
        for shown in {camel(column), *(role for role, c in roles.items() if c == column)}:
            if roles.get(shown, column) != column:
                continue  # another column feeds the interface's field of this name
            if not denied:
                assert str(made.fields[shown].type) == str(whole.fields[shown].type)
                assert made.fields[shown].description == whole.fields[shown].description
            elif shown in promised:
                assert made.fields[shown].description == NOTHING_SHOWN
            else:
                assert shown not in made.fields
        for suffix in ("Where", "Order"):
            given: Any = demo().graphql.type_map.get(f"{name}{suffix}")
            kept: Any = cut.type_map.get(f"{name}{suffix}")
            if given is not None and camel(column) in given.fields and section_filters(permits, section):
                assert (camel(column) in (kept.fields if kept else ())) == (not denied)


def section_filters(permits: Decides, section: Section) -> bool:
    """Whether a field leads to the conditions on a section."""
    same = [s for s in demo().city.sections if s.type_name == section.type_name and s.many]
    return any(hangs(permits, table_of(s), s.entity) for s in same)


def mentions(permits: Decides) -> Iterator[str]:
    """Words that only what is denied brings into the schema."""
    city = demo().city
    open_words = "\n".join(words(permits))
    shown, counted = shown_types(permits), set[str]()
    for section in city.sections:
        if permits.table(table_of(section)) is not None and permits.counts(table_of(section)) and section.many:
            counted |= {section.type_name} if permits.entity(section.entity) is None else set()
    for section in city.sections:
        if section.type_name not in shown | counted:
            yield section.type_name
            yield from fresh(section.title or table_of(section).title, open_words)
    for table in city.tables.values():
        for name, column in table.dataset.columns.items():
            if permits.column(table, name) is not None and column.description:
                yield from fresh(column.description, open_words)
    for agency in city.agencies.values():
        mine = {s.type_name for s in city.sections if table_of(s).agency == agency.id}
        if mine and not mine & (shown | counted):
            yield from fresh(f"({agency.name})", open_words)
    for entity in ENTITIES:
        if permits.entity(entity) is not None:
            yield from (f"{entity}Shared", f"{entity}Candidate", f"{entity}Attribute", f"{entity}Connection")


def fresh(text: str, known: str) -> Iterator[str]:
    if text.rstrip(".") not in known:
        yield text


def words(permits: Decides) -> Iterator[str]:
    """What may be said: of permitted columns, of titles, and the schema's own words."""
    city = demo().city
    for table in city.tables.values():
        if permits.table(table) is None or permits.counts(table):
            yield table.title
            yield from (s.title for s in city.sections if s.dataset == table.name)
        for name, column in table.dataset.columns.items():
            if permits.column(table, name) is None:
                yield column.description
    for shared in SHARED.values():
        yield from (f"{made.description}" for made in attributes(shared).values())
    own = {name for section in city.sections for name in [section.type_name]}
    for name, kind in demo().graphql.type_map.items():
        if not any(name.startswith(each) for each in own) and name not in ENTITIES:
            yield f"{kind.description}"
            yield from (f"{part.description}" for part in getattr(kind, "fields", {}).values())


def check_entities(cut: GraphQLSchema, permits: Decides) -> None:
    city, query = demo().city, cut.query_type
    assert query is not None
    for entity in ENTITIES:
        seen = permits.entity(entity) is None
        assert (entity in cut.type_map) == seen
        assert (entity.lower() in query.fields) == seen
        assert any(name.startswith(f"search{entity}"[:-1]) for name in query.fields) == seen
        if not seen:
            continue
        kind: Any = cut.type_map[entity]
        choices: Any = cut.type_map.get(f"{entity}Attribute")
        for name in attributes(SHARED[entity]):
            claims = [
                (t, c.column)
                for t in city.tables.values()
                for c in t.claims
                if (c.entity, c.attribute) == (entity, name)
            ]
            open_ = not claims or any(hangs(permits, t, entity) and permits.column(t, c) is None for t, c in claims)
            assert (camel(name) in kind.fields) == open_
            assert (constant(camel(name)) in (choices.values if choices else ())) == open_
    for one in ENTITIES:
        for other, plural in (("Address", "addresses"), ("Business", "businesses"), ("Person", "people")):
            if permits.entity(one) is None and one != other:
                kind = cut.type_map[one]
                assert (plural in kind.fields) == any({a, b} == {one, other} for a, b, _ in ties(permits))
    roles: Any = cut.type_map.get("Role")
    assert set(roles.values if roles else ()) == {role for _, _, role in ties(permits)}


def ties(permits: Decides) -> set[tuple[str, str, str]]:
    return {
        (link.source, link.target, link.role)
        for table in demo().city.tables.values()
        for link in table.links
        if hangs(permits, table, link.source) and hangs(permits, table, link.target)
    }


def check_rest(cut: GraphQLSchema, permits: Decides) -> None:
    """What no decision concerns is as it was."""
    query: Any = cut.query_type
    assert {"city", "me", "node", "nodes"} <= set(query.fields)
    assert "keys" not in query.fields
    assert cut.mutation_type is None
    for name in ("City", "Me", "Node", "Dataset", "Scheme", "Level", "State", "Date"):
        assert print_type(cut.type_map[name]) == print_type(demo().graphql.type_map[name])


# --- examples


def test_everything_is_the_whole_schema() -> None:
    """But for what nothing leads to in the whole schema either."""
    whole, cut = demo().graphql, visible(demo(), decides("everything"), admin=True)
    for name, kind in cut.type_map.items():
        printed = print_type(whole.type_map[name])
        assert print_type(kind) == printed.replace("This dataset has no such value: always null.", NOTHING_SHOWN)
    lost = set(whole.type_map) - set(cut.type_map)
    led_to = {
        str(field.type).strip("[]!") for t in cut.type_map.values() for field in getattr(t, "fields", {}).values()
    }
    assert not lost & led_to
    assert all(name.endswith(("Connection", "Edge", "Where", "Order", "Filter")) for name in lost), lost


def test_administrators_see_what_they_change() -> None:
    for name in ("anyone", "benefits office"):
        cut = visible(demo(), decides(name), admin=True)
        assert validate_schema(cut) == []
        assert set(cut.type_map) >= ADMINISTRATION


def test_the_examples_are_valid_for_whom_they_are_meant() -> None:
    document = parse((ROOT / "cities" / "demo" / "examples.graphql").read_text())
    assert validate(visible(demo(), decides("everything")), document) == []
    assert validate(visible(demo(), decides("anyone")), parse("{ address(id: 1) { sales { nodes { price } } } }")) == []


def test_a_denied_field_reads_like_one_that_never_was() -> None:
    cut = visible(demo(), decides("anyone"))
    (denied,) = validate(cut, parse('{ address(id: "hbt.parcel:1") { residents { totalCount } } }'))
    (unknown,) = validate(cut, parse('{ address(id: "hbt.parcel:1") { resisters { totalCount } } }'))
    assert denied.message.replace("residents", "X") == unknown.message.replace("resisters", "X")


def test_who_may_count_residents_is_shown_no_record_of_them() -> None:
    cut = visible(demo(), decides("benefits office"))
    assert "WelfareBenefits" in cut.type_map
    assert "ResidentsResidences" not in cut.type_map
    assert validate(cut, parse("{ address(id: 1) { residents { totalCount } } }")) == []
    assert validate(cut, parse("{ address(id: 1) { residents { nodes { id } } } }")) != []


def test_a_grant_of_columns_shows_these() -> None:
    cut = visible(demo(), decides("officers' names"))
    officers: Any = cut.type_map["CompaniesOfficers"]
    assert {"officer", "name", "office", "appointed"} <= set(officers.fields)
    assert "born" not in officers.fields
