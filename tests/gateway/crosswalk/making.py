"""Edges for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.crosswalk import Edge, Look
from gateway.crosswalk.edges import KEPT, State, ends

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = "2026-01-01"


def edge(a: str, b: str, state: State = "MATCH", confidence: float = 0.95, **more: Any) -> Edge:
    """An edge that matching found today."""
    one, other = ends(a, b)
    made = Edge(one, other, state, confidence, NOW, NOW, rules=RULES, evidence=("trade_same",), expires=NOW + KEPT)
    return replace(made, **more)


def decided(a: str, b: str, state: State = "MATCH") -> Edge:
    """An edge that somebody decided."""
    return edge(a, b, state, 1.0 if state == "MATCH" else 0.0, origin="review", by="ann", expires=None)


def look(identifier: str, *edges: Edge, whole: bool = True, moment: datetime = NOW) -> Look:
    """A look that found these."""
    return Look(identifier, edges, RULES, moment, whole)
