"""Names of businesses for search: one form for every spelling, a likeness, and persons told apart.

Enough to order candidates of a search. Matching businesses without an identifier weighs more
than names and is done elsewhere.
"""

import re
import unicodedata
from difflib import SequenceMatcher

_FORMS_TEXT = "INC INCORPORATED CORP CORPORATION LLC LTD LIMITED CO COMPANY LP LLP PLLC PC PLC ETAL"
_LEGAL_FORMS = frozenset(_FORMS_TEXT.split())
_JOINED = re.compile(r"\b(?:L\s?L\s?C|L\s?T\s?D|I\s?N\s?C|L\s?L\s?P|P\s?L\s?L\s?C)\b")
_TRADING = re.compile(r"\b(?:D/B/A|DBA|T/A|TRADING AS|DOING BUSINESS AS)\b.*")
_WORD = re.compile(r"[A-Z0-9]+")
_PERSON = re.compile(r"[A-Z][A-Z' -]+,\s?[A-Z][A-Z.' -]*")
_BUSINESS_TEXT = """
RESTAURANT CAFE BAR GRILL DELI GROCERY MARKET STORE SHOP FOOD FOODS PIZZA HOTEL GROUP HOLDINGS REALTY ASSOCIATES
PARTNERS TRUST BANK CHURCH SCHOOL SERVICES ENTERPRISES MANAGEMENT PROPERTIES OWNERS CLUB HOUSE THE AND OF
"""
_BUSINESS_WORDS = frozenset(_BUSINESS_TEXT.split())
_AUTHORITY_TEXT = """
CITY STATE COUNTY NYC AUTHORITY DEPARTMENT DEPT AGENCY BOARD COMMISSION COUNCIL GOVERNMENT MUNICIPAL PUBLIC FEDERAL
UNITED STATES COLLEGE UNIVERSITY HOSPITAL MUSEUM LIBRARY FOUNDATION FUND SOCIETY ASSOCIATION ASSN ASSOC INSTITUTE
CONDOMINIUM CONDO COOPERATIVE COOP HDFC HOUSING TENANTS CORPS TEMPLE SYNAGOGUE MOSQUE CONGREGATION PARISH DIOCESE
MINISTRIES CENTER CENTRE COMMUNITY DEVELOPMENT EQUITIES CAPITAL INVESTMENTS INVESTORS VENTURES ESTATES REAL ESTATE
APARTMENTS TOWERS PLAZA PARKING GARAGE CONSTRUCTION BUILDERS CONTRACTING RESTORATION ELECTRIC ELECTRICAL PLUMBING
HEATING MECHANICAL ENGINEERING ARCHITECTS CONSULTING LAUNDRY LAUNDROMAT PHARMACY DRUGS SUPERMARKET MINIMART BAKERY
COFFEE TEA KITCHEN EATERY DINER CATERING TAVERN PUB WINE WINES LIQUOR LIQUORS SALON SPA NAILS FITNESS GYM AUTO TIRE
MOTORS TRANSPORT TRANSPORTATION DISTRIBUTORS IMPORTS TRADING INTERNATIONAL INTL SOLUTIONS SYSTEMS TECHNOLOGIES MEDIA
STUDIO STUDIOS GALLERY PRODUCTIONS ENTERTAINMENT THEATRE THEATER BROS BROTHERS SONS COMPANIES INDUSTRIES AG GMBH SA NV
BV SARL SRL PTY KG UG EV FUNDING FINANCIAL CREDIT UNION INSURANCE MORTGAGE SAVINGS NATIONAL AMERICAN
"""
_ORGANISATION_WORDS = (
    (_LEGAL_FORMS - {"ETAL", "CO"})
    | _BUSINESS_WORDS - {"HOUSE", "AND", "OF", "THE"}
    | frozenset([*_AUTHORITY_TEXT.split(), "CO", "OF"])
)
_MOST_WORDS = 6


def normalise_name(text: str) -> str:
    """Capitals without accents, punctuation and legal form: "Joe's Pizza, L.L.C." is JOES PIZZA.

    A name that is nothing but a legal form stays as it is.
    """
    words = _words(text)
    kept = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(kept or words)


def compare_names(a: str, b: str) -> float:
    """Likeness of two names from 0 to 1: shared words, words in another order, small misspellings."""
    left, right = normalise_name(a).split(), normalise_name(b).split()
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    shared = 2 * len(set(left) & set(right)) / (len(set(left)) + len(set(right)))
    spelled = SequenceMatcher(None, "".join(sorted(left)), "".join(sorted(right)), autojunk=False)
    ordered = SequenceMatcher(None, "".join(left), "".join(right), autojunk=False)
    return round(min(0.99, max(shared, ordered.ratio(), 0.9 * spelled.ratio() * shared)), 3)


def looks_like_person(text: str) -> bool:
    """Whether a name is written as a person's ("LAST, FIRST"), without a word of a business."""
    name = text.strip().upper()
    words = frozenset(_words(name))
    return bool(_PERSON.fullmatch(name)) and not words & (_LEGAL_FORMS | _BUSINESS_WORDS)


def names_organisation(text: str) -> bool:
    """Whether a name can't be a person's alone: it has a legal form, a word of a business or of an
    authority, or a number. Of all others it is not known, and what is not known may be a person;
    so may "LAST, FIRST", whatever its words mean."""
    name = text.strip().upper().removesuffix("THE").rstrip(" ,")
    words = _words(name)
    if _PERSON.fullmatch(name) and not _LEGAL_FORMS & set(words):
        return False
    return any(w in _ORGANISATION_WORDS or w.isdigit() for w in words) or len(words) > _MOST_WORDS


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = text.upper().replace("'", "").replace("&", " AND ")
    text = _TRADING.sub("", text) or text
    joined = _JOINED.sub(lambda found: found[0].replace(" ", ""), " ".join(_WORD.findall(text)))
    return [word for word in joined.split() if word != "THE"] or joined.split()
