"""What city.toml says of agencies' datasets: which are registers, and which are preferred."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.catalogue import grammar
from gateway.catalogue.claims import attribute
from gateway.catalogue.documents import Spot
from gateway.catalogue.files import Parts
from resolvers.city import Register, Table


def registers(parts: Parts) -> tuple[Register, ...]:
    """The registers in the order of the file, which is the order of trust."""
    declared = parts.files.city.model.register_
    found = (
        _register(name, each, parts, Spot(parts.files.city, ("register", name))) for name, each in declared.items()
    )
    return tuple(register for register in found if register is not None)


def _register(name: str, declared: grammar.Register, parts: Parts, spot: Spot) -> Register | None:
    scheme = parts.schemes.find(declared.scheme, spot.at("scheme"))
    datasets = [declared.dataset] if declared.dataset else declared.from_
    if bool(declared.dataset) == bool(declared.from_) and not spot.damaged:
        spot.problem(f"register {name} names no dataset", 'write dataset = "…", or from = ["…", …]')
    key = spot.at("dataset" if declared.dataset else "from")
    known = [table for each in datasets if (table := parts.table(each, key))]
    if scheme is None:
        return None
    for table in known:
        if not _has_key(table, scheme.name, parts):
            key.problem(
                f"{table.name} has no key of {scheme.name}", "a register is asked by its identifiers: add the key"
            )
    return Register(name, scheme.name, tuple(table.name for table in known))


def _has_key(table: Table, scheme: str, parts: Parts) -> bool:
    keys = parts.outlines[table.name].spot.at("keys")
    return keys.damaged or scheme in {key.scheme for key in table.keys}


def preferences(parts: Parts) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The datasets by shared attribute, the preferred one first."""
    found = {}
    for text, datasets in parts.files.city.model.prefer.items():
        spot = Spot(parts.files.city, ("prefer", text))
        known = [table for each in datasets if (table := parts.table(each, spot))]
        named = attribute(text, spot)
        if named is not None:
            found[named] = tuple(table.name for table in known)
            for table in known:
                _check_claim(table, named, text, parts, spot)
    return MappingProxyType(found)


def _check_claim(table: Table, named: tuple[str, str], text: str, parts: Parts, spot: Spot) -> None:
    claimed = {(claim.entity, claim.attribute) for claim in table.claims}
    if named not in claimed and text not in parts.outlines[table.name].declared.claims:
        spot.problem(f"{table.name} claims no {text}", "delete it here, or add the claim to the dataset")
