"""The kinds of identifier that are looked for: those that cities share, and those of a given city."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from resolvers.city import Scheme

ADDRESS = "address"

PART_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "borough": frozenset({"borough", "boro", "bor", "borocode", "boroid", "district"}),
        "block": frozenset({"block"}),
        "lot": frozenset({"lot"}),
    }
)
"""Words of a heading for the parts of composite identifiers; other parts go by their own name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scheme to look for. `aliases` are lists of words that all stand in a heading, or one word
    without blanks; `given` is whether the city declares it already."""

    name: str
    entity: str
    level: str
    check: str
    title: str = ""
    parts: tuple[str, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()
    given: bool = False


SHARED = (
    Wanted(
        "bbl",
        "Address",
        "lot",
        "bbl",
        "Tax lot: borough, block and lot",
        ("borough", "block", "lot"),
        (("bbl",), ("borough", "block", "lot"), ("parid",), ("tax", "lot", "id")),
    ),
    Wanted(
        "bin",
        "Address",
        "building",
        "bin",
        "Building identification number",
        aliases=(("bin",), ("building", "identification", "number"), ("buildingidentificationnumber",)),
    ),
    Wanted(
        "camis",
        "Business",
        "site",
        "camis",
        "Permit of a food establishment",
        aliases=(("camis",), ("food", "establishment", "permit")),
    ),
    Wanted(
        "uprn",
        "Address",
        "premises",
        "uprn",
        "Unique property reference number",
        aliases=(("uprn",), ("unique", "property", "reference")),
    ),
)
"""What is looked for without a city."""


def of_city(schemes: Mapping[str, Scheme]) -> tuple[Wanted, ...]:
    """The schemes of a city, under the short names that its files may use, with what is known of
    their headings."""
    usual = {each.name: each.aliases for each in SHARED}
    found = []
    for name, scheme in schemes.items():
        short = name.partition(".")[2]
        if short != ADDRESS:
            aliases = dict.fromkeys((*usual.get(short, ()), tuple(short.split("_"))))
            about = (short, scheme.entity, scheme.level, scheme.check, scheme.title)
            found.append(Wanted(*about, scheme.parts, tuple(aliases), given=True))
    return tuple(found)
