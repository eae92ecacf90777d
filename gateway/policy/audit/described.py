"""Values of the log as JSON: flat records, durations in milliseconds."""

from dataclasses import fields, is_dataclass
from typing import Any

from gateway.policy.audit.entries import Details, Record

_GONE = Details((), None, None)


def described(value: object) -> dict[str, Any]:
    """A value of this package as a map that JSON can hold."""
    if isinstance(value, Record):
        return _record(value)
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no value of the audit log")
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _record(record: Record) -> dict[str, Any]:
    details = record.details or _GONE
    return {
        "entry": f"c{record.chain}/{record.number}",
        "when": record.when,
        "key": record.key,
        "agreement": record.agreement,
        "version": record.version,
        "purpose": record.purpose,
        "reference": details.reference,
        "outcome": record.outcome,
        "operation": record.operation,
        "fields": record.fields,
        "agencies": record.agencies,
        "denied": record.denied,
        "rows": record.rows,
        "bytes": record.size,
        "milliseconds": round(record.duration * 1e3, 3),
        "subjects": details.subjects,
        "address": details.address,
        "disclosed": record.disclosed,
        "until": record.until,
        "removed": record.details is None,
    }


COLUMNS = (
    "entry", "when", "key", "agreement", "version", "purpose", "reference", "outcome", "operation", "fields",
    "agencies", "denied", "rows", "bytes", "milliseconds", "subjects", "address", "disclosed", "until", "removed",
)  # fmt: skip
"""The columns of an export."""
