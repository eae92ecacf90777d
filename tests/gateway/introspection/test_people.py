import pytest

from gateway.introspection.guessing.columns import guess
from gateway.introspection.guessing.people import marked
from gateway.introspection.seen import SeenColumn


def mark(heading: str, *values: str) -> tuple[str | None, str | None]:
    """`personal` and `access` of a column of these values."""
    seen = SeenColumn(heading, values * 10)
    found = marked(guess(seen, "ours"), seen, "hpd").column
    return found.personal, found.access


@pytest.mark.parametrize(
    ("heading", "values", "personal"),
    [
        ("Business Name", ("KOUTSINSKI, VICTOR", "SMITH, JANE", "DOE, JOHN", "BIG APPLE CLEANERS"), "person_name"),
        ("Respondent", ("HARMAN GROUP",), "person_name"),
        ("OwnerName", ("GOVERNORS ISLAND CORPORATION",), "person_name"),
        ("MARSHAL_FIRST_NAME", ("Ileana",), "always"),
        ("applicantlastname", ("Schwartz",), "always"),
        ("FULL_NAME", ("Maria Lopez",), "always"),
        ("Date of Birth", ("1980-01-01",), "always"),
        ("Street Name", ("WEST 27 STREET",), None),
        ("Premise City", ("BROOKLYN, NY", "QUEENS, NY", "ALBANY, NY", "TROY, NY"), None),
        ("Entity Name", ("NEW YORK PUBLIC LIBRARY, THE", "LEASH, THE", "HOMESTEAD, THE", "AXA, INC"), None),
        ("Owner Type", ("INDIVIDUAL",), None),
        ("Park Name", ("CENTRAL PARK",), None),
        ("Remarks", ("STOP, LOOK", "GO, HOME", "COME, HERE"), None),
    ],
)
def test_names_of_persons(heading: str, values: tuple[str, ...], personal: str | None) -> None:
    assert mark(heading, *values) == (personal, None)


def test_what_reaches_somebody_takes_a_scope() -> None:
    assert mark("Contact Phone Number", "7188553600") == (None, "hpd:contacts")
    assert mark("E-mail", "a@b.org") == (None, "hpd:contacts")
    assert mark("reach us", "a@b.org", "someone@agency.gov") == (None, "hpd:contacts")
