"""Valid files become the values that the floors below read."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.base import AllOf, AnyOf, Column, ColumnType, Compare, Op
from resolvers.city import Agency, Claim, Code, Key, Link, LocalCaller, Register, Scheme, Withheld
from tests.gateway.catalogue.conftest import Directory

DOM = """\
[agency]
name = "Department of Mistakes"
short = "DoM"
steward = "steward@dom.example"

[scheme.badge]
authority = "state"
of = "Business"
level = "site"
check = "digits_7"
to = { lot = "many-to-many" }

[source.db]
adapter = "memory"
url = "${DOM_URL:-memory:}"
token = "${DOM_TOKEN}"
timeout = "800ms"
concurrency = 3
keys_per_call = 50
options.rows.permits = []

[[dataset]]
name = "permits"
as_of = "issued"
cadence = "daily"
covers = { ward = ["1", "2"] }
absent = "not_covered"
trust = "self-declared"
stored = "text"
id = "number"
clean = ["trim"]
null = ["-"]
record_url = "https://dom.example/{number}"
modified = "changed"
rows_per_call = 100

[dataset.columns]
number = {}
badge = "BADGE"
ward = "WARD"
lotno = "LOT"
street = "STREET"
house = "HOUSE"
zip = "ZIP"
holder = { from = "HOLDER", personal = "person_name", access = "dom:read", clean = [], null = ["N/A"] }
fee = { from = "FEE", type = "money", format = "$1,234.50" }
issued = { from = "ISSUED", type = "date", format = "M/D/YYYY" }
changed = { from = "CHANGED", type = "datetime", stored = "native" }
state = { from = "STATE", codes = "state" }
place = { type = "point", from = { lat = "LAT", lon = "LON" }, precision = "block", doc = "Where." }

[dataset.keys]
badge = "badge"
lot = { columns = ["=1", "ward", "lotno"], formats = ["", "00", "0"] }
address = { number = "house", street = "street", postcode = "zip", region = "IL" }

[dataset.claims]
"Business.legalName" = "holder"

[dataset.withheld]
address = { when = { zip = { null = true } } }
record = { when = { street = ["X", "Y"] } }
holder = { when = { ward = "9" } }

[[dataset.link]]
from = "Business"
to = "Address"
role = "PREMISES"
since = "issued"

[[dataset.section]]
on = ["Business.tradingPermits", "Address.tradingPermits"]
kind = "Permit"
where = { fee = { gte = 5, lt = 9.5 }, or = [{ issued = 2020-01-02 }, { changed = { ne = 2020-01-02T03:04:05 } }] }
group = ["number", "issued"]
as = { date = "issued", status = "state" }

[[dataset.section]]
on = "Business.domFees"
many = false
columns = ["fee"]
part_of = "Business.tradingPermits"
title = "Fees"

[codes.state]
A = { label = "Active", is = "ACTIVE" }
B = "Broken"
"""

CITY_MORE = """
[register.sites]
from = ["dom.permits"]
scheme = "state.badge"

[prefer]
"Business.legalName" = ["dom.permits"]

