"""Persons: their record, prepared once, and the levels of two of them.

Vetoes are what no likeness outweighs: a generation ("JR", "SR") that differs; identifiers of one
authority, days of birth and addresses that are all nothing like each other. A doubt is another given or
family name: a family shares its name, its home and its work, so that only what is a person's own tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from rapidfuzz.distance import OSA, JaroWinkler

from resolvers.identity.addresses import AddressParts, Evidence
from resolvers.identity.matching.contacts import (
    birth,
    birth_level,
    email_level,
    identifier_level,
    phone,
    phone_level,
)
from resolvers.identity.matching.frequency import UNKNOWN, Frequencies
from resolvers.identity.matching.model import MISSING, Findings
from resolvers.identity.matching.nicknames import nicknames
from resolvers.identity.matching.places import (
    Place,
    address_level,
    folded_words,
    place,
    place_level,
    postcode_level,
)

NAMES = ((5.0, "_frequent"), (8.0, "_common"), (11.0, ""), (14.0, "_rare"), (inf, "_rarest"))
"""How rare a name is, by the bits that it has less than."""
PLACES = ((5.0, "_frequent"), (7.0, "_common"), (9.0, ""), (inf, "_rare"))
OCCUPATIONS = ((3.0, "_frequent"), (5.0, "_common"), (7.0, ""), (inf, "_rare"))
_TITLES_TEXT = """
MR MRS MS MISS DR SIR LADY LORD REV PROF CAPT COL DAME HON THE RT MAJ GEN LT SGT BARON BARONESS BARONET BT EARL DUKE
VISCOUNT COUNT COUNTESS ESQ MD PHD OF
"""
_TITLES = frozenset(_TITLES_TEXT.split())
_GENERATIONS: Mapping[str, str] = MappingProxyType(
    {"JR": "2", "JNR": "2", "SR": "1", "SNR": "1", "II": "2", "III": "3", "IV": "4"}
)
_SUFFIXES = frozenset({"ESQ", "MD", "PHD", "BT"})
_ALIKE = 0.88
_ANOTHER = ("differs", "initial_differs")
_ELSEWHERE = (MISSING, "differs", "street", "number")


@dataclass(frozen=True, slots=True)
class Person:
    """A person's record, prepared: names in capitals without titles; `given` the first names in
    their order; `identifiers` by authority."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    generation: str = ""
    birth: str = ""
    address: Place | None = None
    postcode: str = ""
    place: str = ""
    phones: frozenset[str] = frozenset()
    email: str = ""
    identifiers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    gender: str = ""
    occupation: str = ""


def person(
    given: str = "",
    family: str = "",
    name: str = "",
    *,
    birth_date: str = "",
    address: AddressParts | None = None,
    postcode: str = "",
    town: str = "",
    phones: Sequence[str] = (),
    email: str = "",
    identifiers: Mapping[str, str] = MappingProxyType({}),
    gender: str = "",
    occupation: str = "",
) -> Person:
    """A record from what an agency has. `name` is a whole name ("LAST, FIRST" or "First Last"),
    used for what `given` and `family` leave out."""
    first, last, generation = _names(given, family, name)
    return Person(
        first,
        last,
        generation,
        birth(birth_date),
        place(address),
        " ".join(postcode.upper().split()) or (address.postcode if address and address.postcode else ""),
        folded_words(town),
        frozenset(filter(None, map(phone, phones))),
        email.strip().lower() if "@" in email else "",
        MappingProxyType({key: folded_words(value) for key, value in identifiers.items() if value.strip()}),
        gender.strip().upper()[:1],
        folded_words(occupation),
    )


