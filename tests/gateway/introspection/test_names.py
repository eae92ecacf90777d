import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.introspection.guessing.names import agency_id, distinct, parted, snake, words
from resolvers.names import camel

OURS = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def test_headings_as_words() -> None:
    assert words("# of B/C Violations") == ("no", "of", "b", "c", "violations")
    assert words("NOVDescription") == ("nov", "description")
    assert words("Zip_Code") == ("zip", "code")
    assert words("Violation Location (House #)") == ("violation", "location", "house", "no")
    assert words("Applicant's First Name") == ("applicants", "first", "name")
    assert words("/subs/Noise - Street~1Sidewalk") == ("subs", "noise", "street", "sidewalk")
    assert words("ADDRESS1") == ("address1",)


def test_words_written_as_one_are_told_apart() -> None:
    assert parted("inspectiondate") == ("inspection", "date")
    assert parted("marshalfirstname") == ("marshal", "first", "name")
    assert parted("zipcode") == ("zipcode",)
    assert parted("kitchen") == ("kitchen",)


def test_our_names() -> None:
    assert snake("SALE PRICE", "column_1") == "sale_price"
    assert snake("1-BR Units", "column_1") == "n1_br_units"
    assert snake("日本", "column_7") == "column_7"
    assert agency_id("Dept. of Finance") == "dept_of_finance"


@given(st.text(max_size=100))
def test_every_heading_becomes_a_name_that_the_catalogue_takes(heading: str) -> None:
    assert OURS.fullmatch(snake(heading, "column_1"))
    assert re.fullmatch(r"[a-z][a-z0-9_]*", agency_id(heading))


@given(st.lists(st.sampled_from(["zip4", "zip_4", "zip_4_2", "a", "A", "id", "id_2"])))
def test_names_are_distinct_as_fields_of_the_schema(names: list[str]) -> None:
    made = distinct(names, ["id"])
    fields = [camel(name).lower() for name in made]
    assert len(made) == len(names)
    assert len(set(fields)) == len(fields)
    assert "id" not in fields