[city.local_caller]
name = "tester"
scopes = ["*"]
"""


@pytest.fixture
def dom(springfield: Directory) -> Directory:
    """Springfield with a second agency that says all that can be said."""
    springfield.write("dom", DOM)
    springfield.replace("city", "[register.lots]", CITY_MORE + "\n[register.lots]")
    return springfield


def test_the_city_and_its_agencies(dom: Directory) -> None:
    city = dom.load(DOM_TOKEN="secret")
    assert (city.name, city.prefix, city.locale, city.currency) == ("Springfield", "sp", "us", "USD")
    assert city.time_zone == "America/Chicago"
    assert city.local_caller == LocalCaller("tester", ("*",))
    assert list(city.agencies.values()) == [
        Agency("dom", "Department of Mistakes", "DoM", "steward@dom.example"),
        Agency("rolls", "Assessor", "ROLLS"),
    ]


def test_sources_read_the_environment_and_hide_it(dom: Directory) -> None:
    city = dom.load(DOM_TOKEN="secret", DOM_URL="memory:secret")
    source = city.sources["dom.db"]
    assert (source.kind, source.url, source.timeout, source.concurrency) == ("memory", "memory:secret", 0.8, 3)
    assert source.keys_per_call == 50
    assert source.options["token"] == "secret"
    assert "secret" not in repr(city)
    assert city.source_agency == {"dom.db": "dom", "rolls.db": "rolls"}


def test_schemes_have_complete_names_and_every_city_has_an_address(dom: Directory) -> None:
    city = dom.load(DOM_TOKEN="")
    assert list(city.schemes) == ["sp.address", "sp.lot", "sp.licence", "state.badge"]
    assert city.schemes["state.badge"] == Scheme(
        "state.badge", "Business", "site", "digits_7", to={"sp.lot": "many-to-many"}, title="badge"
    )
    assert (city.schemes["sp.address"].entity, city.schemes["sp.address"].level) == ("Address", "premises")
    assert city.address_scheme in city.schemes
    assert city.registers == (
        Register("sites", "state.badge", ("dom.permits",)),
        Register("lots", "sp.lot", ("rolls.parcels",)),
    )
    assert city.prefer == {("Business", "legal_name"): ("dom.permits",)}


def test_columns_take_what_the_dataset_says_for_all(dom: Directory) -> None:
    columns = dom.load(DOM_TOKEN="").tables["dom.permits"].dataset.columns
    plain = Column(
        "number", ("number",), stored="text", clean=("trim",), null=frozenset({"-"}), time_zone="America/Chicago"
    )
    assert columns["number"] == plain
    assert columns["holder"] == replace(
        plain,
        name="holder",
        source=("HOLDER",),
        clean=(),
        null=frozenset({"-", "N/A"}),
        personal="person_name",
        access="dom:read",
    )
    assert columns["changed"] == Column("changed", ("CHANGED",), ColumnType.DATETIME, time_zone="America/Chicago")
    assert (columns["place"].source, columns["place"].description) == (("LAT", "LON"), "Where. Exact to the block.")
    assert (columns["fee"].format, columns["fee"].type, columns["fee"].stored) == (
        "$1,234.50",
        ColumnType.MONEY,
        "text",
    )


def test_tables_say_how_they_hang_and_how_fresh_they_are(dom: Directory) -> None:
    table = dom.load(DOM_TOKEN="").tables["dom.permits"]
    assert (table.dataset.source, table.dataset.path, table.dataset.id) == ("dom.db", "permits", ("number",))
    assert (table.as_of, table.modified, table.cadence) == ("issued", "changed", "daily")
    assert (table.covers, table.absent_means_uncovered, table.self_declared) == ({"ward": ("1", "2")}, True, True)
    assert (table.record_url, table.dataset.rows_per_call) == ("https://dom.example/{number}", 100)
    assert table.keys[:2] == (
        Key("state.badge", ("badge",)),
        Key("sp.lot", ("=1", "ward", "lotno"), formats=(None, "00", "0")),
    )
    assert table.keys[2].scheme == "sp.address"
    assert table.keys[2].reads == ("house", "street", "zip")
    assert table.claims == (Claim("Business", "legal_name", "holder"),)
    assert table.links == (Link("Business", "Address", "PREMISES", "issued"),)
    assert table.withheld == (
        Withheld(("house", "street", "zip"), Compare("zip", Op.IS_NULL, True)),
        Withheld((), Compare("street", Op.IN, ("X", "Y"))),
        Withheld(("holder",), Compare("ward", Op.EQ, "9")),
    )
    assert table.place == f"{dom.path}/dom.toml:22"


def test_a_dataset_may_hang_on_several_entities(dom: Directory) -> None:
    business, address, fees = dom.load(DOM_TOKEN="").sections
    assert (business.entity, business.name) == ("Business", "tradingPermits")
    assert address == replace(business, entity="Address")
    assert (business.type_name, business.kind, business.many) == ("DomTradingPermits", "Permit", True)
    assert business.roles == {"date": "issued", "status": "state", "number": "number", "holder": "holder"}
    assert business.group == ("number", "issued")
    assert (fees.type_name, fees.kind, fees.many, fees.columns) == ("DomFees", None, False, ("fee",))
    assert (fees.part_of, fees.roles, fees.title) == (("Business", "tradingPermits"), {}, "Fees")


def test_where_is_a_filter_in_the_types_of_its_columns(dom: Directory) -> None:
    where = dom.load(DOM_TOKEN="").sections[0].where
    moment = datetime(2020, 1, 2, 9, 4, 5, tzinfo=UTC)
    assert where == AllOf(
        (
            Compare("fee", Op.GTE, Decimal(5)),
            Compare("fee", Op.LT, Decimal("9.5")),
            AnyOf((Compare("issued", Op.EQ, date(2020, 1, 2)), Compare("changed", Op.NE, moment))),
        )
    )


def test_code_lists_are_by_agency(dom: Directory) -> None:
    codes = dom.load(DOM_TOKEN="").codes
    assert codes["dom"]["state"] == {"A": Code("Active", "ACTIVE"), "B": Code("Broken")}
    assert codes["rolls"] == {}


def test_a_code_list_that_nobody_wrote_is_empty(dom: Directory) -> None:
    """A warning only: codes without labels are served as they are."""
    dom.replace("dom", '\n[codes.state]\nA = { label = "Active", is = "ACTIVE" }\nB = "Broken"\n', "\n")
    assert dom.load(DOM_TOKEN="").codes["dom"] == {"state": {}}


def test_protected_data_needs_a_scope_until_terms_are_agreed(dom: Directory) -> None:
    dom.replace(
        "dom", "[dataset.claims]", '[dataset.protect]\npurposes = ["billing"]\nretain = "2y"\n\n[dataset.claims]'
    )
    assert dom.load(DOM_TOKEN="").tables["dom.permits"].access == "dom.permits:read"


def test_a_variable_without_value_is_a_problem_that_names_it(dom: Directory) -> None:
    assert dom.problems() == [
        'dom.toml:16: the environment has no DOM_TOKEN; set it, or give a default: "${DOM_TOKEN:-…}"'
    ]


def test_the_environment_is_read_in_sources_only(dom: Directory) -> None:
    dom.replace("dom", '"https://dom.example/{number}"', '"https://${HOST}/{number}"')
    assert dom.problems(DOM_TOKEN="", HOST="x")[0] == (
        'dom.toml:33: "record_url" refers to the environment; url, token and options of a source may'
    )
