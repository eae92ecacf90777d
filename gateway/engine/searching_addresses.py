"""`searchAddresses`: a text looked up in the registers that carry address text.

A register that the gateway keeps is looked up here, by near spellings and beginnings too. Others
are asked where that gives no sure answer: by number and postcode, and each of their rows is
compared here. An address of another city is refused, whatever stands at the same number and
street in this one.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.base import Keys
from adapters.columns import key_value
from gateway.engine.arguments import Refusal
from gateway.engine.bindings import Binding
from gateway.engine.inside import named
from gateway.engine.looking import Looked, rows_found
from gateway.engine.restricting import untold
from gateway.engine.run import Run
from gateway.engine.values import CandidateValue, Identified
from gateway.identity.kept import Kept
from resolvers.identity.address_keys import spell_beginning, spell_search
from resolvers.identity.addresses import AddressParts, AddressQuery, Begun, Score
from resolvers.identity.codec import SpelledKeys
from resolvers.identity.registers import Found
from resolvers.linking import Evidence, MatchState


async def search_addresses(run: Run, arguments: Mapping[str, Any]) -> Looked:
    """Every candidate of every register that the caller may see. Raises `Refusal` for no address of this city."""
    text = arguments["text"]
    query, begun = _query(run, text), run.world.bindings.locale.begun(text)
    looked = Looked()
    bindings = _address_registers(run, looked)
    kept = {binding: found for binding in bindings if (found := kept_register(run, binding)) is not None}
    if query is None and begun is None:
        raise _unread(run)
    if query is not None:
        for binding, found in kept.items():
            looked.candidates += _candidates(run, binding, found, found.index.find(query), query.parts)
    looked.answered += len(kept)
    sure = any(each.state is MatchState.MATCH for each in looked.candidates)
    if begun is not None and not sure:
        looked.candidates += _completed(run, kept, begun)
    typing = query is None or not (query.parts.postcode or query.parts.city_part)
    asked = [] if sure or (looked.candidates and typing) else [b for b in bindings if b not in kept]
    if query is not None:
        await asyncio.gather(*(_register(run, binding, query, looked) for binding in asked))
    if begun is not None and typing and not looked.candidates:
        await asyncio.gather(*(_beginning(run, binding, begun, looked) for binding in asked))
    return looked


def _query(run: Run, text: str) -> AddressQuery | None:
    """What the text asks for, None where it can't be read. Raises `Refusal` for another city's address."""
    place, city = run.world.bindings.locale, run.world.city.name
    query = place.search_keys(text)
    parts = query.parts if query is not None else place.parse(text)
    if parts is None or (query is not None and not _elsewhere(run, parts)):
        return query
    where = parts.postcode or ", ".join(each for each in (parts.city, parts.region) if each)
    raise Refusal(
        "OUTSIDE_CITY",
        f"text is an address elsewhere ({where}); only those of {city} are looked for. Of one in {city} write the "
        "postcode, and not what is no part of it.",
    )


def _elsewhere(run: Run, parts: AddressParts) -> bool:
    """Whether the text names a region or a town that is not this city's; a postcode tells better."""
    city = run.world.city
    regions = {key.address.region for table in city.tables.values() for key in table.keys if key.address}
    if parts.region and regions - {None} and parts.region not in regions:
        return True
    return bool(parts.city) and not (parts.postcode or parts.city_part) and parts.city != city.name.upper()


def _unread(run: Run) -> Refusal:
    city, example = run.world.city.name, run.world.bindings.locale.example
    how = f"write house number, street and postcode, like {example}"
    return Refusal("BAD_ARGUMENT", f"text is no address of {city}: {how}.")


def _address_registers(run: Run, looked: Looked) -> list[Binding]:
    scheme = run.world.city.address_scheme
    city = run.world.city
    registers = [register for register in city.registers if city.schemes[register.scheme].entity == "Address"]
    names = dict.fromkeys(dataset for register in registers for dataset in register.datasets)
    found = [b for name in names for b in run.world.bindings.by_scheme(name, scheme)]
    unseen = [(b, untold(run, b.table, "Address", b)) for b in found]
    looked.denied += [failure for _, failure in unseen if failure]
    return [binding for binding, failure in unseen if failure is None]


