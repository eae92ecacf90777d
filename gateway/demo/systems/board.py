"""The Licensing Board's API: JSON over its database, by key lists or page by page, for whoever has a key.

GET /v1/licences?number=OP-20001,OP-20002         some licences, or those of
                 establishment=3000001,3000002    some establishments, or of
                 address=1 MAIN ST&postcode=00100 a place; without any of them, all
    &size=200&cursor=…                            the page behind `next`

{ "licences": [{ "number": "OP-20001", …, "premises": { "address": …, "postcode": … } }], "next": null }
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from socket import socket

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY = "demo"
"""What callers send as X-Api-Key; a demo's key is no secret."""

MOST = 500
"""Licences of a page, and values of a key list, at most."""

_COLUMNS = "LIC_NUM, LIC_TYPE, LIC_STATUS, LICENSEE, DBA, PREMISES_ADDR, PREMISES_ZIP, ESTAB_NO, ISSUED, EXPIRES, FEE"
_SELECT = f"SELECT {_COLUMNS}, MODIFIED_AT FROM LICENSES WHERE LIC_NUM > ?"
_LISTS = {"number": "LIC_NUM", "establishment": "ESTAB_NO"}
_PLACES = {"address": "PREMISES_ADDR", "postcode": "PREMISES_ZIP"}


class _BadCall(ValueError):
    """A call that is not understood; the text may be shown."""


def create_app(database: Path) -> Starlette:
    """The API over the board's database."""
    return Starlette(routes=[Route("/v1/licences", _answer(database))])


def _answer(database: Path) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        if request.headers.get("x-api-key") != KEY:
            return _json({"error": "X-Api-Key is missing or unknown"}, 401)
        try:
            sql, values, size = _query(request)
        except _BadCall as error:
            return _json({"error": str(error)}, 400)
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(sql, values).fetchall()
        return _json({"licences": [_licence(row) for row in rows[:size]], "next": _next(rows, size)})

    return answer


def _query(request: Request) -> tuple[str, list[str | int], int]:
    """The statement, its values, and the size of the page; one row more is asked for."""
    asked = request.query_params
    if unknown := set(asked) - {*_LISTS, *_PLACES, "size", "cursor"}:
        raise _BadCall(f"unknown parameters: {', '.join(sorted(unknown))}")
    size = asked.get("size", str(MOST))
    if not size.isascii() or not size.isdigit() or not 1 <= int(size) <= MOST:
        raise _BadCall(f"size takes a number from 1 to {MOST}")
    conditions, values = [_SELECT], [asked.get("cursor", "")]
    for name, column in _LISTS.items():
        if name in asked:
            members = asked[name].split(",")
            if len(members) > MOST:
                raise _BadCall(f"{name} takes at most {MOST} values")
            conditions.append(f"{column} IN ({', '.join('?' * len(members))})")
            values += members
    for name, column in _PLACES.items():
        if name in asked:
            conditions.append(f"{column} = ?")
            values.append(asked[name])
    return f"{' AND '.join(conditions)} ORDER BY LIC_NUM LIMIT ?", [*values, int(size) + 1], int(size)


def _licence(row: Sequence[str]) -> dict[str, object]:
    number, kind, status, licensee, trade_name, address, postcode, establishment, issued, expires, fee, changed = row
    return {
        "number": number,
        "type": kind,
        "status": status,
        "licensee": licensee,
        "tradeName": trade_name,
        "premises": {"address": address, "postcode": postcode},
        "establishment": establishment,
        "issued": issued,
        "expires": expires,
        "fee": fee,
        "modifiedAt": changed,
    }


def _next(rows: Sequence[Sequence[str]], size: int) -> str | None:
    return rows[size - 1][0] if len(rows) > size else None


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def serve(directory: Path, listener: socket) -> None:
    """Serve the API over `licensing.sqlite`."""
    app = create_app((directory / "licensing.sqlite").resolve())
    config = uvicorn.Config(app, http="httptools", log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run([listener])
