"""Keys, identities and addresses, as they are found in a table."""

from typing import Any

from gateway.introspection.guessing.agencies import draft
from gateway.introspection.guessing.drafts import DraftDataset, DraftKey
from gateway.introspection.guessing.schemes import SHARED, Wanted, of_city
from gateway.introspection.seen import Seen, SeenColumn, SeenTable
from resolvers.city import Scheme

LOTS = ("1004770501", "3005130037", "2031560155")


def table(name: str = "things", /, **columns: tuple[object, ...]) -> SeenTable:
    """A table of 30 rows whose columns repeat these values; `{}` in a text is the number of the row."""
    rows = 30
    made = tuple(
        SeenColumn(heading.replace("_", " "), tuple(_cell(values[i % len(values)], i) for i in range(rows)))
        for heading, values in columns.items()
    )
    return SeenTable(name, made, rows, name=name)


def _cell(value: object, number: int) -> object:
    return value.format(number) if isinstance(value, str) else value


def drafted(found: SeenTable, wanted: tuple[Wanted, ...] = SHARED) -> DraftDataset:
    return draft(Seen("files", "files", "data/", (found,)), "agency", wanted).datasets[0]


def key(found: DraftDataset, scheme: str) -> DraftKey:
    return next(key for key in found.keys if key.scheme == scheme)


def test_a_lot_in_one_column_with_its_format() -> None:
    assert key(drafted(table(BBL=LOTS)), "bbl").formats == ("0000000000",)
    decimal = key(drafted(table(bbl=tuple(f"{lot}.0000000000000" for lot in LOTS))), "bbl")
    assert (decimal.columns, decimal.formats) == (("bbl",), ("0000000000.0000000000000",))
    dashed = key(drafted(table(borough_block_lot=("1-00477-0501", "3-00513-0037"))), "bbl")
    assert dashed.formats == ("0-00000-0000",)


def test_a_lot_in_three_columns_with_their_formats() -> None:
    found = key(drafted(table(BORO=("MANHATTAN", "BROOKLYN"), BLOCK=("00477", "00513"), LOT=("0501", "0037"))), "bbl")
    assert (found.columns, found.formats) == (("boro", "block", "lot"), ("MANHATTAN", "00000", "0000"))


def test_parts_of_one_heading_belong_together() -> None:
    found = drafted(
        table(
            respondent_borough=("1",),
            violation_borough=("2",),
            violation_block_no=("3130",),
            violation_lot_no=("100",),
        )
    )
    assert key(found, "bbl").columns == ("violation_borough", "violation_block_no", "violation_lot_no")


def test_a_heading_alone_makes_no_key() -> None:
    assert drafted(table(bbl=("none", "given"), bin=("17", "4"))).keys == ()


def test_buildings_businesses_and_property_references() -> None:
    found = drafted(table(bin=("1015862", "1000000"), camis=("50003337", "41227319"), UPRN=("10033544614", "100")))
    assert [key.scheme for key in found.keys] == ["bin", "camis", "uprn"]
    assert key(found, "bin").why[0] == "50 % of the values are valid"


def test_a_licence_is_a_number_of_the_agency() -> None:
    found = drafted(table("licenses", License_Number=("20{:05}-DCA",), status=("Active", "Inactive")))
    assert found.id == ("license_number",)
    assert [(each.scheme, each.entity) for each in found.keys] == [("agency_license_number", "Business")]
    assert found.section is not None
    assert (found.section.kind, found.section.on) == ("Licence", ("Business.licenses",))


def test_the_schemes_of_a_city_are_looked_for_by_its_names() -> None:
    scheme = Scheme("sp.lot", "Address", "lot", "numbers_1_4_4", parts=("ward", "block", "lot"))
    found = drafted(table(WARD=("3",), BLOCK=("412",), LOT=("17",), BBL=LOTS), of_city({"sp.lot": scheme}))
    assert [(key.scheme, key.columns, key.formats) for key in found.keys] == [
        ("lot", ("ward", "block", "lot"), ("0", "0", "0"))
    ]


def parts(**columns: tuple[object, ...]) -> dict[str, Any]:
    return dict(key(drafted(table(**columns)), "address").parts)


def test_an_address_by_number_and_street() -> None:
    found = parts(House_Number=("29", "134-10"), Street_Name=("WEST 27 STREET",), Zip_Code=("10001",), State=("NY",))
    assert found == {"number": "house_number", "street": "street_name", "postcode": "zip_code", "region": "NY"}


def test_an_address_in_a_line() -> None:
    found = parts(EVICTION_ADDRESS=("29 WEST 27TH STREET",), EVICTION_APT_NUM=("3A",), EVICTION_ZIP=("10001",))
    assert found == {"line": "eviction_address", "unit": "eviction_apt_num", "postcode": "eviction_zip"}


def test_british_and_dutch_postcodes() -> None:
    assert parts(address=("1 High Street",), postcode=("EX4 3LS", "W1A 1AA"))["postcode"] == "postcode"
    assert parts(address=("1 Herengracht",), postcode=("1015 BA",))["postcode"] == "postcode"


def test_the_place_comes_before_the_address_of_somebody() -> None:
    both: dict[str, tuple[object, ...]] = {
        "owner_house_number": ("7",),
        "owner_street_name": ("ELM STREET",),
        "owner_zip": ("99999",),
        "house_number": ("29",),
        "street_name": ("WEST 27 STREET",),
    }
    assert parts(**both) == {"number": "house_number", "street": "street_name"}
    somebody = drafted(table(**{name: both[name] for name in list(both)[:3]}))
    assert "address of somebody" in key(somebody, "address").why[0]


def test_without_a_key_nothing_is_made_of_the_rows() -> None:
    found = drafted(table(document=("D{}",), amount=("1", "2")))
    assert (found.keys, found.section) == ((), None)


def test_a_unique_index_is_believed_where_there_is_one() -> None:
    columns = (
        SeenColumn("number", tuple(range(30)), text=False),
        SeenColumn("year", (2020,) * 30, text=False),
    )
    seen = SeenTable("t", columns, 30, unique=(("year", "number"),), indexed=True)
    assert drafted(seen).id == ("year", "number")
    assert drafted(SeenTable("t", columns, 30, indexed=True)).id == ()
    assert drafted(SeenTable("t", columns, 30)).id == ("number",)


def test_a_pair_may_be_unique() -> None:
    pair = table(
        project_id=tuple(f"{i}" for i in range(5)) * 6, building_id=tuple(f"{i // 5}" for i in range(30)), x=("a",)
    )
    assert drafted(pair).id == ("project_id", "building_id")


def test_one_row_for_each_lot_is_no_kind_of_record() -> None:
    lots = tuple(f"10047{number:05}" for number in range(10101, 10131))
    found = drafted(table("violations_by_lot", bbl=lots, open=("3", "4")))
    assert found.section is not None
    assert (found.id, found.alone, found.section.kind) == (("bbl",), True, None)
