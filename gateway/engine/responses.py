"""The responses of finished runs: by code generated for the plan, where that gives up by the reference
builder, and for introspection by graphql-core, all over the same outputs."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gateway.engine import core
from gateway.engine.accounting import facts
from gateway.engine.builds import Builds, Way
from gateway.engine.convoys import Member
from gateway.engine.failures import formatted
from gateway.engine.generating import Built, Generated, generate
from gateway.engine.incomplete import incomplete
from gateway.engine.parting import Parting
from gateway.engine.plan import Plan
from gateway.engine.preparing import Prepared, Preparing
from gateway.engine.reference import Builder
from gateway.engine.requests import Response
from gateway.engine.run import Run, World

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Responses:
    """Makes the responses of one engine; `builds` counts who made them."""

    def __init__(self, world: World, preparing: Preparing) -> None:
        self._world, self._preparing = world, preparing
        self.builds = Builds()

    def one(self, prepared: Prepared, run: Run, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
        """The response of a request that had a run of its own."""
        if prepared.plan.unplanned is not None:
            return self._told(prepared, run, headers, self.by_core(prepared, run), Way.CORE)
        code = self._code(prepared)
        built = code.build(run) if code else None
        way = _way(prepared.plan, code, built)
        return self._told(prepared, run, headers, built or self.by_the_book(run), way)

    def each(self, members: Sequence[Member], run: Run, outputs: Sequence[object]) -> list[Response | None]:
        """The responses of those that one run was for, each by what the root field gives it; None for who
        has to ask alone."""
        parting = Parting(run)
        told = [(m, output) for m, output in zip(members, outputs, strict=True) if parting.part(m.run, output)]
        code = self._code(members[0].prepared)
        made = code.each(run, [(member.run, output) for member, output in told]) if code else None
        way = _way(run.plan, code, made)
        built = made or [self.by_the_book(member.run) for member, _ in told]
        if told:
            told[0][0].run.given_up += run.given_up  # whose it was code does not say
        found = {
            id(member): self._told(member.prepared, member.run, member.headers, data, way)
            for (member, _), data in zip(told, built, strict=True)
        }
        return [found.get(id(member)) for member in members]

    def _told(self, prepared: Prepared, run: Run, headers: Mapping[str, str], built: Built, way: Way) -> Response:
        data, errors = built
        self.builds.note(way, run.given_up)
        payload: dict[str, Any] = {"data": data}
        if errors:
            payload = {"errors": formatted(errors), "data": data}
        extensions = _extensions(prepared, run)
        if extensions:
            payload["extensions"] = extensions
        return Response(payload, headers=headers, facts=facts(prepared.facts, run))

    def _code(self, prepared: Prepared) -> Generated | None:
        """The code of a plan that is executed once more; kept from its second time on, if there is room."""
        plan = prepared.plan
        code = self._counted(plan)
        if plan.executions == 2 and code is not None and not self._preparing.keeps(prepared.document, code.size):
            plan.generated = None
        return code

    def _counted(self, plan: Plan) -> Generated | None:
        plan.executions += 1
        if plan.executions == 2:
            plan.generated = generate(plan, self._world)
        return plan.generated

    def by_code(self, run: Run) -> Built | None:
        """The data and errors of a finished run by generated code; None where there is none."""
        code = self._counted(run.plan)
        return code.build(run) if code else None

    def by_the_book(self, run: Run) -> Built:
        """The data and errors of a finished run by the reference builder."""
        builder = Builder(run, self._world.schema.graphql)
        return builder.build(run.plan.selection), builder.errors

    def by_core(self, prepared: Prepared, run: Run) -> Built:
        """The data and errors of a finished run by graphql-core."""
        assert prepared.document.ast is not None
        schema = self._preparing.schema_for(run.caller) if prepared.plan.unplanned else self._world.schema.graphql
        result = core.execute(run, schema, prepared.document.ast, prepared.name)
        return result.data, result.errors or []


def _way(plan: Plan, code: Generated | None, made: object) -> Way:
    if made is not None:
        return Way.CODE
    return Way.FIRST if plan.executions == 1 else Way.FAILED if code else Way.NO_CODE


def _extensions(prepared: Prepared, run: Run) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lacking = incomplete(run)
    if lacking:
        found["incomplete"] = lacking
    if prepared.wishes.trace:
        entries = [{**entry, "ms": round(entry["ms"], 3)} for entry in run.calls.entries]
        calls = [entry for entry in entries if "via" not in entry]
        shared = [entry for entry in entries if "via" in entry]
        found["trace"] = {"calls": calls, "shared": shared, "fallback": prepared.plan.unplanned}
    return found
