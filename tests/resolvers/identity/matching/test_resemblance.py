import pytest

from resolvers.identity.matching.resemblance import resembles, wanted_words, words_of

LIKE = [
    ("Etta Swanwick", "SWANWICK, ETTA"),
    ("Etta Swanwick", "Swanwick, E."),
    ("E Swanwick", "Etta Swanwick"),
    ("Etta Swanwick", "Eta Swanwich"),
    ("Peggy Holloway", "MARGARET HOLLOWAY"),
    ("Zoé Núñez", "NUNEZ ZOE"),
    ("Dr. Etta Swanwick", "Etta Swanwick"),
    ("Swanwick", "Etta Swanwick"),
    ("Ann Delacruz", "DE LA CRUZ, ANN"),
    ("Ed Smi", "Smithson, Edward"),
]
UNLIKE = [
    ("Etta Swanwick", "Thomas Swanwick"),
    ("Etta Swanwick", "Etta Brandt"),
    ("Dr. Etta Swanwick", "DR THOMAS SWANWICK"),
    ("Etta Swanwick", ""),
    ("", "Etta Swanwick"),
]


@pytest.mark.parametrize(("wanted", "held"), LIKE)
def test_alike(wanted: str, held: str) -> None:
    assert resembles(wanted_words(wanted), words_of(held))


@pytest.mark.parametrize(("wanted", "held"), UNLIKE)
def test_not_alike(wanted: str, held: str) -> None:
    assert not resembles(wanted_words(wanted), words_of(held))


def test_a_title_is_a_name_where_there_is_no_other() -> None:
    assert wanted_words("Earl") == ("EARL",)
    assert wanted_words("Mr. Earl Smith") == ("MR", "EARL", "SMITH")
