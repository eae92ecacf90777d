"""Socrata's data types: how files write them, how they are kept here, how answers spell them.

    text, url, phone        text
    number, money           kept as a number; spelled as a JSON string, digits as the file writes them
    calendar_date           a floating timestamp, "2014-10-13T00:00:00.000"; no zone
    fixed_timestamp         the same in UTC, "2014-10-13T00:00:00.000Z"
    checkbox                true or false
    point                   GeoJSON, { "type": "Point", "coordinates": [-73.9, 40.7] }
    location                { "latitude": "40.7", "longitude": "-73.9" }

Nulls are left out of answers, as https://dev.socrata.com/docs/formats/json says.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import orjson

TYPES = ("text", "number", "calendar_date", "fixed_timestamp", "checkbox", "point", "location", "url", "phone", "money")
"""What a dataset's metadata may call a column's type (`dataTypeName`)."""

SODA_TYPES: Mapping[str, str] = {"calendar_date": "floating_timestamp", "checkbox": "boolean", "money": "number"}
"""What the header `X-SODA2-Types` calls those that it calls otherwise."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_WKT = re.compile(r"POINT\s*\(\s*(\S+)\s+(\S+)\s*\)", re.IGNORECASE)
_PAIR = re.compile(r"\(?\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*\)?")
_US_FORMATS = ("%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
_TRUE = frozenset({"true", "t", "yes", "y", "1", "x"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})


class Kept(NamedTuple):
    """A value as it is compared, and as an answer spells it where that differs."""

    value: str | int | float | None
    spelled: str | None = None


NULL = Kept(None)


class Unfit(ValueError):
    """A value that its column's type can't hold."""


def kept(kind: str, value: object) -> Kept:
    """A value of a file as a column of this type keeps it. `Unfit` where it can't."""
    if value is None or value == [] or (value == "" and kind not in ("text", "phone")):
        return NULL
    return _KEEPERS[kind](value)


def _text(value: object) -> Kept:
    if isinstance(value, dict | list):
        return Kept(orjson.dumps(value).decode())
    return Kept(("true" if value else "false") if isinstance(value, bool) else str(value))


def _number(value: object) -> Kept:
    text = str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise Unfit("is no number")
    exact = Decimal(text)
    whole = exact == exact.to_integral_value() and abs(exact) < 2**63
    return Kept(int(exact) if whole else float(exact), format(exact, "f"))


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    text = str(value).strip()
    try:
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("is no date") from None
    for form in _US_FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise Unfit("is no date")


def _floating(value: object) -> Kept:
    return Kept(_moment(value).replace(tzinfo=None).isoformat(timespec="milliseconds"))


def _fixed(value: object) -> Kept:
    moment = _moment(value)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return Kept(moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z")


def _checkbox(value: object) -> Kept:
    text = str(value).strip().casefold()
    if text not in _TRUE | _FALSE:
        raise Unfit("is neither true nor false")
    return Kept(int(text in _TRUE))


def _place(value: object) -> tuple[str, str]:
    """Longitude and latitude, as written."""
    if isinstance(value, Mapping):
        coordinates = value.get("coordinates")
        if isinstance(coordinates, list) and len(coordinates) == 2:
            return str(coordinates[0]), str(coordinates[1])
        return _pair(value.get("longitude"), value.get("latitude"))
    if isinstance(value, list) and len(value) >= 3:  # as rows.json has a location
        return _pair(value[2], value[1])
    if found := _WKT.fullmatch(str(value).strip()):
        return found[1], found[2]
    if found := _PAIR.fullmatch(str(value).strip()):
        return found[2], found[1]
    raise Unfit("is no place")


def _pair(longitude: object, latitude: object) -> tuple[str, str]:
    if longitude is None or latitude is None:
        raise Unfit("is no place")
    return str(longitude), str(latitude)


def _point(value: object) -> Kept:
    try:
        longitude, latitude = map(float, _place(value))
    except ValueError:
        raise Unfit("is no place") from None
    return Kept(orjson.dumps({"type": "Point", "coordinates": [longitude, latitude]}).decode())


def _location(value: object) -> Kept:
    longitude, latitude = _place(value)
    return Kept(orjson.dumps({"latitude": latitude, "longitude": longitude}).decode())


def _url(value: object) -> Kept:
    url = value[0] if isinstance(value, list) else value.get("url") if isinstance(value, Mapping) else value
    return NULL if not url else Kept(orjson.dumps({"url": str(url)}).decode())


def _phone(value: object) -> Kept:
    number = value[0] if isinstance(value, list) else value
    return _text(number) if number else NULL


_KEEPERS: Mapping[str, Callable[[object], Kept]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "calendar_date": _floating,
    "fixed_timestamp": _fixed,
    "checkbox": _checkbox,
    "point": _point,
    "location": _location,
    "url": _url,
    "phone": _phone,
}


def _numeric(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    return str(value)


def spelling(kind: str) -> Callable[[object], object]:
    """How an answer spells the kept values of a type."""
    if kind in ("number", "money"):
        return _numeric
    if kind in ("checkbox", "boolean"):
        return bool
    if kind in ("point", "location", "url"):
        return lambda value: orjson.loads(str(value))
    return str
