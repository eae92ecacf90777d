"""A draft, checked as a steward would: in a city of its own, by the real check."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.base import Damaged, Scan
from adapters.kinds import open_adapter
from adapters.reading import read
from gateway.catalogue import Examined, examine
from gateway.catalogue.live import ask
from gateway.introspection.cities import minimal
from gateway.introspection.guessing.agencies import draft
from gateway.introspection.guessing.drafts import Draft
from gateway.introspection.looking import Bounds, look
from gateway.introspection.seen import Seen
from gateway.introspection.writing import written


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft, its text, and what `check` makes of it."""

    draft: Draft
    text: str
    examined: Examined

    @property
    def problems(self) -> list[str]:
        """Errors and warnings, with the lines that they are about."""
        lines = self.text.splitlines()
        return [f"{each.message}; {each.suggestion}  <- {lines[each.line - 1]}" for each in self.examined.problems]

    def live(self) -> list[str]:
        """The problems of `check --live`, but for indexes: a draft can't make any."""
        city, parts = self.examined.city, self.examined.parts
        assert city is not None
        assert parts is not None

        async def asked() -> None:
            async for _ in ask(city, parts):
                pass

        asyncio.run(asked())
        return [str(each) for each in parts.files.city.report.problems if not each.message.startswith("no index")]

    def damage(self) -> tuple[int, Mapping[str, int]]:
        """The rows of all datasets at their source, and how many of them do not fit, by column."""
        return asyncio.run(self._damage())

    async def _damage(self) -> tuple[int, Mapping[str, int]]:
        city = self.examined.city
        assert city is not None
        rows, damaged = 0, Counter[str]()
        for table in city.tables.values():
            adapter = open_adapter(city.sources[table.dataset.source])
            try:
                answer = await read(adapter, table.dataset, Scan(tuple(table.dataset.columns)))
            finally:
                await adapter.aclose()
            rows += len(answer.rows)
            damaged.update(cell.column for row in answer.rows for cell in row if isinstance(cell, Damaged))
        return rows, damaged


def checked(seen: Seen, directory: Path, agency: str = "agency") -> Checked:
    """The draft of what was seen, in a minimal city in `directory`."""
    made = draft(seen, agency)
    text = written(made)
    (directory / "city.toml").write_text(minimal(), encoding="utf-8")
    (directory / f"{agency}.toml").write_text(text, encoding="utf-8")
    return Checked(made, text, examine(directory, {}))


def looked(url: str | Path, directory: Path, *tables: str, agency: str = "agency", rows: int = 20_000) -> Checked:
    """The draft of a look at a source."""
    return checked(asyncio.run(look(str(url), None, tables, Bounds(rows=rows))), directory, agency)
