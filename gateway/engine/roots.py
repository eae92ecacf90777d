"""Root fields: from arguments to the entities of the first frames."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from graphql import GraphQLError

from gateway.engine import catalogue_answers, finding, rights, searching
from gateway.engine.arguments import Refusal, identifiers_of, possible_of
from gateway.engine.entity_ids import SEALED, entity_id, is_sealed, parse_id
from gateway.engine.failures import INTERNAL, log
from gateway.engine.frames import Frame, open_frame
from gateway.engine.paging import fill_section
from gateway.engine.plan import Place, RootPlan, SectionPlan
from gateway.engine.reading import record_id
from gateway.engine.run import EntityValue, Run
from gateway.engine.tokens import BadToken
from gateway.engine.values import Failure, Identified, RecordValue
from gateway.engine.waiting import together
from gateway.identity import edges
from resolvers.administration import keys_of
from resolvers.city import Section
from resolvers.identity.codec import BadIdentifier
from resolvers.meaning import BulkRoot, CityRoot, EntityRoot, FindRoot, KeysRoot, MeRoot, NodeRoot, SearchRoot


async def work(run: Run) -> None:
    """Run every root field of the plan; all start at once."""
    await together(_work(run, root) for root in run.plan.roots)


async def _work(run: Run, root: RootPlan) -> None:
    try:
        output = await _ROOTS[type(root.selected.meaning)](run, root)
    except Refusal as error:
        output = error.failure
    except GraphQLError as error:
        output = error
    except Exception:
        log.exception("unexpected error in the root field %s", root.selected.name)
        output = Failure("INTERNAL", INTERNAL)
    run.outputs[root.selected.number, None] = output


def _parse(run: Run, entity: str | None, text: str) -> Identified | Failure:
    try:
        return parse_id(run, entity, text)
    except BadIdentifier as error:
        forged = entity in (None, "Person") and is_sealed(text)
        return Failure("BAD_IDENTIFIER", str(error), rule=SEALED if forged else None)


async def _one(run: Run, root: RootPlan) -> Any:
    arguments = root.selected.arguments(run.variables)
    found = await _entities(run, root, [arguments["id"]], possible_of(arguments))
    return found[0]


async def entities(run: Run, ids: Sequence[str]) -> list[Any]:
    """What the one root field of a plan gives for each of these ids, where it asks for one entity."""
    (root,) = run.plan.roots
    return await _entities(run, root, ids, possible_of(root.selected.arguments(run.variables)))


async def _many(run: Run, root: RootPlan) -> Any:
    arguments = root.selected.arguments(run.variables)
    return await _entities(run, root, identifiers_of(run, arguments), possible_of(arguments))


async def _entities(run: Run, root: RootPlan, ids: Sequence[str], possible: float | None) -> list[Any]:
    """The entities of ids, in their order; a failure where there is none. `possible` is from which
    confidence on a business's profile takes in what may be the same."""
    ((holder, place),) = root.places
    denied = run.denied_entity(place.entity)
    if denied is not None:
        return [denied for _ in ids]
    parsed = [_parse(run, place.entity, text) for text in ids]
    asked = list(dict.fromkeys(p for p in parsed if not isinstance(p, Failure)))
    moved = await edges.replaced(run, asked) if run.world.bindings.edges else {}
    frame = await open_frame(run, holder, place, list(dict.fromkeys(moved.get(p, p) for p in asked)), possible)
    return [p if isinstance(p, Failure) else _existing(run, frame, moved.get(p, p)) for p in parsed]


def _existing(run: Run, frame: Frame | Failure, wanted: Identified) -> EntityValue | Failure:
    if isinstance(frame, Failure):
        return frame
    index = frame.index[wanted]
    if frame.existence[index] is None:
        name = entity_id(run, wanted)
        return Failure("NOT_FOUND", f"{name} is well-formed, but no register and no agency knows it.")
    return EntityValue(frame, index)


