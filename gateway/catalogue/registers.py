"""What city.toml says of agencies' datasets: which are registers, and which are preferred."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.catalogue import grammar
from gateway.catalogue.claims import attribute
from gateway.catalogue.documents import Spot
from gateway.catalogue.files import Parts
from resolvers.city import Register, Scheme, Table


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
    kept = [table for each in declared.keep if (table := parts.table(each, spot.at("keep")))]
    for table in kept:
        _check_kept(table, known, name, parts, spot.at("keep"))
    return Register(name, scheme.name, tuple(table.name for table in known), tuple(table.name for table in kept))


def _check_kept(table: Table, known: list[Table], name: str, parts: Parts, spot: Spot) -> None:
    """Only what everybody may see is kept, and only identifiers at an address."""
    if table not in known:
        spot.problem(f"{table.name} is not in register {name}", "name one of its datasets, or add it to them")
    if not _has_key(table, f"{parts.schemes.prefix}.address", parts):
        spot.problem(f"{table.name} has no key of addresses", "nothing could be kept: add the key, or leave it out")
    closed = "access" if table.access else "protect" if table.protect else None
    columns, read = table.dataset.columns, {column for key in table.keys for column in key.reads}
    hidden = {c for withheld in table.withheld for c in withheld.columns or read}
    secret = next((c for c in sorted(read) if c in hidden or not columns[c].public), None)
    persons = any(scheme.entity == "Person" for key in table.keys if (scheme := _scheme(key.scheme, parts)))
    why = closed or (f"column {secret}" if secret else "it names persons" if persons else None)
    if why:
        spot.problem(f"{table.name} is not for everyone ({why}), so nothing of it is kept", "leave it out")
    if table.cadence == "live":
        spot.problem(
            f'{table.name} is renewed "live", so nothing of it is kept', "leave it out, or say another cadence"
        )


def _scheme(name: str, parts: Parts) -> Scheme | None:
    return parts.schemes.declared.get(name)


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
