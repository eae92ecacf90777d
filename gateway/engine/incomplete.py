"""`extensions.incomplete`: what of a response is not whole, told once and by field."""

from typing import Any

from gateway.engine.run import Run
from gateway.engine.values import PartState
from resolvers.provenance import State


def incomplete(run: Run) -> list[dict[str, Any]]:
    """Every part that is not whole, told once for each field, dataset and state."""
    found: dict[tuple[str, str, State], dict[str, Any]] = {}
    for frame in run.frames.values():
        if frame.flawless():
            continue
        for i in run.own(frame):
            for part in frame.told_parts(i):
                if part.state is State.OK:
                    continue
                name = f"{frame.place.path}.{part.field}"
                entry = found.setdefault((name, part.table.name, part.state), _entry(run, name, part))
                entry["entities"] += 1
    return list(found.values())


def _entry(run: Run, name: str, part: PartState) -> dict[str, Any]:
    code = part.failure.code if part.failure else None
    agency = run.world.agency(part.table)
    told = {"field": name, "state": part.state.value, "agency": agency, "dataset": part.table.name, "code": code}
    return told | {"entities": 0}
