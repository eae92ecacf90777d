"""The kinds of identifier that a city's files declare, and the address scheme of every city."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gateway.catalogue import grammar
from gateway.catalogue.documents import Document, Spot
from gateway.catalogue.files import Files
from gateway.catalogue.keys import ADDRESS
from gateway.catalogue.names import Schemes
from gateway.catalogue.problems import nearest
from resolvers.city import Scheme
from resolvers.identity.schemes import CHECKS, codec

LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Address": ("lot", "building", "premises", "unit"),
        "Business": ("company", "site"),
        "Person": ("person",),
    }
)
"""The levels of each entity, the widest first."""


def declare(files: Files) -> Schemes:
    """All schemes of a city from the `scheme` tables of its files."""
    documents: list[Document[Any]] = [files.city, *files.agencies.values()]
    schemes = Schemes(files.city.model.city.prefix, lenient=bool(files.lost))
    _add(schemes, ADDRESS, _address(schemes.prefix))
    declared = [
        (name, each, Spot(document, ("scheme", name)))
        for document in documents
        for name, each in document.model.scheme.items()
    ]
    schemes.lost.update(
        str(loc[1]) for document in documents for loc in document.damaged if loc[0] == "scheme" and loc[1:]
    )
    own = [entry for entry in declared if _declare(schemes, *entry)]
    for name, each, spot in own:
        _resolve(schemes, name, each, spot)
    return schemes


def _address(prefix: str) -> Scheme:
    return Scheme(f"{prefix}.{ADDRESS}", "Address", "premises", ADDRESS, title="Normalised address")


def _add(schemes: Schemes, short: str, scheme: Scheme) -> None:
    schemes.declared[scheme.name] = scheme
    schemes.short[short] = scheme.name


def _declare(schemes: Schemes, name: str, declared: grammar.Scheme, spot: Spot) -> bool:
    """Add a scheme, unless another has its name already."""
    if name in schemes.short:
        earlier = schemes.spots.get(name)
        where = f"in {earlier.place}" if earlier else "by every city itself"
        spot.problem(f'scheme "{name}" is declared {where} too', "call it otherwise")
        return False
    if declared.level not in LEVELS[declared.of]:
        spot.at("level").problem(
            f"{declared.of} has no level {declared.level}", f"it has {', '.join(LEVELS[declared.of])}"
        )
    _check(declared, spot)
    schemes.spots[name] = spot
    full = f"{declared.authority or schemes.prefix}.{name}"
    _add(
        schemes,
        name,
        Scheme(
            name=full,
            entity=declared.of,
            level=declared.level,
            check=declared.check,
            parts=tuple(declared.parts),
            title=declared.title or name,
            example=declared.example,
            several=declared.several,
        ),
    )
    return True


def _check(declared: grammar.Scheme, spot: Spot) -> None:
    """Whether the check exists, has so many parts, and takes the example."""
    try:
        check = codec(declared.check)
    except ValueError:
        close = nearest(declared.check, CHECKS, f"known: {', '.join(CHECKS)}")
        spot.at("check").problem(f'unknown check "{declared.check}"', close)
        return
    if declared.parts and len(declared.parts) != check.parts:
        spot.at("parts").problem(f"{declared.check} has {check.parts} parts, not {len(declared.parts)}")
    if declared.example is not None:
        try:
            check.parse(declared.example)
        except ValueError as error:
            spot.at("example").problem(f"{declared.check} {error}")


def _resolve(schemes: Schemes, name: str, declared: grammar.Scheme, spot: Spot) -> None:
    to = {}
    for other, relation in declared.to.items():
        if found := schemes.find(other, spot.at("to", other)):
            to[found.name] = relation
    scheme = schemes.declared[schemes.short[name]]
    schemes.declared[scheme.name] = replace(scheme, to=MappingProxyType(to))
