"""A street as it was mistyped, recognised among the few that have the house number.

What was typed and each way to write a street are compared letter by letter without blanks, for a
slip often moves a blank ("26T HSTREET", "EAS T38TH ST"), cuts a word ("AVEN UE") or hits a short
one ("FIRPT AVENUE"). Digits never differ, nor does a letter that stands alone: AVENUE C is not
AVENUE E, and W is not E.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from rapidfuzz.distance import OSA

from resolvers.identity.streets import ordinal_ending
from resolvers.identity.words import DIRECTIONS, LONG_DIRECTIONS, LONG_TYPES, ORDINALS, SHORT_NAMES, TENS, TYPES

MOST_WORDS = 8
"""Words of what was typed that may belong to the street."""
_MOST_FORMS = 64
_LONG = 14
"""From so many letters on two slips are taken for slips."""
_NOT_DIGITS = re.compile(r"[^0-9]+")


class Slip(NamedTuple):
    """How far what was typed is from a street: letters, and whether a direction was left out."""

    letters: int
    undirected: bool


class Form(NamedTuple):
    """One way to write a street, without blanks. It begins with `head` and ends with `tail`, where these
    are directions; `alone` are the single letters of its name; `lacks` counts initials left out, and
    such a form has no slip beside."""

    text: str
    digits: str
    head: str
    tail: str
    alone: frozenset[str]
    directions: frozenset[str]
    undirected: bool
    lacks: int = 0

    @property
    def most(self) -> int:
        """Slips that are taken for slips."""
        return 0 if self.lacks else 2 if len(self.text) >= _LONG else 1


def slip_of(typed: Sequence[str], names: tuple[str, ...]) -> Slip | None:
    """The least slip from a street of these canonical names to the head of the words typed; None where
    there is more than a slip between them."""
    best: Slip | None = None
    heads = _heads(tuple(typed[: MOST_WORDS + 1]))
    for form in forms(names):
        digits, length, most = form.digits, len(form.text), form.most
        for head in heads:
            if head.digits != digits or abs(len(head.text) - length) > most or not _alone(head, form):
                continue
            letters = OSA.distance(head.text, form.text, score_cutoff=most)
            if letters <= most:
                slip = Slip(letters + form.lacks, form.undirected)
                best = slip if best is None else min(best, slip, key=weight)
    return best


def weight(slip: Slip) -> tuple[bool, int]:
    """The less, the likelier."""
    return slip.undirected, slip.letters


class _Head(NamedTuple):
    """The first words typed; `directions` are those that can be nothing else."""

    text: str
    digits: str
    words: frozenset[str]
    directions: frozenset[str]


@lru_cache(maxsize=64)
def _heads(typed: tuple[str, ...]) -> tuple[_Head, ...]:
    """The first words typed, more and more of them, as far as a street may end there: the same for each
    street that they are compared with."""
    heads = []
    for count in range(1, min(len(typed), MOST_WORDS) + 1):
        behind = typed[count] if count < len(typed) else ""
        if behind in DIRECTIONS or behind in TYPES:
            continue
        words = typed[:count]
        text = "".join(words)
        digits = "" if text.isalpha() else _NOT_DIGITS.sub("", text)
        heads.append(_Head(text, digits, frozenset(words), frozenset(_directions(words))))
    return tuple(heads)


def _directions(words: Sequence[str]) -> Iterator[str]:
    """A letter behind half a word may be the rest of it: "AVEN E"."""
    for at, word in enumerate(words):
        if word in DIRECTIONS and (at == 0 or len(word) > 1 or words[at - 1] in TYPES):
            yield DIRECTIONS[word]


def _alone(head: _Head, form: Form) -> bool:
    """Whether directions and the letters that stand alone agree."""
    if not (form.alone <= head.words and head.directions <= form.directions):
        return False
    return head.text.startswith(form.head) and head.text.endswith(form.tail)


@lru_cache(maxsize=32_768)
def forms(names: tuple[str, ...]) -> tuple[Form, ...]:
    """The usual ways to write a street, without blanks."""
    found: dict[str, Form] = {}
    for name in names:
        words = name.split()
        for form in (*_written(words, undirected=False), *_undirected(words), *_uninitialled(words)):
            found.setdefault(form.text, form)
    return tuple(found.values())


def _undirected(words: Sequence[str]) -> Iterator[Form]:
    """Without the direction at its head or end: whether another street is meant, the register tells."""
    if words[0] in DIRECTIONS and len(words) > 2:
        yield from _written(words[1:], undirected=True)
    if words[-1] in DIRECTIONS and len(words) > 2:
        yield from _written(words[:-1], undirected=True)


def _uninitialled(words: Sequence[str]) -> Iterator[Form]:
    """Without a middle initial: nobody calls two streets by names that differ in it alone."""
    for at in range(1, len(words) - 1):
        lone = len(words[at]) == 1 and words[at].isalpha()
        if lone and len(words[at - 1]) > 2 and words[at + 1] not in LONG_TYPES and words[at - 1] not in LONG_TYPES:
            without = (*words[:at], *words[at + 1 :])
            yield from (form._replace(lacks=1) for form in _written(without, undirected=False))


def _written(words: Sequence[str], *, undirected: bool) -> Iterator[Form]:
    choices = [_spellings(words, at) for at in range(len(words))]
    lettered = len(words) == 2 and words[0] == "AVE"
    alone = frozenset(
        word for word in words if len(word) == 1 and word.isalpha() and (lettered or word not in DIRECTIONS)
    )
    directions = frozenset(DIRECTIONS[word] for word in words if word in DIRECTIONS)
    for choice in islice(product(*choices), _MOST_FORMS):
        text = "".join(choice)
        head = choice[0] if choice[0] in LONG_DIRECTIONS else ""
        tail = choice[-1] if choice[-1] in LONG_DIRECTIONS else ""
        yield Form(text, _NOT_DIGITS.sub("", text), head, tail, alone, directions, undirected)


def _spellings(words: Sequence[str], at: int) -> tuple[str, ...]:
    word, last = words[at], at == len(words) - 1
    if word.isdigit():
        return tuple(dict.fromkeys((word + ordinal_ending(int(word)), word, *_IN_WORDS.get(word, ()))))
    if word == "ST" and at == 0 and not last:
        return ("ST", "SAINT")
    if word in LONG_TYPES and (at > 0 or word == "AVE"):
        return tuple(dict.fromkeys((LONG_TYPES[word], word)))
    if word in LONG_DIRECTIONS and (at == 0 or last):
        return (LONG_DIRECTIONS[word], word)
    return (word, *_SHORT.get(word, ()))


def _in_words() -> dict[str, tuple[str, ...]]:
    """1 -> FIRST, 21 -> TWENTYFIRST."""
    single = {number: word for word, number in ORDINALS.items()}
    joined = {
        str(tens + int(one)): f"{word}{single[one]}" for word, tens in TENS.items() for one in map(str, range(1, 10))
    }
    return {number: (word,) for number, word in (single | joined).items()}


_IN_WORDS = _in_words()
_SHORT = {
    long: tuple(short for short, whole in SHORT_NAMES.items() if whole == long) for long in set(SHORT_NAMES.values())
}
