"""What is seen of the identifiers in rows that are compared: missing, refused, never confirmed.

The gateway keeps no rows, so that this is told of those that came by since the city's files were read;
a row that came twice counts twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.base import Cell
from gateway.engine.bindings import Binding
from gateway.engine.ordering import plain


@dataclass(slots=True)
class Tally:
    """Of one key of a dataset: rows `seen`, those without an identifier, those whose text is none by its
    scheme ("Aug-82"), and identifiers that an applicant typed and that no second fact confirms."""

    seen: int = 0
    missing: int = 0
    refused: int = 0
    unconfirmed: int = 0


class KeyQuality:
    """The tallies of a city, by dataset and scheme."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}

    def of(self, dataset: str, scheme: str) -> Tally:
        """The tally of a key."""
        return self._tallies.setdefault((dataset, scheme), Tally())

    def told(self, dataset: str) -> Mapping[str, Tally]:
        """The tallies of a dataset, by scheme."""
        return {scheme: tally for (name, scheme), tally in self._tallies.items() if name == dataset}

    def read(self, binding: Binding, cells: Mapping[str, Cell]) -> str | None:
        """The identifier in a row, counted."""
        tally, identifier = self.of(binding.table.name, binding.scheme.name), binding.read(cells)
        tally.seen += 1
        if identifier is None:
            empty = all(plain(cells.get(column)) in (None, "") for column in binding.key.reads)
            tally.missing += empty
            tally.refused += not empty
        return identifier
