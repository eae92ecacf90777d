"""Ids of entities: an address or a business is known by its identifier, a person by a sealed token.

The number that an agency gave a person would tell who is meant to whoever sees the id: in a log, a
bookmark, a client's cache. A sealed id tells nothing, is the same in every answer of a city's key,
and is taken back wherever an id is. Identifiers of persons are taken too, from whom they are known.
"""

from contextlib import suppress

from gateway.engine.run import Run
from gateway.engine.tokens import BadToken
from gateway.engine.values import Identified

_USE = "person"
SEALED = "sealed id"
"""The rule that refuses an id without a colon which this gateway did not make."""


def entity_id(run: Run, identified: Identified) -> str:
    """The id that an answer shows."""
    if run.world.city.schemes[identified[0]].entity == "Person":
        return run.world.tokens.make(_USE, list(identified))
    return ":".join(identified)


def parse_id(run: Run, entity: str | None, text: str) -> Identified:
    """What an id, or an identifier of any scheme of the city, stands for.

    Raises `resolvers.identity.codec.BadIdentifier`: the same for every text that is neither, a forged
    id among them.
    """
    if entity in (None, "Person") and is_sealed(text):
        with suppress(BadToken):
            scheme, value = run.world.tokens.read(_USE, text)
            return run.world.bindings.parse("Person", f"{scheme}:{value}")
    return run.world.bindings.parse(entity, text)


def is_sealed(text: str) -> bool:
    """Whether a text has the form of a token: identifiers have a colon."""
    return ":" not in text
