"""Which answers are the same for everyone who shows no key, so that caches between may keep them."""

from gateway.engine.preparing import Prepared
from gateway.engine.requests import Request, Response
from resolvers.meaning import MeRoot


def is_public(prepared: Prepared, request: Request, response: Response) -> bool:
    """Whether caches may keep a response: a GET of a persisted document by a caller of whom nothing is
    known, nothing denied, about no person, whole, and with nothing in it that is of this request."""
    caller, plan, told = request.caller, prepared.plan, prepared.facts
    known = caller.key or caller.scopes or caller.agreement or caller.admin or caller.trusted
    if known or request.document is None or not request.read_only:
        return False
    if plan.personal or plan.fleeting or plan.unplanned is not None or told.denied or told.purpose or told.reference:
        return False
    own = any(isinstance(root.selected.meaning, MeRoot) for root in plan.roots)
    return not own and response.executed and response.status is None and response.payload.keys() == {"data"}
