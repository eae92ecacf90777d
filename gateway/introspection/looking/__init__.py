"""Looking at a source: what it says of itself, and a bounded sample of its rows.

Every kind has a module with one coroutine that gives `Seen`. Rows are sampled through the adapter
that will read them later, so that a draft is made of exactly what the gateway will get.
"""

from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.sources import look

__all__ = ["Bounds", "Unseen", "look"]
