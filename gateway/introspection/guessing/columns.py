"""One column: which declaration reads all that was sampled of it.

Candidates are tried from the narrowest type to text, each by the decoder that will read the real
rows; the first that reads the sample wins. At most one row in two thousand may not fit, so that a
single slip of an agency's pen does not make text of a column, and it is told.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.base import Column, ColumnType, Damaged
from adapters.columns import decoder
from gateway.introspection.guessing import hints, moments
from gateway.introspection.guessing.drafts import DraftColumn
from gateway.introspection.guessing.names import has, words
from gateway.introspection.guessing.numbers import numeric
from gateway.introspection.guessing.texts import Sample, sample
from gateway.introspection.seen import SeenColumn

MISFITS = 1 / 2000
_PAIRS = (("Y", "N"), ("YES", "NO"), ("TRUE", "FALSE"), ("T", "F"), ("1", "0"))
_MARKS = frozenset({"X", "x", "✓"})
_TIMED = frozenset({ColumnType.DATE, ColumnType.DATETIME})
_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Guess:
    """A declaration without its name, and why it was chosen."""

    column: Column
    why: tuple[str, ...] = ()
    decide: tuple[str, ...] = ()


def guess(seen: SeenColumn, name: str) -> DraftColumn:
    """The declaration of a column under our name."""
    base = Column(name, (seen.name,), description=seen.description)
    if seen.declared is not None and all(value in (None, "") for value in seen.values):
        said = "no value seen; the type is the one that the source declares"
        return DraftColumn(replace(base, type=seen.declared), words(seen.heading), (said,))
    found = _of_text(seen, base) if _textual(seen) else _native(seen, base)
    column = found.column
    if column.type in (ColumnType.INT, ColumnType.FLOAT):
        column = replace(column, unit=_unit(seen))
    return DraftColumn(_natively(seen, column), words(seen.heading), found.why, found.decide)


def _textual(seen: SeenColumn) -> bool:
    """Whether text is kept, and not only allowed (a column without a type of SQLite may hold numbers)."""
    there = [value for value in seen.values if value is not None]
    return seen.text and (not there or any(isinstance(value, str) for value in there))


def _natively(seen: SeenColumn, column: Column) -> Column:
    """Without `stored = "text"` where the storage can hold the type itself and every value is one:
    then the source can compare and order by it."""
    plain = replace(column, stored="native", format=None)
    if column.stored != "text" or column.type not in seen.kept or column.type in (ColumnType.TEXT, ColumnType.PHONE):
        return column
    if column.type is ColumnType.DATETIME or misfits(plain, seen.values)[0]:
        return column
    return plain


def misfits(column: Column, values: Sequence[object]) -> tuple[int, object]:
    """How many values a declaration can't read, and one of them."""
    decode, count, example = decoder(column), 0, None
    for value, times in Counter(values).items():
        if isinstance(decode(value), Damaged):
            count, example = count + times, value if example is None else example
    return count, example


# --- columns kept as text --------------------------------------------------------------------


def _of_text(seen: SeenColumn, base: Column) -> Guess:
    texts = sample(seen.values)
    base = replace(base, stored="text", clean=texts.clean, null=frozenset(texts.null))
    if not texts.texts:
        return Guess(_plain(base), ("empty in the whole sample: nothing to guess by",))
    heading = words(seen.heading)
    for candidate in _candidates(texts, base, heading):
        wrong, example = misfits(candidate.column, seen.values)
        if wrong <= texts.rows * MISFITS:
            told = _told(wrong, texts.rows, example)
            return replace(candidate, why=(*candidate.why, *told))
    return Guess(_plain(base), _why_text(texts, heading))


def _plain(base: Column) -> Column:
    """Text, which needs no word on how it is stored beyond what the dataset says."""
    return replace(base, type=ColumnType.TEXT)


