"""Reading the file that names the issuers: every problem at once, each at its line with its fix."""

from pathlib import Path

from gateway.catalogue.documents import Document, Spot, read
from gateway.catalogue.problems import CatalogueError, Problem, Report
from gateway.policy.tokens.claims import Mapped, Rule
from gateway.policy.tokens.fetching import usable
from gateway.policy.tokens.grammar import IssuerTable, TokensFile
from gateway.policy.tokens.issuer import Terms

_MOST_LEEWAY = 300.0


def read_terms(path: Path) -> list[Terms]:
    """What a file says of issuers. Raises `CatalogueError`."""
    report = Report()
    document = read(path, str(path), TokensFile, {}, report)
    found = [] if document is None else [_terms(document, name, path) for name in document.model.issuer]
    if document is not None:
        _check_names(document)
        if not document.model.issuer and not report.problems:
            report.add(Problem(str(path), 1, "names no issuer", "add [issuer.NAME], or leave CITYGRAPH_OIDC unset"))
    errors = [problem for problem in report.problems if problem.severity == "error"]
    if errors:
        raise CatalogueError(errors)
    return found


def _terms(document: Document[TokensFile], name: str, path: Path) -> Terms:
    table, spot = document.model.issuer[name], Spot(document, ("issuer", name))
    _check(table, spot, path)
    rules = tuple(
        Rule({claim: frozenset(values) for claim, values in each.when.items()}, each.agreement, each.admin)
        for each in table.caller
    )
    return Terms(
        name,
        table.url,
        tuple(table.audience),
        frozenset(table.algorithms),
        Mapped(name, table.subject, table.agreement, rules),
        table.jwks,
        table.leeway,
        table.longest,
        str(path.parent / table.ca) if table.ca else None,
    )


def _check(table: IssuerTable, spot: Spot, path: Path) -> None:
    if not usable(table.url) or "?" in table.url:
        spot.at("url").problem('"url" is no address of an issuer', 'begin it with "https://", without ? and #')
    if table.jwks is not None and not usable(table.jwks):
        spot.at("jwks").problem('"jwks" is no address that keys may come from', 'begin it with "https://"')
    if not table.audience and not spot.at("audience").damaged:
        spot.at("audience").problem('"audience" is empty', "say what tokens for this gateway have in `aud`")
    if not table.algorithms and not spot.at("algorithms").damaged:
        spot.at("algorithms").problem('"algorithms" is empty', "name one, or delete the key")
    if table.leeway > _MOST_LEEWAY:
        spot.at("leeway").problem('"leeway" is longer than five minutes', "set the clocks right instead")
    if table.ca is not None and not (path.parent / table.ca).is_file():
        spot.at("ca").problem('"ca" is no file', "give its path from this file")
    if table.agreement is None and not table.caller and not spot.damaged:
        spot.problem(
            "gives its callers nothing", 'add agreement = "CLAIM", or [[issuer.….caller]] with when and agreement'
        )
    for index, each in enumerate(table.caller):
        here = spot.at("caller", index)
        if not each.when and not here.damaged:
            here.at("when").problem(
                '"when" is empty and would fit every token', 'say whose: when = { client_id = "…" }'
            )
        if each.agreement is None and not each.admin and not here.damaged:
            here.problem("gives its callers nothing", 'add agreement = "…" or admin = true')


def _check_names(document: Document[TokensFile]) -> None:
    """A token says its issuer by the url, so that must tell one."""
    first: dict[str, str] = {}
    for name, table in document.model.issuer.items():
        if first.setdefault(table.url, name) != name:
            spot = Spot(document, ("issuer", name, "url"))
            spot.problem(f'"url" is that of issuer {first[table.url]} too', "join the two tables")
