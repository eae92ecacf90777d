"""What grants open of each dataset: the most specific decides, and a bad one opens nothing."""

import pytest

from adapters.base import AllOf, AnyOf, Compare, Filter, Op
from gateway.catalogue.problems import Report
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.origin import Written, document
from gateway.policy.terms import Grant
from tests.gateway.policy.agreements.conftest import Folder, granting

SEEN = Compare("seen", Op.IS_NULL, False)
CODED = Compare("code", Op.IS_NULL, False)
WARD_3 = Compare("ward", Op.EQ, 3)
SHOWN = frozenset({"number", "seen", "score"})


def grants(folder: Folder, *declared: str) -> dict[str, Grant]:
    """The grants of an agreement, problems or not."""
    read = document(Written("ward3", "ward3", granting(*declared)), Report())
    assert read is not None
    return dict(bind(read, folder.city()).grants)


def results(columns: frozenset[str] | None = None, rows: tuple[Filter, ...] = (), counts: bool = False) -> Grant:
    return Grant("health.results", columns, rows, counts)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ('on = "health.results"', results()),
        ('on = "health.results"\ncolumns = ["cook"]', results(frozenset({"cook"}))),
        ('on = "health.results"\nrows = { ward = 3 }', results(rows=(WARD_3,))),
        ('on = "health.results"\ncounts_only = true', results(counts=True)),
        ('on = "Address.kitchens"', results(SHOWN, (SEEN,))),
        ('on = "Address.kitchens"\ncolumns = ["score"]', results(frozenset({"score"}), (SEEN,))),
        ('on = "Address.kitchens"\nrows = { ward = 3 }', results(SHOWN, (SEEN, WARD_3))),
        (
            'on = "health.results"\nrows = { or = [{ ward = 3 }, { code = { starts_with = "A" } }] }',
            results(rows=(AnyOf((WARD_3, Compare("code", Op.STARTS_WITH, "A"))),)),
        ),
    ],
)
def test_a_grant_on_one_dataset(declared: str, expected: Grant, folder: Folder) -> None:
    assert grants(folder, declared) == {"health.results": expected}


def test_an_agency_and_everything(folder: Folder) -> None:
    health = {name: Grant(name) for name in ("health.results", "health.patients")}
    assert grants(folder, 'on = "health.*"') == health
    assert grants(folder, 'on = "*"') == health | {"rolls.parcels": Grant("rolls.parcels")}
    assert grants(folder, 'on = "*"\ncounts_only = true') == {
        name: Grant(name, counts_only=True) for name in ("rolls.parcels", *health)
    }


def test_the_most_specific_decides_whatever_the_order(folder: Folder) -> None:
    narrow = 'on = "Address.kitchens"\ncolumns = ["score"]'
    declared = ['on = "*"', 'on = "health.*"\ncounts_only = true', narrow]
    for order in (declared, declared[::-1]):
        assert grants(folder, *order) == {
            "rolls.parcels": Grant("rolls.parcels"),
            "health.patients": Grant("health.patients", counts_only=True),
            "health.results": results(frozenset({"score"}), (SEEN,)),
        }


def test_sections_of_one_dataset_go_together_where_one_grant_says_it_exactly(folder: Folder) -> None:
    both = 'on = ["Address.kitchens", "Address.faults"]\ncolumns = ["number"]'
    assert grants(folder, both) == {
        "health.results": results(frozenset({"number"}), (AnyOf((SEEN, CODED)),)),
    }
    limited = f"{both}\nrows = {{ ward = 3 }}"
    assert grants(folder, limited) == {
        "health.results": results(frozenset({"number"}), (AnyOf((AllOf((SEEN, WARD_3)), AllOf((CODED, WARD_3)))),)),
    }


