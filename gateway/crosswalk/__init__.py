"""The crosswalk: which identifiers of different agencies mean the same business.

It remembers identifiers and how sure it is that two of them are one, and nothing that an agency knows:
no name, no address. Matching finds edges, stewards decide those that it leaves open.

    edges      an edge, what is known around an identifier, and the protocol that the engine sees
    closing    from edges to all that is known of an identifier: closed over confirmed edges, with caps
    tables     the tables of the store
    ledger     writing them, and what commands ask
    reading    what is known around identifiers, in one go
    stored     the crosswalk of a process: consulted first, written aside
    passing    that of a process without a store
    files      edges as CSV or JSON lines
"""

from gateway.crosswalk.edges import Crosswalk, Edge, Forgetful, Known, Look, Tie
from gateway.crosswalk.ledger import Ledger
from gateway.crosswalk.passing import PassingCrosswalk
from gateway.crosswalk.stored import StoredCrosswalk
from gateway.crosswalk.tables import TOPIC

__all__ = [
    "TOPIC",
    "Crosswalk",
    "Edge",
    "Forgetful",
    "Known",
    "Ledger",
    "Look",
    "PassingCrosswalk",
    "StoredCrosswalk",
    "Tie",
]
