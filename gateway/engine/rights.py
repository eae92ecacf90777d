"""`me`: who asks, what it may see and why not the rest, what it has used."""

from gateway.engine.plan import RootPlan
from gateway.engine.run import Run
from gateway.policy.permits import Denial
from gateway.policy.terms import Agreement
from gateway.store import StoreError
from resolvers.city import Table
from resolvers.directory import (
    AgencyUsage,
    Allowed,
    ColumnRight,
    DatasetRight,
    Me,
    MyAgreement,
    Purpose,
    UsageDay,
)


async def me(run: Run, root: RootPlan) -> Me:
    """The caller. What it has used is read only if it is asked for."""
    chosen = {selected.name for selection in root.selected.children.values() for selected in selection.values()}
    caller, profile = run.caller, run.permits.profile
    return Me(
        name=caller.name,
        scopes=sorted(run.permits.scopes),
        key=caller.key,
        admin=caller.admin,
        agreement=_agreement(caller.agreement) if caller.agreement else None,
        purpose=profile.purpose,
        rights=[_dataset(run, table) for table in run.world.city.tables.values()] if "rights" in chosen else [],
        usage=await _usage(run) if "usage" in chosen else [],
    )


def _agreement(agreement: Agreement) -> MyAgreement:
    quota = agreement.quota
    return MyAgreement(
        id=agreement.id,  # type: ignore[arg-type]
        version=agreement.version,
        title=agreement.title,
        parties=list(agreement.parties),
        legal_basis=agreement.legal_basis,
        purposes=[Purpose(name=name, term=term) for name, term in agreement.purposes.items()],
        starts=agreement.starts,
        ends=agreement.ends,
        contact=agreement.contact,
        obligations=list(agreement.obligations),
        rate=quota.rate,
        requests_per_day=quota.per_day,
        cost_per_day=quota.cost_per_day,
        request_cost=quota.request_cost,
    )


def _dataset(run: Run, table: Table) -> DatasetRight:
    permits = run.permits
    barred = permits.barred(table, (key.reads for key in table.keys))
    denial = permits.table(table) or (barred[0] if barred and all(barred) else None)
    allowed = Allowed.YES if denial is None else Allowed.COUNTS if permits.counts(table) else Allowed.NO
    if denial is None and (denial := permits.narrowed(table)):
        allowed = Allowed.PARTLY
    return DatasetRight(
        name=table.name,
        allowed=allowed,
        rule=denial.rule if denial else None,
        reason=denial.reason if denial else None,
        remedy=(denial.remedy or None) if denial else None,
        sections=[f"{s.entity}.{s.name}" for s in run.world.city.sections if s.dataset == table.name],
        columns=[_column(run, table, name) for name in table.dataset.columns],
    )


def _column(run: Run, table: Table, name: str) -> ColumnRight:
    denial: Denial | None = run.permits.column(table, name)
    allowed = Allowed.NO if denial else Allowed.YES
    if denial is None:
        denial = run.permits.persons(table, name)
        allowed = Allowed.PARTLY if denial else Allowed.YES
    return ColumnRight(
        name=name,
        allowed=allowed,
        rule=denial.rule if denial else None,
        reason=denial.reason if denial else None,
        remedy=(denial.remedy or None) if denial else None,
    )


async def _usage(run: Run) -> list[UsageDay]:
    """Empty without a key, and while the store does not answer."""
    desk = run.world.services.desk
    if desk is None:
        return []
    try:
        days = await desk.usage(run.caller)
    except StoreError:
        return []
    return [
        UsageDay(
            day=day,
            requests=counts.requests,
            cost=counts.cost,
            rows=counts.rows,
            denied=counts.denied,
            refused=counts.refused,
            agencies=[AgencyUsage(agency=name, requests=number) for name, number in sorted(counts.agencies.items())],
        )
        for day, counts in days
    ]