def _names(given: str, family: str, name: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    if name.strip() and not (given.strip() and family.strip()):
        last, _, first = name.partition(",")
        whole = _words(name)
        given, family = (first, last) if is_listed(name) else (" ".join(whole[:-1]), " ".join(whole[-1:]))
    elif name.strip():
        known = {*_words(given), *_words(family)}
        given = " ".join((given, *(word for word in _words(name) if word not in known)))
    words = {word for text in (given, family, name) for word in folded_words(text).split()}
    generation = next((_GENERATIONS[word] for word in words if word in _GENERATIONS), "")
    return _words(given), _words(family), generation


def is_title(word: str) -> bool:
    """Whether a word is a title or a generation ("Mrs", "Jr."); some are given names too ("Earl")."""
    return folded_words(word) in _TITLES or is_suffix(word)


def is_suffix(word: str) -> bool:
    """Whether a word only ever stands behind a name ("Jr.", "MD")."""
    return folded_words(word) in _GENERATIONS or folded_words(word) in _SUFFIXES


def is_listed(name: str) -> bool:
    """Whether a name is written "FAMILY, GIVEN"; the comma of "Jane Doe, Jr." does not say so."""
    words = name.partition(",")[2].replace(",", " ").split()
    return bool(words) and not all(map(is_suffix, words))


def _words(text: str) -> tuple[str, ...]:
    """The words of a name without titles and generation; a name of nothing else keeps them."""
    words = folded_words(text.replace("-", " ")).split()
    return tuple(word for word in words if word not in _TITLES and word not in _GENERATIONS) or tuple(words)


def compare(
    a: Person,
    b: Person,
    given_names: Frequencies = UNKNOWN,
    family_names: Frequencies = UNKNOWN,
    places: Frequencies = UNKNOWN,
    occupations: Frequencies = UNKNOWN,
) -> Findings:
    """The levels of two persons; how common names, places and occupations are is the caller's to know."""
    levels = _name_levels(a, b, given_names, family_names)
    levels["birth"] = birth_level(a.birth, b.birth)
    levels["address"] = address_level(a.address, b.address) if a.address and b.address else MISSING
    levels["postcode"] = postcode_level(a.postcode, b.postcode)
    levels["place"] = _by_rarity(place_level(a.place, b.place), a.place, places, PLACES)
    levels["phone"] = phone_level(a.phones, b.phones) if a.phones and b.phones else MISSING
    levels["email"] = email_level(a.email, b.email)
    levels["identifier"] = _identifiers(a.identifiers, b.identifiers) if a.identifiers and b.identifiers else MISSING
    levels["gender"] = _equal(a.gender, b.gender)
    levels["occupation"] = _by_rarity(_equal(a.occupation, b.occupation), a.occupation, occupations, OCCUPATIONS)
    return Findings(levels, _vetoes(a, b, levels), _doubts(levels))


def _name_levels(a: Person, b: Person, given_names: Frequencies, family_names: Frequencies) -> dict[str, str]:
    if _swapped(a, b):
        return {"given": "swapped", "family": "swapped", "middle": MISSING}
    both = a.given and b.given
    return {
        "given": _given_level(a.given[0], b.given[0], a.given, b.given, given_names) if both else MISSING,
        "family": _family_level(a, b, family_names),
        "middle": _middle_level(a.given[1:], b.given[1:]) if both else MISSING,
    }


def _swapped(a: Person, b: Person) -> bool:
    """Given name and family name in each other's place."""
    if not (a.given and b.given and a.family and b.family) or a.family == b.family:
        return False
    return _alike(a.given[0], b.family[0]) and _alike(a.family[0], b.given[0])


def _given_level(a: str, b: str, all_a: tuple[str, ...], all_b: tuple[str, ...], known: Frequencies) -> str:
    if a == b:
        return "initial" if len(a) == 1 else _by_rarity("same", a, known, NAMES)
    if len(a) == 1 or len(b) == 1:
        return "initial" if a[0] == b[0] else "initial_differs"
    if nicknames(a, b):
        return "nickname"
    if _alike(a, b):
        return "typo"
    if a in all_b or b in all_a:
        return "middle"
    if a[:3] == b[:3]:
        return "head"
    return "differs"


def _family_level(a: Person, b: Person, known: Frequencies) -> str:
    if not a.family or not b.family:
        return MISSING
    if a.family == b.family:
        return _by_rarity("same", a.family[0] if len(a.family) == 1 else max(a.family, key=known.of), known, NAMES)
    if [word for word in a.family if word in b.family]:
        return "part"
    one, other = "".join(a.family), "".join(b.family)
    if _alike(one, other):
        return "typo"
    if [word for word in a.family if word in b.given] or [word for word in b.family if word in a.given]:
        return "among_given"
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return "head"
    if JaroWinkler.similarity(one, other) >= 0.8:
        return "near"
    return "differs"


def _middle_level(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    if not a or not b:
        return MISSING
    if a[0] == b[0]:
        return "same" if len(a[0]) > 1 else "initial"
    if a[0][0] == b[0][0]:
        return "initial"
    return "differs"


def _by_rarity(level: str, text: str, known: Frequencies, rarities: Sequence[tuple[float, str]]) -> str:
    """A level "same" told apart by how rare the text is: to share a rare one says more (Winkler, 1989)."""
    if level != "same" or known is UNKNOWN:
        return level
    bits = known.of(text)
    for under, rarity in rarities:
        if bits < under:
            level += rarity
            break
    return level


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    if len(a) < 3 or len(b) < 3:
        return False
    slip = -2 < len(a) - len(b) < 2 and OSA.distance(a, b, score_cutoff=1) <= 1
    return slip or JaroWinkler.similarity(a, b) >= _ALIKE


def _identifiers(a: Mapping[str, str], b: Mapping[str, str]) -> str:
    """The best level over the authorities that both records name."""
    best = MISSING
    for key, value in a.items():
        level = identifier_level(value, b[key]) if key in b else MISSING
        if level == "same":
            return level
        if level == "typo" or best == MISSING:
            best = level
    return best


def _equal(a: str, b: str) -> str:
    return MISSING if not a or not b else "same" if a == b else "differs"


def _vetoes(a: Person, b: Person, levels: Mapping[str, str]) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    if a.generation and b.generation and a.generation != b.generation:
        found.append(Evidence("veto_generation", "the generations (JR, SR, II …) are different"))
    if levels["identifier"] == "differs" == levels["birth"] and levels["address"] in _ELSEWHERE:
        found.append(Evidence("veto_identifier", "identifiers of one authority, days of birth and addresses differ"))
    return tuple(found)


def _doubts(levels: Mapping[str, str]) -> tuple[Evidence, ...]:
    """A name that is another, with nothing that a person shares with nobody: an identifier, an e-mail address,
    or the day of birth beside the other name. The days of brothers and sisters are years apart or the same:
    beside their own family name one that is written with a slip is that person's, too."""
    given, family = levels["given"] in _ANOTHER, levels["family"] in _ANOTHER
    if not (given or family) or "same" in (levels["identifier"], levels["email"]):
        return ()
    if given and family:
        return (Evidence("doubt_names", "given name and family name are others"),)
    if levels["birth"] in ("same", "swapped"):
        return ()
    if given and levels["birth"] == "typo" and levels["family"].startswith("same"):
        return ()
    which = "given" if given else "family"
    return (Evidence(f"doubt_{which}", f"another {which} name, and not the same day of birth"),)
