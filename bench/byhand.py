"""The fan-out of the benchmark's queries written by hand: what an engineer would write for these
five tables and no others. No GraphQL, no catalogue, no provenance, no states, no permissions.

It gives the very `data` that the gateway gives, which the benchmark checks before it measures.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import orjson

from resolvers.city import City

Row = Sequence[Any]
FILES = ("assessor", "deeds", "companies", "buildings")

PARCELS = """SELECT WARD, BLK, LOT, SITUS, POSTCD, WARDNM, ASSDVAL, BLDGCLS, USECD, STOREYS, RESUNITS
FROM PARCELS WHERE (WARD, BLK, LOT) IN (VALUES {})"""
SALES = """SELECT "PARCEL ID", RECORDED, CONSIDERATION, UNIT, "INSTRUMENT NO"
FROM conveyances WHERE "PARCEL ID" IN ({})"""
LIENS = 'SELECT "PARCEL ID", "LIEN NO", FILED, AMOUNT FROM liens WHERE "PARCEL ID" IN ({})'
ESTABLISHMENTS = """SELECT parcel, establishment_number, trading_name, line_of_trade, telephone, opened, closed,
last_filing FROM establishment WHERE parcel IN ({})"""
PERMITS = """SELECT parcel, struct_no, permit_no, issued_at, expires, est_cost, job_description, work_type, status
FROM permits WHERE {} IN ({})"""
STRUCTURES = "SELECT parcel, struct_no FROM structure_parcels WHERE parcel IN ({})"


class ByHand:
    """The agencies' databases and the two code lists that the queries show."""

    def __init__(self, files: dict[str, aiosqlite.Connection], city: City) -> None:
        self.files = files
        self.calls = 0  # however many statements each takes
        self.codes = {agency: city.codes[agency] for agency in FILES}

    async def profile(self, parcel: str) -> bytes:
        """The response for one parcel ("100010002")."""
        (found,) = await self._files([parcel])
        return orjson.dumps({"data": {"address": found}})

    async def bulk(self, parcels: Sequence[str]) -> bytes:
        """The response for several."""
        return orjson.dumps({"data": {"addresses": await self._files(parcels)}})

    async def _files(self, parcels: Sequence[str]) -> list[dict[str, Any]]:
        short = {f"{p[0]}-{int(p[1:5])}-{int(p[5:])}": p for p in parcels}
        decimal = {f"{p}.0": p for p in parcels}
        lots, sales, liens, establishments, permits, structures = await asyncio.gather(
            self._parcels(parcels),
            self._ask("deeds", SALES, list(decimal)),
            self._ask("deeds", LIENS, list(decimal)),
            self._ask("companies", ESTABLISHMENTS, list(short)),
            self._ask("buildings", PERMITS, list(parcels), "parcel"),
            self._ask("buildings", STRUCTURES, list(parcels)),
        )
        numbers = list({number for _, number in structures})
        more_permits = await self._ask("buildings", PERMITS, numbers, "struct_no")
        lots_of = defaultdict(list)
        for parcel, number in structures:
            lots_of[str(number)].append(parcel)
        sections = (
            _by(decimal.get, [r for r in sales if _amount(r[2])], _sale),
            _by(decimal.get, liens, _lien),
            _by(short.get, establishments, _establishment),
            _with(lots_of, _by({p: p for p in parcels}.get, permits, self._permit), more_permits, self._permit),
        )
        return [self._file(lots[parcel], [section[parcel] for section in sections]) for parcel in parcels]

    async def _parcels(self, parcels: Sequence[str]) -> dict[str, Row]:
        self.calls += 1
        found = {}
        for some in _chunks(parcels):
            marks = ", ".join(["(?, ?, ?)"] * len(some))
            values = [int(part) for p in some for part in (p[0], p[1:5], p[5:])]
            for row in await self._fetch("assessor", PARCELS.format(marks), values):
                found[f"{row[0]}{row[1]:04}{row[2]:04}"] = row
        return found

    async def _ask(self, file: str, sql: str, keys: Sequence[Any], *column: str) -> list[Row]:
        self.calls += 1
        found: list[Row] = []
        for some in _chunks(keys):
            found += await self._fetch(file, sql.format(*column, ", ".join("?" * len(some))), some)
        return found

    async def _fetch(self, file: str, sql: str, values: Sequence[Any]) -> list[Row]:
        return list(await self.files[file].execute_fetchall(sql, values))

    def _file(self, lot: Row, sections: Sequence[list[Any]]) -> dict[str, Any]:
        use = self.codes["assessor"]["land_use"].get(lot[8])
        names = ("sales", "liens", "establishments", "buildingPermits")
        return {
            "label": f"{lot[3]}, {lot[4]}",
            "district": lot[5],
            "assessedValue": str(lot[6]),
            "assessment": {
                "buildingClass": lot[7],
                "landUse": {"code": lot[8], "label": use.label if use else None} if lot[8] else None,
                "storeys": lot[9] or None,
                "homes": lot[10],
                "value": str(lot[6]),
            },
        } | {name: _page(records) for name, records in zip(names, sections, strict=True)}

    def _code(self, agency: str, codes: str, code: str | None) -> dict[str, Any] | None:
        known = self.codes[agency][codes].get(code or "")
        return {"code": code, "label": known.label if known else None} if code else None

    def _permit(self, row: Row) -> tuple[datetime | None, Any, dict[str, Any]]:
        issued = datetime.strptime(row[3], "%m/%d/%Y %I:%M:%S %p") if row[3] else None
        return (
            issued,
            row[2],
            {
                "number": row[2],
                "date": issued.date().isoformat() if issued else None,
                "until": row[4] or None,
                "cost": None if row[5] is None else f"{row[5]:.15g}",
                "job": row[6] or None,
                "work": self._code("buildings", "work", row[7]),
                "status": self._code("buildings", "status", row[8]),
            },
        )