# registers that are kept


def kept_register(run: Run, binding: Binding) -> Kept | None:
    """What is kept of a register, for callers who may see all of its rows and every identifier there."""
    table = binding.table
    narrowed = run.permits.rows(table) or untold(run, table, "Address") is not None
    several = len(table.keys) > 2  # whom else a row names is not kept, and may be on the restriction list
    if narrowed or (several and not run.world.restrictions.empty):
        return None
    return run.world.kept.of(table.name)


def _completed(run: Run, kept: Mapping[Binding, Kept], begun: Begun) -> Iterable[CandidateValue]:
    most = run.world.bounds.candidates
    read = AddressParts(begun.number, begun.text)
    for binding, found in kept.items():
        yield from _candidates(run, binding, found, found.index.complete(begun, most), read)


def _candidates(
    run: Run, binding: Binding, kept: Kept, found: Iterable[Found], read: AddressParts
) -> Iterable[CandidateValue]:
    agency, restrictions = run.world.agency(binding.table), run.world.restrictions
    scheme, day = run.world.city.address_scheme, kept.read_at.astimezone(run.world.zone).date()
    for each in found:
        name, _, value = each.identifier.partition(":")
        if restrictions.holds(each.identifier) or restrictions.holds(f"{scheme}:{each.address}"):
            continue
        detail = f"{agency} lists {each.address} (read {day})"
        yield _candidate((name, value), each.score, read, detail, each.address)


def _candidate(target: Identified, score: Score, read: AddressParts, detail: str, address: str) -> CandidateValue:
    evidence = (
        Evidence(rule="read", detail=_told(read)),
        *(Evidence(rule=e.rule, detail=e.detail) for e in score.evidence),
        Evidence(rule="register", detail=detail),
    )
    state = MatchState.MATCH if score.state == "MATCH" else MatchState.POSSIBLE
    area, _, line = address.partition("/")
    number, _, street = line.partition(", " if "," in line else " ")
    return CandidateValue(target, state, score.confidence, evidence, order=(street, area, number))


def _told(parts: AddressParts) -> str:
    """The parts as they were read."""
    named = (("number", parts.number), ("to", parts.high), ("street", parts.street), ("unit", parts.unit))
    area = (("postcode", parts.postcode), ("city part", parts.city_part))
    return ", ".join(f"{name} {value}" for name, value in (*named, *area) if value)


# registers that are asked


async def _beginning(run: Run, binding: Binding, begun: Begun, looked: Looked) -> None:
    """The rows of a register that a text may become."""
    assert binding.key.address is not None
    spelled = spell_beginning(begun, binding.key.address)
    for found, target in await _rows(run, binding, spelled, looked):
        parts = binding.locale.parse_key(found)
        if parts is not None and begun.meets(parts):
            detail = f"{run.world.agency(binding.table)} lists {found}"
            looked.candidates.append(
                _candidate(target, begun.score, AddressParts(begun.number, begun.text), detail, found)
            )


async def _register(run: Run, binding: Binding, query: AddressQuery, looked: Looked) -> None:
    """The rows of a register that the text asks for."""
    assert binding.key.address is not None
    spelled = spell_search(query.parts, binding.key.address, binding.locale)
    for found, target in await _rows(run, binding, spelled, looked):
        score = binding.locale.score(query, found)
        if score.state is not None:
            detail = f"{run.world.agency(binding.table)} lists {found}"
            looked.candidates.append(_candidate(target, score, query.parts, detail, found))


async def _rows(
    run: Run, binding: Binding, spelled: SpelledKeys | None, looked: Looked
) -> list[tuple[str, Identified]]:
    """Address and identifier of every row found by these keys."""
    if spelled is None:
        return []
    columns = binding.table.dataset.columns
    texts = [tuple(key_value(columns[c], t) for c, t in zip(spelled.columns, v, strict=True)) for v in spelled.values]
    keys = Keys(spelled.columns, tuple(t for t in texts if None not in t), spelled.prefix)
    records = await rows_found(run, binding.table, "Address", keys=keys, looked=looked)
    read = ((binding.read(record.cells()), named(run, record, "Address")) for record in records)
    return [(found, target) for found, target in read if found is not None and target is not None]
