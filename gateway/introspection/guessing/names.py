"""Names: an agency's headings as words, as names of ours, and what their words hint at."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

from gateway.introspection.guessing.hints import USUAL
from resolvers.names import camel

_SIGNS = (("#", " no "), ("%", " percent "), ("&", " and "), ("+", " plus "))
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_GLUED = re.compile(r"[A-Za-z]+[0-9]+|[0-9]+[A-Za-z]+")
_LONGEST = 60


def words(heading: str) -> tuple[str, ...]:
    """ "# of B/C Violations", "NOVDescription" and "Zip_Code" as small words: no of b c violations,
    nov description, zip code."""
    heading = heading.replace("~1", "/").replace("~0", "~")  # as JSON pointers have them
    text = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    for sign, word in _SIGNS:
        text = text.replace(sign, word)
    text = text.replace("'", "")
    found: list[str] = []
    for run in re.findall(r"[A-Za-z0-9]+", text):
        found += [run] if _GLUED.fullmatch(run) else _WORD.findall(run)
    return tuple(part for word in found for part in parted(word.lower()))


_KEPT = frozenset({"zipcode", "postcode", "landuse", "address", "borough", "zip", "license", "latitude"})


@cache
def parted(word: str) -> tuple[str, ...]:
    """A word that is several usual ones written as one, apart: "inspectiondate"; else itself."""
    if len(word) < 6 or word in USUAL or word in _KEPT or not word.isalpha():
        return (word,)
    best: list[tuple[str, ...] | None] = [(), *([None] * len(word))]
    for end in range(1, len(word) + 1):
        ways = [(*way, word[at:end]) for at in range(end) if (way := best[at]) is not None and word[at:end] in USUAL]
        best[end] = min(ways, key=len, default=None)
    return best[-1] or (word,)


def has(name: Iterable[str], wanted: Collection[str]) -> bool:
    """Whether one of the words is there."""
    return any(word in wanted for word in name)


def snake(heading: str, otherwise: str) -> str:
    """A name of ours for a heading; `otherwise` where it holds neither letter nor digit."""
    name = "_".join(words(heading))[:_LONGEST].strip("_") or otherwise
    return f"n{name}" if name[0].isdigit() else name


def distinct(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """The same names, each once also as a field of the schema (`zip4` and `zip_4` are one there);
    those in `taken` and later ones get a number."""
    used = {camel(each).lower() for each in taken}
    found = []
    for name in names:
        number, made = 1, name
        while camel(made).lower() in used:
            number += 1
            made = f"{name}_{number}"
        used.add(camel(made).lower())
        found.append(made)
    return found


def agency_id(text: str) -> str:
    """The name of an agency's file: small letters, digits and _."""
    name = snake(text, "agency")
    return name if re.fullmatch(r"[a-z][a-z0-9_]*", name) else "agency"
