"""A register's addresses held in memory: identifiers by normalised address, found exactly or nearly.

Found exactly by postcode, number and street, the number in a range of the same side of the street
too. Else by its neighbours in the street (`unlisted`); else nearly, among the streets that have
this number in this postcode or the next; else in another postcode of the same city part. A number, a numeral or
a single letter is never changed. Where the text names no area, every area that has the address is a
candidate. A text that is still being typed is completed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from rapidfuzz.distance import OSA

from adapters.frozen import frozen
from resolvers.identity.addresses import AddressParts, AddressQuery, Begun, Evidence, Locale, Score, written
from resolvers.identity.listing import Listing
from resolvers.identity.respelled import less_sure, respelled
from resolvers.identity.scoring import score_parts, telling, untyped
from resolvers.identity.slips import MOST_WORDS, Slip, slip_of, weight
from resolvers.identity.unlisted import neighbours
from resolvers.identity.words import WHOLE_STREETS

MOST = 50
"""Candidates for a text that could be many addresses, at the most."""
_OTHER_POSTCODE, _SLIP_NEARBY, _FAR_POSTCODE = 0.7, 0.65, 0.55
_OTHER_TYPE = 0.75
_SECOND, _FAR_END = 0.98, 0.9
_LEAST = 0.75
_ONE_SLIP, _SURE = 0.83, 0.97
"""A street whose spelling scores this, and no other here: it is taken for the one."""
_MEANT, _DOUBTED = 0.95, 0.8
_ANYWHERE = 0.8


@frozen
class Found:
    """An identifier of the register, the address that it has there, and how well that answers."""

    identifier: str
    address: str
    score: Score


class AddressIndex:
    """Add a register's addresses, then find. Holds texts and identifiers, no rows."""

    __slots__ = ("_listing", "_locale")

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._listing = Listing()

    def add(self, identifier: str, parts: AddressParts) -> None:
        """One address of an identifier; it may have several, and share one with others."""
        self._listing.add(identifier, parts)

    def find(self, query: AddressQuery) -> tuple[Found, ...]:
        """The best candidates, equally good: one where the answer is clear, none where there is none."""
        asked = query.parts
        if exact := self._exact(asked, Score("MATCH", 1.0, (_agrees(asked),))):
            return exact
        for key in query.others:
            if (other := self._locale.parse_key(key)) and (exact := self._exact(other, _other(asked, other, key))):
                return exact
        return (
            self._unlisted(asked)
            or self._nearly(asked)
            or (self._nearly(replace(asked, number=asked.high, high=None), far=asked) if asked.high else ())
            or self._mistyped(query)
            or self._elsewhere(asked)
            or self._of_other_type(asked)
            or self._mistyped_nearby(query)
            or self._respelled(asked)
            or self._anywhere(asked)
        )

    def complete(self, begun: Begun, most: int = MOST) -> tuple[Found, ...]:
        """Addresses that a text may become, in the order of their streets, whole words first."""
        places = [
            (street, area)
            for street, area in self._listing.beginning(begun.number, begun.streets)
            if self._lies(area, begun.area)
        ]
        places.sort(key=lambda place: (place[0] not in begun.streets, place))
        found: list[Found] = []
        score = begun.score
        for street, area in places[:most]:
            found += self._all(area, begun.number, street, score)
        return tuple(found[:most])

    def _lies(self, area: str, begun: str) -> bool:
        """Whether an area, or the city part around it, begins as typed."""
        return not begun or area.startswith(begun) or (self._listing.part_of(area) or "").startswith(begun)

    def _all(self, area: str, number: str, street: str, score: Score, high: str | None = None) -> tuple[Found, ...]:
        held = self._listing.at(area, number, street, high)
        if not held:
            return ()
        address = written(area, number, street)
        return tuple([Found(each, address, score) for each in held])

    def _exact(self, asked: AddressParts, score: Score) -> tuple[Found, ...]:
        """By postcode; where one side has none, by city part, if only one postcode there has it."""
        number, street, high = asked.number, asked.street, asked.high
        if asked.postcode and (found := self._all(asked.postcode, number, street, score, high)):
            return found
        if not asked.city_part:
            return ()
        if found := self._all(asked.city_part, number, street, score, high):
            return found
        areas = () if asked.postcode else self._listing.areas(number, street, asked.city_part)
        return self._all(areas[0], number, street, score, high) if len(areas) == 1 else ()

    def _unlisted(self, asked: AddressParts) -> tuple[Found, ...]:
        """What the neighbours of a number say that no area asked for lists, where they do in one alone."""
        near = [(area, each) for area in self._areas(asked) if (each := neighbours(self._listing, area, asked))]
        if len(near) != 1:
            return ()
        area, (numbers, score) = near[0]
        return tuple(each for number in numbers for each in self._all(area, number, asked.street, score))

    def _areas(self, asked: AddressParts) -> Sequence[str]:
        """Where a house that is not listed may be: of a city part each area that has the street and not
        the number."""
        if asked.postcode or not asked.city_part:
            return (asked.postcode or "",)
        listed = self._listing.areas(asked.number, asked.street, asked.city_part)
        return () if listed else (asked.city_part, *self._listing.passed(asked.street, asked.city_part))

    def _nearly(self, asked: AddressParts, far: AddressParts | None = None) -> tuple[Found, ...]:
        """Another spelling of the street, where this number and postcode have no better one; `far` is the
        address whose range ends there."""
        area = asked.postcode or asked.city_part or ""
        here = self._there(asked)  # then it is no slip, but not in the register
        best: tuple[float, list[tuple[str, Score]]] = (_LEAST, [])
        for street in self._listing.streets(area, asked.number):
            score = score_parts(asked, asked.moved(street, asked.postcode))
            if score.state is None or (here and _misspelt(score)):
                continue
            if score.confidence > best[0]:
                best = (score.confidence, [(street, score)])
            elif score.confidence == best[0]:
                best[1].append((street, score))
        if len(best[1]) == 1:
            best = (best[0], [(street, _only(asked.street, street, score)) for street, score in best[1]])
        if far is not None:
            best = (best[0], [(street, _of_range(score, far)) for street, score in best[1]])
        return tuple(found for street, score in best[1] for found in self._exact(replace(asked, street=street), score))

    def _there(self, asked: AddressParts) -> bool:
        """Whether a street as asked for is in its postcode, or somewhere in its city part."""
        if asked.postcode or not asked.city_part:
            return asked.street in self._listing.known(asked.postcode or "")
        return asked.street in self._listing.known(asked.city_part) or bool(
            self._listing.passed(asked.street, asked.city_part)
        )

    def _mistyped(self, query: AddressQuery) -> tuple[Found, ...]:
        """The streets that have this number, as the words may have been meant: the least slips."""
        asked = query.parts
        area = asked.postcode or asked.city_part or ""
        best: dict[str, Slip] = {}
        for number in dict.fromkeys((asked.number, asked.high or asked.number)):
            for street in self._listing.streets(area, number):
                slip = slip_of(query.words, self._locale.street_names(street))
                if slip is not None:
                    best[street] = slip
            if best:
                break
        least = min(best.values(), default=None, key=weight)
        likely = [street for street, slip in best.items() if least is not None and weight(slip) == weight(least)]
        if least is None or (least.undirected and len(likely) > 1):
            return ()
        sure = least.letters == 0 and asked.postcode is not None  # of a second name, which a part of a street has
        alone = len(likely) == 1 and (sure or not self._there(asked))
        score = _slipped(least, alone=alone, typed=" ".join(query.words[:MOST_WORDS]))
        asked = replace(asked, number=number)
        return tuple(found for street in likely for found in self._exact(replace(asked, street=street), score))

    def _elsewhere(self, asked: AddressParts) -> tuple[Found, ...]:
        """The same number and street under one other postcode of the city part."""
        if not (asked.postcode and asked.city_part and asked.street):
            return ()
        areas = self._listing.areas(asked.number, asked.street, asked.city_part)
        places = [(asked.street, area) for area in areas] or self._untyped(asked)
        if len(places) != 1:
            return ()
        street, area = places[0]
        evidence = Evidence("postcode", f"{asked.postcode} is not {area}; {asked.city_part} has no other {street}")
        near = self._listing.neighbours(asked.postcode, area)
        score = Score("POSSIBLE", _OTHER_POSTCODE if near else _FAR_POSTCODE, (evidence,))
        return self._all(area, asked.number, street, score)

    def _untyped(self, asked: AddressParts) -> list[tuple[str, str]]:
        """The streets of the city part that are called so, where the text leaves out the type."""
        name = asked.street.split()
        if untyped(name) != name or not telling(name) or asked.street in WHOLE_STREETS:
            return []
        return [
            (street, area)
            for street, area in self._listing.beginning(asked.number, (f"{asked.street} ",))
            if untyped(street.split()) == name and self._listing.part_of(area) == asked.city_part
        ]

    def _of_other_type(self, asked: AddressParts) -> tuple[Found, ...]:
        """The only street of the same name there, where the one asked for is not there: "MCGRAW ST" for
        MCGRAW AVE."""
        area = asked.postcode
        words = asked.street.split()
        name = untyped(words)
        if not area or len(name) == len(words) or not telling(name):
            return ()
        if asked.street in self._listing.known(area):
            return ()
        here = [each for each in self._listing.streets(area, asked.number) if untyped(each.split()) == name]
        if len(here) != 1:
            return ()
        evidence = Evidence("street_type", f"{asked.street} is not listed in {area}, {here[0]} is")
        return self._all(area, asked.number, here[0], Score("POSSIBLE", _OTHER_TYPE, (evidence,)))

    def _mistyped_nearby(self, query: AddressQuery) -> tuple[Found, ...]:
        """One slip, and the postcode next door: where the city part has no street as typed, and the neighbours
        one address that was surely meant."""
        asked = query.parts
        if not (asked.postcode and asked.city_part) or self._listing.passed(asked.street, asked.city_part):
            return ()
        found: list[Found] = []
        for area in self._listing.around(asked.postcode, asked.city_part):
            there = asked.moved(asked.street, area)
            found += self._nearly(there) or self._mistyped(replace(query, parts=there))
        meant = [each for each in found if each.score.state == "MATCH"]
        if len({each.address for each in meant}) != 1:
            return ()
        evidence = Evidence("postcode", f"{asked.postcode} is not that of {meant[0].address}, next to it")
        score = Score("POSSIBLE", _SLIP_NEARBY, (*meant[0].score.evidence, evidence))
        return tuple(replace(each, score=score) for each in meant)

    def _respelled(self, asked: AddressParts) -> tuple[Found, ...]:
        """A number that is not listed, in a street with one letter mistyped."""
        meant = respelled(asked, self._listing.known(asked.postcode or ""))
        if meant is None:
            return ()
        return tuple(replace(each, score=less_sure(each.score, asked, meant)) for each in self._unlisted(meant))

    def _anywhere(self, asked: AddressParts) -> tuple[Found, ...]:
        """Every area that has the number and street, where the text leaves open which."""
        if asked.postcode:
            return ()
        areas = sorted(self._listing.areas(asked.number, asked.street, asked.city_part))
        evidence = (_agrees(asked), Evidence("area", "the text names no postcode"))
        score = Score("POSSIBLE", _ANYWHERE, evidence)
        found = (each for area in areas for each in self._all(area, asked.number, asked.street, score))
        return tuple(islice(found, MOST))


