"""What a portal's metadata says of columns (`dataTypeName`), in the types of a catalogue."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.base import ColumnShape, ColumnType

T = ColumnType
SYSTEM_MOMENTS = frozenset({":created_at", ":updated_at"})
"""Fields that every dataset has, as moments in UTC."""

_NUMBERS = frozenset({T.INT, T.YEAR, T.FLOAT, T.MONEY})
_MOMENTS = frozenset({T.DATE, T.DATETIME})
_TEXTS = frozenset({T.TEXT, T.PHONE})
_KINDS: Mapping[str, tuple[frozenset[ColumnType], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("number", "money", "percent", "double", "stars"), (_NUMBERS, False)),
        **dict.fromkeys(("calendar_date", "date", "floating_timestamp", "fixed_timestamp"), (_MOMENTS, False)),
        **dict.fromkeys(("checkbox", "boolean"), (frozenset({T.BOOL}), False)),
        **dict.fromkeys(("point", "location"), (frozenset({T.POINT}), False)),
    }
)


def shapes_of(column: Mapping[str, Any]) -> list[ColumnShape]:
    """A column as the metadata has it; a place also by its parts."""
    name, written = str(column.get("fieldName")), str(column.get("dataTypeName"))
    types, text = _KINDS.get(written, (_TEXTS, True))
    shapes = [ColumnShape(name, types, text, written)]
    if T.POINT in types:
        parts = (f"{name}.latitude", f"{name}.longitude")
        shapes += [ColumnShape(part, _NUMBERS | {T.POINT}, False, "number") for part in parts]
    return shapes


SYSTEM = (
    ColumnShape(":id", _TEXTS, True, "row_identifier"),
    *(ColumnShape(name, _MOMENTS, False, "fixed_timestamp") for name in sorted(SYSTEM_MOMENTS)),
)
