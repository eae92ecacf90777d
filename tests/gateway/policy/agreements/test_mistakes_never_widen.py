"""Whatever is wrong with a grant, or lost from the city, the agreement opens no more than it did."""

import tempfile
from functools import cache
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.base import AllOf, AnyOf
from gateway.catalogue.problems import Report
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.origin import Written, document
from gateway.policy.terms import Grant
from resolvers.city import City
from tests.gateway.policy.agreements.conftest import Folder, granting

TARGETS = ["Address.kitchens", "Address.faults", "health.results", "health.patients", "rolls.parcels"]
WIDE = ["health.*", "rolls.*", "*"]
LIMITS = ["", 'columns = ["number"]', "rows = { lot = { null = false } }", "counts_only = true"]
GRANTS = st.one_of(
    st.tuples(st.sampled_from(TARGETS), st.sampled_from(LIMITS)),
    st.tuples(st.sampled_from(WIDE), st.sampled_from([LIMITS[0], LIMITS[-1]])),
)
AGREEMENTS = st.lists(GRANTS, min_size=1, max_size=6, unique_by=lambda grant: grant[0])


@cache
def city() -> City:
    with tempfile.TemporaryDirectory() as directory:
        return Folder(Path(directory)).city()


def opened(declared: list[tuple[str, str]]) -> tuple[dict[str, Grant], bool]:
    """The grants, and whether all is well."""
    text = granting(*(f'on = "{on}"\n{limit}' for on, limit in declared))
    report = Report()
    read = document(Written("ward3", "ward3", text), report)
    assert read is not None
    grants = bind(read, city()).grants
    return dict(grants), all(problem.severity == "warning" for problem in report.problems)


def within(narrow: Grant, wide: Grant) -> bool:
    """Whether one grant opens nothing that the other does not."""
    columns = wide.columns is None or (narrow.columns is not None and narrow.columns <= wide.columns)
    whole = narrow.rows[0] if len(narrow.rows) == 1 else AllOf(narrow.rows)
    parts = [part for each in wide.rows if isinstance(each, AnyOf) for part in each.parts]
    rows = not wide.rows or narrow.rows == wide.rows or whole in parts
    return columns and rows and (narrow.counts_only or not wide.counts_only)


def renamed(on: str, how: str) -> str:
    """As the city calls it no more: another agency, another dataset or section."""
    first, _, second = on.partition(".")
    if first == "Address":
        return "Address.gone"
    if on == "*":
        return "gone.*"
    return f"gone.{second}" if how == "first" or second == "*" else f"{first}.gone"


@settings(max_examples=300, deadline=None)
@given(AGREEMENTS, st.data())
def test_what_is_wrong_with_one_grant_widens_nothing(declared: list[tuple[str, str]], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(declared) - 1))
    on, limit = declared[index]
    mistakes = [(renamed(on, "first"), limit), (renamed(on, "second"), limit), (on, 'rows = { nothing = "x" }')]
    broken = [*declared[:index], data.draw(st.sampled_from(mistakes)), *declared[index + 1 :]]
    before, sound = opened(declared)
    assume(sound)
    for dataset, grant in opened(broken)[0].items():
        assert dataset in before, f"{dataset} was closed, {broken}"
        assert within(grant, before[dataset]), f"{dataset} is opened by {grant}, {broken}"
