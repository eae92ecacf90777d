"""What the record of look-ups is told of a request."""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b

from graphql import GraphQLError

from gateway.engine.entity_ids import is_sealed, parse_id
from gateway.engine.requests import Facts
from gateway.engine.run import Batch, Run
from gateway.engine.tokens import BadToken
from gateway.engine.values import Failure, Identified
from resolvers.identity.codec import BadIdentifier
from resolvers.meaning import BulkRoot, EntityRoot, NodeRoot

_ASKED = (EntityRoot, BulkRoot, NodeRoot)
_MOST = 1_000
"""Identifiers of one field that are looked at where the field was denied."""


def digest(secret: bytes, text: str, operation_name: str | None) -> str:
    """Identifies an operation. Keyed, because a document may have a person's name in it."""
    made = blake2b(text.encode(errors="surrogatepass"), digest_size=16, key=secret[:64])
    made.update(b"\0" + (operation_name or "").encode())
    return made.hexdigest()


def facts(told: Facts, run: Run) -> Facts:
    """With what a finished run did. Subjects are the identifiers that were asked for, and those of
    all persons and businesses in the answer; denied is also what only the id of a record told."""
    tables = run.world.city.tables
    agencies = dict.fromkeys([tables[dataset].agency for dataset in run.calls.datasets()])
    asked = [root.selected.number for root in run.plan.roots if isinstance(root.selected.meaning, _ASKED)]
    subjects: list[str] = []
    for (number, entity), frame in run.frames.items():
        if entity != "Address" or number in asked:
            entities = frame.entities
            subjects += [":".join(entities[i]) for i in run.own(frame)]
    for (_, entity), frame in run.frames.items():
        if entity == "Person":
            subjects += _otherwise_known(frame)
    subjects += _unopened(run)
    denied = dict.fromkeys([*told.denied, *_denied(run)])
    rows = run.calls.rows()
    unique, why = tuple(dict.fromkeys(subjects)), (told.purpose, told.reference)
    return Facts(told.operation, told.fields, tuple(agencies), tuple(denied), unique, *why, told.cost, rows)


def _otherwise_known(frame: Batch) -> Iterator[str]:
    """The numbers of the answer's persons at other agencies: whoever asks by one of them finds it."""
    for scheme, known in frame.known().items():
        yield from (f"{scheme}:{value}" for values in known.values for value in values)


def _unopened(run: Run) -> Iterator[str]:
    """The identifiers that were asked for where nothing was looked at, or only a record of theirs."""
    for root in run.plan.roots:
        meaning = root.selected.meaning
        if not isinstance(meaning, _ASKED):
            continue
        opened = any((holder.number, place.entity) in run.frames for holder, place in root.places)
        if opened and not isinstance(meaning, NodeRoot):
            continue
        try:
            arguments = root.selected.arguments(run.variables)
        except GraphQLError:
            continue
        for text in [arguments["id"]] if "id" in arguments else arguments["ids"][:_MOST]:
            with suppress(BadIdentifier, BadToken):
                scheme, value = _meant(run, text)
                yield f"{scheme}:{value}"


def _meant(run: Run, text: str) -> Identified:
    """Whom an id means: an entity, or the owner of a record."""
    try:
        return parse_id(run, None, text)
    except BadIdentifier:
        if not is_sealed(text):
            raise
    _, scheme, value, *_ = run.world.tokens.read("record", text)
    return scheme, value


def _denied(run: Run) -> Iterator[str]:
    """The rules that denied a root field, or one of its items; a forged id is refused by one, too."""
    for root in run.plan.roots:
        output = run.outputs.get((root.selected.number, None))
        for each in output if isinstance(output, list) else (output,):
            if isinstance(each, Failure) and each.rule is not None:
                yield each.rule
