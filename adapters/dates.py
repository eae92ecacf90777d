"""Dates and times as agencies write them: a format of tokens becomes a reader and a writer.

Tokens: YYYY, MM, M (1 or 2 digits), DD, D, HH (0-23), hh (1-12, one or two digits), mm, ss, SSS
(1 to 6 digits of a second) and A (AM or PM, any case); everything else stands for itself. Without
a format, ISO 8601: "2019-04-02", "2019-04-02T00:00:00.000", with or without an offset.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_TOKEN = re.compile(r"YYYY|MM|M|DD|D|HH|hh|mm|ss|SSS|A")
_PATTERNS = {
    "YYYY": "[0-9]{4}",
    "MM": "[0-9]{2}",
    "M": "[0-9]{1,2}",
    "DD": "[0-9]{2}",
    "D": "[0-9]{1,2}",
    "HH": "[0-9]{2}",
    "hh": "[0-9]{1,2}",
    "mm": "[0-9]{2}",
    "ss": "[0-9]{2}",
    "SSS": "[0-9]{1,6}",
    "A": "[AaPp][Mm]",
}
_PART = {"M": "MM", "D": "DD", "hh": "HH"}
_DESCENDING = ("YYYY", "MM", "DD", "HH", "mm", "ss", "SSS")
_ISO_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?")
_ISO_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class Format:
    """A compiled format. `parts` alternate between literals and tokens, literals first."""

    text: str
    parts: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens, in order."""
        return self.parts[1::2]

    @property
    def canonical(self) -> bool:
        """Whether every value has exactly one spelling."""
        return not {"M", "D", "hh", "A", "SSS"} & set(self.tokens)

    @property
    def ordered(self) -> bool:
        """Whether the spellings sort, by code point, as their values do."""
        return self.tokens == _DESCENDING[: len(self.tokens)] and len(self.tokens) >= 3

    @property
    def day(self) -> "Format":
        """The leading part that spells the day; only where `ordered`."""
        end = 2 * self.tokens.index("DD") + 2
        return compiled("".join(self.parts[:end]))


@lru_cache(maxsize=512)
def compiled(text: str) -> Format:
    """Compile a format. ValueError, with the fix, where it doesn't give a whole date."""
    parts = _split(text)
    names = [_PART.get(token, token) for token in parts[1::2]]
    if len(set(names)) != len(names):
        raise ValueError(f'format "{text}" names a part of the date twice')
    missing = [part for part in ("YYYY", "MM", "DD") if part not in names]
    if missing:
        raise ValueError(f'format "{text}" lacks {", ".join(missing)}; write it like "MM/DD/YYYY"')
    if ("hh" in parts[1::2]) != ("A" in names):
        raise ValueError(f'format "{text}" needs both hh and A for 12-hour times, or HH for 24-hour ones')
    pattern = "".join(
        f"(?P<{names[i // 2]}>{_PATTERNS[part]})" if i % 2 else re.escape(part) for i, part in enumerate(parts)
    )
    return Format(text, parts, re.compile(pattern))


def _split(text: str) -> tuple[str, ...]:
    parts: list[str] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts += [text[position : match.start()], match.group()]
        position = match.end()
    return (*parts, text[position:])


def _hour(found: dict[str, str]) -> int:
    hour = int(found.get("HH", 0))
    if "A" not in found:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("a 12-hour time has hours 1 to 12")
    return hour % 12 + (12 if found["A"][0] in "Pp" else 0)


def read(form: Format, text: str) -> datetime:
    """The naive moment that `text` spells in this format. ValueError where it doesn't."""
    match = form.pattern.fullmatch(text)
    if match is None:
        raise ValueError("does not have the declared format")
    found = match.groupdict()
    second = int(found.get("ss", 0))
    micro = int(found.get("SSS", "0").ljust(6, "0"))
    day = int(found["YYYY"]), int(found["MM"]), int(found["DD"])
    return datetime(*day, _hour(found), int(found.get("mm", 0)), second, micro)


def write(form: Format, value: date | datetime) -> str:
    """Spell a day or a naive moment in a canonical format."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    spelled = {
        "YYYY": f"{moment.year:04}",
        "MM": f"{moment.month:02}",
        "DD": f"{moment.day:02}",
        "HH": f"{moment.hour:02}",
        "mm": f"{moment.minute:02}",
        "ss": f"{moment.second:02}",
    }
    return "".join(spelled[part] if i % 2 else part for i, part in enumerate(form.parts))


def iso_date(text: str) -> date:
    """A day in ISO 8601, also written as its midnight. ValueError otherwise."""
    if text[4:5] != "-" or text[7:8] != "-":
        raise ValueError("is not an ISO date")
    if len(text) > 10 and _ISO_MIDNIGHT.fullmatch(text, 10) is None:
        raise ValueError("is not a whole day")
    return date.fromisoformat(text[:10])


def iso_datetime(text: str) -> datetime:
    """A moment in ISO 8601, naive where it has no offset. ValueError otherwise."""
    if _ISO_DATETIME.fullmatch(text) is None:
        raise ValueError("is not an ISO date and time")
    return datetime.fromisoformat(text)


def localiser(time_zone: str) -> Callable[[datetime], datetime]:
    """Give naive moments the offset of the agency's zone; aware ones stay the moments they are.

    The offset, not the zone: Python holds moments of two zones to be unequal in the hours when
    clocks change (PEP 495), and compares those of one zone by their spelling."""
    if time_zone == "UTC":
        return lambda moment: moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    zone = ZoneInfo(time_zone)

    def localise(moment: datetime) -> datetime:
        if moment.tzinfo is not None:
            return moment
        offset = moment.replace(tzinfo=zone).utcoffset()
        return moment.replace(tzinfo=timezone(offset or timedelta()))

    return localise


def naive(moment: datetime, time_zone: str) -> datetime | None:
    """The local spelling of an aware moment; None where it would be read as another moment
    (the second of the two hours when clocks go back)."""
    zone = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
    local = moment.astimezone(zone)
    return None if local.fold else local.replace(tzinfo=None)


def shifted(day: date, days: int) -> date | None:
    """`day` plus `days`; None outside the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
