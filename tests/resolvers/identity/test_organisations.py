"""Persons and organisations told apart. A person's name must never count as an organisation's."""

import csv
import gzip
import re
from itertools import product
from pathlib import Path

import pytest

from resolvers.identity.names import legal_form, names_organisation
from resolvers.identity.organisation_words import PERHAPS

SHARED = Path(__file__).resolve().parents[4] / "shared"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is missing: no real names to test on")


@pytest.mark.parametrize(
    "text",
    [
        "SEASONED VEGAN, LLC",
        "120 BROADWAY",
        "Joe's Pizza",
        "MIKO'S",
        "CITY OF NEW YORK",
        "BANK OF AMERICA",
        "CHURCH OF THE HOLY APOSTLES PARISH",
        "TIFFANY & CO.",
        "MINETTA LANE ASSOCIATES",
        "BAR 89",
        "THE BOARD OF MANAGERS OF THE COURT CONDOMINIUM",
        "CIELI MILANO, L.L.C.",
    ],
)
def test_organisations(text: str) -> None:
    assert names_organisation(text)


@pytest.mark.parametrize(
    "text",
    [
        "KOUTSINSKI, VICTOR",
        "BANKS, JOHN",
        "JOHN H BANKS",
        "MARIA DE SA",
        "Shirley Temple",
        "MARY CHURCH",
        "ANNA MARIA DE LA PLAZA",
        "HECTOR C. MEZA AND JOSE MIGUEL ESPINO",
        "SHUI XIU WU & ZHI QIANG LIN & PING WU",
        "ESTATE OF MARY JONES",
        "JOHN SMITH, TRUSTEE",
        "MARY SMITH C/O SMITH REALTY CORP",
        "TASTINGS INC, KENICHI TAJIMA & KEIKO TAJIMA AS CO",
        "JOHN, 11TH EARL OF WEMYSS",
        "JOHN SMITH DBA JOES PIZZA",
        "KITCHEN, MARIA P.",
        "O'Neill, Tip",
        "D'SOUZA MARIA",
        "SMITH",
        "",
    ],
)
def test_what_may_be_a_person(text: str) -> None:
    assert not names_organisation(text)


def test_no_surname_alone_tells_an_organisation() -> None:
    forms = ("{} {}", "{1}, {0}", "{1} {0}", "{} Q. {}", "{1}, {0} Q.")
    names = [
        form.format(given, word) for form, given, word in product(forms, ("MARY", "WEI", "JOSE"), PERHAPS - {"OF"})
    ]
    assert [name for name in names if names_organisation(name)] == []


def test_legal_forms_have_one_spelling() -> None:
    texts = ("Joe's Pizza, L.L.C.", "A CORPORATION", "ACME INCORPORATED", "JOES PIZZA", "SMITH ETAL")
    assert [legal_form(text) for text in texts] == ["LLC", "CORP", "INC", "", ""]


def rows(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def full_names(name: str, given: str, family: str) -> set[str]:
    found = {(row[given].strip(), row[family].strip()) for row in rows(name)}
    pairs = [(first, last) for first, last in found if first and re.match(r"[A-Za-z]{2}", last)]
    return {form.format(*pair) for pair in pairs for form in ("{} {}", "{1}, {0}", "{1} {0}")}


@real
def test_no_real_persons_name_counts_as_an_organisations() -> None:
    people = (
        full_names("truth/c1_dob_professionals_same_licence.csv", "first_name", "last_name")
        | full_names("data/nyc/dob_bis_job_filings.csv.gz", "applicant_s_first_name", "applicant_s_last_name")
        | full_names("data/nyc/dob_bis_job_filings.csv.gz", "owner_s_first_name", "owner_s_last_name")
        | full_names("data/nyc/dob_now_job_filings.csv.gz", "applicant_first_name", "applicant_last_name")
        | full_names("truth/febrl4a_dev.csv.gz", "given_name", "surname")
        | full_names("truth/febrl4b_dev.csv.gz", "given_name", "surname")
        | full_names("truth/fake1000_dev.csv.gz", "first_name", "surname")
    )
    assert len(people) > 10_000
    assert {name for name in people if names_organisation(name)} == set()


@real
def test_most_real_organisations_are_known_as_such() -> None:
    names = {row["Premise Name"] for row in rows("data/nyc/sla_active_licenses.csv.gz")}
    missed = [name for name in names if not names_organisation(name)]
    print(f"{len(missed)} of {len(names)} premises not known as organisations, sole traders among them")
    assert len(missed) / len(names) < 0.02
