"""Codecs: what is accepted, what is refused and why, and every spelling reads back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.bbl import BblCodec
from resolvers.identity.codec import text_of
from resolvers.identity.schemes import CHECKS, BadIdentifier, codec

DIGITS = "0123456789"
BBLS = st.builds(
    lambda borough, block, lot: f"{borough}{block:05}{lot:04}",
    st.integers(1, 5),
    st.integers(1, 99999),
    st.integers(1, 9999),
)
IDENTIFIERS = {
    "bbl": BBLS,
    "bin": st.builds(lambda borough, rest: f"{borough}{rest:06}", st.integers(1, 5), st.integers(1, 999999)),
    "camis": st.text(DIGITS, min_size=8, max_size=8),
    "digits_7": st.text(DIGITS, min_size=7, max_size=7),
    "uprn": st.integers(1, 10**12 - 1).map(str),
    "uuid": st.uuids().map(str),
    "licence": st.from_regex(r"[A-Z0-9]([A-Z0-9./-]{0,30}[A-Z0-9])?", fullmatch=True),
    "text": st.from_regex(r"[A-Z0-9]{1,20}( [A-Z0-9]{1,20})?", fullmatch=True),
    "numbers_1_4_4": st.builds(
        lambda a, b, c: f"{a}{b:04}{c:04}", st.integers(1, 9), st.integers(1, 9999), st.integers(1, 9999)
    ),
    "postcode_number_nl": st.from_regex(r"[1-9][0-9]{3} [A-Z]{2}/[1-9][0-9]{0,4}([A-Z]{1,4}|-[1-9])?", fullmatch=True),
    "postcode_number_jp": st.from_regex(r"[0-9]{3}-[0-9]{4}/[1-9]-[1-9][0-9]?(-[1-9])?", fullmatch=True),
}


@pytest.mark.parametrize(
    "text",
    [
        "1004770501",
        "1-00477-0501",
        "1004770501.0000",
        "1004770501.0000000000000",
        "1/477/501",
        "1-477-501",
        "MN-477-501",
    ],
)
def test_one_lot_in_all_its_spellings(text: str) -> None:
    assert codec("bbl").parse(text) == "1004770501"


@pytest.mark.parametrize(
    ("check", "text", "says"),
    [
        ("bbl", "100477050", "got 9 digits"),
        ("bbl", "6004770501", "borough '6'"),
        ("bbl", "1000000001", "block 0"),
        ("bbl", "1004770000", "lot 0"),
        ("bbl", "", "got ''"),
        ("bbl", "1.00477E+09", "like 1004770501"),
        ("bin", "1000000", "without a number"),
        ("bin", "9123456", "borough, 1 to 5"),
        ("digits_7", "Aug-82", "takes 7 digits"),
        ("digits_7", "110581", "got 6 digits"),
        ("camis", "٥٠٠٠٣٣٣٧", "takes 8 digits"),
        ("uprn", "0", "1 to 12 digits"),
        ("uprn", "1234567890123", "got 13 digits"),
        ("uuid", "3b07e4c0", "takes a UUID"),
        ("licence", "2077822 DCA", "letters and digits"),
        ("text", "x" * 65, "1 to 64"),
        ("postcode_number_nl", "012 AB/12", "no postcode in '012 AB/12'"),
        ("postcode_number_nl", "1012 AB", "like 1012 AB/12A; no house number"),
        ("postcode_number_nl", "1012 AB/0", "'0' is no house number"),
        ("postcode_number_nl", "1012 AB 12½", "'12½' is no house number"),
        ("postcode_number_gb", "SW1A 2AA/Rose Cottage", "'ROSE COTTAGE' is no house number"),
        ("postcode_number_de", "101150 12", "no postcode"),
        ("postcode_number_jp", "100-0005/1²", "no house number"),
        ("text", "  ", "got ''"),
    ],
)
def test_a_refusal_says_what_is_wrong(check: str, text: str, says: str) -> None:
    with pytest.raises(BadIdentifier) as refused:
        codec(check).parse(text)
    assert says in str(refused.value)
    assert str(refused.value).startswith("takes ")


@pytest.mark.parametrize("check", IDENTIFIERS)
@given(data=st.data())
def test_every_spelling_reads_back(check: str, data: st.DataObject) -> None:
    value = data.draw(IDENTIFIERS[check])
    found = codec(check)
    assert found.parse(value) == value
    for columns in {1, found.parts}:
        spelled = found.spell(value, columns)
        assert 1 <= len(spelled) <= 4
        assert all(found.read(texts) == value for texts in spelled)


@pytest.mark.parametrize("check", [check for check in IDENTIFIERS if codec(check).parts == 1])
@given(data=st.data())
def test_a_declared_format_is_one_spelling(check: str, data: st.DataObject) -> None:
    value = data.draw(IDENTIFIERS[check])
    found = codec(check)
    for name in found.formats:
        (texts,) = found.spell(value, 1, (name,))
        assert found.read(texts) == value


@given(st.lists(st.one_of(BBLS, st.text("019\n", min_size=9, max_size=21))))
def test_many_lots_are_canonical_where_each_is(values: list[str]) -> None:
    found = BblCodec()
    alone = [value for value in values if found.canonical([value])]
    assert found.canonical(values) == (alone == values)
    assert all(found.read([value]) == value for value in alone)


@given(BBLS, st.sampled_from(["1", "M", "MN", "MANHATTAN", "Manhattan"]), st.sampled_from(["0", "00000"]))
def test_a_lot_in_three_columns(value: str, borough: str, padding: str) -> None:
    found = codec("bbl")
    (texts,) = found.spell(value, 3, (borough, padding, padding))
    assert found.read(texts) == value
    assert found.read([texts[0], int(texts[1]), Decimal(texts[2])]) == value


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["1", "00352", "00001"], "1003520001"),
        ([1, 352, 1], "1003520001"),
        (["Manhattan", 352.0, "1"], "1003520001"),
        (["1", "8-32"], "1000080032"),
        ([1004770501.0], "1004770501"),
        (["X", "2384", "56"], "2023840056"),
        ([None], None),
        (["1", "", "5"], None),
        (["QUEENS", "0", "5"], None),
        (["NA", "1", "5"], None),
        ([], None),
    ],
)
def test_lots_as_agencies_keep_them(cells: list[object], value: str | None) -> None:
    assert codec("bbl").read(cells) == value


def test_a_number_that_lost_its_zeros_is_padded_only_where_it_is_a_number() -> None:
    assert codec("digits_7").read([12345]) == "0012345"
    assert codec("digits_7").read(["12345"]) is None


@given(st.text(), st.sampled_from(sorted(IDENTIFIERS)))
def test_any_text_is_read_or_refused(text: str, check: str) -> None:
    found = codec(check)
    assert found.read([text]) is None or found.parse(found.read([text]) or "") == found.read([text])


def test_cells_that_hold_no_identifier() -> None:
    cells = [None, True, float("nan"), float("inf"), Decimal("sNaN"), 1.5, object(), b"1"]
    assert [text_of(cell) for cell in cells] == [""] * len(cells)


def test_an_unknown_check_or_format_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown check 'bbll'; known: bbl, .*digits_N"):
        codec("bbll")
    with pytest.raises(ValueError, match="unknown format '000'; known here: 0, 0000, 00000"):
        codec("bbl").spell("1004770501", 3, (None, "000", None))
    with pytest.raises(ValueError, match="1, 2 or 3 columns"):
        codec("bbl").spell("1004770501", 4, ())


def test_every_check_that_is_named_exists() -> None:
    examples = {"digits_N": "digits_9", "numbers_A_B": "numbers_2_5", "postcode_number_XX": "postcode_number_gb"}
    for check in CHECKS:
        found = codec(examples.get(check, check))
        assert found.parse(found.example) == found.example
