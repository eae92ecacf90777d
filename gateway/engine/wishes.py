"""What a caller may wish for in a request's `extensions`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from gateway.catalogue.spellings import seconds
from gateway.engine.documents import bad_request


@dataclass(frozen=True, slots=True)
class Wishes:
    """`explain` asks no agency; `max_wait` (seconds) is how long to wait for late sections;
    `trace` lists the calls that were made. `purpose` and `reference` say why it is asked;
    `on_denied` is "TELL" (leave out what is denied) or "REFUSE" (answer nothing then). `max_age`
    (seconds) is how long ago agencies may have been asked for what is told."""

    explain: bool = False
    max_wait: float | None = None
    trace: bool = False
    purpose: str | None = None
    reference: str | None = None
    on_denied: str | None = None
    max_age: float | None = None


_NONE = Wishes()


def read_wishes(extensions: Mapping[str, Any]) -> Wishes:
    """The wishes; other members of `extensions` are other tools' and left alone.

    Raises `GraphQLError`.
    """
    if not extensions:
        return _NONE
    for name in ("explain", "trace"):
        if not isinstance(extensions.get(name, False), bool):
            raise bad_request(f"extensions.{name} takes true or false.")
    for name in ("purpose", "reference"):
        if not isinstance(extensions.get(name), str | None):
            raise bad_request(f"extensions.{name} takes a string.")
    on_denied = extensions.get("onDenied")
    if on_denied not in (None, "TELL", "REFUSE"):
        raise bad_request('extensions.onDenied takes "TELL" or "REFUSE".')
    return Wishes(
        extensions.get("explain", False),
        _duration("maxWait", extensions.get("maxWait")),
        extensions.get("trace", False),
        extensions.get("purpose"),
        extensions.get("reference"),
        on_denied,
        0.0 if extensions.get("maxAge") == "0s" else _duration("maxAge", extensions.get("maxAge")),
    )


def _duration(name: str, given: object) -> float | None:
    if given is None:
        return None
    wrong: GraphQLError = bad_request(f'extensions.{name} takes a duration with its unit, like "800ms" or "2s".')
    if not isinstance(given, str):
        raise wrong
    try:
        return float(seconds(given))
    except ValueError:
        raise wrong from None