def _sale(row: Row) -> tuple[date | None, Any, dict[str, Any]]:
    recorded = _day(row[1])
    shown = {"date": _iso(recorded), "amount": _amount(row[2]), "unit": row[3] or None, "number": row[4]}
    return recorded, row[4], shown


def _lien(row: Row) -> tuple[date | None, Any, dict[str, Any]]:
    filed = _day(row[2])
    return filed, row[1], {"number": row[1], "filed": _iso(filed), "amount": _amount(row[3])}


def _establishment(row: Row) -> tuple[date | None, Any, dict[str, Any]]:
    opened = _day(row[5], day_first=True)
    return (
        opened,
        row[1],
        {
            "number": str(row[1]),
            "tradeName": row[2] or None,
            "line": row[3] or None,
            "phone": "".join(c for c in row[4] if c.isdigit()) if row[4] else None,
            "opened": _iso(opened),
            "until": _iso(_day(row[6], day_first=True)),
            "changedAt": datetime.fromisoformat(row[7]).isoformat() if row[7] else None,
        },
    )


def _day(text: str | None, *, day_first: bool = False) -> date | None:
    """A day; None where there is none, or none that exists (the query's errors tell those)."""
    if not text:
        return None
    one, other, year = map(int, text.split("/"))
    try:
        return date(year, other, one) if day_first else date(year, one, other)
    except ValueError:
        return None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _amount(text: str | None) -> str | None:
    plain = (text or "").strip().replace(",", "")
    return None if plain in ("", "-", "0") else plain


def _by(owner: Callable[[Any], str | None], rows: Sequence[Row], make: Callable[[Row], Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        parcel = owner(row[0])
        if parcel is not None:
            found[parcel].append(make(row))
    return found


def _with(
    lots: dict[str, list[str]], found: dict[str, list[Any]], rows: Sequence[Row], make: Callable[[Row], Any]
) -> dict[str, list[Any]]:
    """And the rows that name a structure but no parcel."""
    for row in rows:
        if not row[0]:
            for parcel in lots[str(row[1])]:
                found[parcel].append(make(row))
    return found


def _page(records: list[Any]) -> dict[str, Any]:
    records.sort(key=lambda record: str(record[1]))
    records.sort(key=lambda record: (record[0] is not None, record[0].isoformat() if record[0] else ""), reverse=True)
    return {"totalCount": len(records), "nodes": [shown for _, _, shown in records[:5]]}


def _chunks(keys: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    return [keys[at : at + size] for at in range(0, len(keys), size)]


async def open_files(directory: Path) -> dict[str, aiosqlite.Connection]:
    """One connection an agency, read-only."""
    return {name: await aiosqlite.connect(f"file:{directory / name}.sqlite?mode=ro", uri=True) for name in FILES}
