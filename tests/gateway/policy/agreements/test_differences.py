"""What a new version changes, in lines."""

import pytest

from gateway.policy.agreements.differences import differences
from tests.gateway.policy.agreements.conftest import AGREEMENT, granting

GRANT = 'on = "health.results"\ncolumns = ["score", "code"]'


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (AGREEMENT, f"# why\n{AGREEMENT}\n", ()),
        (AGREEMENT, AGREEMENT.replace("ends = 2026-12-31\n", ""), ("- agreement.ends: 2026-12-31",)),
        (
            AGREEMENT,
            AGREEMENT.replace('"Ward 3"', '"Ward 4"'),
            ('- agreement.parties: "Ward 3"', '+ agreement.parties: "Ward 4"'),
        ),
        (AGREEMENT, f'{AGREEMENT}study = "dpv:ScientificResearch"\n', ('+ purposes.study: "dpv:ScientificResearch"',)),
        (
            granting(GRANT),
            granting(GRANT.replace(', "code"', "") + "\nrows = { ward = { in = [3, 4] } }\ncounts_only = true"),
            (
                '- grant "health.results" columns: "code"',
                '+ grant "health.results" rows: { ward = { in = [3, 4] } }',
                '+ grant "health.results" counts_only: true',
            ),
        ),
        (
            granting(GRANT),
            granting(GRANT.replace('"score", "code"', '"code", "score"')),
            ('~ grant "health.results" columns: in another order',),
        ),
        (granting(GRANT), granting(GRANT, 'on = "*"'), ('+ grant "*"',)),
        (
            granting(GRANT, GRANT),
            granting(GRANT),
            ('- grant "health.results" again', '- grant "health.results" again columns: "score", "code"'),
        ),
    ],
)
def test_lines(before: str, after: str, lines: tuple[str, ...]) -> None:
    assert differences(before, after) == lines


def test_a_new_agreement_is_told_whole() -> None:
    lines = differences(None, granting('on = "*"'))
    assert lines[0] == '+ agreement.title: "Kitchens of ward 3"'
    assert lines[-1] == '+ grant "*"'
    assert len(lines) == 9