async def _nodes(run: Run, root: RootPlan) -> Any:
    arguments = root.selected.arguments(run.variables)
    meaning: Any = root.selected.meaning
    ids = identifiers_of(run, arguments) if meaning.many else [arguments["id"]]
    by_entity: dict[str, dict[Identified, None]] = {}
    by_type: dict[tuple[str, str], dict[Identified, list[str]]] = {}
    parsed = [_node(run, text) for text in ids]
    for one in parsed:
        if isinstance(one, _Entity):
            by_entity.setdefault(one.entity, {})[one.identified] = None
        elif isinstance(one, _Record):
            entity = run.world.city.schemes[one.owner[0]].entity
            by_type.setdefault((one.type_name, entity), {}).setdefault(one.owner, []).append(one.text)
    moved = await edges.replaced(run, [each for mine in by_entity.values() for each in mine])
    frames = {
        p.entity: await open_frame(
            run, h, p, list(dict.fromkeys(moved.get(each, each) for each in by_entity[p.entity]))
        )
        for h, p in root.places
        if p.entity in by_entity
    }
    records: dict[str, RecordValue | Failure] = {}
    done: set[str] = set()
    for plan in root.records:
        section = plan.records[0].section
        owners = by_type.get((section.type_name, section.entity))
        if owners:
            mixed = section.type_name in done and bool(plan.inside)
            records |= _mixed(section, owners) if mixed else await _records(run, plan, section, owners)
            done.add(section.type_name)
    parsed = [_moved(one, moved) for one in parsed]
    answers = [_answer(run, one, frames, records) for one in parsed]
    return answers if meaning.many else answers[0]


class _Entity(NamedTuple):
    """The id of an entity: its kind and identifier."""

    entity: str
    identified: Identified


class _Record(NamedTuple):
    """The id of a record: as text, its type, and whose it is."""

    text: str
    type_name: str
    owner: Identified


def _node(run: Run, text: str) -> _Entity | _Record | Failure:
    found = _parse(run, None, text)
    if not isinstance(found, Failure):
        entity = run.world.city.schemes[found[0]].entity
        return run.denied_entity(entity) or _Entity(entity, found)
    if not is_sealed(text):
        return found
    try:
        type_name, scheme, value, *_ = run.world.tokens.read("record", text)
    except BadToken as error:
        return Failure("BAD_IDENTIFIER", f"{text[:80]!r} is no id of this gateway: {error}.", rule=SEALED)
    if scheme not in run.world.city.schemes:
        return Failure("NOT_FOUND", "The id is of a catalogue that has changed since.")
    return _Record(text, type_name, (scheme, value))


async def _records(
    run: Run, plan: SectionPlan, section: Section, owners: Mapping[Identified, list[str]]
) -> dict[str, RecordValue | Failure]:
    """The records of ids, by the ids of each owner: a record without an id of its agency's own is
    found again only among its owner's."""
    denied = run.denied_entity(section.entity)
    if denied is not None:
        return {text: denied for texts in owners.values() for text in texts}
    unsure = 0.0 if section.entity == "Business" else None  # ids are also of what was shown as POSSIBLE
    frame = Frame(run, Place(section.entity, plan.selected.key), list(owners), unsure)
    await fill_section(frame, plan)
    found: dict[str, RecordValue | Failure] = {}
    for i, texts in enumerate(owners.values()):
        failure = next((part.failure for part in frame.parts_of(i) if part.failure), None)
        found |= {text: failure for text in texts if failure is not None}
        found |= {record_id(run, record): record for record in run.outputs[plan.selected.number, id(frame)][i]}
    return found


def _mixed(section: Section, owners: Mapping[Identified, list[str]]) -> dict[str, RecordValue | Failure]:
    """What hangs on records is worked on for owners of one kind."""
    message = f"Ask for what hangs on a {section.type_name} of a {section.entity} in a request of its own."
    return {text: Failure("BAD_ARGUMENT", message) for texts in owners.values() for text in texts}


def _moved(one: Any, moved: Mapping[Identified, Identified]) -> Any:
    return one._replace(identified=moved.get(one.identified, one.identified)) if isinstance(one, _Entity) else one


def _answer(run: Run, one: Any, frames: Mapping[str, Any], records: Mapping[str, RecordValue | Failure]) -> Any:
    if isinstance(one, _Entity):
        return _existing(run, frames[one.entity], one.identified)
    if isinstance(one, _Record):
        return records.get(one.text) or Failure("NOT_FOUND", "The agency has no such record (any more).")
    return one


async def _keys(run: Run, root: RootPlan) -> Any:
    """Queries are planned for any caller; keys are told to administrators only."""
    asked = root.selected.arguments(run.variables)
    desk = run.world.services.desk
    administration = desk.administration(run.caller) if desk else None
    return await keys_of(administration, asked.get("agreement"), asked["first"], asked.get("idAfter"))


_ROOTS: Mapping[type, Callable[[Run, RootPlan], Awaitable[Any]]] = MappingProxyType(
    {
        EntityRoot: _one,
        BulkRoot: _many,
        SearchRoot: searching.search,
        FindRoot: finding.find,
        NodeRoot: _nodes,
        CityRoot: catalogue_answers.city,
        MeRoot: rights.me,
        KeysRoot: _keys,
    }
)
