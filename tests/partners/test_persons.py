"""Persons over HTTP, at the demo city: who is told of whom, by which id, and what is written of it."""

from collections.abc import Iterator

import pytest

from tests.partners.serving import AGREEMENTS, CITY, DEMO, Answer, Gateway, Key, Partners, generous
from tests.partners.test_canaries import _files, _store

CASE = "persons/7"
FOUND = "state confidence evidence { rule detail } person { id fullName }"

# How Etta Swanwick, born on 1942-03-25, is asked for.
SURE = {
    "as the office has it": ("SWANWICK Etta", "1942-03-25"),
    "given name first": ("Etta Swanwick", "1942-03-25"),
    "a slip": ("Etta Swanwich", "1942-03-25"),
    "an initial": ("E Swanwick", "1942-03-25"),
}
NEAR = {
    "another day": ("Etta Swanwick", "1942-03-26"),
    "a short name misspelt": ("Esta Swanwick", "1942-03-25"),
    "the family's name alone": ("Swanwick", "1942-03-25"),
}
NOBODY = {
    "another given name": ("Thomas Swanwick", "1942-03-25"),
    "another day altogether": ("Etta Swanwick", "1967-08-02"),
}


def searched(asked: tuple[str, str], selection: str = FOUND) -> str:
    name, day = asked
    return f'{{ found: searchPersons(name: "{name}", birthDate: "{day}") {{ {selection} }} }}'


def told(gateway: Gateway, key: Key, query: str, purpose: str = "identity-check", **variables: str) -> Answer:
    return gateway.ask(query, key, purpose=purpose, reference=CASE, variables=variables)


def states(answer: Answer) -> list[str]:
    assert answer.errors == []
    return [candidate["state"] for candidate in answer.data["found"]]


@pytest.mark.parametrize("case", SURE)
def test_a_match_is_told(case: str, partners: Partners) -> None:
    answer = told(partners.gateway, partners.benefits, searched(SURE[case]))
    assert states(answer) == ["MATCH"]
    assert answer.data["found"][0]["person"]["fullName"] == "SWANWICK Etta"


@pytest.mark.parametrize("case", [*NEAR, *NOBODY])
def test_near_misses_are_as_nobody(case: str, partners: Partners) -> None:
    asked = (NEAR | NOBODY)[case]
    assert states(told(partners.gateway, partners.benefits, searched(asked))) == []
    trusted = partners.ask(searched(asked), headers=DEMO)
    assert states(trusted) == (["POSSIBLE"] if case in NEAR else [])


@pytest.fixture(scope="module")
def registry(partners: Partners, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Key]]:
    """A gateway with a partner that may see near misses, and its key."""
    place = tmp_path_factory.mktemp("registry")
    folder = generous(place / "agreements")
    text = (AGREEMENTS / "benefits-office.toml").read_text(encoding="utf-8")
    text = text.replace('contact = "', 'scopes = ["personal:possible"]\ncontact = "', 1)
    (folder / "registry-office.toml").write_text(text, encoding="utf-8")
    settings = {
        "CITYGRAPH_AGREEMENTS": str(folder),
        "CITYGRAPH_STORE": f"sqlite:///{place / 'store' / 'store.db'}",
        "CITYGRAPH_AUDIT": str(place / "audit"),
    }
    checked = partners.command("agreements", "check", "--city", CITY, **settings)
    assert checked.exit_code == 0, checked.stdout + checked.stderr
    key = partners.create("Registry Office", "--agreement", "registry-office", **settings)
    with partners.start(CITY, **settings) as gateway:
        yield gateway, key


def test_who_has_the_right_is_told_of_near_misses(registry: tuple[Gateway, Key]) -> None:
    gateway, key = registry
    for case, asked in NEAR.items():
        assert states(told(gateway, key, searched(asked))) == ["POSSIBLE"], case
    for case, asked in NOBODY.items():
        assert states(told(gateway, key, searched(asked))) == [], case
    assert states(told(gateway, key, searched(SURE["a slip"]))) == ["MATCH"]


# ids


def test_an_id_tells_nothing_and_is_taken_back(partners: Partners) -> None:
    claimant = partners.samples.claimant
    assert claimant is not None
    number = claimant.partition(":")[2]
    asked = "query ($id: ID!) { person(id: $id) { id label residences { nodes { id } } } }"
    answer = told(partners.gateway, partners.benefits, asked, id=claimant)
    assert number not in answer.text
    id = answer.data["person"]["id"]
    again = told(partners.gateway, partners.benefits, "query ($id: ID!) { node(id: $id) { id } }", id=id)
    assert again.data == {"node": {"id": id}}
    nobody = partners.gateway.ask("query ($id: ID!) { node(id: $id) { id } }", variables={"id": id})
    assert nobody.codes == ["DENIED"]


def test_a_look_up_by_a_sealed_id_is_recorded_about_the_person(partners: Partners) -> None:
    claimant = partners.samples.claimant
    assert claimant is not None
    asked = "query ($id: ID!) { person(id: $id) { id } }"
    id = told(partners.gateway, partners.benefits, asked, id=claimant).data["person"]["id"]
    gateway = partners.gateway
    gateway.ask(asked, partners.benefits, purpose="identity-check", reference="sealed/1", variables={"id": id})
    forged = id[:-1] + ("A" if id[-1] != "A" else "Q") + "x"
    answer = gateway.ask(
        asked, partners.benefits, purpose="identity-check", reference="sealed/2", variables={"id": forged}
    )
    assert answer.codes == ["BAD_IDENTIFIER"]
    assert answer.rules == ["sealed id"]
    found = partners.command("audit", "search", "--subject", claimant, "--reference", "sealed/1", "--json").stdout
    assert '"sealed/1"' in found
    refused = partners.command("audit", "search", "--reference", "sealed/2", "--outcome", "denied", "--json").stdout
    assert '"sealed id"' in refused


# what is written

CANARY = ("Qwyxandra", "Quillmarsh", "1913-02-11", "1913-11-02")


def test_no_name_is_written_however_it_is_asked_for(partners: Partners) -> None:
    """Spellings and exchanged days are the gateway's own words for what was asked; they are no more written."""
    audit = partners.place / "persons-audit"
    asked = (
        searched(("Qwyxandra Quillmarsh", "1913-02-11")),
        searched(("QUILLMARSH, Qwyxandra", "1913-02-11"), "nothing"),
        searched(("Quillmarsh", "1913-02-11")),
        searched(("Qwyxandra Quillmarsh LLC", "1913-02-11")),
        '{ searchPersonsNear(name: "Qwyxandra Quillmarsh", near: "hbt.parcel:100010002") { state } }',
        '{ person(id: "Qwyxandra Quillmarsh") { id } }',
    )
    with partners.start(CITYGRAPH_LOG_LEVEL="debug", CITYGRAPH_AUDIT=str(audit)) as gateway:
        for query in asked:
            told(gateway, partners.benefits, query)
            gateway.ask(query, headers=DEMO)
            gateway.ask(query)
        gateway.stop()
    written = {"log": gateway.log.read_bytes(), **_files(audit), **_store(partners)}
    assert len(written["log"]) > 100
    canaries = [word.encode() for name in CANARY for word in (name, name.upper(), name.lower())]
    assert [(name, word) for name, text in written.items() for word in canaries if word in text] == []
