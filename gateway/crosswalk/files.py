"""Edges as CSV or JSON lines: for other gateways, for review elsewhere, and as labelled data.

A decided edge with its evidence is a labelled pair: the levels that its records were found at, and
whether they are one. There is no more in it than that: no name, no address.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson

from gateway.crosswalk.edges import STATES, Edge, ends

COLUMNS = (
    "one",
    "other",
    "relation",
    "state",
    "confidence",
    "evidence",
    "rules",
    "origin",
    "decided_by",
    "first_confirmed",
    "last_confirmed",
    "expires",
)
"""The columns of a file, in their order. `one`, `other` and `state` are needed."""
_SEPARATORS = ",;\t"
"""What spreadsheets put between cells."""


class BadFile(Exception):
    """A file that holds no edges; the text names every line that is wrong."""


def written(edges: Iterable[Edge], kind: str) -> Iterator[str]:
    """The lines of a file of a kind, "csv" or "jsonl", with their ends."""
    if kind == "csv":
        yield _line(COLUMNS)
    for edge in edges:
        row = _row(edge)
        yield _line([row[name] for name in COLUMNS]) if kind == "csv" else orjson.dumps(row).decode() + "\n"


def _line(cells: Iterable[object]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerow(cells)
    return made.getvalue()


def _row(edge: Edge) -> dict[str, Any]:
    return {
        "one": edge.one,
        "other": edge.other,
        "relation": edge.relation,
        "state": edge.state,
        "confidence": edge.confidence,
        "evidence": " ".join(edge.evidence),
        "rules": edge.rules,
        "origin": edge.origin,
        "decided_by": edge.by,
        "first_confirmed": edge.first_confirmed.isoformat(),
        "last_confirmed": edge.last_confirmed.isoformat(),
        "expires": edge.expires.isoformat() if edge.expires else None,
    }


def read(
    text: str,
    kind: str,
    canonical: Callable[[str], str],
    moment: datetime,
    by: str,
    never: Callable[[str, str], str] = lambda _one, _other: "",
) -> list[Edge]:
    """The edges of a file; what it brings was decided by whoever brings it. `canonical` reads an
    identifier, or raises `ValueError`; `never` says why two of them can't be one, or nothing. Raises
    `BadFile` with every line that is wrong: nothing is taken from such a file."""
    found: dict[tuple[str, str], tuple[int, Edge]] = {}
    problems: list[str] = []
    for line, row in _rows(text, kind, problems):
        try:
            edge = _edge(row, canonical, moment, by)
            if edge.state != "NO" and (why := never(edge.one, edge.other)):
                raise ValueError(why)
            before, same = found.setdefault((edge.one, edge.other), (line, edge))
            if same.state != edge.state:
                raise ValueError(f"says {edge.state} of two identifiers of which line {before} says {same.state}")
        except ValueError as error:
            problems.append(f"line {line}: {error}")
    if problems:
        raise BadFile("\n".join(problems))
    return [edge for _, edge in found.values()]


def _rows(text: str, kind: str, problems: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if kind == "csv":
        head = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text), delimiter=max(_SEPARATORS, key=head.count))
        there = list(reader.fieldnames or ())
        missing = [name for name in ("one", "other", "state") if name not in there]
        if missing:
            has = f"the head line has {', '.join(there)[:200]}" if there else "the file is empty"
            problems.append(f"line 1: the columns {', '.join(missing)} are missing; {has}")
            return
        yield from ((reader.line_num, row) for row in reader)
        return
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            yield at, row
        else:
            problems.append(f"line {at}: takes an object, like {{'one': …, 'other': …, 'state': 'MATCH'}}")


def _edge(row: Mapping[str, Any], canonical: Callable[[str], str], moment: datetime, by: str) -> Edge:
    one, other = ends(canonical(str(row.get("one") or "")), canonical(str(row.get("other") or "")))
    if one == other:
        raise ValueError(f"both ends are {one}")
    state = row.get("state")
    if state not in STATES:
        raise ValueError(f"state is {', '.join(STATES)}; got {str(state)[:20]!r}")
    sure = MappingProxyType({"MATCH": 1.0, "NO": 0.0})
    evidence = tuple(str(row.get("evidence") or "").split())
    if not all(code.replace("_", "").isalnum() and len(code) <= 40 for code in evidence) or len(evidence) > 20:
        raise ValueError("evidence is names of rules with blanks between them")
    confidence = sure[state] if state in sure else _confidence(row.get("confidence"))
    rules = str(row.get("rules") or "")[:40]
    return Edge(one, other, state, confidence, moment, moment, "import", by, rules, evidence)


def _confidence(given: object) -> float:
    try:
        confidence = float(str(given))
    except ValueError:
        confidence = -1.0
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence is from 0 to 1; got {str(given)[:20]!r}")
    return confidence
