"""`searchAddresses`: a text looked up in the registers that carry address text."""

import asyncio
from collections.abc import Mapping
from typing import Any

from adapters.base import Keys
from adapters.columns import key_value
from gateway.engine.arguments import Refusal
from gateway.engine.bindings import Binding
from gateway.engine.inside import named
from gateway.engine.looking import Looked, rows_found
from gateway.engine.restricting import untold
from gateway.engine.run import Run
from gateway.engine.values import CandidateValue
from resolvers.identity.address_keys import spell_search
from resolvers.identity.addresses import AddressQuery
from resolvers.linking import Evidence, MatchState


async def search_addresses(run: Run, arguments: Mapping[str, Any]) -> Looked:
    """Every candidate of every register that the caller may see. Raises `Refusal` for no address of this city."""
    query = run.world.bindings.locale.search_keys(arguments["text"])
    if query is None:
        example = run.world.bindings.locale.example
        raise Refusal(
            "BAD_ARGUMENT",
            f"text is no address of {run.world.city.name}: write house number, street and postcode, like {example}.",
        )
    looked = Looked()
    bindings = _address_registers(run, looked)
    await asyncio.gather(*(_register(run, binding, query, looked) for binding in bindings))
    return looked


def _address_registers(run: Run, looked: Looked) -> list[Binding]:
    scheme = run.world.city.address_scheme
    city = run.world.city
    registers = [register for register in city.registers if city.schemes[register.scheme].entity == "Address"]
    names = dict.fromkeys(dataset for register in registers for dataset in register.datasets)
    found = [b for name in names for b in run.world.bindings.by_scheme(name, scheme)]
    unseen = [(b, untold(run, b.table, "Address", b)) for b in found]
    looked.denied += [failure for _, failure in unseen if failure]
    return [binding for binding, failure in unseen if failure is None]


async def _register(run: Run, binding: Binding, query: AddressQuery, looked: Looked) -> None:
    assert binding.key.address is not None
    spelled = spell_search(query.parts, binding.key.address, binding.locale)
    if spelled is None:
        return
    columns = binding.table.dataset.columns
    texts = [tuple(key_value(columns[c], t) for c, t in zip(spelled.columns, v, strict=True)) for v in spelled.values]
    keys = Keys(spelled.columns, tuple(t for t in texts if None not in t), spelled.prefix)
    for record in await rows_found(run, binding.table, "Address", keys=keys, looked=looked):
        found = binding.read(record.cells())
        target = named(run, record, "Address")
        if found is None or target is None:
            continue
        score = binding.locale.score(query, found)
        if score.state is not None:
            evidence = [Evidence(rule=e.rule, detail=e.detail) for e in score.evidence]
            evidence.append(Evidence(rule="register", detail=f"{run.world.agency(binding.table)} lists {found}"))
            state = MatchState.MATCH if score.state == "MATCH" else MatchState.POSSIBLE
            looked.candidates.append(CandidateValue(target, state, score.confidence, tuple(evidence)))
