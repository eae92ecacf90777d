"""New York City: five boroughs, hyphenated Queens numbers, streets with two names.

Queens writes 59-17 for what its databases call 5917; the canonical number has no hyphen.
Elsewhere in the city a hyphen joins the ends of a range. Second names of streets are those that
keep the first one's house numbers (Adam Clayton Powell Jr Boulevard is Seventh Avenue).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from resolvers.identity.addresses import AddressParts, Locale
from resolvers.identity.bbl import BOROUGHS, borough_code
from resolvers.identity.english import EnglishLocale, plain_number, range_end
from resolvers.identity.lines import Dialect
from resolvers.identity.numbers import HouseNumber
from resolvers.identity.us import ZIP, halves, read_zip

MANHATTAN, BRONX, BROOKLYN, QUEENS, STATEN_ISLAND = (names[2] for names in BOROUGHS.values())

_ZIPS: Mapping[str, str] = MappingProxyType(
    {"100": MANHATTAN, "101": MANHATTAN, "102": MANHATTAN, "103": STATEN_ISLAND, "104": BRONX}
    | {"110": QUEENS, "111": QUEENS, "112": BROOKLYN, "113": QUEENS, "114": QUEENS, "116": QUEENS}
)
"""The first three digits of a zip -> borough."""

_POST_OFFICES = {
    QUEENS: """ARVERNE ASTORIA BAYSIDE BELLEROSE BREEZY_POINT CAMBRIA_HEIGHTS COLLEGE_POINT CORONA DOUGLASTON
    EAST_ELMHURST ELMHURST FAR_ROCKAWAY FLORAL_PARK FLUSHING FOREST_HILLS FRESH_MEADOWS GLEN_OAKS GLENDALE
    HOLLIS HOWARD_BEACH JACKSON_HEIGHTS JAMAICA KEW_GARDENS LITTLE_NECK LONG_ISLAND_CITY LIC MASPETH
    MIDDLE_VILLAGE OAKLAND_GARDENS OZONE_PARK QUEENS_VILLAGE REGO_PARK RICHMOND_HILL RIDGEWOOD ROCKAWAY_BEACH
    ROCKAWAY_PARK ROSEDALE SAINT_ALBANS ST_ALBANS SOUTH_OZONE_PARK SOUTH_RICHMOND_HILL SPRINGFIELD_GARDENS
    SUNNYSIDE WHITESTONE WOODHAVEN WOODSIDE""",
    MANHATTAN: """NEW_YORK NEW_YORK_CITY NYC MANHATTAN NEWYORK HARLEM CHELSEA TRIBECA SOHO INWOOD WASHINGTON_HEIGHTS
    LOWER_MANHATTAN UPPER_EAST_SIDE UPPER_WEST_SIDE EAST_VILLAGE GREENWICH_VILLAGE ROOSEVELT_ISLAND""",
    BROOKLYN: "BROOKLYN BKLYN BEDFORD_STUYVESANT BUSHWICK WILLIAMSBURG GREENPOINT RED_HOOK PARK_SLOPE CONEY_ISLAND",
    BRONX: "BRONX THE_BRONX RIVERDALE CITY_ISLAND",
    STATEN_ISLAND: "STATEN_ISLAND STATEN_IS",
}
PLACES: Mapping[str, str] = MappingProxyType(
    {"QUEENS": QUEENS}
    | {name.replace("_", " "): part for part, names in _POST_OFFICES.items() for name in names.split()}
)
"""Boroughs, post offices and well-known quarters -> borough."""

_SECOND_NAMES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (MANHATTAN, "6 AVE", re.compile(r"AVE OF (?:THE )?AMER.*|AMERICAS AVE")),
    (MANHATTAN, "7 AVE", re.compile(r".*\bPOWELL\b.*|FASHION AVE")),
    (MANHATTAN, "8 AVE", re.compile(r"(?:FREDERICK|FREDRICK|FRED|F)\b.*\bDOUGLAS.*|DOUGLASS? BLVD")),
    (MANHATTAN, "LENOX AVE", re.compile(r"MALCOLM X.*")),
    (MANHATTAN, "E 116 ST", re.compile(r"LUIS MUNOZ.*")),
    (MANHATTAN, "W 110 ST", re.compile(r"CATHEDRAL PKWY|CENTRAL PARK N")),
    (MANHATTAN, "W 59 ST", re.compile(r"CENTRAL PARK S")),
    (MANHATTAN, "W 106 ST", re.compile(r"DUKE ELLINGTON.*")),
    (BROOKLYN, "75 ST", re.compile(r"BAY RIDGE PKWY")),
    (BROOKLYN, "REID AVE", re.compile(r"MALCOLM X BLVD")),
    (BROOKLYN, "SUMNER AVE", re.compile(r"MARCUS GARVEY BLVD")),
    (BROOKLYN, "STONE AVE", re.compile(r"MOTHER GASTON BLVD")),
    (QUEENS, "NEW YORK BLVD", re.compile(r"GUY R? ?BREWER BLVD")),
    (BRONX, "UNIVERSITY AVE", re.compile(r"(?:DR )?(?:MARTIN|M) .*\bKING\b.*")),
)
"""Borough, canonical street, how its second name may look. An unknown borough counts as Manhattan."""

_WHOLE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "LENOX": "LENOX AVE",
        "CPW": "CENTRAL PARK W",
        "CPS": "W 59 ST",
        "CPN": "W 110 ST",
        "FDB": "8 AVE",
        "LEXINGTON": "LEXINGTON AVE",
    }
    | {"GRAND": "GRAND CONCOURSE", "CONCOURSE": "GRAND CONCOURSE", "GRAND BLVD": "GRAND CONCOURSE"}
    | {"GRAND CONCOURSE AVE": "GRAND CONCOURSE", "GRAND CONCOURSE BLVD": "GRAND CONCOURSE"}
    | {"GRAND BLVD CONCOURSE": "GRAND CONCOURSE", "GRAND BLVD AND CONCOURSE": "GRAND CONCOURSE", "PARK S": "PARK AVE S"}
)
_STREETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # some name a part of a street only: an identifier keeps the name that was given
        "6 AVE": ("AVENUE OF THE AMERICAS",),
        "7 AVE": ("ADAM CLAYTON POWELL JR BLVD", "ADAM CLAYTON POWELL BLVD"),
        "8 AVE": ("FREDERICK DOUGLASS BLVD",),
        "LENOX AVE": ("MALCOLM X BLVD",),
        "W 59 ST": ("CENTRAL PARK S",),
        "W 110 ST": ("CENTRAL PARK N", "CATHEDRAL PKWY"),
        "W BROADWAY": ("LAGUARDIA PL",),
        "LAGUARDIA PL": ("W BROADWAY",),
        "1 AVE": ("UNITED NATIONS PLZ", "UN PLZ"),
        "UNITED NATIONS PLZ": ("1 AVE", "UN PLZ"),
        "UN PLZ": ("1 AVE", "UNITED NATIONS PLZ"),
        "75 ST": ("BAY RIDGE PARKWAY",),
        "REID AVE": ("MALCOLM X BLVD",),
        "SUMNER AVE": ("MARCUS GARVEY BLVD",),
        "STONE AVE": ("MOTHER GASTON BLVD",),
        "NEW YORK BLVD": ("GUY R BREWER BLVD",),
    }
    | {  # … and of which registers list some houses by one name, some by the other
        name: (other,)
        for names in (
            ("69 ST", "BAY RIDGE AVE"),
            ("AVE C", "LOISAIDA AVE"),
            ("E MOUNT EDEN AVE", "MOUNT EDEN PKWY"),
            ("HOPKINSON AVE", "THOMAS S BOYLAND ST"),
            ("STEBBINS AVE", "REV JAMES A POLITE AVE"),
        )
        for name, other in (names, names[::-1])
    }
)
_HYPHENATED = frozenset({"FLATLANDS AVE", "GLENWOOD RD", "FARRAGUT RD"})
"""Brooklyn's streets whose numbers above 100 have Queens' hyphen."""

_QUEENS = 3
"""Digits before Queens' hyphen, at most."""
_BACKWARDS = 20
"""Between the ends of a range that was written from its far end."""
_DIRECTED_NUMBER = re.compile(r"[NSEW] [0-9]+")
_QUEENS_BLANK = re.compile(
    r"\s*([0-9]{1,3})\s+([0-9]{2})\s+(?=[0-9]|[A-Z]{3})"
    r"(?!(?:STREET|AVE|AVENUE|ROAD|DRIVE|PLACE|LANE|COURT|TERRACE|TER|CRES|CRESCENT|LOOP)\b)",
    re.I,
)


