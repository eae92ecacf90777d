"""Address texts looked up in a register, and how many of the answers were right."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.evaluation.figures import Figures, Judged, Rate, figures
from gateway.evaluation.files import Cells, Unreadable
from gateway.evaluation.grammar import MapFile
from gateway.evaluation.notes import untrue, unused
from gateway.evaluation.rows import Row, address_texts, read_places, rows, texts
from resolvers.identity.addresses import AddressQuery, Locale, locale
from resolvers.identity.bbl import related_lots
from resolvers.identity.listing import house_numbers
from resolvers.identity.registers import AddressIndex, Found


@dataclass(frozen=True, slots=True)
class AddressFigures:
    """What was measured. `listed` counts only rows whose true identifier the register has, `numbered`
    only those that it has under the row's house number; `whole` goes by the whole value of the truth's
    column, where `entity_pattern` takes a part of it: a tax block has four streets, and often the same
    number in each of them, so that a block with this number need not be the address at all. `wrong`
    are key, truth and answer."""

    rows: int
    read: int
    answers: Figures
    listed: Rate
    numbered: Rate
    whole: Rate
    ambiguous: int
    per_second: float
    wrong: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...] = ()


def look_up(model: MapFile, folder: Path, typos: bool = False) -> AddressFigures:
    """Look every row of the left file up in the right one; alone, a file is its own register, each
    row looked up among rows that differ in `apart`. Raises `Unreadable`."""
    if model.right is None and not model.apart:
        raise Unreadable("addresses need a register: give [right], or apart, so that no text finds itself")
    place = locale(model.locale)
    left = rows(model.left, model, folder)
    right = left if model.right is None else rows(model.right, model, folder)
    indices = _indices(right, model, place)
    asked = [(row, _query(row.cells, model, place, i if typos else None)) for i, row in enumerate(left)]
    begin = time.process_time()
    answers = [(row, query, _find(indices, row, query)) for row, query in asked]
    spent = time.process_time() - begin
    return replace(_measured(model, indices, answers, spent), notes=tuple(_notes(model, left, right, place)))


def _notes(model: MapFile, left: Sequence[Row], right: Sequence[Row], place: Locale) -> Iterator[str]:
    """What keeps the figures from telling anything: a register that can't be read, or has no truth."""
    yield from unused(model.left, model)
    if model.right is not None:
        yield from unused(model.right, model)
        sample = right[:: max(1, len(right) // _SAMPLE)]
        read = sum(bool(read_places(row.cells, model.right.columns, place)) for row in sample)
        if 2 * read < len(sample):
            yield f"{model.right.file}: {read:,} of {len(sample):,} rows tried are read as addresses of {model.locale}"
    if {row.entity for row in left}.isdisjoint(row.entity for row in right):
        yield from untrue(left, right, model)


_SAMPLE = 2_000
"""Rows of a register, about so many, that are read once more to tell how many can be."""

Listed = set[tuple[str, str]]
Indices = dict[tuple[str, ...], tuple[AddressIndex, Listed]]


def _indices(register: Sequence[Row], model: MapFile, place: Locale) -> Indices:
    """The register, or for rows that are apart one of the others' rows for each."""
    side = model.right or model.left
    groups = {row.apart for row in register} if model.right is None and model.apart else {()}
    found: Indices = {group: (AddressIndex(place), set()) for group in groups}
    for row in register:
        parts = read_places(row.cells, side.columns, place)
        names = {row.entity, row.cells[side.entity]}
        for group, (index, listed) in found.items():
            if not group or group != row.apart:
                listed.add((row.entity, ""))
                for each in parts:
                    listed.update((name, number) for number in house_numbers(each) for name in names)
                    index.add(row.entity, each)
    return found


def _query(cells: Cells, model: MapFile, place: Locale, seed: int | None) -> AddressQuery | None:
    fields = model.left.columns
    postcode, borough = " ".join(texts(cells, fields.zip)) or None, " ".join(texts(cells, fields.borough)) or None
    for line in address_texts(cells, fields):
        text = line if seed is None else mistyped(line, random.Random(seed))
        if query := place.search_keys(text, postcode, borough):
            return query
    return None


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one letter changed, dropped, doubled or swapped with the next; digits stay, for a
    number that is changed is another address."""
    letters = [at for at, c in enumerate(text) if c.isalpha()]
    if not letters:
        return text
    at = chance.choice(letters)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]


def _find(indices: Indices, row: Row, query: AddressQuery | None) -> tuple[Found, ...]:
    index = indices.get(row.apart) or indices[()]
    return index[0].find(query) if query else ()


def _measured(
    model: MapFile,
    indices: Indices,
    answers: Sequence[tuple[Row, AddressQuery | None, tuple[Found, ...]]],
    spent: float,
) -> AddressFigures:
    judged: list[Judged] = []
    wrong: list[tuple[str, str, str]] = []
    counts: dict[str, int] = defaultdict(int)
    for row, query, found in answers:
        there = (indices.get(row.apart) or indices[()])[1]
        listed = (row.entity, "") in there
        numbered = query is not None and (row.entity, query.parts.number) in there
        whole = query is not None and (row.cells[model.left.entity], query.parts.number) in there
        counts["read"] += query is not None
        counts["listed"] += listed
        counts["numbered"] += numbered
        counts["whole"] += whole
        lots = {each.identifier for each in found}
        if not lots:
            continue
        if not _one(lots, model.condominiums):
            counts["ambiguous"] += 1
            continue
        right = any(_same(lot, row.entity, model.condominiums) for lot in lots)
        judged.append(Judged(found[0].score.confidence, found[0].score.state, right))
        for name, counted in (("listed", listed), ("numbered", numbered), ("whole", whole)):
            counts[f"{name} answered"] += counted
            counts[f"{name} right"] += counted and right
        if not right:
            wrong.append((query.key or "" if query else "", row.entity, found[0].identifier))

    def rate(name: str) -> Rate:
        return Rate(counts[f"{name} answered"], counts[f"{name} right"], counts[name])

    return AddressFigures(
        rows=len(answers),
        read=counts["read"],
        answers=figures(judged, counts["listed"]),
        listed=rate("listed"),
        numbered=rate("numbered"),
        whole=rate("whole"),
        ambiguous=counts["ambiguous"],
        per_second=len(answers) / spent if spent else 0.0,
        wrong=tuple(wrong),
    )


def _one(lots: set[str], condominiums: bool) -> bool:
    """Whether all candidates are one place."""
    first, *others = sorted(lots)
    return all(_same(first, other, condominiums) for other in others)


def _same(a: str, b: str, condominiums: bool) -> bool:
    return a == b or (condominiums and related_lots(a, b))
