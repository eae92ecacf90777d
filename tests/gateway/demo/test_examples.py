"""GraphiQL's example queries fit the schema, and ask for what the samples of the default city are."""

import re

import pytest
from graphql import parse, validate

from gateway.catalogue import load
from gateway.demo.generate import Built
from gateway.demo.samples import samples
from gateway.web.examples import read_examples
from resolvers.schema import CitySchema, build_schema
from tests.gateway.demo.conftest import CITY

EXAMPLES = {re.findall(r"^query (\w+)", example.query, re.MULTILINE)[0]: example for example in read_examples(CITY)}


@pytest.fixture(scope="module")
def schema() -> CitySchema:
    return build_schema(load(CITY, {}))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid(schema: CitySchema, name: str) -> None:
    assert validate(schema.graphql, parse(EXAMPLES[name].query)) == []


def test_examples_ask_for_the_samples(built: Built) -> None:
    found = samples(built.directory)
    wanted = {
        "Profile": [found.busy],
        "Conflict": [found.conflict],
        "Timeline": [found.busy],
        "Search": [],
        "Levels": [found.condominium],
        "Several": [found.busy, found.uncovered, found.absent],
        "Withheld": [found.withheld],
        "Kitchen": [found.kitchen],
        "Company": [found.company],
        "Owner": [found.owner],
        "Agencies": [],
    }
    asked = {name: re.findall(r"hbt\.[a-z_]+:[0-9A-Z-]+", example.query) for name, example in EXAMPLES.items()}
    assert asked == wanted
    assert f'"{found.ambiguous}"' in EXAMPLES["Search"].query


def test_only_the_example_about_a_person_needs_the_local_caller() -> None:
    assert {name for name, example in EXAMPLES.items() if example.headers} == {"Owner"}
