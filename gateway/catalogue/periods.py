"""Spans of days in a city's files and agreements: how long rows are shown, look-ups kept."""

import re

_PERIOD = re.compile(r"(\d{1,5})([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}
_LONGEST = 100 * 365


def days(text: object) -> int:
    """ "90d", "8w", "2y" in days; a year has 365. Raises `ValueError` in the words of the files."""
    match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    count = int(match[1]) * _DAYS[match[2]] if match else 0
    if not 0 < count <= _LONGEST:
        raise ValueError('takes days, weeks or years, at most a hundred years, like "90d", "8w" or "2y"')
    return count
