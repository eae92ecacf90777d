"""An agreement's file as terms, and every mistake at its line."""

from datetime import date, timedelta

import pytest

from gateway.catalogue.problems import Report
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.origin import Written, document
from gateway.policy.terms import Agreement, Quota
from tests.gateway.policy.agreements.conftest import AGREEMENT, Folder, granting, line_of

FULL = """\
[agreement]
title = "Kitchens"
version = 7
parties = ["Springfield", "Ward 3"]
legal_basis = "Food Act, section 5"
starts = 2026-01-01
ends = 2026-12-31
contact = "ward3@springfield.example"
scopes = ["personal", "health.patients:read"]
obligations = ["Delete after use."]
disclosed_after = "8w"
kept = "2y"

[purposes]
care = "dpv:ImproveHealthcare"
"study.2" = "https://city.example/why#study"

[quota]
rate = "600/m"
burst = 20
per_day = 1000
cost_per_day = 5000
request_cost = 50
"""


def bound(folder: Folder, text: str) -> Agreement:
    report = Report()
    read = document(Written("ward3", "ward3.toml", text), report)
    assert read is not None
    assert report.problems == ()
    return bind(read, folder.city())


def test_all_terms(folder: Folder) -> None:
    assert bound(folder, FULL) == Agreement(
        id="ward3",
        version=7,
        title="Kitchens",
        parties=("Springfield", "Ward 3"),
        legal_basis="Food Act, section 5",
        purposes={"care": "dpv:ImproveHealthcare", "study.2": "https://city.example/why#study"},
        scopes=frozenset({"personal", "health.patients:read"}),
        starts=date(2026, 1, 1),
        ends=date(2026, 12, 31),
        quota=Quota(10.0, 20, 1000, 5000, 50),
        contact="ward3@springfield.example",
        obligations=("Delete after use.",),
        disclosed_after=timedelta(weeks=8),
        kept=timedelta(days=730),
    )


def test_what_may_be_left_out(folder: Folder) -> None:
    short = AGREEMENT.replace("ends = 2026-12-31\n", "").partition("\n[purposes]")[0]
    agreement = bound(folder, short)
    assert (agreement.ends, agreement.kept, agreement.disclosed_after) == (None, None, timedelta(0))
    assert (agreement.purposes, agreement.scopes, agreement.grants, agreement.quota) == ({}, frozenset(), {}, Quota())


def test_the_first_and_the_last_day_are_in_force(folder: Folder) -> None:
    agreement = bound(folder, FULL)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [agreement.in_force(day) for day in days] == [False, True, True, False]


MISTAKES = [
    ("version = 1\n", "", "[agreement]", '"version" is missing; add version = …'),
    ("starts = 2026-01-01\n", "", "[agreement]", '"starts" is missing; add starts = …'),
    ("version = 1", 'version = "1"', "version", '"version" is text; write a whole number'),
    ("version = 1", "version = 0", "version", '"version" is 0; it is at least 1'),
    ("starts = 2026-01-01", 'starts = "2026-01-01"', "starts", '"starts" is text; write a day, like 2017-05-01'),
    ("legal_basis", "legal_bases", "legal_bases", 'unknown key "legal_bases"; did you mean "legal_basis"?'),
    ('"Food Act, section 5"', '""', "legal_basis", '"legal_basis" is empty; write a value or delete the key'),
    ('["Springfield", "Ward 3"]', "[]", "parties", 'parties names nobody; write parties = ["City of …", "…"]'),
    (
        "2026-12-31",
        "2025-12-31",
        "ends",
        "it ends on 2025-12-31, before it starts on 2026-01-01; mend one of them",
    ),
    (
        "\n[purposes]",
        'scopes = ["personl"]\n\n[purposes]',
        "scopes",
        'nothing of Springfield needs the scope "personl"; did you mean "personal"?',
    ),
    (
        'care = "dpv:ImproveHealthcare"',
        'care = "dpv:Improvehealthcare"',
        "care",
        '"dpv:Improvehealthcare" is no purpose of the W3C Data Privacy Vocabulary; '
        'did you mean "dpv:ImproveHealthcare"?',
    ),
    (
        'care = "dpv:ImproveHealthcare"',
        'Care = "dpv:ImproveHealthcare"',
        "Care",
        '"Care" is no name of a purpose; write small letters, digits, "-", "_" and ".", like "benefit-check"',
    ),
    (
        "\n[purposes]",
        'kept = "forever"\n\n[purposes]',
        "kept",
        '"kept" takes days, weeks or years, at most a hundred years, like "90d", "8w" or "2y"',
    ),
    ("\n[purposes]", '[quota]\nrate = "5 a day"\n\n[purposes]', "rate", None),
    (
        "\n[purposes]",
        "[quota]\nburst = 5\n\n[purposes]",
        "burst",
        'burst without rate; say how often, like rate = "50/s"',
    ),
    (
        "\n[purposes]",
        "[quota]\ncost_per_day = 5\nrequest_cost = 6\n\n[purposes]",
        "request_cost",
        "one request may cost more than all of a day; mend one of them",
    ),
    (
        'title = "Kitchens of ward 3"',
        'title = "${HOME}"',
        "title",
        '"title" refers to the environment; url, token and options of a source may',
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "problem"), MISTAKES)
def test_mistakes_in_terms(old: str, new: str, where: str, problem: str | None, folder: Folder) -> None:
    assert AGREEMENT.count(old) == 1
    text = AGREEMENT.replace(old, new)
    folder.write(text)
    problem = problem or '"rate" takes a number and what it is in, like "20/s" or "600/m"'
    assert f"ward3.toml:{line_of(text, where if where[0] == '[' else f'{where} =')}: {problem}" in folder.problems()


