"""The words that English-speaking places put in addresses, and their short canonical forms.

Street types follow USPS Publication 28, Appendix C1; what agencies write beside it was read
from their files. Tables only: `streets` says how they are used.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TYPES = {
    "ALY": "ALLEY ALLY ALY",
    "AVE": "AVENUE AVE AV AVEN AVENU AVN AVNUE AVENE",
    "BLVD": "BOULEVARD BLVD BLV BOUL BOULV BLVRD BVLD",
    "BR": "BRIDGE BRG",
    "CIR": "CIRCLE CIR CIRC",
    "CL": "CLOSE",
    "CONCOURSE": "CONCOURSE CONC CONCRSE CONCOURS",
    "CRES": "CRESCENT CRES CRESENT",
    "CT": "COURT CT CRT",
    "DR": "DRIVE DR DRV DRIV",
    "EXPY": "EXPRESSWAY EXPY EXPWY EXPRESSWY EXP EXPR EXPW",
    "EXT": "EXTENSION EXT EXTN EXTNSN",
    "GDNS": "GARDENS GDNS GARDEN GDN",
    "GRN": "GREEN GRN",
    "HWY": "HIGHWAY HWY HIWAY HGWY",
    "HTS": "HEIGHTS HTS",
    "LN": "LANE LN",
    "LNDG": "LANDING LNDG LNDNG",
    "LOOP": "LOOP",
    "MEWS": "MEWS",
    "OVAL": "OVAL",
    "PATH": "PATH",
    "PKWY": "PARKWAY PKWY PKY PWKY PARKWY PKWAY PKW PKYW",
    "PL": "PLACE PL PLC",
    "PLZ": "PLAZA PLZ PLZA PZ",
    "PROM": "PROMENADE PROM",
    "RD": "ROAD RD",
    "ROW": "ROW",
    "SLIP": "SLIP",
    "SQ": "SQUARE SQ SQR",
    "ST": "STREET ST STR STRE STREE SREET STRRET STEET STREEET SSTREET STRET STREETS STRT",
    "TER": "TERRACE TER TERR TCE",
    "TPKE": "TURNPIKE TPKE TPK TNPK",
    "VLG": "VILLAGE VLG",
    "WALK": "WALK WLK",
    "WAY": "WAY",
}
TYPES: Mapping[str, str] = MappingProxyType({word: short for short, words in _TYPES.items() for word in words.split()})
"""Street type as written -> canonical."""

LONG_TYPES: Mapping[str, str] = MappingProxyType({short: words.split()[0] for short, words in _TYPES.items()})
"""Canonical street type -> the whole word."""

DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {"NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "N": "N", "S": "S", "E": "E", "W": "W", "NO": "N", "SO": "S"}
    | {"NE": "NE", "NW": "NW", "SE": "SE", "SW": "SW"}
    | {"NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW"}
)
LONG_DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {"N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST"}
    | {"NE": "NORTHEAST", "NW": "NORTHWEST", "SE": "SOUTHEAST", "SW": "SOUTHWEST"}
)

_ONES_TEXT = "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH"
_TEENS_TEXT = "THIRTEENTH FOURTEENTH FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH"
_TENTHS_TEXT = "TWENTIETH THIRTIETH FORTIETH FIFTIETH SIXTIETH SEVENTIETH EIGHTIETH NINETIETH"
_TENS_TEXT = "TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY"
_CARDINALS_TEXT = "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE"

TENS: Mapping[str, int] = MappingProxyType({word: 10 * n for n, word in enumerate(_TENS_TEXT.split(), 2)})
ORDINALS: Mapping[str, str] = MappingProxyType(
    {word: str(n) for n, word in enumerate(f"{_ONES_TEXT} {_TEENS_TEXT}".split(), 1)}
    | {word: str(10 * n) for n, word in enumerate(_TENTHS_TEXT.split(), 2)}
)
"""Ordinal words -> number: streets are numbered 1 to 20, then TWENTY FIRST with `TENS`."""

NUMBER_WORDS: Mapping[str, str] = MappingProxyType({word: str(n) for n, word in enumerate(_CARDINALS_TEXT.split(), 1)})
"""House numbers in words ("ONE PENN PLAZA")."""

_UNITS_TEXT = """
APT APARTMENT APTS APARTMENTS FLAT UNIT UNITS STE SUITE SUITES FL FLR FLOOR FLOORS RM ROOM ROOMS BSMT BASEMENT BSMNT
CELLAR STORE STORES STOREFRONT GROUND GRND GRD GR LOWER UPPER LEFT RIGHT TOP ENTIRE ALL PENTHOUSE PH MEZZ MEZZANINE
LOBBY GARAGE KITCHEN BLDG BUILDING BLD BDG HOUSE ATTIC OFFICE COMMERCIAL PREMISES ENTRANCE SPACE DOOR SIDE STUDIO
LEVEL LVL BOX DUPLEX PARTIAL PORTION PART APPT AP LOFT LOT RETAIL WHOLE INCLUDING FKA REAR FRONT MIDDLE STOOP
BETWEEN BET BTWN BTW CORNER COR OPPOSITE OPP ALSO ENTERANCE PREM CONDO HSE SHOP KIOSK STAND UNDER
"""
UNIT_WORDS = frozenset(_UNITS_TEXT.split())
"""What begins a unit or a remark behind the street."""

SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {"MT": "MOUNT", "FT": "FORT", "BWAY": "BROADWAY", "BDWY": "BROADWAY", "BWY": "BROADWAY", "BRDWY": "BROADWAY"}
    | {"BROADWY": "BROADWAY", "BROADWA": "BROADWAY", "PK": "PARK", "CTR": "CENTER", "LEX": "LEXINGTON", "SAINTS": "STS"}
    | {"REVEREND": "REV", "MONSIGNOR": "MSGR", "JUNIOR": "JR", "SENIOR": "SR", "SERGEANT": "SGT", "CAPTAIN": "CAPT"}
    | {"LIEUTENANT": "LT", "GENERAL": "GEN", "COLONEL": "COL", "PROFESSOR": "PROF", "BROTHERS": "BROS"}
    | {"DOCTOR": "DR", "MAJOR": "MAJ", "ADMIRAL": "ADM", "CORPORAL": "CPL", "PRIVATE": "PVT", "GOVERNOR": "GOV"}
    | {"INTL": "INTERNATIONAL", "UNIV": "UNIVERSITY", "WASH": "WASHINGTON", "ISL": "ISLAND", "BCH": "BEACH"}
    | {"PT": "POINT", "GT": "GREAT", "PRES": "PRESIDENT", "JCT": "JUNCTION", "VLY": "VALLEY", "HBR": "HARBOR"}
    | {"NATL": "NATIONAL", "BKLYN": "BROOKLYN", "CNTR": "CENTER"}
)
"""Name words that agencies shorten -> whole; titles the other way, for nobody writes them out."""

WHOLE_STREETS = frozenset({"BROADWAY", "BOWERY"})
"""Streets that are complete without a type."""

_STATES_TEXT = """
AL:ALABAMA AK:ALASKA AZ:ARIZONA AR:ARKANSAS CA:CALIFORNIA CO:COLORADO CT:CONNECTICUT DE:DELAWARE FL:FLORIDA
DC:DISTRICT_OF_COLUMBIA GA:GEORGIA HI:HAWAII ID:IDAHO IL:ILLINOIS IN:INDIANA IA:IOWA KS:KANSAS KY:KENTUCKY
LA:LOUISIANA ME:MAINE MD:MARYLAND MA:MASSACHUSETTS MI:MICHIGAN MN:MINNESOTA MS:MISSISSIPPI MO:MISSOURI MT:MONTANA
NE:NEBRASKA NV:NEVADA NH:NEW_HAMPSHIRE NJ:NEW_JERSEY NM:NEW_MEXICO NY:NEW_YORK NC:NORTH_CAROLINA ND:NORTH_DAKOTA
OH:OHIO OK:OKLAHOMA OR:OREGON PA:PENNSYLVANIA RI:RHODE_ISLAND SC:SOUTH_CAROLINA SD:SOUTH_DAKOTA TN:TENNESSEE
TX:TEXAS UT:UTAH VT:VERMONT VA:VIRGINIA WA:WASHINGTON WV:WEST_VIRGINIA WI:WISCONSIN WY:WYOMING PR:PUERTO_RICO
"""
STATES: Mapping[str, str] = MappingProxyType(
    {name.replace("_", " "): code for code, name in (pair.split(":") for pair in _STATES_TEXT.split())}
)
"""Name of a state of the United States -> its code."""
STATE_CODES = frozenset(STATES.values())
