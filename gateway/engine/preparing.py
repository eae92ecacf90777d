"""From a request to what is ready to run: parsed, validated, planned, costed, decided.

Documents are kept in a cache that is bounded by bytes, plans and decisions as long as their
documents, decisions by plan and profile. Of an operation that asks about persons and has values
written into it, nothing is kept.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues

from gateway.documents import UnknownDocument
from gateway.engine.accounting import digest
from gateway.engine.company import asks_by
from gateway.engine.documents import Document, Documents, bad_request, has_literals
from gateway.engine.failures import refusals
from gateway.engine.needs import is_personal, needs
from gateway.engine.plan import Plan
from gateway.engine.planning import Planner
from gateway.engine.requests import Caller, Facts, Request
from gateway.engine.run import World
from gateway.engine.selection import Collector
from gateway.engine.wishes import Wishes, read_wishes
from gateway.policy.decisions import Decisions, decide
from gateway.policy.limits.costs import Cost, Weights
from gateway.policy.limits.documents import Caps
from gateway.policy.limits.sheets import sheet
from gateway.policy.profiles import BadPurpose, Profiles
from gateway.policy.visible import Widest, visible
from gateway.settings import Settings

log = logging.getLogger(__name__)

_MOST_CUT = 20
_MOST_TOLD = 5_000  # unknown documents that the log has told of
_PLAN, _SELECTED, _NEED, _DECISION = 10_000, 550, 200, 170  # bytes of a plan and its parts, as measured
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")


@dataclass(slots=True)
class Prepared:
    """A request that is ready to run."""

    document: Document
    operation: OperationDefinitionNode
    plan: Plan
    variables: VariableValues
    wishes: Wishes
    decisions: Decisions
    cost: Cost
    facts: Facts

    @property
    def name(self) -> str | None:
        """The operation's name."""
        return self.operation.name.value if self.operation.name else None


@dataclass(slots=True)
class Mutating:
    """A mutation that is ready to run."""

    document: Document
    operation_name: str | None
    variables: VariableValues
    facts: Facts


class RequestErrors(Exception):
    """A request that can't be executed; nothing was asked of anybody."""

    def __init__(
        self, errors: Sequence[GraphQLError], *, not_allowed: bool = False, facts: Facts | None = None
    ) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = list(errors)
        self.not_allowed = not_allowed
        self.facts = facts or Facts()


