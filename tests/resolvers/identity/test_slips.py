"""Streets as they were mistyped: what is one slip away, and what is another street."""

import pytest

from resolvers.identity.slips import Slip, slip_of

SLIPS = (
    ("WEST 26T HSTREET", "W 26 ST", 0),
    ("EAS T38TH STREET", "E 38 ST", 0),
    ("WW 130TH ST", "W 130 ST", 1),
    ("W 17TH S T APT 3", "W 17 ST", 0),
    ("WEST 37TH SB", "W 37 ST", 1),
    ("FIRPT AVENUE", "1 AVE", 1),
    ("SIXHT AVE APT 4", "6 AVE", 1),
    ("TWENTYFIRST STRET", "21 ST", 1),
    ("AVNEUE A", "AVE A", 1),
    ("AEVNU E U", "AVE U", 1),
    ("T JOHNS PLACE", "ST JOHNS PL", 1),
    ("QT HOPE PLACE", "MOUNT HOPE PL", 1),
    ("SHERIDDAN A VE", "SHERIDAN AVE", 1),
    ("PELHAM PARCWAY NORTH", "PELHAM PKWY N", 1),
    ("WASHINGTTON AVENNUE 2ND FL", "WASHINGTON AVE", 2),
)


@pytest.mark.parametrize(("typed", "street", "letters"), SLIPS)
def test_a_slip(typed: str, street: str, letters: int) -> None:
    assert slip_of(typed.split(), (street,)) == Slip(letters, undirected=False)


@pytest.mark.parametrize(
    ("typed", "street"),
    [
        ("WEST 27TH STREET", "W 26 ST"),  # a numeral
        ("AVENUE E", "AVE C"),  # a letter that stands alone
        ("AVENUE", "AVE C"),
        ("E 187TH ST", "W 187 ST"),
        ("WEST 169TH STREET", "E 169 ST"),
        ("PARK AVENUE SOUTH", "PARK AVE"),
        ("PARK AVE S", "PARK AVE"),
        ("AVENUE U", "AVE S"),  # a letter that is a direction elsewhere
        ("AVENUE N", "AVE S"),
        ("REV JAMES B POLITE AVENUE", "REV JAMES A POLITE AVE"),
        ("REV JANES POLITE AVENUE", "REV JAMES A POLITE AVE"),  # an initial left out, and a slip
        ("OAK STREET", "ELM ST"),
        ("GREEN AVENUE", "GRAND AVE"),
        ("5TH AVENUE", "6 AVE"),
        ("FIFTH AVENUE", "6 AVE"),
        ("SECOND", "2 AVE"),
        ("", "W 26 ST"),
    ],
)
def test_another_street(typed: str, street: str) -> None:
    assert slip_of(typed.split(), (street,)) is None


def test_a_direction_that_was_left_out() -> None:
    assert slip_of(["134TH", "ST"], ("W 134 ST",)) == Slip(0, undirected=True)
    assert slip_of(["PARK", "AVE"], ("PARK AVE S",)) == Slip(0, undirected=True)


@pytest.mark.parametrize("typed", ["REV JAMES POLITE AVENUE", "REV JAMES P OLITE AVE."])
def test_a_middle_initial_that_was_left_out(typed: str) -> None:
    assert slip_of(typed.replace(".", "").split(), ("REV JAMES A POLITE AVE",)) == Slip(1, undirected=False)


def test_by_its_second_name() -> None:
    names = ("7 AVE", "ADAM CLAYTON POWELL JR BLVD")
    assert slip_of(["ADAM", "CLAYTON", "POOWELL", "JR", "BLVD"], names) == Slip(1, undirected=False)


def test_long_words_end() -> None:
    assert slip_of(["A" * 400] * 400, ("A" * 400,)) is not None
    assert slip_of(["9"] * 400, ("W 27 ST",)) is None
