"""One city's engine: from a request to a response.

parse and validate (cached) → plan (cached) → run: waves of fetches → build the response, by the
reference builder or, for what is not planned, by graphql-core over the same outputs.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from cachetools import LRUCache
from graphql import GraphQLError, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from adapters.base import Adapter
from gateway.engine import core, explain, roots
from gateway.engine.accounting import digest, facts
from gateway.engine.bindings import Bindings
from gateway.engine.documents import Document, Documents, bad_request, condition_variables, has_literals
from gateway.engine.failures import formatted, refusals
from gateway.engine.needs import fields, is_personal, needs
from gateway.engine.plan import Plan
from gateway.engine.planning import Planner
from gateway.engine.reference import Builder
from gateway.engine.requests import Facts, Request, Response
from gateway.engine.run import Bounds, Run, World
from gateway.engine.selection import Collector
from gateway.engine.services import Services
from gateway.engine.sources import Sources
from gateway.engine.tokens import Tokens
from gateway.engine.values import PartState
from gateway.engine.wishes import Wishes, read_wishes
from gateway.policy.decisions import Decisions, decide
from gateway.policy.permits import Permits
from gateway.policy.profiles import BadPurpose, Profiles
from gateway.settings import Settings
from resolvers.city import City
from resolvers.provenance import State
from resolvers.schema import CitySchema, build_schema

_MOST_PLANS = 500
_MOST_DECIDED = 2_000
_GRACE = 1.0  # seconds beyond the deadline, which every call keeps by itself


@dataclass(slots=True)
class Prepared:
    """A request that is ready to run."""

    document: Document
    operation: OperationDefinitionNode
    plan: Plan
    variables: VariableValues
    wishes: Wishes
    decisions: Decisions
    facts: Facts


class CityEngine:
    """Executes requests against one city. `adapters` by source name stand in for its own; `before`
    is the engine of the same city as its files were, whose unchanged sources stay open."""

    def __init__(
        self,
        city: City,
        settings: Settings,
        *,
        schema: CitySchema | None = None,
        adapters: Mapping[str, Adapter] | None = None,
        bounds: Bounds | None = None,
        before: "CityEngine | None" = None,
        services: Services | None = None,
    ) -> None:
        self._settings = settings
        self.services: Services = services or (before.services if before else Services())
        self.schema = schema or build_schema(city)
        core.prepare(self.schema.graphql)
        bindings = Bindings(city)
        self.world: World = World(
            city,
            self.schema,
            bindings,
            Sources(city, adapters, before.world.sources if before else None),
            Tokens(settings.signing_key),
            bounds or Bounds(),
            ZoneInfo(city.time_zone),
            self.services.restrictions,
            self.services.clock,
        )
        self._profiles = Profiles(city, closed=settings.anonymous == "nothing")
        self._decided: LRUCache[Any, tuple[Plan, Permits, Decisions]] = LRUCache(_MOST_DECIDED)
        self._secret = settings.pepper or settings.signing_key
        self._planner = Planner(self.schema, bindings)
        self._documents = Documents(self.schema.graphql)
        self._plans: LRUCache[Any, Plan] = LRUCache(_MOST_PLANS)

    async def start(self) -> None:
        """Nothing waits for an agency: sources open when they are first asked."""

    async def aclose(self) -> None:
        """Close every source."""
        await self.world.sources.aclose()

    async def ping(self) -> dict[str, bool]:
        """Whether each source answers now."""
        return await self.world.sources.ping()

    async def execute(self, request: Request) -> Response:
        """Never raises for what a client sent; unexpected errors become `INTERNAL` errors."""
        try:
            prepared = self.prepare(request)
        except RequestErrors as error:
            payload = {"errors": formatted(error.errors)}
            return Response(payload, executed=False, not_allowed=error.not_allowed, facts=error.facts)
        if prepared.wishes.explain:
            return self._explain(prepared, request)
        run = self.begin(prepared, request)
        try:
            async with asyncio.timeout(self._settings.request_deadline + _GRACE):
                await roots.work(run)
        except TimeoutError:
            late = bad_request("The request took longer than its deadline allows.", "TIMEOUT")
            return Response({"errors": formatted([late]), "data": None}, facts=facts(prepared.facts, run))
        return self._respond(prepared, run)

    # before execution

    def prepare(self, request: Request) -> Prepared:
        """Parse, validate, choose the operation, coerce variables, plan, decide. Raises `RequestErrors`."""
        document = self._documents.get(request.query)
        if document.errors:
            raise RequestErrors(list(document.errors))
        try:
            operation = document.operation(request.operation_name)
            wishes = read_wishes(request.extensions)
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        self._allow(operation, request)
        variables = self._variables(operation, request.variables)
        plan = self._plan(document, operation, variables)
        if plan.personal and has_literals(document.ast):
            self._documents.forget(request.query)
        told = Facts(
            digest(self._secret, request.query, request.operation_name),
            plan.fields,
            purpose=wishes.purpose or request.purpose,
            reference=wishes.reference or request.reference,
        )
        decisions = self._decide(plan, request, told)
        denied = tuple(dict.fromkeys(d.denial.rule for d in decisions.denied if d.denial))
        told = replace(told, denied=denied)
        if plan.personal and request.read_only:
            unsafe = bad_request("What is asked about persons is no part of an address: send it by POST.", "USE_POST")
            raise RequestErrors([unsafe], not_allowed=True, facts=told)
        refuse = (wishes.on_denied or self._settings.on_denied.upper()) == "REFUSE"
        if denied and refuse and not wishes.explain:
            raise RequestErrors(refusals(decisions, self.world.agency), facts=told)
        return Prepared(document, operation, plan, variables, wishes, decisions, told)

    def _decide(self, plan: Plan, request: Request, told: Facts) -> Decisions:
        """What the caller gets of a plan; decided once for a plan and a profile."""
        try:
            permits = self._profiles.of(request.caller, told.purpose, told.reference)
        except BadPurpose as error:
            raise RequestErrors([bad_request(str(error), "BAD_PURPOSE")], facts=told) from None
        key = id(plan), id(permits)
        known = self._decided.get(key)
        if known is not None and known[0] is plan and known[1] is permits:
            return known[2]
        decisions = decide(plan.needs, permits)
        if not plan.personal:
            self._decided[key] = plan, permits, decisions
        return decisions

    def _allow(self, operation: OperationDefinitionNode, request: Request) -> None:
        if operation.operation is OperationType.QUERY:
            return
        kind = operation.operation.value
        error = bad_request(f"This gateway only answers queries; the operation is a {kind}.", "NOT_SUPPORTED")
        raise RequestErrors([error], not_allowed=request.read_only)

    def _variables(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues:
        try:
            found = get_variable_values(
                self.schema.graphql, operation.variable_definitions or (), dict(given), max_errors=20
            )
        except RecursionError:
            raise RequestErrors([bad_request("Variables are nested too deeply.", "BAD_VARIABLES")]) from None
        if isinstance(found, list):
            for error in found:
                error.extensions = {"code": "BAD_VARIABLES"} | (error.extensions or {})
            raise RequestErrors(found)
        return found

    def _plan(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        names = condition_variables(operation, document.fragments)
        key = (id(document), id(operation), tuple(variables.coerced.get(name) for name in names))
        known = self._plans.get(key)
        if known is not None and known.document is document:
            return known
        try:
            collector = Collector(self.schema.graphql, document.fragments, variables, self.schema.meanings)
            plan = self._planner.plan(collector.root(operation))
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        plan.document, city = document, self.world.city
        plan.needs, plan.fields = needs(city, plan.selection), fields(plan.selection)
        plan.personal = is_personal(city, plan.needs, plan.selection)
        if not (plan.personal and has_literals(document.ast)):
            self._plans[key] = plan
        return plan

    # execution

    def begin(self, prepared: Prepared, request: Request) -> Run:
        """A run that has not asked anybody yet."""
        seconds = self._settings.request_deadline
        if prepared.wishes.max_wait is not None:
            seconds = min(seconds, prepared.wishes.max_wait)
        deadline = time.monotonic() + seconds
        return Run(self.world, prepared.plan, prepared.variables, prepared.decisions.permits, request.caller, deadline)

    def _explain(self, prepared: Prepared, request: Request) -> Response:
        run = self.begin(prepared, request)
        nodes = explain.explain(run, self._given(run))
        printed = [{"wave": n.wave, "node": n.kind, "what": n.what, "denied": n.denied} for n in nodes]
        found = {
            "text": explain.text(nodes),
            "nodes": printed,
            "decisions": explain.decisions(prepared.decisions, self.world.agency),
            "fallback": prepared.plan.unplanned,
        }
        return Response({"data": None, "extensions": {"explain": found}}, facts=prepared.facts)

    def _given(self, run: Run) -> dict[str, tuple[str, ...]]:
        """The schemes of the identifiers that the request gives to each root field."""
        given = {}
        for root in run.plan.roots:
            try:
                arguments = root.selected.arguments(run.variables)
            except GraphQLError:
                continue
            ids = [arguments["id"]] if "id" in arguments else arguments.get("ids", ())
            known = {text.partition(":")[0] for text in ids} & set(self.world.city.schemes)
            given[root.selected.key] = tuple(sorted(known))
        return given

    def _respond(self, prepared: Prepared, run: Run) -> Response:
        if prepared.plan.unplanned is None:
            data, errors = self.by_the_book(run)
        else:
            data, errors = self.by_core(prepared, run)
        payload: dict[str, Any] = {"data": data}
        if errors:
            payload = {"errors": formatted(errors), "data": data}
        extensions = self._extensions(prepared, run)
        if extensions:
            payload["extensions"] = extensions
        return Response(payload, facts=facts(prepared.facts, run))

    def by_the_book(self, run: Run) -> tuple[Any, list[GraphQLError]]:
        """The response of a finished run by the reference builder."""
        builder = Builder(run, self.schema.graphql)
        return builder.build(run.plan.selection), builder.errors

    def by_core(self, prepared: Prepared, run: Run) -> tuple[Any, list[GraphQLError]]:
        """The response of a finished run by graphql-core."""
        assert prepared.document.ast is not None
        name = prepared.operation.name.value if prepared.operation.name else None
        result = core.execute(run, self.schema.graphql, prepared.document.ast, name)
        return result.data, result.errors or []

    def _extensions(self, prepared: Prepared, run: Run) -> dict[str, Any]:
        found: dict[str, Any] = {}
        incomplete = list(_incomplete(run))
        if incomplete:
            found["incomplete"] = incomplete
        if prepared.wishes.trace:
            found["trace"] = {"calls": run.calls.entries, "fallback": prepared.plan.unplanned}
        return found


def _incomplete(run: Run) -> list[dict[str, Any]]:
    """Every part that is not whole, told once for each field, dataset and state."""
    found: dict[tuple[str, str, State], dict[str, Any]] = {}
    for frame in run.frames.values():
        for i in range(len(frame.entities)):
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


class RequestErrors(Exception):
    """A request that can't be executed; nothing was asked of anybody."""

    def __init__(self, errors: list[GraphQLError], *, not_allowed: bool = False, facts: Facts = Facts()) -> None:  # noqa: B008
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors
        self.not_allowed = not_allowed
        self.facts = facts
