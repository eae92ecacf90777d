from hypothesis import given
from hypothesis import strategies as st

from adapters.cleaning import cleaner
from gateway.introspection.guessing.texts import is_nothing, sample, steps


def test_steps_that_the_texts_need_in_their_order() -> None:
    assert steps(["plain", "also plain"]) == ()
    assert steps(["a ", " b"]) == ("trim",)
    assert steps(["a  b"]) == ("squeeze",)
    assert steps(["CAFE &amp; GRILL"]) == ("unescape_html",)
    assert steps(["CafÃ©", "x  y &#39;"]) == ("fix_mojibake", "unescape_html", "squeeze")
    assert steps(["AT&T", "Café"]) == ()


def test_texts_for_nothing() -> None:
    for text in ("-", "----", "N/A", "n/a", "__________", "*", ".", "NULL", "#N/A", "undefined"):
        assert is_nothing(text), text
    for text in ("NO", "0", "A", "NONE OF THEM", "-1", "X", "1.5"):
        assert not is_nothing(text), text


def test_a_sample_counts_texts_and_what_stands_for_nothing() -> None:
    seen = sample(["a", " a ", "", None, " - ", "b"])
    assert (seen.texts, seen.clean, seen.null, seen.empty) == ({"a": 2, "b": 1}, ("trim",), ("-",), 3)
    assert seen.rows == 3


@given(st.lists(st.text(alphabet="ab &;amp\t\u00e9\u00c3\u00a9#39-", max_size=12)))
def test_cleaned_texts_need_no_further_tidying_of_blanks(texts: list[str]) -> None:
    found = steps(texts)
    tidy = cleaner(found)
    after = [tidy(text) for text in texts] if tidy else texts
    assert not {"trim", "squeeze"} & set(steps(after)) or "unescape_html" in steps(after)


@given(st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=30))
def test_no_row_is_lost(values: list[str | None]) -> None:
    seen = sample(values)
    assert seen.rows + seen.empty == len(values)