GRANTS = [
    ('on = "Address.kitchen"', 'there is no section "Address.kitchen"; did you mean "Address.kitchens"?'),
    ('on = "helth.*"', 'there is no agency "helth"; did you mean "health"?'),
    ('on = "health.result"', '"health.result" is no section and no dataset; did you mean "health.results"?'),
    ('on = "nothing"', '"nothing" is no section and no dataset; '),
    ('on = "health.results"\ncolumns = ["scor"]', 'column "scor" is not in health.results; did you mean "score"?'),
    ('on = "Address.kitchens"\ncolumns = ["cook"]', '"cook" is not shown by Address.kitchens; '),
    ('on = "health.*"\ncolumns = ["score"]', '"columns" of a grant on "health.*"; grant each dataset'),
    ('on = "*"\nrows = { ward = 3 }', '"rows" of a grant on "*"; grant each dataset'),
    ('on = "health.results"\nrows = { wart = 3 }', 'column "wart" is not in health.results; did you mean "ward"?'),
    ('on = "health.results"\nrow = { ward = 3 }', 'unknown key "row"; did you mean "rows"?'),
    (
        'on = "health.results"\nrows = { ward = "3" }',
        'ward is compared with "3"; it is of type int: write a whole number',
    ),
    ('on = "health.results"\ncounts_only = "yes"', '"counts_only" is text; write true or false'),
]


@pytest.mark.parametrize(("grant", "problem"), GRANTS)
def test_mistakes_in_grants(grant: str, problem: str, folder: Folder) -> None:
    text = granting(grant)
    folder.write(text)
    line = text.count("\n")
    assert [each for each in folder.problems() if each.startswith(f"ward3.toml:{line}: {problem}")]


def test_all_problems_of_all_files_are_told_at_once(folder: Folder) -> None:
    folder.write(granting('on = "health.result"').replace("version = 1", "version = 0"))
    folder.write(AGREEMENT.replace("dpv:I", "I"), "other")
    folder.write("[agreement", "Broken one")
    assert [each.partition(": ")[0] for each in folder.problems()] == [
        "Broken one.toml:1",
        "other.toml:11",
        "ward3.toml:3",
        "ward3.toml:14",
    ]


def test_a_file_that_says_nothing_is_told_what_it_needs(folder: Folder) -> None:
    folder.write("")
    assert folder.problems() == ['ward3.toml:1: "agreement" is missing; add [agreement]']
    folder.write("[agreement]\n")
    missing = ["title", "version", "parties", "legal_basis", "starts", "contact"]
    assert folder.problems() == [f'ward3.toml:1: "{name}" is missing; add {name} = …' for name in missing]


def test_other_encodings_are_no_files_of_ours(folder: Folder) -> None:
    (folder.agreements / "latin.toml").write_bytes("# für".encode("latin-1"))
    assert folder.problems() == ["latin.toml:1: is not UTF-8; save the file as UTF-8"]


def test_personal_data_needs_a_purpose(folder: Folder) -> None:
    text = granting('on = "health.results"\ncolumns = ["cook"]').replace(
        '\n[purposes]\ncare = "dpv:ImproveHealthcare"\n', ""
    )
    folder.write(text)
    assert folder.problems() == [
        "ward3.toml:1: it opens personal data of health.results, and has no purpose; add [purposes] with a name and "
        'its term, like "dpv:PublicBenefit"'
    ]
    folder.write(text.replace('columns = ["cook"]', 'columns = ["score"]'))
    assert folder.problems() == []
    folder.write(text.replace('columns = ["cook"]', "counts_only = true"))
    assert folder.problems() == []


def test_a_dataset_for_other_purposes_can_not_be_granted(folder: Folder) -> None:
    folder.write(granting('on = "health.patients"'))
    assert folder.problems() == []
    folder.write(granting('on = "health.patients"').replace("care =", "other ="))
    assert folder.problems() == [
        "ward3.toml:14: health.patients may be used for care or dpv:ScientificResearch only, and this agreement has no "
        "such purpose; add it to [purposes], or delete the grant"
    ]
    study = granting('on = "health.patients"').replace(
        'care = "dpv:ImproveHealthcare"', 'study = "https://w3id.org/dpv#ScientificResearch"'
    )
    folder.write(study)
    assert folder.problems() == []


def test_wide_grants_are_worth_a_warning(folder: Folder) -> None:
    folder.write(granting('on = "*"'))
    assert folder.problems() == [
        'ward3.toml:14: warning: "*" opens what is not public: health.results, health.patients; grant datasets by name '
        "where that is not meant"
    ]
    folder.write(granting('on = "rolls.*"'))
    assert folder.problems() == []