def _borough_of_zip(postcode: str) -> str | None:
    return _ZIPS.get(postcode[:3])


def _borough_named(text: str) -> str | None:
    code = borough_code(text)
    return BOROUGHS[code][2] if code else PLACES.get(" ".join(text.upper().replace(".", " ").split()))


def _in_city(postcode: str) -> bool:
    return postcode[:3] in _ZIPS


def _prepare(text: str, city_part: str | None) -> str:
    """Queens' hyphen where a form lost it: "191 34 115TH AVENUE"; a half where it lost a blank."""
    text = halves(text, city_part)
    return _QUEENS_BLANK.sub(r"\1-\2 ", text, count=1) if city_part == QUEENS and _QUEENS_BLANK.match(text) else text


def _number(number: HouseNumber, street: str, city_part: str | None) -> tuple[str, str | None]:
    """One number where Queens writes it with a hyphen, where the street does, or where it can't be a range."""
    always = city_part == QUEENS or (street in _HYPHENATED and len(number.low) == 3)
    if number.dashed and city_part and not always and (back := _backwards(number)):
        return back
    if not number.dashed or len(number.high) > 2 or number.fraction:
        return plain_number(number, street, city_part)
    if not always and (len(number.low) > _QUEENS or _one_side(number)):
        return plain_number(number, street, city_part)
    low = _joined(number.low, number.high)
    if number.half:
        return f"{low} {number.half}", None
    first, _, second = number.end.partition("-")
    return low + number.last, range_end(low, _joined(first, second)) if first else None


