"""Labels of entities from attributes that are at hand."""

from collections.abc import Iterable
from typing import Any

from gateway.engine import facts
from gateway.engine.entity_ids import entity_id
from gateway.engine.run import Batch, EntityValue, Run


def line_label(run: Run, frame: Batch, i: int, line: Any, postcode: Any) -> str:
    """The label of an address, from its line and its postcode (either may be a failure)."""
    if line.__class__ is str:
        return f"{line}, {postcode}" if postcode.__class__ is str else line
    return facts.label(run, EntityValue(frame, i))


def named_label(run: Run, frame: Batch, i: int, names: Iterable[Any]) -> str:
    """The label of what has names: as `facts.shown_name` chooses, or else the id."""
    return str(facts.shown_name(frame.place.entity, names) or entity_id(run, frame.entities[i]))
