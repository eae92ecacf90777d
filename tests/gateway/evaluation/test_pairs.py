"""Which persons are worth comparing."""

import pytest

from gateway.evaluation.pairs import pairs_within, person_keys
from gateway.evaluation.rows import Row
from resolvers.identity.matching.persons import person


@pytest.mark.parametrize(
    ("one", "other", "compared"),
    [
        ("Ngabonziza", "Ngabonsiza", True),  # another letter
        ("Ngabonziza", "Ngabonzia", True),  # one less
        ("Ngabonziza", "Ngabozniza", True),  # two exchanged
        ("Ngabonziza", "Ngaboniza", True),
        ("Ngabonziza", "Ngbonsiza", False),  # two slips
        ("Lowe", "Rowe", False),  # a short name is another
    ],
)
def test_long_family_names_one_slip_apart_are_compared(one: str, other: str, compared: bool) -> None:
    records = [person("Ellen", one), person("Ruth", other)]
    rows = [Row(name, (), (), {}) for name in "ab"]
    assert pairs_within(rows, records, person_keys) == ({(0, 1)} if compared else set())