class Preparing:
    """Prepares requests for one city."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world, self._settings = world, settings
        self._secret = settings.pepper or settings.signing_key
        self._weights = Weights.of(world.city)
        self._planner = Planner(world.schema, world.bindings)
        self._profiles = Profiles(world.city, closed=settings.anonymous == "nothing")
        caps = Caps(settings.max_tokens, settings.max_depth, settings.max_aliases)
        self._documents = Documents(world.schema.graphql, settings.documents_cache, caps, self._drop)
        self._persisted = world.services.persisted
        self.plans: dict[Any, Plan] = {}
        self._concrete: dict[tuple[str, str], tuple[GraphQLObjectType, ...]] = {}
        self._told: LRUCache[str, bool] = LRUCache(_MOST_TOLD)
        self._cut: LRUCache[Any, GraphQLSchema] = LRUCache(_MOST_CUT)

    async def warm(self) -> None:
        """Prepare what manifests have, and tell of what does not fit the schema."""
        for key, text in self._persisted:
            document = self._documents.get(text)
            if document.errors:
                log.warning(
                    'the persisted document "%.80s" does not fit the schema: %s', key, document.errors[0].message
                )
            else:
                self._warm(document)
            await asyncio.sleep(0)  # others are served meanwhile

    def _warm(self, document: Document) -> None:
        for operation in document.operations:
            if operation.operation is OperationType.QUERY and not document.conditions(operation):
                with suppress(RequestErrors):  # told to who asks
                    if self._plan(document, operation, VariableValues({}, {})).fleeting:
                        self._documents.forget(document.text)

    def prepare(self, request: Request) -> Prepared | Mutating:
        """Raises `RequestErrors`."""
        text, registers = self._text(request), request.document is not None and request.query
        document = self._documents.get(text)
        asked = document.digests.get(request.operation_name) or digest(self._secret, text, request.operation_name)
        if document.errors:
            raise RequestErrors(self._unsuggested(document.errors, request.caller), facts=Facts(asked))
        try:
            operation = document.operation(request.operation_name)
            document.digests[request.operation_name] = asked
            wishes = read_wishes(request.extensions)
        except GraphQLError as error:
            if not document.made:
                self._documents.forget(text)
            raise RequestErrors([error], facts=Facts(asked)) from None
        purpose, reference = wishes.purpose or request.purpose, wishes.reference or request.reference
        told = Facts(asked, purpose=purpose, reference=reference)
        if operation.operation is not OperationType.QUERY:
            self._documents.forget(text)  # mutations are few, and name the holders of keys
            return self._mutating(document, operation, request, told)
        try:
            variables = self._variables(document, operation, request)
            plan = self._plan(document, operation, variables)
        except RequestErrors as error:
            if not document.made:  # never planned: it may be about persons
                self._documents.forget(text)
            raise RequestErrors(error.errors, not_allowed=error.not_allowed, facts=told) from None
        if plan.fleeting:
            self._documents.forget(text)
        elif registers:
            shared = not has_literals(document.ast) and "#" not in text
            self._persisted.register(text, request.caller.key, shared=shared)
        if self._persisted.mode == "log":
            self._tell(text, operation, told, request.caller)
        decisions = self._decide(document, plan, request, told)
        cost = plan.sheet.cost(variables.coerced) if plan.sheet else Cost()
        told = Facts(asked, plan.fields, (), decisions.rules, (), purpose, reference, cost.units)
        self._refuse(plan, request, wishes, decisions, told)
        return Prepared(document, operation, plan, variables, wishes, decisions, cost, told)

    def _text(self, request: Request) -> str:
        """The text of the document that is asked. Raises `RequestErrors`."""
        try:
            if not request.query and request.document is not None:
                return self._persisted.text(request.document, request.caller.key)
            if not request.caller.trusted:
                self._persisted.check(request.query)
        except UnknownDocument as error:
            told = Facts(digest(self._secret, request.document or request.query, request.operation_name))
            raise RequestErrors([bad_request(str(error), error.code)], facts=told) from None
        return request.query

    def _tell(self, text: str, operation: OperationDefinitionNode, told: Facts, caller: Caller) -> None:
        """Tell the log of a document that no manifest has, once; what it says may be about persons."""
        if not self._persisted.knows(text) and told.operation not in self._told:
            self._told[str(told.operation)] = True
            name = operation.name.value if operation.name else "without a name"
            log.info("no manifest has the document %s, operation %.80s, key %s", told.operation, name, caller.key)

    def keeps(self, document: Document, size: int) -> bool:
        """Whether there is room for something of so many bytes that was made of a document."""
        return self._documents.grow(document, size)

    def _drop(self, document: Document) -> None:
        """Forget the plans of a document that is kept no longer."""
        for key in document.made:
            self.plans.pop(key, None)
        document.made.clear()

    def _refuse(self, plan: Plan, request: Request, wishes: Wishes, decisions: Decisions, told: Facts) -> None:
        """Refuse as a whole what may not go on. Raises `RequestErrors`."""
        if plan.personal and request.read_only:
            unsafe = bad_request("What is asked about persons is no part of an address: send it by POST.", "USE_POST")
            raise RequestErrors([unsafe], not_allowed=True, facts=told)
        refuse = (wishes.on_denied or self._settings.on_denied.upper()) == "REFUSE"
        if told.denied and refuse and not wishes.explain:
            raise RequestErrors(refusals(decisions, self._world.agency), facts=told)
        if plan.unplanned is not None and self._settings.introspection == "off" and not _known(request.caller):
            error = bad_request("Introspection is for callers with a key here.", "INTROSPECTION_OFF")
            raise RequestErrors([error], facts=told)
        if plan.unplanned is not None and plan.roots and self._cuts(request.caller):
            mixed = bad_request("Ask for the schema in a request of its own.", "BAD_REQUEST")
            raise RequestErrors([mixed], facts=told)

    def schema_for(self, caller: Caller) -> GraphQLSchema:
        """The schema that introspection answers from: cut to what the caller can see, where the
        operator says so."""
        if not self._cuts(caller):
            return self._world.schema.graphql
        key = caller.scopes, caller.agreement
        cut = self._cut.get(key)
        if cut is None:
            purposes = (None, *(caller.agreement.purposes if caller.agreement else ()))
            permits = [self._profiles.of(caller, purpose, "introspection") for purpose in purposes]
            cut = self._cut[key] = visible(self._world.schema, Widest(permits))
        return cut

    def _cuts(self, caller: Caller) -> bool:
        return self._settings.introspection != "on" and not caller.trusted and not caller.admin

    def _unsuggested(self, errors: Sequence[GraphQLError], caller: Caller) -> Sequence[GraphQLError]:
        """Without the names of fields, where the caller may not have all of them."""
        if not self._cuts(caller):
            return errors
        return [_without_suggestion(error) for error in errors]

    def _mutating(
        self, document: Document, operation: OperationDefinitionNode, request: Request, told: Facts
    ) -> Mutating:
        kind = operation.operation.value
        if operation.operation is not OperationType.MUTATION:
            error = bad_request(
                f"This gateway answers queries and mutations; the operation is a {kind}.", "NOT_SUPPORTED"
            )
            raise RequestErrors([error], not_allowed=request.read_only)
        if request.read_only:
            error = bad_request("A mutation needs POST.", "NOT_SUPPORTED")
            raise RequestErrors([error], not_allowed=True)
        selected = [node.name.value for node in operation.selection_set.selections if hasattr(node, "name")]
        told = told._replace(fields=tuple(f"Mutation.{name}" for name in selected))
        name = operation.name.value if operation.name else None
        return Mutating(document, name, self._variables(document, operation, request), told)

    def _decide(self, document: Document, plan: Plan, request: Request, told: Facts) -> Decisions:
        """What the caller gets of a plan; decided once for a plan and a profile."""
        try:
            permits = self._profiles.of(request.caller, told.purpose, told.reference)
        except BadPurpose as error:
            told = told._replace(fields=plan.fields, denied=("purpose",))
            raise RequestErrors([bad_request(str(error), "BAD_PURPOSE")], facts=told) from None
        known = plan.decided.get(id(permits))
        if known is not None:
            return known[1]
        decisions = decide(plan.needs, permits)
        if not plan.fleeting and self._documents.grow(document, _DECISION * len(plan.needs)):
            plan.decided[id(permits)] = permits, decisions
        return decisions

    def _variables(self, document: Document, operation: OperationDefinitionNode, request: Request) -> VariableValues:
        try:
            found = document.variables(self._world.schema.graphql, operation).coerced(request.variables)
        except RecursionError:
            raise RequestErrors([bad_request("Variables are nested too deeply.", "BAD_VARIABLES")]) from None
        if isinstance(found, list):
            for error in found:
                error.extensions = {"code": "BAD_VARIABLES"} | (error.extensions or {})
            raise RequestErrors(self._unsuggested(found, request.caller))
        return found

    def _plan(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        names = document.conditions(operation)
        key = (document, id(operation), tuple(variables.coerced.get(name) for name in names))
        known = self.plans.get(key)
        if known is not None:
            return known
        schema, city = self._world.schema, self._world.city
        try:
            collector = Collector(schema.graphql, document.fragments, variables, schema.meanings, self._concrete)
            plan = self._planner.plan(collector.root(operation))
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        plan.needs, plan.fields = needs(city, plan.selection), tuple(f"{kind}.{name}" for kind, name in collector.asked)
        plan.sheet = sheet(plan, self._world.bounds, self._weights)
        plan.personal = is_personal(city, plan.needs, plan.selection)
        said = has_literals(document.ast)
        several = len(document.operations) > 1
        plan.fleeting = (plan.personal and (said or "#" in document.text)) or (said and several)
        plan.asks_by = asks_by(plan, document.text)
        if plan.asks_by is not None:
            plan.open = self._world.sources.openness.opens(plan.needs)
        size = _PLAN + _SELECTED * collector.count + _NEED * len(plan.needs)
        if not plan.fleeting and self._documents.grow(document, size):
            document.made.append(key)
            self.plans[key] = plan
        return plan


def _known(caller: Caller) -> bool:
    return caller.key is not None or caller.trusted


def _without_suggestion(error: GraphQLError) -> GraphQLError:
    message = _SUGGESTION.sub("", error.message)
    return GraphQLError(message, nodes=error.nodes, source=error.source, extensions=error.extensions)