def _one_side(number: HouseNumber) -> bool:
    """Whether a hyphen joins the ends of a range: those of "159-62 HARLEM RIVER DRIVE", abbreviated, would
    be on two sides of the street, so that it is one number as in Queens."""
    end = range_end(number.low, number.high)
    abbreviated = len(number.high) < len(number.low)
    return end is not None and not (abbreviated and (int(end) - int(number.low)) % 2)


def _backwards(number: HouseNumber) -> tuple[str, str | None] | None:
    """ "212-210" is 210 to 212, "481-481" is 481."""
    first, second = int(number.low), int(number.high)
    if len(number.low) != len(number.high) or not 0 <= first - second <= _BACKWARDS or (first - second) % 2:
        return None
    return f"{second}{number.last or number.suffix}", str(first) if first > second else None


def _joined(first: str, second: str) -> str:
    """Queens' 59 and 7 are 5907."""
    return f"{int(first)}{int(second):02}" if second else first


@lru_cache(maxsize=8_192)
def _street(street: str, city_part: str | None) -> str:
    if _DIRECTED_NUMBER.fullmatch(street):
        return f"{street} ST"
    for borough, name, second in _SECOND_NAMES:
        if borough == (city_part or MANHATTAN) and second.fullmatch(street):
            return name
    return _WHOLE_NAMES.get(street, street)


def _numbers(parts: AddressParts) -> tuple[str, ...]:
    """Numbers that have Queens' hyphen with it and without."""
    number = parts.number
    digits = number.partition(" ")[0].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    hyphenated = parts.city_part == QUEENS or (parts.street in _HYPHENATED and len(digits) == 5)
    if not hyphenated or not digits.isdigit() or len(digits) < 3:
        return (number,)
    return (f"{digits[:-2]}-{number[len(digits) - 2 :]}", number)


def make() -> Locale:
    """The locale `us_nyc`."""
    return EnglishLocale(
        "us_nyc",
        "10001/29 W 27 ST",
        Dialect(ZIP, read_zip, PLACES, states=True),
        region="NY",
        city_part_of=_borough_of_zip,
        city_part_named=_borough_named,
        covers_postcode=_in_city,
        prepare=_prepare,
        number_of=_number,
        street_of=_street,
        numbers=_numbers,
        parts=MappingProxyType(
            {names[2]: (names[2], names[2].title(), code, *names[:2]) for code, names in BOROUGHS.items()}
        ),
        streets=_STREETS,
    )
