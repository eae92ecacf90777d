"""Names of persons written as one text: how they may be read, and how an agency may have written them.

"SWANWICK Etta", "Etta Swanwick" and "Swanwick, Etta" are one name. A comma or capitals tell which part
is the family's; where nothing tells, both readings are possible.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from resolvers.identity.matching.nicknames import forms
from resolvers.identity.matching.persons import Person, is_listed, is_title, person

MOST_SPELLINGS = 100


def readings(name: str, *, birth_date: str = "") -> Sequence[Person]:
    """The persons that a whole name may stand for; none for a text without letters."""
    made = (person(given, family, birth_date=birth_date) for given, family in _parts(name))
    return tuple(one for one in made if one.given or one.family)


def spellings(name: str, most: int = MOST_SPELLINGS) -> Sequence[str]:
    """Texts that agencies may have written for this name, to ask by: the likeliest first, bounded."""
    return tuple(islice(dict.fromkeys(_spelled(name)), most))


def parts_spelled(name: str, most: int = MOST_SPELLINGS) -> tuple[Sequence[str], Sequence[str]]:
    """The same for agencies that keep given and family names apart: texts for each."""
    read = [(one.given, " ".join(one.family)) for one in readings(name) if one.given and one.family]
    given = [form for names, _ in read for form in (" ".join(names), names[0], *forms(names[0]), names[0][:1])]
    return _cases(given)[:most], _cases(family for _, family in read)[:most]


def _cases(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(written for text in texts for written in (text, text.title())))


def _spelled(name: str) -> Iterator[str]:
    text = " ".join(name.split())
    yield from (text, text.upper(), text.title())
    read = [(one.given, " ".join(one.family)) for one in readings(name) if one.given and one.family]
    for given, family in read:
        yield from _orders(" ".join(given), family)
        yield from _orders(given[0], family)
    for given, family in read:
        for other in (given[0][:1], *forms(given[0])):
            yield from _orders(other, family)


def _orders(given: str, family: str) -> Iterator[str]:
    for text in (f"{family}, {given}", f"{given} {family}", f"{family} {given}"):
        yield from (text, text.title())
    yield from (f"{family} {given.title()}", f"{family},{given}")


def _parts(name: str) -> Iterator[tuple[str, str]]:
    """The readings as (given, family); titles and generations go with the given names."""
    if is_listed(name):
        family, _, given = name.partition(",")
        yield given, family
        return
    words = [word for word in name.replace(",", " ").split() if any(map(str.isalnum, word))]
    bare = [word for word in words if not is_title(word)]
    bare = bare if len(bare) > 1 else words
    titles = [word for word in words if word not in bare]
    for places in _families(bare):
        others = [word for at, word in enumerate(bare) if at not in places]
        yield " ".join((*others, *titles)), " ".join(bare[at] for at in places)


def _families(words: Sequence[str]) -> Sequence[range]:
    """Where the family's name may stand: the words in capitals among others; or else the last, the first,
    the last two."""
    count = len(words)
    if count < 2:
        return [range(count)]
    loud = [len(word) > 1 and word.isupper() for word in words]
    ends = (range(sum(loud)), range(count - sum(loud), count))
    told = [at for at in ends if any(loud) and not all(loud) and all(loud[n] for n in at)]
    double = [range(count - 2, count)] if count > 2 else []
    return told[:1] or [range(count - 1, count), range(1), *double]
