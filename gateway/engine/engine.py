"""One city's engine: from a request to a response.

parse, validate, plan, decide (cached) → run: waves of fetches → build the response: by code
generated for the plan, where that gives up by the reference builder, and for introspection by
graphql-core, all over the same outputs.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo

from graphql import GraphQLError

from adapters.base import Adapter
from adapters.deadlines import Deadlines
from gateway.engine import core, explain, roots
from gateway.engine.accounting import facts
from gateway.engine.bindings import Bindings
from gateway.engine.convoys import ALONE, SLOW, Convoys, Member, slowest
from gateway.engine.documents import bad_request
from gateway.engine.failures import formatted
from gateway.engine.kept_answers import KeptAnswers
from gateway.engine.matching import Matching
from gateway.engine.person_registers import PersonRegisters
from gateway.engine.preparing import Mutating, Prepared, Preparing, RequestErrors
from gateway.engine.publishing import is_public
from gateway.engine.requests import Abandoned, Request, Response
from gateway.engine.responses import Responses
from gateway.engine.run import Bounds, Run, World
from gateway.engine.services import Services
from gateway.engine.sharing import Turn
from gateway.engine.sources import Sources
from gateway.engine.tokens import Tokens
from gateway.engine.values import Calls
from gateway.identity.kept import KeptRegisters
from gateway.policy.limits.costs import Cost
from gateway.policy.limits.quotas import Admission
from gateway.settings import Settings
from resolvers.city import City
from resolvers.schema import CitySchema, build_schema

_GRACE = 1.0  # seconds beyond the deadline, which every call keeps by itself


class CityEngine:
    """Executes requests against one city. `adapters` by source name stand in for its own; `before`
    is the engine of the same city as its files were, whose unchanged sources stay open and whose
    services it shares, where none are given."""

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
        known = before.world if before else None
        sources = Sources(city, adapters, known.sources if known else None, row_cache=settings.row_cache)
        self.world: World = World(
            city,
            self.schema,
            bindings,
            sources,
            Tokens(settings.signing_key),
            bounds or Bounds(),
            ZoneInfo(city.time_zone),
            Matching(city, bindings),
            self.services,
            persons=PersonRegisters(city, bindings),
            kept=KeptRegisters(city, bindings, sources, self.services, known.kept if known else None),
        )
        self.preparing = Preparing(self.world, settings)
        self.responses = Responses(self.world, self.preparing)
        self.kept_answers = KeptAnswers(self.world, settings.answer_cache)
        self._convoys = Convoys(self._travel)
        self._deadlines = Deadlines(settings.request_deadline + _GRACE)

    async def start(self) -> None:
        """Prepare persisted documents. Nothing waits for an agency: sources open when they are first
        asked, registers are read aside."""
        await self.preparing.warm()
        self.world.kept.start()

    async def aclose(self) -> None:
        """Close every source."""
        await self.world.kept.aclose()
        await self.world.sources.aclose()

    async def ping(self) -> dict[str, bool]:
        """Whether each source answers now."""
        return await self.world.sources.ping()

    async def execute(self, request: Request) -> Response:
        """Never raises for what a client sent; unexpected errors become `INTERNAL` errors."""
        try:
            prepared = self.preparing.prepare(request)
        except RequestErrors as error:
            payload = {"errors": formatted(error.errors)}
            return Response(payload, executed=False, not_allowed=error.not_allowed, facts=error.facts)
        if isinstance(prepared, Mutating):
            return await self._mutate(prepared, request)
        explained = prepared.wishes.explain  # costs the least: nobody is asked
        admission = await self._admit(request, Cost() if explained else prepared.cost)
        if admission.refused is not None:
            return _refused(prepared, admission)
        if explained:
            return replace(self._explain(prepared, request), headers=admission.headers)
        response = await self._kept_or_new(prepared, request, admission.headers)
        return replace(response, public=True) if is_public(prepared, request, response) else response

    def prepare(self, request: Request) -> Prepared:
        """A query that is ready to run. Raises `RequestErrors`."""
        prepared = self.preparing.prepare(request)
        if isinstance(prepared, Mutating):
            raise RequestErrors([bad_request("A query is asked for; the operation is a mutation.", "NOT_SUPPORTED")])
        return prepared

    def begin(self, prepared: Prepared, request: Request) -> Run:
        """A run that has not asked anybody yet."""
        seconds = self._settings.request_deadline
        if prepared.wishes.max_wait is not None:
            seconds = min(seconds, prepared.wishes.max_wait)
        deadline = time.monotonic() + seconds
        permits, turn = prepared.decisions.permits, self._turn(request)
        wishes, caller = prepared.wishes, request.caller
        return Run(
            self.world, prepared.plan, prepared.variables, permits, caller, deadline, turn, max_age=wishes.max_age
        )

    def _turn(self, request: Request) -> Turn | None:
        """The caller's turns at agencies, which keys share fairly."""
        desk, key = self.services.desk, request.caller.key or ""
        return desk.turns(key) if desk else None

    async def _admit(self, request: Request, cost: Cost) -> Admission:
        """Whether the request may go on, by what it may cost."""
        desk = self.services.desk
        return await desk.admit(request.caller, request.peer, cost) if desk else Admission()

    async def _kept_or_new(self, prepared: Prepared, request: Request, headers: Mapping[str, str]) -> Response:
        """The response that is kept of the same question, or that of a run."""
        kept = self.kept_answers
        key = kept.key(prepared, request.caller)
        if key is not None and (found := kept.find(key, prepared, self._turn(request), headers)) is not None:
            return found
        run = self.begin(prepared, request)
        try:
            response = await self._answer(prepared, run, headers)
        except asyncio.CancelledError:
            raise Abandoned(facts(prepared.facts, run)) from None
        finally:
            run.release()
        return response if key is None else kept.keep(key, run, response)

    async def _answer(self, prepared: Prepared, run: Run, headers: Mapping[str, str]) -> Response:
        """The response of a run, alone or together with others."""
        line = self._convoys.line(prepared, run)
        if line is None:
            return await self._run(prepared, run, headers)
        if not line.empty and (response := await line.join(prepared, run, headers)) is not None:
            return response
        with line:
            return await self._run(prepared, run, headers)

    async def _travel(self, members: Sequence[Member]) -> list[Response | None]:
        """The responses of requests of one kind, by one run; None for those that travel alone."""
        first = members[0].run
        run = replace(first, calls=Calls(), frames={}, outputs={}, replaced={}, shares=[])
        for member in members:
            member.along = run
        try:
            async with asyncio.timeout_at(first.deadline - time.monotonic() + asyncio.get_running_loop().time()):
                outputs = await roots.entities(run, [member.text for member in members])
            if slowest(run) > SLOW:
                run.plan.alone_until = time.monotonic() + ALONE
            responses = self.responses.each(members, run, outputs)
            if not any(responses):  # none could be told what it asked: a register may be down
                run.plan.alone_until = max(run.plan.alone_until, time.monotonic() + ALONE)
            return responses
        finally:
            run.release()

    async def _run(self, prepared: Prepared, run: Run, headers: Mapping[str, str]) -> Response:
        try:
            with self._deadlines.within():
                await roots.work(run)
        except TimeoutError:
            late = bad_request("The request took longer than its deadline allows.", "TIMEOUT")
            payload = {"errors": formatted([late]), "data": None}
            return Response(payload, headers=headers, facts=facts(prepared.facts, run))
        return self.responses.one(prepared, run, headers)

    async def _mutate(self, prepared: Mutating, request: Request) -> Response:
        desk = self.services.desk
        administration = desk.administration(request.caller) if desk else None
        told = prepared.facts if administration else prepared.facts._replace(denied=("administrators",))
        assert prepared.document.ast is not None
        schema, ast = self.schema.graphql, prepared.document.ast
        result = await core.mutate(administration, schema, ast, prepared.operation_name, prepared.variables)
        errors = {"errors": formatted(result.errors)} if result.errors else {}
        return Response({**errors, "data": result.data}, facts=told)

    def _explain(self, prepared: Prepared, request: Request) -> Response:
        run = self.begin(prepared, request)
        nodes = explain.explain(run, self._given(run))
        printed = [{"wave": n.wave, "node": n.kind, "what": n.what, "denied": n.denied} for n in nodes]
        found = {
            "text": explain.text(nodes),
            "nodes": printed,
            "cost": asdict(prepared.cost),
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


def _refused(prepared: Prepared, admission: Admission) -> Response:
    """A request that may not go on; nothing was asked of anybody."""
    refused = admission.refused
    assert refused is not None
    extensions: dict[str, Any] = {"code": refused.code, "cost": prepared.cost.units}
    if refused.retry_after is not None:
        extensions["retryAfter"] = refused.retry_after
    error = {"message": refused.message, "extensions": extensions}
    status = refused.status if refused.retry_after is not None else None
    told = prepared.facts._replace(cost=0)
    return Response({"errors": [error]}, executed=False, status=status, headers=admission.headers, facts=told)
