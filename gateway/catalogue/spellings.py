"""How values are spelled in a city's TOML files: names, durations, rates, hours, lists; and what a table
of any of the files is."""

import re
from datetime import time
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from gateway.catalogue.periods import days

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Count = Annotated[int, Field(ge=1)]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: object) -> float:
    """ "800ms", "2s", "1.5m" in seconds."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not float(match[1]):
        raise ValueError('takes a duration with its unit, like "800ms", "2s" or "1m"')
    return float(match[1]) * _SECONDS[match[2]]


_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m|h)")


def per_second(text: object) -> float:
    """ "20/s", "600/m", "1000/h" as a number a second."""
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or not float(match[1]):
        raise ValueError('takes a number and what it is in, like "20/s" or "600/m"')
    return float(match[1]) / _SECONDS[match[2]]


_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def hours(text: object) -> tuple[time, time]:
    """ "22:00-06:00": from and until, over midnight where it ends before it begins."""
    match = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if match is None or match.group(1, 2) == match.group(3, 4):
        raise ValueError('takes a time of day and another, like "22:00-06:00"')
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))


def listed(value: object) -> object:
    """One text is a list of it."""
    return [value] if isinstance(value, str) else value


Duration = Annotated[float, BeforeValidator(seconds, json_schema_input_type=str)]
Rate = Annotated[float, BeforeValidator(per_second, json_schema_input_type=str)]
Period = Annotated[int, BeforeValidator(days, json_schema_input_type=str)]
Hours = Annotated[tuple[time, time], BeforeValidator(hours, json_schema_input_type=str)]
Names = Annotated[list[Text], BeforeValidator(listed, json_schema_input_type=str | list[str])]
Formats = Annotated[list[str], BeforeValidator(listed, json_schema_input_type=str | list[str])]


class Table(BaseModel):
    """A table of the files: unknown keys fail, and no value is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)
