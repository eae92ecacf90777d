"""What the record of look-ups is told of a request."""

from dataclasses import replace
from hashlib import blake2b

from gateway.engine.requests import Facts
from gateway.engine.run import Run
from resolvers.meaning import BulkRoot, EntityRoot, NodeRoot

_ASKED = (EntityRoot, BulkRoot, NodeRoot)


def digest(secret: bytes, text: str, operation_name: str | None) -> str:
    """Identifies an operation. Keyed, because a document may have a person's name in it."""
    made = blake2b(text.encode(errors="surrogatepass"), digest_size=16, key=secret[:64])
    made.update(b"\0" + (operation_name or "").encode())
    return made.hexdigest()


def facts(told: Facts, run: Run) -> Facts:
    """With what a finished run did. Subjects are the identifiers that were asked for, and those of
    all persons and businesses in the answer."""
    tables = run.world.city.tables
    agencies = dict.fromkeys(tables[call["dataset"]].agency for call in run.calls.entries)
    asked = {root.selected.number for root in run.plan.roots if isinstance(root.selected.meaning, _ASKED)}
    subjects = dict.fromkeys(
        f"{scheme}:{value}"
        for (number, entity), frame in run.frames.items()
        if entity != "Address" or number in asked
        for scheme, value in frame.entities
    )
    rows = sum(call["rows"] for call in run.calls.entries)
    return replace(told, agencies=tuple(agencies), subjects=tuple(subjects), rows=rows)
