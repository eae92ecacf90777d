"""Functions of where a value comes from and how a part fares: `RecordSource`, `PartSource`."""

from types import MappingProxyType

from gateway.engine.generating.leaves import leaf
from gateway.engine.generating.making import Making
from gateway.engine.generating.writing import display
from gateway.engine.selection import Selected
from resolvers.city import Table

_PART = MappingProxyType(
    {
        "field": "p.field",
        "state": "p.state",
        "agency": "run.world.agency(p.table)",
        "dataset": "p.table.name",
        "asOf": "p.as_of",
        "fetchedAt": "p.fetched_at",
        "stale": "p.state is STALE",
    }
)
_ERROR = MappingProxyType(
    {"code": "f.code", "message": "f.message", "retryable": "f.retryable", "retryAfter": "f.retry_after"}
)


def record_source(making: Making, selected: Selected, table: Table) -> str:
    """The function of the source of a dataset's records: record → dict."""
    writer = making.writer
    entries, body = [], []
    for child in selected.children["RecordSource"].values():
        otherwise = making.book(child, "record_source(run, r)")
        match child.name:
            case "__typename":
                shown = writer.constant(child.parent)
            case "agency":
                shown = writer.constant(making.city.agencies[table.agency].short)
            case "dataset":
                shown = writer.constant(table.name)
            case "stale":
                shown = "False"
            case "recordUrl" if table.record_url is None:
                shown = "None"
            case "recordUrl":
                shown = "record_url(run, r)"
            case _:
                value = writer.name("v")
                origin = "r.fetched_at" if child.name == "fetchedAt" else "as_of(run, r)"
                body.append(f"{value} = {origin}")
                shown = leaf(making, child, value, otherwise)
        entries.append((making.key(child), shown))
    return writer.function("s", "r", [*body, f"return {display(entries)}"])


def part_source(making: Making, selected: Selected) -> str:
    """The function of how a part fares: `PartState` → dict."""
    writer = making.writer
    entries, body = [], []
    for child in selected.children["PartSource"].values():
        if child.name == "__typename":
            shown = writer.constant(child.parent)
        elif child.name == "error":
            shown = f"None if p.failure is None else {_error(making, child)}(p.failure, p)"
        else:
            value = writer.name("v")
            body.append(f"{value} = {_PART[child.name]}")
            shown = leaf(making, child, value, making.book(child, "part_source(run, p)"))
        entries.append((making.key(child), shown))
    return writer.function("q", "p", [*body, f"return {display(entries)}"])


def _error(making: Making, selected: Selected) -> str:
    writer = making.writer
    entries, body = [], []
    for child in selected.children["PartError"].values():
        if child.name == "__typename":
            shown = writer.constant(child.parent)
        else:
            value = writer.name("v")
            body.append(f"{value} = {_ERROR[child.name]}")
            shown = leaf(making, child, value, making.book(child, "part_source(run, p).error"))
        entries.append((making.key(child), shown))
    return writer.function("q", "f, p", [*body, f"return {display(entries)}"])