def test_sections_that_open_other_columns_of_other_rows_are_told_apart(folder: Folder) -> None:
    """Together they would open the code of rows that only the other section has."""
    declared = granting('on = ["Address.kitchens", "Address.faults"]')
    folder.write(declared)
    assert folder.problems() == [
        'ward3.toml:14: "Address.kitchens" and "Address.faults" are granted in line 14 too, and nothing says which '
        'decides for health.results; make one grant of them, on = "health.results"'
    ]
    assert grants(folder, 'on = ["Address.kitchens", "Address.faults"]') == {}


@pytest.mark.parametrize("on", ["Address.kitchens", "health.results", "health.*", "*"])
def test_equally_specific_grants_are_a_problem_and_open_nothing(on: str, folder: Folder) -> None:
    twice = [f'on = "{on}"', f'on = "{on}"\ncounts_only = true']
    folder.write(granting(*twice))
    assert [each for each in folder.problems() if "is granted in line 14 too" in each]
    assert grants(folder, *twice) == {}


def test_a_dataset_and_a_section_of_it_can_not_both_decide(folder: Folder) -> None:
    """What a section shows is open of the dataset, wherever that is asked for."""
    both = ['on = "Address.kitchens"', 'on = "health.results"\ncolumns = ["score"]']
    folder.write(granting(*both))
    assert folder.problems() == [
        'ward3.toml:17: "Address.kitchens" and "health.results" are granted in line 14 too, and nothing says which '
        'decides for health.results; make one grant of them, on = "health.results"'
    ]
    assert grants(folder, *both) == {}


BAD = [
    'on = "health.results"\nrows = { wart = 3 }',
    'on = "health.results"\nrows = { ward = "three" }',
    'on = "health.results"\nrows = { ward = { equals = 3 } }',
    'on = "health.results"\ncolumns = ["cok"]',
    'on = "Address.kitchens"\ncolumns = ["cook"]',
    'on = "Address.kitchens"\nrows = { or = [{ wart = 3 }, { ward = 3 }] }',
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("wide", ['on = "health.*"', 'on = "*"'])
def test_a_wider_grant_does_not_stand_in_for_a_bad_one(bad: str, wide: str, folder: Folder) -> None:
    for order in ([bad, wide], [wide, bad]):
        found = grants(folder, *order)
        assert "health.results" not in found
        assert "health.patients" in found


@pytest.mark.parametrize("bad", BAD[:4])
def test_a_bad_grant_is_bad_on_every_section_that_it_names(bad: str, folder: Folder) -> None:
    """The same mistake is told once; nothing of the grant is open all the same."""
    both = bad.replace('"health.results"', '["Address.kitchens", "Address.faults", "health.results"]')
    assert grants(folder, both) == {}


@pytest.mark.parametrize(
    "gone",
    [
        'on = "health.result"\ncolumns = ["score"]',
        'on = "health.result"\nrows = { ward = 3 }',
        'on = "health.result"\ncounts_only = true',
        'on = "Address.kitchen"',
    ],
)
def test_what_a_lost_limit_concerned_is_not_opened_by_a_wider_grant(gone: str, folder: Folder) -> None:
    """The dataset may have been renamed; then the wider grant would open what was limited."""
    found = grants(folder, gone, 'on = "health.*"', 'on = "rolls.parcels"')
    assert found == {"rolls.parcels": Grant("rolls.parcels")}
    folder.write(granting(gone, 'on = "health.*"'))
    told = "does not open health.results: a narrower grant of this agreement is not valid; mend that one first"
    assert any(told in each for each in folder.problems())


def test_a_lost_grant_without_limits_takes_nothing_with_it(folder: Folder) -> None:
    assert grants(folder, 'on = "health.result"', 'on = "health.*"').keys() == {"health.results", "health.patients"}


def test_a_lost_limit_of_one_agency_leaves_the_others(folder: Folder) -> None:
    assert grants(folder, 'on = "health.result"\nrows = { ward = 3 }', 'on = "*"') == {
        "rolls.parcels": Grant("rolls.parcels")
    }