def _slipped(slip: Slip, *, alone: bool, typed: str) -> Score:
    evidence = [Evidence("mistyped", f"{typed}: {slip.letters} letters are otherwise")]
    if slip.undirected:
        evidence.append(Evidence("street_direction", "a direction left out"))
    if not alone or slip.undirected or slip.letters > 1:
        return Score("POSSIBLE", _DOUBTED, tuple(evidence))
    return Score("MATCH", _MEANT, (*evidence, Evidence("only_one", "no other street here is like it")))


def _other(asked: AddressParts, other: AddressParts, key: str) -> Score:
    """A second address in the text is as good as the first; the far end of a range may be next door."""
    if asked.high and (other.number, other.street) == (asked.high, asked.street):
        return Score("POSSIBLE", _FAR_END, (Evidence("far_end", f"{key} is listed, {asked.number} is not"),))
    return Score("MATCH", _SECOND, (Evidence("other_address", f"{key} agrees"),))


def _agrees(asked: AddressParts) -> Evidence:
    return Evidence("address", f"{asked.number} {asked.street} agrees")


def _of_range(score: Score, far: AddressParts) -> Score:
    evidence = Evidence("far_end", f"{far.high} is listed, {far.number} is not")
    return Score("POSSIBLE", round(_FAR_END * score.confidence, 3), (*score.evidence, evidence))


def _misspelt(score: Score) -> bool:
    return any(each.rule == "street_spelling" for each in score.evidence)


def _only(asked: str, street: str, score: Score) -> Score:
    """The score of the only street that is like the one asked for: in a short name one slip is much of it."""
    slight = ("street_spelling", "street_spacing", "direction_spelling")
    if not any(each.rule in slight for each in score.evidence):
        return score
    evidence = (*score.evidence, Evidence("only_one", "no other street here is like it"))
    if score.confidence >= _ONE_SLIP:
        return Score("MATCH", max(_SURE, score.confidence), evidence)
    slip = OSA.distance(asked, street, score_cutoff=1) <= 1
    return Score("MATCH", _MEANT, evidence) if slip else score
