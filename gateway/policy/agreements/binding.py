"""An agreement's file as terms that hold for one edition of a city.

What the city does not have lapses, and is reported: the grant, the scope, the purpose; never the
limits alone. `check` reports also what would do no harm but is surely not meant.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from gateway.catalogue.documents import Document, Spot
from gateway.catalogue.problems import nearest
from gateway.catalogue.purposes import BadPurpose, name, term
from gateway.policy.agreements import grammar
from gateway.policy.agreements.grammar import AgreementFile
from gateway.policy.agreements.granting import EVERYTHING, grants
from gateway.policy.permits import NEAR_MISSES, Permits, Profile
from gateway.policy.terms import Agreement, Grant, Quota
from resolvers.city import City, Table

PERSONAL = "personal"
"""The scope that opens persons and personal columns."""


def bind(document: Document[AgreementFile], city: City) -> Agreement:
    """The terms; what is wrong is reported to the document's report."""
    about, model = document.model.agreement, document.model
    agreement = Agreement(
        id=document.stem,
        version=about.version,
        title=about.title,
        parties=tuple(about.parties),
        legal_basis=about.legal_basis,
        purposes=MappingProxyType(dict(_purposes(document))),
        scopes=frozenset(_scopes(document, city)),
        grants=grants(document, city),
        starts=about.starts,
        ends=about.ends,
        quota=_quota(model.quota),
        contact=about.contact,
        obligations=tuple(about.obligations),
        disclosed_after=timedelta(days=about.disclosed_after or 0),
        kept=timedelta(days=about.kept) if about.kept else None,
    )
    _check_about(Spot(document, ("agreement",)), about)
    if model.quota is not None:
        _check_quota(Spot(document, ("quota",)), model.quota)
    _check_use(document, agreement, city)
    return agreement


def personal_columns(table: Table) -> tuple[str, ...]:
    """The columns of a dataset that are or may be about a person."""
    return tuple(column.name for column in table.dataset.columns.values() if column.personal)


def _purposes(document: Document[AgreementFile]) -> Iterator[tuple[str, str]]:
    for given, meant in document.model.purposes.items():
        try:
            yield name(given), term(meant)
        except BadPurpose as error:
            Spot(document, ("purposes", given)).problem(str(error), error.suggestion)


def _scopes(document: Document[AgreementFile], city: City) -> Iterator[str]:
    known = {PERSONAL, NEAR_MISSES, EVERYTHING, *_marked(city)}
    for index, scope in enumerate(document.model.agreement.scopes):
        if scope in known:
            yield scope
        else:
            spot = Spot(document, ("agreement", "scopes", index))
            spot.problem(f'nothing of {city.name} needs the scope "{scope}"', nearest(scope, sorted(known)))


def _marked(city: City) -> Iterator[str]:
    for table in city.tables.values():
        yield from (each for each in [table.access, *(c.access for c in table.dataset.columns.values())] if each)


def _quota(declared: grammar.Quota | None) -> Quota:
    if declared is None:
        return Quota()
    return Quota(declared.rate, declared.burst, declared.per_day, declared.cost_per_day, declared.request_cost)


def _check_about(spot: Spot, about: grammar.About) -> None:
    if not about.parties and not spot.at("parties").damaged:
        spot.at("parties").problem("parties names nobody", 'write parties = ["City of …", "…"]')
    if about.ends is not None and about.ends < about.starts and not spot.at("starts").damaged:
        spot.at("ends").problem(f"it ends on {about.ends}, before it starts on {about.starts}", "mend one of them")


def _check_quota(spot: Spot, quota: grammar.Quota) -> None:
    if quota.burst is not None and quota.rate is None and not spot.at("rate").damaged:
        spot.at("burst").problem("burst without rate", 'say how often, like rate = "50/s"')
    if quota.request_cost and quota.cost_per_day and quota.request_cost > quota.cost_per_day:
        spot.at("request_cost").problem("one request may cost more than all of a day", "mend one of them")


def _check_use(document: Document[AgreementFile], agreement: Agreement, city: City) -> None:
    """Grants that nobody could use, and wide ones that open more than may be meant."""
    for index, declared in enumerate(document.model.grant):
        spot = Spot(document, ("grant", index, "on"))
        for on in declared.on:
            opened = [city.tables[each] for each in agreement.grants if _opens(on, each, city)]
            if on == EVERYTHING or on.endswith(".*"):
                _warn_wide(on, [] if declared.counts_only else opened, spot)
            else:
                _check_purposes(opened, agreement.purposes, spot)
        _warn_scopes(declared, agreement, city, spot)
    opened_personal = [name for name, grant in agreement.grants.items() if _personal(city.tables[name], grant)]
    scopes = sorted({PERSONAL, EVERYTHING} & agreement.scopes)
    if (opened_personal or scopes) and not document.model.purposes and not Spot(document, ("purposes",)).damaged:
        what = f"personal data of {', '.join(opened_personal[:3])}" if opened_personal else f'the scope "{scopes[0]}"'
        Spot(document).problem(
            f"it opens {what}, and has no purpose", 'add [purposes] with a name and its term, like "dpv:PublicBenefit"'
        )


def _opens(on: str, dataset: str, city: City) -> bool:
    if on in (EVERYTHING, dataset) or on == f"{dataset.partition('.')[0]}.*":
        return True
    return any(f"{each.entity}.{each.name}" == on and each.dataset == dataset for each in city.sections)


def _personal(table: Table, grant: Grant) -> bool:
    columns = personal_columns(table)
    return bool(columns) and not grant.counts_only and (grant.columns is None or not grant.columns.isdisjoint(columns))


def _warn_wide(on: str, opened: list[Table], spot: Spot) -> None:
    """Whoever grants an agency may not think of its personal data."""
    guarded = [each.name for each in opened if each.protect or each.access or personal_columns(each)]
    if guarded:
        more = f" and {len(guarded) - 3} more" if len(guarded) > 3 else ""
        spot.problem(
            f'"{on}" opens what is not public: {", ".join(guarded[:3])}{more}',
            "grant datasets by name where that is not meant",
            "warning",
        )


def _warn_scopes(declared: grammar.Grant, agreement: Agreement, city: City, spot: Spot) -> None:
    """A scope may open personal columns that a grant leaves out."""
    for on in declared.on if declared.columns else ():
        for table in [city.tables[each] for each in agreement.grants if _opens(on, each, city)]:
            beyond = [each for each in personal_columns(table) if each not in declared.columns]
            opened = [each for each in beyond if _sees(agreement, table, each, city)]
            if opened:
                spot.problem(
                    f"the agreement's scopes open {', '.join(opened)} of {table.name} too",
                    "leave the scope out where that is not meant",
                    "warning",
                )


def _sees(agreement: Agreement, table: Table, column: str, city: City) -> bool:
    profiles = [Profile(agreement=agreement, purpose=each, referenced=True) for each in agreement.purposes]
    return any(Permits(city, each).column(table, column) is None for each in profiles)


def _check_purposes(opened: list[Table], purposes: Mapping[str, str], spot: Spot) -> None:
    """A dataset may be for other purposes than the agreement's."""
    for table in opened:
        needed = table.protect.purposes if table.protect else ()
        if needed and set(needed).isdisjoint([*purposes, *purposes.values()]):
            spot.problem(
                f"{table.name} may be used for {' or '.join(needed)} only, and this agreement has no such purpose",
                "add it to [purposes], or delete the grant",
            )
