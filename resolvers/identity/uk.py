"""Addresses of the United Kingdom: postcodes, flats before the number, post towns, "The Avenue".

A flat stands in front ("Flat 3, 12A High Street", in Scotland "2/1, 45 Byres Road") and is kept
apart as the unit. Where a postcode of another country stands, the address is not of this one.
A house without a number has its name in front of the street, with a comma between them ("The Old
Rectory, Church Lane"): the name stands for the number, without THE.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from resolvers.identity.addresses import AddressParts, Locale
from resolvers.identity.english import EnglishLocale
from resolvers.identity.generic import numbers, spellings
from resolvers.identity.lines import Dialect, folded
from resolvers.identity.words import TYPES, UNIT_WORDS, WHOLE_STREETS

_POSTCODE = r"(?:[A-PR-UWYZ][0-9][0-9A-HJKPSTUW]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)"
_INWARD = "[0-9][ABD-HJLNP-UW-Z]{2}"
_IN_TEXT = re.compile(rf"\b(?:{_POSTCODE} ?{_INWARD}|[0-9]{{5}}(?:-[0-9]{{4}})?)\b")
_WHOLE = re.compile(rf"({_POSTCODE}) ?({_INWARD})")
_ABROAD = re.compile(r"([0-9]{5})(?:-[0-9]{4})?")
_FLAT = re.compile(
    r"\s*(?P<unit>(?:FLAT|APARTMENT|APT|UNIT|STUDIO|SUITE|ROOM|MAISONETTE)\s+[0-9]{0,4}[A-Z]?(?:/[0-9]{1,3})?"
    r"|[0-9]{1,2}/[0-9]{1,2})[\s,]+(?P<rest>[0-9].*)",
    re.IGNORECASE | re.DOTALL,
)
_ENDINGS: Mapping[str, str] = MappingProxyType(
    {"CLOSE": "CL", "CLS": "CL", "GRV": "GROVE", "GROV": "GROVE", "HL": "HILL", "PDE": "PARADE"}
    | {"QY": "QUAY", "WHF": "WHARF", "YD": "YARD", "VW": "VIEW", "CRESC": "CRES"}
)
"""What closes a street's name in short, beside the street types that all places share."""
_WHOLE_ENDINGS = frozenset(_ENDINGS.values())
_NO_HOUSE = frozenset({"ST", "RD", "AVE", "LN", "DR", "CRES", "HWY", "WAY", "ROW", "PL"})
"""What a street may end in and a house's name does not: "Windsor Court" and "Sea View" are houses."""

_TOWNS = """LONDON BIRMINGHAM MANCHESTER LEEDS LIVERPOOL SHEFFIELD BRISTOL GLASGOW EDINBURGH CARDIFF BELFAST
LEICESTER COVENTRY BRADFORD NOTTINGHAM HULL NEWCASTLE STOKE-ON-TRENT SOUTHAMPTON PORTSMOUTH DERBY PLYMOUTH
WOLVERHAMPTON SWANSEA MILTON_KEYNES READING NORTHAMPTON LUTON ABERDEEN DUNDEE NORWICH YORK OXFORD CAMBRIDGE
BRIGHTON HOVE BOURNEMOUTH MIDDLESBROUGH BLACKPOOL BOLTON IPSWICH EXETER GLOUCESTER CHESTER BATH DURHAM
LANCASTER LINCOLN WORCESTER SALFORD SUNDERLAND WAKEFIELD INVERNESS PERTH STIRLING NEWPORT WREXHAM CROYDON
SLOUGH WATFORD PETERBOROUGH SWINDON TELFORD PRESTON HUDDERSFIELD BLACKBURN STOCKPORT OLDHAM ROCHDALE
ENGLAND SCOTLAND WALES NORTHERN_IRELAND UNITED_KINGDOM GREAT_BRITAIN UK"""
PLACES: Mapping[str, str] = MappingProxyType({name.replace("_", " "): "" for name in _TOWNS.split()})
"""Post towns and countries that end an address; they are no part of the city."""


def read_postcode(text: str) -> str | None:
    """ "SW1A 2AA" for any way to write it; five digits of another country as they are; else None."""
    text = " ".join(text.upper().split())
    if found := _WHOLE.fullmatch(text):
        return f"{found[1]} {found[2]}"
    abroad = _ABROAD.fullmatch(text)
    return abroad[1] if abroad else None


def is_british(postcode: str) -> bool:
    """Whether it is a postcode of this country."""
    return _WHOLE.fullmatch(postcode) is not None


def flat_behind(text: str, city_part: str | None) -> str:
    """ "Flat 3, 12A High Street, Leeds" -> "12A High Street, Flat 3, Leeds"; other texts stay."""
    found = _FLAT.fullmatch(text)
    if found is None:
        return text
    unit = found["unit"] if found["unit"][0].isalpha() else f"Flat {found['unit']}"
    line, comma, rest = found["rest"].partition(",")
    return f"{line}, {unit}{comma}{rest}" if comma else _before_postcode(found["rest"], unit)


def _before_postcode(line: str, unit: str) -> str:
    last = max(_IN_TEXT.finditer(line.upper()), key=re.Match.start, default=None)
    return f"{line[: last.start()]}, {unit}, {line[last.start() :]}" if last else f"{line}, {unit}"


def house_name(text: str) -> tuple[str, str] | None:
    """ "The Old Rectory, Church Lane, OX7 3AB" is "OLD RECTORY" in "Church Lane, OX7 3AB"; None where no
    name stands before a street that ends as streets do."""
    name, comma, rest = text.partition(",")
    words = _words(name)
    if not comma or not words or words[0] in UNIT_WORDS or not all(word.isalpha() for word in words):
        return None
    behind = _words(_IN_TEXT.sub("", rest.upper()).partition(",")[0])
    if not behind or not _ends_street(behind) or TYPES.get(words[-1]) in _NO_HOUSE:
        return None
    return " ".join(words[1:] if words[0] == "THE" and len(words) > 1 else words), rest


def _words(text: str) -> list[str]:
    return folded(text).replace(".", " ").replace("-", " ").split()


def _ends_street(words: list[str]) -> bool:
    """Whether the last of several words closes a street's name, or the one word is a street."""
    last = words[-1]
    if len(words) == 1:
        return last in WHOLE_STREETS
    return all(word.isalpha() for word in words) and (last in TYPES or last in _ENDINGS or last in _WHOLE_ENDINGS)


def number_or_name(parts: AddressParts) -> tuple[str, ...]:
    """A number as agencies write it; a name in capitals and capitalised, with THE and without."""
    if parts.number[0].isdigit():
        return numbers(parts)
    names = (parts.number, f"THE {parts.number}")
    return tuple(form for name in names for form in (name, name.title()))


def street(name: str, city_part: str | None) -> str:
    """The last word of a street in one form."""
    words = name.split()
    return " ".join((*words[:-1], _ENDINGS.get(words[-1], words[-1]))) if len(words) > 1 else name


def make() -> Locale:
    """The locale `uk`."""
    return EnglishLocale(
        "uk",
        "SW1A 2AA/10 DOWNING ST",
        Dialect(_IN_TEXT, read_postcode, PLACES),
        covers_postcode=is_british,
        prepare=flat_behind,
        street_of=street,
        numbers=number_or_name,
        house_name=house_name,
        postcodes=spellings,
    )
