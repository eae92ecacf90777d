"""A street with one letter mistyped, whose house number is not listed.

Nothing has the number, so that there are no few streets to choose from. The street as typed must be unknown
in its postcode, and one alone of those that are known there a letter away; its neighbours tell the rest.
"""

from collections.abc import Collection

from resolvers.identity.addresses import AddressParts, Evidence, Score
from resolvers.identity.scoring import one_letter

_SLIPPED = 0.9
"""Of the confidence without a slip."""


def respelled(asked: AddressParts, known: Collection[str]) -> AddressParts | None:
    """The address in the one street of its postcode that is a letter away, whatever numbers that has."""
    if asked.street in known:
        return None
    like = [street for street in known if one_letter(asked.street, street)]
    return asked.moved(like[0], asked.postcode) if len(like) == 1 else None


def less_sure(score: Score, asked: AddressParts, meant: AddressParts) -> Score:
    """The score of what was found for the street that was meant."""
    evidence = Evidence("mistyped", f"{asked.street}: no street there but {meant.street} is a letter away")
    return Score("POSSIBLE", round(_SLIPPED * score.confidence, 3), (*score.evidence, evidence))