def _candidates(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    yield from _points(texts, base)
    yield from _phones(base, heading)
    yield from _bools(texts, base, heading)
    yield from _days(texts, base, heading)
    yield from _years(texts, base, heading)
    if not _names_things(texts, heading):
        yield from (Guess(column, why) for column, why in numeric(texts, base, heading))


def _points(texts: Sample, base: Column) -> Iterator[Guess]:
    some = texts.some.lstrip()
    if some[:5].upper() == "POINT":
        yield Guess(replace(base, type=ColumnType.POINT, format="wkt"), ("well-known text, longitude first",))
    elif some[:1] == "(" and some.count(",") == 1:
        yield Guess(replace(base, type=ColumnType.POINT, format="lat,lon"), ("latitude and longitude in one text",))


def _phones(base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    if has(heading, hints.PHONE):
        yield Guess(replace(base, type=ColumnType.PHONE))


def _bools(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    folded = {text.upper() for text in texts.texts}
    flagged = has(heading, hints.FLAG)
    for true, false in _PAIRS:
        if not folded <= {true, false} or (true == "1" and not flagged):
            continue
        if len(folded) == 1 and len(true) == 1 and not flagged:
            continue
        spelled = {word: sorted(text for text in texts.texts if text.upper() == word) for word in (true, false)}
        like = str.title if any(text.istitle() and len(text) > 1 for text in texts.texts) else str
        like = str.lower if all(text.islower() for text in texts.texts) else like
        trues, falses = (frozenset(spelled[word][:1] or [like(word)]) for word in (true, false))
        unseen = [like(word) for word in (true, false) if not spelled[word]]
        why = (f"only {' and '.join(sorted(texts.texts))} seen; {unseen[0]} is expected beside it",) if unseen else ()
        yield Guess(replace(base, type=ColumnType.BOOL, true=trues, false=falses), why)
    if folded <= {"X"} and set(texts.texts) <= _MARKS and texts.empty:
        marked = replace(base, type=ColumnType.BOOL, true=frozenset(texts.texts), false=frozenset())
        yield Guess(marked, ("a mark in some rows",), ("a row without the mark is null here, not false",))


def _days(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    found = moments.form(texts.texts)
    if found is None:
        yield from _mostly_days(texts, base, heading)
        return
    bare = (found.format or "").isalpha()
    if bare and not (has(heading, hints.DATE) or (len(texts.texts) >= 20 and not has(heading, hints.IDENTIFIER))):
        return
    yield _moment(texts, base, found)


def _mostly_days(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    """Days among which a few texts are none: the form of the rest, for the caller to judge."""
    if not has(heading, hints.DATE) or texts.rows < 1 / MISFITS:
        return
    usual = Counter({_shape(text): 0 for text in texts.texts})
    for text, count in texts.texts.items():
        usual[_shape(text)] += count
    kept = {text for text in texts.texts if usual[_shape(text)] > texts.rows * MISFITS}
    found = moments.form(kept)
    if found is not None:
        yield _moment(texts, base, found)


def _shape(text: str) -> str:
    """How a text is written, without what it says: no value of a row gets into a draft's reasons."""
    return "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in text[:40])


def _told(wrong: int, rows: int, example: object) -> tuple[str, ...]:
    """That some values do not fit, and how one of them is written."""
    return (f"{wrong} of {rows} sampled values do not fit, like {_shape(str(example))!r}",) if wrong else ()


def _moment(texts: Sample, base: Column, found: moments.Form) -> Guess:
    kind = ColumnType.DATETIME if found.timed else ColumnType.DATE
    column = replace(base, type=kind, format=found.format)
    column, why = _without_sentinels(texts, column)
    if found.format and "mm" in found.format and not found.timed:
        why = ("every time is midnight, so it is a day", *why)
    decide = ("no day in the sample is above 12: is it month/day or day/month?",) if found.ambiguous else ()
    return Guess(column, why, decide)


def _without_sentinels(texts: Sample, column: Column) -> tuple[Column, tuple[str, ...]]:
    decode = decoder(column)
    days: dict[str, date] = {}
    for text in texts.texts:
        value = decode(text)
        if isinstance(value, date):
            days[text] = value.date() if isinstance(value, datetime) else value
    none = moments.sentinels(days.values())
    markers = [text for text, day in days.items() if day in none]
    if not markers:
        return column, ()
    rows = sum(texts.texts[text] for text in markers)
    return replace(column, null=column.null | {*markers}), (f"{markers[0]} ({rows} rows) lies far off all other days",)


def _years(texts: Sample, base: Column, heading: Sequence[str]) -> Iterator[Guess]:
    if not (has(heading, hints.YEAR) or "".join(heading).endswith(("year", "yr"))):
        return
    zeros = [text for text in texts.texts if text.strip("0.") == ""]
    years = [text for text in texts.texts if text not in zeros]
    likely = sum(texts.texts[text] for text in years if "1500" <= text < "2200")
    four = all(len(text) == 4 and text.isascii() and text.isdigit() for text in years)
    if four and likely and likely >= 0.99 * sum(texts.texts[text] for text in years):
        why = (f'"{zeros[0]}" in {sum(texts.texts[z] for z in zeros)} rows is no year',) if zeros else ()
        yield Guess(replace(base, type=ColumnType.YEAR, null=base.null | {*zeros}), why)


def _names_things(texts: Sample, heading: Sequence[str]) -> bool:
    """Whether digits here are names: by the heading, or because they keep zeros in front."""
    counted = tuple(heading[:2]) == ("no", "of") or "count" in heading or "total" in heading or "units" in heading
    if has(heading, hints.IDENTIFIER) and not counted:
        return True
    return any(len(text) > 1 and text[0] == "0" and text.isdigit() and text.strip("0") for text in texts.texts)


def _why_text(texts: Sample, heading: Sequence[str]) -> tuple[str, ...]:
    if has(heading, hints.DATE) and texts.share(moments.UNREADABLE) > 0.9:
        return (f"days written like {_shape(texts.some)!r} can't be read; they stay text",)
    if any(len(text) > 1 and text[0] == "0" and text.isdigit() and text.strip("0") for text in texts.texts):
        return ("digits with zeros in front: a name, not a number",)
    if texts.some[:1] in "{[" and texts.some[-1:] in "}]":
        return ("a structure within a text",)
    return ()


# --- columns kept natively -------------------------------------------------------------------

_ORDER = (ColumnType.BOOL, ColumnType.DATE, ColumnType.DATETIME, ColumnType.INT, ColumnType.FLOAT, ColumnType.MONEY)


def _native(seen: SeenColumn, base: Column) -> Guess:
    """A type that the storage holds and that reads the sample, the most telling one."""
    heading, values = words(seen.heading), [value for value in seen.values if value is not None]
    if ColumnType.YEAR in seen.kept and (year := _native_year(heading, values, base)):
        return year
    order = [kind for kind in _preferred(heading, values) if kind in seen.kept or not seen.kept]
    if ColumnType.POINT in seen.kept and all(isinstance(value, str) for value in values):
        return Guess(replace(base, type=ColumnType.POINT, format="wkt"))
    for kind in order:
        column = replace(base, type=kind)
        wrong, example = misfits(column, values)
        if wrong <= len(values) * MISFITS:
            why = _told(wrong, len(values), example)
            column, sentinel = _native_sentinels(column, values)
            return Guess(column, (*why, *sentinel, *_too_large(column, values)))
    return Guess(_plain(base), (f"the source keeps it as {seen.written or 'something of its own'}",))


def _preferred(heading: Sequence[str], values: Sequence[object]) -> tuple[ColumnType, ...]:
    """The order of types: numbers are no flags unless they are called so, and money by its name."""
    flags = has(heading, hints.FLAG) or all(isinstance(value, bool) for value in values)
    order: tuple[ColumnType, ...] = _ORDER if flags and values else (*_ORDER[1:], ColumnType.BOOL)
    if has(heading, hints.MONEY) or any(part in "".join(heading) for part in hints.MONEY_PARTS):
        order = (ColumnType.MONEY, *order)
    elif any(map(_large, values)) and not has(heading, hints.IDENTIFIER):
        order = (ColumnType.FLOAT, *order)
    return (*order, ColumnType.TEXT, ColumnType.PHONE, ColumnType.YEAR)


def _native_year(heading: Sequence[str], values: Sequence[Any], base: Column) -> Guess | None:
    if not values or not (has(heading, hints.YEAR) or "".join(heading).endswith(("year", "yr"))):
        return None
    years = [value for value in values if value != 0]
    if not years or not all(isinstance(value, int | Decimal) and 1500 <= value < 2200 for value in years):
        return None
    zeros = len(values) - len(years)
    why = (f"0 in {zeros} rows is no year",) if zeros else ()
    return Guess(replace(base, type=ColumnType.YEAR, null=frozenset({"0"} if zeros else ())), why)


def _native_sentinels(column: Column, values: Sequence[object]) -> tuple[Column, tuple[str, ...]]:
    if column.type not in _TIMED:
        return column, ()
    decode = decoder(column)
    days = Counter(
        value.date() if isinstance(value, datetime) else value
        for stored in values
        if isinstance(value := decode(stored), date)
    )
    none = sorted(moments.sentinels(days))
    if not none:
        return column, ()
    spelled = [day.isoformat() for day in none]
    rows = sum(days[day] for day in none)
    return replace(column, null=frozenset(spelled)), (f"{spelled[0]} ({rows} rows) lies far off all other days",)


def _too_large(column: Column, values: Sequence[object]) -> tuple[str, ...]:
    if column.type is ColumnType.INT and any(map(_large, values)):
        return ("numbers above 2,147,483,647: good as a key, but no Int of the schema can show them",)
    return ()


def _large(value: object) -> bool:
    """Whether it is a number that no Int of GraphQL holds."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) >= _INT32
    return isinstance(value, int) and abs(value) >= _INT32


def _unit(seen: SeenColumn) -> str | None:
    named = {*words(seen.heading), *words(seen.description)}
    return next((unit for every, unit in hints.UNITS if named >= {*every}), None)
