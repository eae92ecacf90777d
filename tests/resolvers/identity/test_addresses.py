"""Addresses: parts, identifiers that read as themselves, keys to ask by, scores."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolvers.city import AddressColumns
from resolvers.identity.address_keys import address_codec, read_address, spell_address, spell_search
from resolvers.identity.addresses import LOCALES, locale
from resolvers.identity.codec import BadIdentifier

NYC = locale("us_nyc")
WORDS = (
    "29 59-17 5917 1/2 W WEST EAST E N S 27TH 1ST FIRST TWENTY ST STREET AVE AVENUE SAINT ST. NICHOLAS BROADWAY PARK "
    "PLACE PLAZA CENTRAL OF THE AMERICAS D C B LA GUARDIA DE KALB BEACH 97 3A #4 APT FL 2 FLOOR FRONT A/K/A - , . NEW "
    "YORK NY BROOKLYN QUEENS 10001 11372 12-14 25A REAR & TO OH COLUMBUS COURT SQ CT BAY W97 27THST STRE ET AVEN UE "
    "GRAND CONCOURSE SLIP UNION SQUARE ½ MC 0 ONE THRU LITTLE SOUTHWEST NW EXT EXTENSION LANDING THOMAS BOYLAND "
    "SHORE PARKWAY WE SOU BOULEV 75ST 15STREET 64RD 212-210 481-481 98-76 , -A 1268 668B DOCTOR PT GT"
)
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS.split()), max_size=10).map(" ".join), st.text(max_size=60))
PLACES = st.sampled_from([(None, None), ("10001", None), ("11372", None), (None, "Queens"), (None, "MN"), ("x", "y")])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("29 W 27th St, Apt 3A, New York, NY 10001", "10001/29 W 27 ST"),
        ("29W 27TH 10001", "10001/29 W 27 ST"),
        ("SUITE 5, 29 West Twenty-Seventh Street, 10001-1234", "10001/29 W 27 ST"),
        ("121 Madison Ave 10016", "10016/121 MADISON AVE"),
        ("59-17 Junction Blvd, Queens, NY", "QUEENS/5917 JUNCTION BLVD"),
        ("133-53 37AVE, Queens, NY", "QUEENS/13353 37 AVE"),
        ("25-08A  Broadway, Queens, NY", "QUEENS/2508A BROADWAY"),
        ("103-07 FLATLANDS AVENUE 11236", "11236/10307 FLATLANDS AVE"),
        ("84-02 3rd Avenue, Brooklyn", "BROOKLYN/8402 3 AVE"),
        ("28 1/2 CORNELIA STREET, NEW YORK, NY 10014", "10014/28 1/2 CORNELIA ST"),
        ("2377-79 CRESTON AVE, BRONX", "BRONX/2377 CRESTON AVE"),
        ("50 WEST STREET, MANHATTAN, 10006", "10006/50 WEST ST"),
        ("ONE PENN PLAZA 10119", "10119/1 PENN PLZ"),
        ("615 TO 629 AVENUE OF THE AMERICAS 10011", "10011/615 6 AVE"),
        ("2300 Adam Clayton Powell Jr. Blvd., 10030", "10030/2300 7 AVE"),
        ("436 SAINT NICHOLAS AVE 10027", "10027/436 ST NICHOLAS AVE"),
        ("155 AVENUE C, NYC", "MANHATTAN/155 AVE C"),
        ("100 Court St Brooklyn New York 11201", "11201/100 COURT ST"),
        ("333 PARK AVENUE SOUTH 10010", "10010/333 PARK AVE S"),
        ("496 La Guardia Place, 10012", "10012/496 LAGUARDIA PL"),
    ],
)
def test_free_text_becomes_its_identifier(text: str, key: str) -> None:
    parts = NYC.parse(text)
    assert parts is not None
    assert NYC.key(parts) == key


@pytest.mark.parametrize(
    ("text", "street", "unit"),
    [
        ("165 CHRISTOPHER STRE ET", "CHRISTOPHER ST", None),
        ("1723 EAST 172ND STRE ET", "E 172 ST", None),
        ("253 WEST 35TH ST. MIDDLE STORE & MEZZA", "W 35 ST", "MIDDLE STORE & MEZZA"),
        ("225 BROADWAY SUITE 3000 30TH FL", "BROADWAY", "SUITE 3000 30TH FL"),
        ("945 CENTRAL PARK WEST 3A", "CENTRAL PARK W", "3A"),
        ("775 CONCOURSE VILLAGE EAST", "CONCOURSE VLG E", None),
        ("54 - WADSWORTH TERRACE", "WADSWORTH TER", None),
        ("1033 AVENUE ST. JOHN", "AVE ST JOHN", None),
        ("105 BEACH 56 PLACE", "BEACH 56 PL", None),
    ],
)
def test_streets_end_where_units_begin(text: str, street: str, unit: str | None) -> None:
    parts = NYC.parse(text, "10001")
    assert parts is not None
    assert (parts.street, parts.unit) == (street, unit)


@pytest.mark.parametrize(
    ("text", "number", "high", "street"),
    [
        ("34 36 W 46TH STREET", "34", "36", "W 46 ST"),
        ("168 70 WEST 4TH STREET", "168", "170", "W 4 ST"),
        ("4 10 PLATT ST", "4", "10", "PLATT ST"),
        ("103 105 AVENUE B", "103", "105", "AVE B"),
        ("441 441 AMSTERDAM AVE", "441", None, "AMSTERDAM AVE"),
        ("59 59 STREET", "59", None, "59 ST"),
        ("1 3 AVENUE", "1", None, "3 AVE"),
    ],
)
def test_two_numbers_with_a_blank_are_a_range_unless_the_second_is_the_street(
    text: str, number: str, high: str | None, street: str
) -> None:
    parts = NYC.parse(text, "10001")
    assert parts is not None
    assert (parts.number, parts.high, parts.street) == (number, high, street)


@pytest.mark.parametrize(
    ("text", "number", "street", "other"),
    [
        ("240 A/K/A 250 NAGLE AVE", "240", "NAGLE AVE", "10034/250 NAGLE AVE"),
        ("238-240, AKA 250 W. 27TH ST", "238", "W 27 ST", "10034/250 W 27 ST"),
    ],
)
def test_two_numbers_of_one_street(text: str, number: str, street: str, other: str) -> None:
    query = NYC.search_keys(text, "10034")
    assert query is not None
    assert (query.parts.number, query.parts.street) == (number, street)
    assert other in query.others


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("341/2 SAINT MARKS PLACE", "10003/34 1/2 ST MARKS PL"),
        ("34 1/2 ST MARKS PL", "10003/34 1/2 ST MARKS PL"),
        ("34-1/2 ST MARKS PL", "10003/34 1/2 ST MARKS PL"),
    ],
)
def test_half_a_number(text: str, key: str) -> None:
    for place in (NYC, locale("us")):
        query = place.search_keys(text, "10003")
        assert query is not None
        assert query.key == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("91-09 1/2 138 PLACE, 11435", "11435/9109 1/2 138 PL"),
        ("139 33  89th ave, 11435", "11435/13933 89 AVE"),
        ("54 08  ROOSEVELT AVE., 11377", "11377/5408 ROOSEVELT AVE"),
        ("25 31 STREET, 11435", "11435/25 31 ST"),
        ("58 A Greenwich Ave, 10011", "10011/58A GREENWICH AVE"),
        ("798-A  Franklin ave, 11238", "11238/798A FRANKLIN AVE"),
        ("46-27 B Greenpoint Ave, 11104", "11104/4627B GREENPOINT AVE"),
        ("159- B  East 103 st, 10029", "10029/159B E 103 ST"),
        ("58 A Avenue, 11204", "11204/58 A AVE"),
        ("5W WEST 32ND STREET, 10001", "10001/5 W 32 ST"),
        ("301 1268 2nd ave, 10065", "10065/1268 2 AVE"),
        ("755-9,765-9 61st STREET, 11220", "11220/755 61 ST"),
        ("212-210 Avenue A, 10009", "10009/210 AVE A"),
        ("481-481 VAN BRUNT ST, 11231", "11231/481 VAN BRUNT ST"),
        ("159-62 HARLEM RIVER DRIVE, 10039", "10039/15962 HARLEM RIVER DR"),
        ("159-61 HARLEM RIVER DRIVE, 10039", "10039/159 HARLEM RIVER DR"),  # one side: 159 to 161
        ("4823-1R 8 Avenue, 11220", "11220/4823-1R 8 AVE"),
    ],
)
def test_house_numbers_as_they_are_typed(text: str, key: str) -> None:
    query = NYC.search_keys(text)
    assert query is not None
    assert query.key == key


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("26 LITTLE WEST 12TH STREET", "LITTLE W 12 ST"),
        ("70 LITTLE WEST STREET", "LITTLE W ST"),
        ("10500 Shore Front Parkway", "SHORE FRONT PKWY"),
        ("10 SHORE FRONT", "SHORE"),
        ("75 Prospect Park Southwest", "PROSPECT PARK SW"),
        ("1 Prospect Park South West", "PROSPECT PARK SW"),
        ("486 Thomas S Boyland Street", "THOMAS S BOYLAND ST"),
        ("5 Prospect Park W Apt 3", "PROSPECT PARK W"),
        ("283 Flatbush Avenue Extension", "FLATBUSH AVE EXT"),
        ("80 Bay Street Landing", "BAY ST LNDG"),
        ("4037 75st", "75 ST"),
        ("4037 64rd", "64 RD"),
        ("4037 71st Ave", "71 AVE"),
        ("440  15street", "15 ST"),
        ("32 WASHINGTON SQUARE WE", "WASHINGTON SQ W"),
        ("390 EAST MOSHOLU PARKWAY SOU", "E MOSHOLU PKWY S"),
        ("445  albee square west C47", "ALBEE SQ W"),
        ("2040 BRUCKNER BOULEV", "BRUCKNER BLVD"),
        ("21601 Horace Harding Exp", "HORACE HARDING EXPY"),
        ("179 REAR NORTH 7 STREET", "N 7 ST"),
        ("10 FRONT STREET", "FRONT ST"),
        ("5 GT JONES ST", "GREAT JONES ST"),
        ("31 College Pt Blvd", "COLLEGE POINT BLVD"),
    ],
)
def test_names_and_ends_of_streets(text: str, street: str) -> None:
    parts = NYC.parse(text, "10001")
    assert parts is not None
    assert parts.street == street


def test_numbers_with_a_half_are_asked_with_their_hyphen() -> None:
    parts = NYC.parse_key("11435/9109 1/2 138 PL")
    assert parts is not None
    assert NYC.number_spellings(parts) == ("91-09 1/2", "9109 1/2")


def test_a_range_that_the_second_address_tells() -> None:
    query = NYC.search_keys("162 E. 109TH ST. AKA 162-164 E. 109TH ST", "10029")
    assert query is not None
    assert (query.parts.number, query.parts.high) == ("162", "164")


def test_two_letters_that_look_like_a_state_beside_a_postcode_of_the_city() -> None:
    text = "49-12 99TH STREET BASEMENT/GROUND FL"
    assert NYC.search_keys(text, "11368") is not None
    assert NYC.search_keys("29 WEST 27TH STREET, NEWARK, NJ", "10001") is None
    assert NYC.search_keys("29 WEST 27TH STREET, NJ") is None


def test_a_second_address_and_the_far_end_of_a_range_are_kept_apart() -> None:
    query = NYC.search_keys("13-19 HAMILTON TERRACE A/K/A 409 W 142ND ST, 10031", "10031")
    assert query is not None
    assert query.key == "10031/13 HAMILTON TER"
    assert query.others == ("10031/409 W 142 ST", "10031/19 HAMILTON TER")


@pytest.mark.parametrize(
    "text", ["", "BROADWAY", "E 12 ST", "N/A 9 AVENUE", "59th st", "2025-11-08T00:00 31 DRIVE", "0 5 AVE"]
)
def test_no_number_or_no_street_is_no_address(text: str) -> None:
    assert NYC.parse(text, "10001") is None


@pytest.mark.parametrize(
    "text", ["100 Main St, Columbus, OH 43215", "100 Main St, Columbus", "29 W 27 St Newark NJ", "1 Broadway 07102"]
)
def test_an_address_of_another_city_is_refused(text: str) -> None:
    assert NYC.search_keys(text) is None
    with pytest.raises(BadIdentifier, match="not in this city"):
        address_codec(NYC).parse(text)


@pytest.mark.parametrize("name", LOCALES)
@given(text=TEXTS, place=PLACES)
@example(text="59-17 27TH GUARDIA PLACE", place=("10001", None))
@example(text="59 79TH GUARDIA PLACE", place=("10001", None))
@example(text="29 W PLACE FIRST", place=("10001", None))
def test_no_text_raises_and_identifiers_read_as_themselves(
    name: str, text: str, place: tuple[str | None, str | None]
) -> None:
    found = locale(name)
    parts = found.parse(text, *place)
    key = found.key(parts) if parts else None
    if key:
        again = found.parse_key(key)
        assert again is not None
        assert found.key(again) == key
        query = found.search_keys(text, *place)
        assert query is None or found.score(query, key).confidence == 1.0


@given(text=TEXTS)
def test_what_the_codec_reads_it_reads_again(text: str) -> None:
    found = address_codec(NYC)
    value = found.read([text])
    if value is None:
        with pytest.raises(BadIdentifier, match=r"^takes house number, street and postcode"):
            found.parse(text)
    else:
        assert found.parse(text) == found.parse(value) == value


def test_the_codec_says_what_is_missing() -> None:
    found = address_codec(NYC)
    assert found.parse("29 West 27th St 10001") == found.parse("10001/29 WEST 27TH STREET") == found.example
    with pytest.raises(BadIdentifier, match="has no postcode"):
        found.parse("29 West 27th St")
    with pytest.raises(BadIdentifier, match="no house number"):
        found.parse("Times Square")


LINE = AddressColumns(line="address", postcode="zip")
APART = AddressColumns(number="number", street="street", suffix="type", postcode="zip")


def test_rows_of_one_address_have_one_identifier() -> None:
    rows = (
        (LINE, {"address": "29  WEST 27TH   STREET, 3A", "zip": "10001"}),
        (LINE, {"address": "29 W. 27 St.", "zip": 10001}),
        (APART, {"number": "29", "street": "W 27TH", "type": "ST", "zip": "10001-2204"}),
    )
    assert {read_address(columns, row, NYC) for columns, row in rows} == {"10001/29 W 27 ST"}


def test_rows_without_an_area_or_of_another_place_have_none() -> None:
    assert read_address(LINE, {"address": "29 W 27 ST", "zip": None}, NYC) is None
    assert read_address(LINE, {"address": "29 W 27 ST", "zip": "43215"}, NYC) is None
    assert (
        read_address(
            AddressColumns(line="address", postcode="zip", region="NJ"), {"address": "1 A ST", "zip": "10001"}, NYC
        )
        is None
    )


def test_datasets_are_asked_by_area_and_number() -> None:
    by_line = spell_address("10001/29 W 27 ST", LINE, NYC)
    assert by_line is not None
    assert by_line.columns == ("zip", "address")
    assert by_line.prefix
    assert by_line.values == (("10001", "29 "), ("10001", "29-"), ("10001", "29,"))
    apart = spell_address("10001/29 W 27 ST", APART, NYC)
    assert apart is not None
    assert (apart.columns, apart.values, apart.prefix) == (("zip", "number"), (("10001", "29"),), False)


def test_a_low_number_is_asked_in_words_too() -> None:
    asked = spell_address("10119/1 PENN PLZ", LINE, NYC)
    assert asked is not None
    assert {("10119", "1 "), ("10119", "ONE "), ("10119", "One ")} <= set(asked.values)


def test_a_dataset_without_postcodes_is_asked_by_its_city_part() -> None:
    columns = AddressColumns(number="number", street="street", borough="borough")
    asked = spell_address("QUEENS/5917 JUNCTION BLVD", columns, NYC)
    assert asked is not None
    assert ("QUEENS", "59-17") in asked.values
    assert ("Q", "5917") in asked.values
    assert spell_address("11368/5917 JUNCTION BLVD", columns, NYC) is None


def test_a_search_without_an_area_asks_by_the_usual_spellings_of_the_street() -> None:
    query = NYC.search_keys("29 west 27th street")
    assert query is not None
    assert query.missing == ("postcode", "city_part")
    asked = spell_search(query.parts, AddressColumns(number="n", street="s"), NYC)
    assert asked is not None
    assert {("W 27 ST", "29"), ("WEST 27TH STREET", "29"), ("West 27th Street", "29")} <= set(asked.values)
    by_line = spell_search(query.parts, AddressColumns(line="address"), NYC)
    assert by_line is not None
    assert ("29 WEST 27 STREET",) in by_line.values
    assert by_line.prefix


@pytest.mark.parametrize(
    ("text", "found", "state"),
    [
        ("29 W 27th St, 10001", "10001/29 W 27 ST", "MATCH"),
        ("155 Avenue C, Manhattan", "MANHATTAN/155 AVE C", "MATCH"),
        ("29 W 27th St", "10001/29 W 27 ST", "POSSIBLE"),
        ("29 W 27th St, 10011", "10001/29 W 27 ST", "POSSIBLE"),
        ("178 Mulberry, 10012", "10012/178 MULBERRY ST", "POSSIBLE"),
        ("292 Delancy St, 10002", "10002/292 DELANCEY ST", "POSSIBLE"),
        ("2 Mian St, 10044", "10044/2 MAIN ST", "POSSIBLE"),
        ("2 Maim St, 10044", "10044/2 MAIN ST", None),
        ("29 W 72nd St, 10001", "10001/29 W 27 ST", None),
        ("31 W 27th St, 10001", "10001/29 W 27 ST", None),
        ("29 W 28th St, 10001", "10001/29 W 27 ST", None),
        ("29 E 27th St, 10001", "10001/29 W 27 ST", None),
        ("155 Avenue B, 10009", "10009/155 AVE C", None),
        ("100 Court St, Brooklyn", "10001/100 COURT ST", None),
        ("29 Mulberry St, 10012", "10012/29 ORCHARD ST", None),
    ],
)
def test_scores_never_change_a_number_or_a_letter(text: str, found: str, state: str | None) -> None:
    query = NYC.search_keys(text)
    assert query is not None
    score = NYC.score(query, found)
    assert score.state == state
    assert (score.confidence == 1.0) == (state == "MATCH")
    assert score.evidence


def test_other_locales() -> None:
    britain, us = locale("generic"), locale("us")
    assert address_codec(britain).parse("10 Downing Street, London SW1A2AA") == britain.example
    assert read_address(LINE, {"address": "10, Downing St.", "zip": "sw1a 2aa"}, britain) == britain.example
    assert address_codec(us).parse("29 West Broad Street, Columbus, OH 43215") == us.example
    with pytest.raises(ValueError, match=r"unknown locale 'fr'; known: generic, uk, us, us_nyc"):
        locale("fr")
