"""Names of businesses for search: one form for every spelling, a likeness, and persons told apart.

Enough to order candidates of a search. Matching records without an identifier weighs more than
names: see `matching`.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from types import MappingProxyType

from resolvers.identity.organisation_words import BEFORE_OF, BESIDE, LEGAL_FORMS_TEXT, PERHAPS, SURE

_LEGAL_FORMS = frozenset(LEGAL_FORMS_TEXT.split())
_JOINED = re.compile(r"\b(?:L\s?L\s?C|L\s?T\s?D|I\s?N\s?C|L\s?L\s?P|P\s?L\s?L\s?C)\b")
_TRADING = re.compile(r"\b(?:D/B/A|DBA|T/A|TRADING AS|DOING BUSINESS AS)\b.*")
_WORD = re.compile(r"[A-Z0-9]+")
_PERSON = re.compile(r"[A-Z][A-Z' -]+,\s?[A-Z][A-Z.' -]*")
_BUSINESS_TEXT = """
RESTAURANT CAFE BAR GRILL DELI GROCERY MARKET STORE SHOP FOOD FOODS PIZZA HOTEL GROUP HOLDINGS REALTY ASSOCIATES
PARTNERS TRUST BANK CHURCH SCHOOL SERVICES ENTERPRISES MANAGEMENT PROPERTIES OWNERS CLUB HOUSE THE AND OF
"""
_BUSINESS_WORDS = frozenset(_BUSINESS_TEXT.split())
_POSSESSIVE = re.compile(r"[A-Z]{2,}['’]S\b")
_SAME_FORMS = MappingProxyType({"INCORPORATED": "INC", "CORPORATION": "CORP", "LIMITED": "LTD", "COMPANY": "CO"})
_PARTNERS = re.compile(r" L\.\s?P\.?$")
_MIXED = re.compile(r"\bC/O\b|\bAS (?:CO|TTEE|TRUSTEES?|EXECUTORS?|ADMINISTRATORS?)\b")


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


def legal_form(text: str) -> str:
    """The legal form that ends a name, in one spelling ("L.L.C." is LLC); "" where there is none."""
    words = _words(text)
    last = words[-1] if words else ""
    return _SAME_FORMS.get(last, last) if last in _LEGAL_FORMS and last != "ETAL" else ""


def names_organisation(text: str) -> bool:
    """Whether a name can't be a person's alone: it has a legal form, a word of a business or of an
    authority, a number at its head, or a possessive.

    Of all others it is not known, and what is not known may be a person: "LAST, FIRST", whatever
    its words mean; a single word that is a surname too (BANK, CHURCH, PLAZA); several names joined
    by AND; an estate, a trustee, somebody "care of" a company.
    """
    name = text.strip().upper().removesuffix("THE").rstrip(" ,")
    words = _words(name)
    found = set(words)
    if found & BESIDE or _MIXED.search(name) or (_PERSON.fullmatch(name) and not _LEGAL_FORMS & found):
        return False
    return bool(found & SURE) or _told_by_form(name, words, found)


def _told_by_form(name: str, words: list[str], found: set[str]) -> bool:
    perhaps = len(found & PERHAPS)
    numbered = any(word.isdigit() for word in words)
    if "," in name or BEFORE_OF & found:  # "BANKS, JOHN PARK", "1859-1932, JOHN", "4TH EARL"
        return False
    headed = len(words) > 1 and words[0].isdigit() and "OF" not in found
    joined = len(words) > 2 and (
        words[-2:] == ["AND", "CO"] or (words[-1] == "LP" and len(words[-2]) > 1) or bool(_PARTNERS.search(name))
    )
    return headed or joined or bool(_POSSESSIVE.search(name)) or perhaps > 1 or (perhaps > 0 and numbered)


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = text.upper().replace("'", "").replace("&", " AND ")
    text = _TRADING.sub("", text) or text
    joined = _JOINED.sub(lambda found: found[0].replace(" ", ""), " ".join(_WORD.findall(text)))
    return [word for word in joined.split() if word != "THE"] or joined.split()
