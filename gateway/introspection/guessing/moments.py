"""Days and times: which format the texts of a column have, and which days stand for none."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice

from adapters import dates

_DAYS = (
    "YYYY-MM-DD",
    "MM/DD/YYYY",
    "M/D/YYYY",
    "DD/MM/YYYY",
    "D/M/YYYY",
    "MM-DD-YYYY",
    "DD-MM-YYYY",
    "DD.MM.YYYY",
    "D.M.YYYY",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "YYYYMMDD",
)
_TIMES = (
    "",
    " hh:mm:ss A",
    " hh:mm A",
    " hh:mm:ssA",
    " hh:mmA",
    " HH:mm:ss",
    " HH:mm",
    "THH:mm:ss",
    "THH:mm",
    " HH:mm:ss.SSS",
    "THH:mm:ss.SSS",
    "THH:mm:ss.SSSZ",
)
_SENTINELS = frozenset(
    {(1, 1, 1), (1753, 1, 1), (1800, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1)}
    | {(1901, 1, 1), (1970, 1, 1), (1111, 11, 11), (2099, 12, 31), (2999, 12, 31), (9999, 1, 1), (9999, 12, 31)}
)
_FAR = 365 * 15
_DAY_LIKE = re.compile(r"\D*[0-9]{1,4}\D[0-9]{1,2}\D[0-9]{1,4}.*|[0-9]{8}")
UNREADABLE = re.compile(
    r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}(?: .*)?|[0-9]{1,2}[-/][0-9]{4}|"
    r"(?:[0-9]{1,2}[- ])?(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[- ][0-9, -]{2,9}.*"
)
"""Days that no format here can say: two-digit years, a month without a day, names of months."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the texts of a column spell moments. `format` is None for ISO 8601; `timed` whether any
    is not at midnight; `ambiguous` whether day and month could be the other way round."""

    format: str | None
    timed: bool
    ambiguous: bool = False


def form(texts: Iterable[str]) -> Form | None:
    """The one form that all texts have; None where there is none."""
    found = list(texts)
    if not found or any(not _DAY_LIKE.fullmatch(text) for text in islice(found, 20)):
        return None
    if (moments := _all(found, dates.iso_datetime)) is not None:
        return Form(None, any(_timed(moment) for moment in moments))
    fitting = list(islice(_fitting(found), 2))
    if not fitting:
        return None
    text, moments = fitting[0]
    swapped = any(other.replace("DD", "D").replace("MM", "M") != _loose(text) for other, _ in fitting[1:])
    return Form(text, any(_timed(moment) for moment in moments), ambiguous=swapped)


def _loose(text: str) -> str:
    return text.replace("DD", "D").replace("MM", "M")


def _fitting(texts: list[str]) -> Iterator[tuple[str, list[datetime]]]:
    """The formats that all texts have; one that only allows more spellings of another is left out."""
    seen: set[str] = set()
    for day in _DAYS:
        for time in _TIMES:
            shape = _loose(day) + time
            if shape in seen or (day == "YYYYMMDD" and time):
                continue
            compiled = dates.compiled(day + time)
            if compiled.pattern.fullmatch(texts[0]) is None:
                continue
            moments = _all(texts, partial(dates.read, compiled))
            if moments is not None:
                seen.add(shape)
                yield day + time, moments


def _all(texts: Iterable[str], read: Callable[[str], datetime]) -> list[datetime] | None:
    found = []
    for text in texts:
        try:
            found.append(read(text))
        except ValueError:
            return None
    return found


def _timed(moment: datetime) -> bool:
    return bool(moment.hour or moment.minute or moment.second or moment.microsecond)


def sentinels(days: Iterable[date]) -> frozenset[date]:
    """Those of the days that stand for none: round days of computers that lie far off all others."""
    found = sorted(set(days))
    suspects = {day for day in found if (day.year, day.month, day.day) in _SENTINELS}
    others = [day for day in found if day not in suspects]
    if not others:
        return frozenset(suspects)
    low, high = others[0].toordinal(), others[-1].toordinal()
    return frozenset(day for day in suspects if not low - _FAR <= day.toordinal() <= high + _FAR)
