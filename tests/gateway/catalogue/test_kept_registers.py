"""`keep`: registers of which the gateway may keep addresses, and those of which it may not."""

import pytest

from tests.gateway.catalogue.conftest import CITY, ROLLS, Directory

KEEP = CITY + 'keep = ["rolls.parcels"]\n'
ADDRESSED = ROLLS.replace('lot = "LOT"\n', 'lot = "LOT"\nline = "SITUS"\nzip = "ZIP"\n').replace(
    'lot = "lot"\n\n', 'lot = "lot"\naddress = { line = "line", postcode = "zip" }\n\n'
)
LINE = KEEP.count("\n")


def test_kept(springfield: Directory) -> None:
    springfield.write("city", KEEP)
    springfield.write("rolls", ADDRESSED)
    (register,) = springfield.load().registers
    assert register.kept == ("rolls.parcels",)


@pytest.mark.parametrize(
    ("city", "rolls", "problem"),
    [
        (KEEP, ROLLS, "rolls.parcels has no key of addresses"),
        (KEEP.replace("keep", "keep = []\n# keep"), ADDRESSED, None),
        (KEEP.replace('["rolls.parcels"]', '"rolls.parcel"'), ADDRESSED, 'dataset "rolls.parcel" is not declared'),
        (KEEP, ADDRESSED.replace('id = "lot"', 'id = "lot"\naccess = "rolls"'), "is not for everyone (access)"),
        (KEEP, ADDRESSED.replace('id = "lot"', 'id = "lot"\ncadence = "live"'), 'is renewed "live"'),
        (
            KEEP,
            ADDRESSED.replace('line = "SITUS"', 'line = { from = "SITUS", personal = "always" }'),
            "is not for everyone (column line)",
        ),
        (
            KEEP,
            ADDRESSED + "\n[dataset.withheld]\naddress = { when = { built = 1900 } }\n",
            "is not for everyone (column line)",
        ),
        (KEEP, ADDRESSED + "\n[dataset.withheld]\nbuilt = { when = { lot = '1' } }\n", None),
        (KEEP, ADDRESSED + "\n[dataset.withheld]\nrecord = { when = { built = 1900 } }\n", "is not for everyone"),
    ],
)
def test_what_may_not_be_kept(city: str, rolls: str, problem: str | None, springfield: Directory) -> None:
    springfield.write("city", city)
    springfield.write("rolls", rolls)
    found = springfield.problems()
    assert len(found) == (1 if problem else 0), found
    assert all(str(problem) in each for each in found), found
    assert all(each.startswith("city.toml") or "city.toml:" in each for each in found)
