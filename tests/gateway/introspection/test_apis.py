"""OpenAPI documents, JSON answers and GraphQL endpoints, each by a real server."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import strawberry
import yaml

from adapters.base import Keys, Scan
from adapters.kinds import open_adapter
from adapters.reading import read
from gateway.introspection.looking.bounds import Unseen
from tests.gateway.introspection.checking import Checked, looked
from tests.gateway.introspection.serving import MISSING, Answer, as_json, served

LICENCES = [
    {
        "licence_number": f"20{i:05}-DCA",
        "bbl": "1004770501" if i % 2 else "3005130037",
        "status": "Active" if i % 3 else "Expired",
        "issued": f"2020-01-{i % 28 + 1:02}",
        "fee": 12.5,
        "seats": i,
        "holder": {"name": "BIG APPLE CLEANERS", "contact": {"email": "a@b.org"}},
        "tags": ["x"],
    }
    for i in range(60)
]
LICENCE = {
    "type": "object",
    "properties": {
        "licence_number": {"type": "string", "description": "The number on the licence."},
        "bbl": {"type": "string"},
        "status": {"type": "string", "enum": ["Active", "Expired"]},
        "issued": {"type": "string", "format": "date"},
        "fee": {"type": "number"},
        "seats": {"type": "integer"},
        "holder": {"$ref": "#/components/schemas/Holder"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
HOLDER = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "contact": {"type": "object", "properties": {"email": {"type": "string"}}},
    },
}
ANSWER = {
    "description": "Licences",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "total": {"type": "integer"},
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Licence"}},
                },
            }
        }
    },
}


def parameter(name: str, kind: str = "string", where: str = "query", **more: object) -> dict[str, object]:
    return {"name": name, "in": where, "schema": {"type": kind}, "required": where == "path", **more}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Licensing Board", "version": "1"},
    "servers": [{"url": "/v2"}],
    "paths": {
        "/licences": {
            "get": {
                "operationId": "listLicences",
                "summary": "Licences",
                "parameters": [
                    parameter("bbl", "array", explode=False),
                    parameter("licence_number"),
                    parameter("status"),
                    parameter("page", "integer"),
                    parameter("per_page", "integer"),
                ],
                "responses": {"200": ANSWER},
            }
        },
        "/lots/{bbl}/licences": {
            "get": {
                "operationId": "ofLot",
                "parameters": [parameter("bbl", where="path")],
                "responses": {"200": ANSWER},
            }
        },
        "/health": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
    "components": {
        "schemas": {"Licence": LICENCE, "Holder": HOLDER},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
    },
}


def api(method: str, path: str, query: Mapping[str, list[str]], body: bytes) -> Answer:
    """The API that the document describes."""
    if path == "/openapi.json":
        return as_json(DOCUMENT)
    if path == "/openapi.yaml":
        return 200, "application/yaml", yaml.safe_dump(DOCUMENT).encode()
    if path == "/plain":
        return as_json({"items": LICENCES})
    parts = path.split("/")
    if parts[:2] != ["", "v2"] or parts[-1] != "licences":
        return MISSING
    wanted = [parts[3]] if len(parts) == 5 else [lot for each in query.get("bbl", ()) for lot in each.split(",")]
    rows = [row for row in LICENCES if not wanted or row["bbl"] in wanted]
    rows = [row for row in rows if row["status"] in query.get("status", [row["status"]])]
    page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["1000"])[0])
    return as_json({"total": len(rows), "data": rows[(page - 1) * size : page * size]})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served(api) as url:
        yield url


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
def test_an_openapi_document_becomes_datasets(server: str, name: str, tmp_path: Path) -> None:
    made = looked(f"{server}/{name}", tmp_path)
    assert made.problems == []
    assert [(each.name, each.path, each.rows) for each in made.draft.datasets] == [
        ("list_licences", "licences", 60),
        ("of_lot", "lots/{bbl}/licences", 0),
    ]
    assert made.draft.name == "Licensing Board"
    assert 'options.credentials = { header = "X-API-Key", key = "${API_KEY}" }' in made.text


def test_how_an_api_is_asked(server: str, tmp_path: Path) -> None:
    listed, of_lot = looked(f"{server}/openapi.json", tmp_path).draft.datasets
    assert listed.options == {
        "rows": "/data",
        "total": "/total",
        "paging": {"kind": "page", "page": "page", "size": "per_page", "per_page": 100},
        "keys": [
            {"columns": "bbl", "params": "bbl", "many": "comma"},
            {"columns": "licence_number", "params": "licence_number"},
        ],
        "filters": {"status": {"eq": "status"}},
    }
    assert of_lot.options["keys"] == [{"columns": "bbl"}]


def test_types_come_from_rows_else_from_the_document(server: str, tmp_path: Path) -> None:
    for dataset in looked(f"{server}/openapi.json", tmp_path).draft.datasets[:1]:
        types = {each.name: each.type.value for each in dataset.columns}
        assert types == {
            "licence_number": "text",
            "bbl": "text",
            "status": "text",
            "issued": "date",
            "fee": "money",
            "seats": "int",
            "holder_name": "text",
            "holder_contact_email": "text",
        }
        described = {each.name: each.column.description for each in dataset.columns}
        assert described["licence_number"] == "The number on the licence."
    unread = looked(f"{server}/openapi.json", tmp_path).draft.datasets[1]
    assert {each.name: each.type.value for each in unread.columns}["issued"] == "date"


async def test_the_draft_reads_what_the_api_has(server: str, tmp_path: Path) -> None:
    made = await _looked(f"{server}/openapi.json", tmp_path)
    assert made.examined.city is not None
    for table in made.examined.city.tables.values():
        adapter = open_adapter(made.examined.city.sources[table.dataset.source])
        try:
            asked = Scan(("licence_number", "fee"), keys=Keys(("bbl",), (("3005130037",),)))
            answer = await read(adapter, table.dataset, asked)
        finally:
            await adapter.aclose()
        assert len(answer.rows) == 30


async def _looked(url: str, directory: Path) -> Checked:
    return await asyncio.to_thread(looked, url, directory)


def test_only_the_paths_that_are_wanted(server: str, tmp_path: Path) -> None:
    made = looked(f"{server}/openapi.json", tmp_path, "/licences")
    assert [each.path for each in made.draft.datasets] == ["licences"]
    with pytest.raises(Unseen, match="name paths with --table"):
        looked(f"{server}/openapi.json", tmp_path, "/nothing")


def test_an_answer_without_a_document(server: str, tmp_path: Path) -> None:
    made = looked(f"{server}/plain", tmp_path)
    assert made.problems == []
    (dataset,) = made.draft.datasets
    assert (dataset.path, dataset.rows, dataset.options["rows"]) == ("plain", 60, "/items")
    assert made.damage() == (60, {})


def test_a_document_of_the_older_kind(tmp_path: Path) -> None:
    old = {
        "swagger": "2.0",
        "info": {"title": "Old"},
        "host": "127.0.0.1:9",
        "basePath": "/v1",
        "schemes": ["http"],
        "paths": {
            "/sales": {
                "get": {
                    "parameters": [{"name": "bbl", "in": "query", "type": "array", "items": {"type": "string"}}],
                    "responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Sale"}}}},
                }
            }
        },
        "definitions": {
            "Sale": {"properties": {"bbl": {"type": "string"}, "sold": {"type": "string", "format": "date"}}}
        },
    }
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    directory = tmp_path / "city"
    directory.mkdir()
    made = looked(tmp_path / "old.json", directory)
    assert made.problems == []
    assert "no rows were sampled: the source can't be reached" in made.text
    assert made.draft.url == "http://127.0.0.1:9/v1"


# --- GraphQL ---------------------------------------------------------------------------------


@strawberry.type
class Lot:
    number: str
    block: int


@strawberry.type
class Permit:
    """A permit of the Department."""

    permit_number: str = strawberry.field(description="The number on the permit.")
    bin: str
    open: bool
    fee: float
    lot: Lot


PERMITS = [
    Permit(
        permit_number=f"P{i:04}",
        bin="1015862" if i % 2 else "3057001",
        open=bool(i % 3),
        fee=12.5,
        lot=Lot(number="7", block=i),
    )
    for i in range(40)
]


@strawberry.type
class Query:
    @strawberry.field(description="All permits.")
    def permits(self, bins: list[str] | None = None) -> list[Permit]:
        return [each for each in PERMITS if bins is None or each.bin in bins]

    @strawberry.field
    def permits_of(self, bin: str) -> list[Permit]:
        return [each for each in PERMITS if each.bin == bin]

    @strawberry.field
    def version(self) -> str:
        return "1"


SCHEMA = strawberry.Schema(Query)


def graphql(method: str, path: str, query: Mapping[str, list[str]], body: bytes) -> Answer:
    asked = json.loads(body)
    found = SCHEMA.execute_sync(asked["query"], variable_values=asked.get("variables"))
    errors = {"errors": [each.formatted for each in found.errors]} if found.errors else {}
    return as_json({"data": found.data} | errors)


def test_a_graphql_endpoint_becomes_datasets(tmp_path: Path) -> None:
    with served(graphql) as url:
        made = looked(f"{url}/graphql", tmp_path)
        assert made.problems == []
        assert made.live() == []
        first, second = made.draft.datasets
        assert (first.path, first.rows, first.doc, first.options) == (
            "permits",
            40,
            "All permits.",
            {"keys": {"bin": "bins"}},
        )
        assert (second.path, second.rows, second.options) == ("permitsOf", 0, {"each": {"bin": "bin"}})
        types = {each.column.source[0]: each.type.value for each in first.columns}
        assert types == {
            "permitNumber": "text",
            "bin": "text",
            "open": "bool",
            "fee": "money",
            "lot.number": "text",
            "lot.block": "int",
        }


def test_an_endpoint_that_does_not_tell_is_said(tmp_path: Path) -> None:
    with (
        served(lambda *asked: as_json({"errors": [{"message": "no introspection"}]})) as url,
        pytest.raises(Unseen, match="does not answer introspection"),
    ):
        looked(f"{url}/graphql", tmp_path)
