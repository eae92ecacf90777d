"""What an OpenAPI document (2.0 or 3.x) says of an API: its lists, their rows, pages and parameters."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from adapters.base import ColumnType
from gateway.introspection.guessing.names import words
from gateway.introspection.looking.members import Member
from gateway.introspection.seen import Asked

T = ColumnType
_SAYS_SO = re.compile(rb"""^["']?(?:openapi|swagger)["']?[ ]*:|["'](?:openapi|swagger)["']\s*:""", re.MULTILINE)
_DEPTH = 3
_TYPES = {"integer": T.INT, "number": T.FLOAT, "boolean": T.BOOL}
_FORMATS = {"date": T.DATE, "date-time": T.DATETIME}
PLACE = re.compile(r"\{([^{}]*)\}")
_PAGES = ("page", "page_number", "pageNumber", "pageNo")
_OFFSETS = ("offset", "skip", "start", "startIndex")
_CURSORS = ("cursor", "after", "page_token", "pageToken", "starting_after")
_SIZES = ("per_page", "page_size", "pageSize", "limit", "size", "perPage", "count", "pagesize", "top")
_NEXT = ("next_cursor", "nextCursor", "nextPageToken", "next_page_token", "next", "cursor", "after")
_TOTALS = ("total", "total_count", "totalCount", "count", "totalResults", "total_results")


def document(body: bytes) -> Mapping[str, Any] | None:
    """An OpenAPI document; None where the body is none."""
    if not _SAYS_SO.search(body):
        return None
    try:
        found = orjson.loads(body) if body.lstrip()[:1] == b"{" else yaml.load(body, Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict) and ("openapi" in found or "swagger" in found) else None


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class Resource:
    """A GET that answers with rows."""

    path: str
    name: str
    title: str
    description: str
    row: Mapping[str, Any]
    options: Mapping[str, object]
    parameters: tuple[Mapping[str, Any], ...]
    required: tuple[str, ...]

    def asked(self, members: Sequence[Member]) -> Iterator[tuple[str, Asked]]:
        """The columns that a parameter asks for: those of the same words."""
        by_words = {words(each.label or each.source.rpartition("/")[2]): each.source for each in members}
        for each in self.parameters:
            name = str(each.get("name"))
            source = by_words.get(words(name)) or by_words.get(words(name.removesuffix("s")))
            if source is not None and each.get("in") in ("query", "path"):
                yield source, Asked(name, _many(each), each.get("in") == "path")


def _many(parameter: Mapping[str, Any]) -> str:
    """How several values are sent (OpenAPI 3.1, Style Values; 2.0, collectionFormat)."""
    schema = parameter.get("schema", parameter)
    if not isinstance(schema, dict) or schema.get("type") != "array" or parameter.get("in") != "query":
        return "each"
    if parameter.get("collectionFormat", "csv" if "schema" not in parameter else "") == "csv":
        return "comma"
    return "comma" if parameter.get("explode") is False else "repeat"


class Spec:
    """An OpenAPI document, its references followed."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described

    @property
    def server(self) -> str:
        """The address of the API, perhaps relative to the document's."""
        servers = self._described.get("servers")
        if isinstance(servers, list) and servers and isinstance(servers[0], dict):
            url = str(servers[0].get("url", ""))
            variables = servers[0].get("variables", {})
            return PLACE.sub(lambda found: str(variables.get(found[1], {}).get("default", "")), url)
        host, path = self._described.get("host"), str(self._described.get("basePath", ""))
        schemes = self._described.get("schemes") or ["https"]
        return f"{schemes[0]}://{host}{path}" if host else path

    def credentials(self) -> Iterator[str]:
        """What the API wants of its callers, as notes."""
        components = self._described.get("components", {})
        known = components.get("securitySchemes") or self._described.get("securityDefinitions") or {}
        for scheme in (self._resolved(each) for each in known.values()):
            kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
            if kind == "apiKey" and scheme.get("in") in ("header", "query"):
                yield self._wants(f'{{ {scheme["in"]} = "{scheme.get("name")}", key = "${{API_KEY}}" }}')
            elif how == "bearer" or kind == "openIdConnect":
                yield self._wants('{ bearer = "${API_TOKEN}" }')
            elif how == "basic" or kind == "basic":
                yield self._wants('{ user = "${API_USER}", password = "${API_PASSWORD}" }')
            elif kind == "oauth2":
                yield self._wants('{ token_url = "…", client_id = "…", client_secret = "${API_SECRET}" }')

    @staticmethod
    def _wants(credentials: str) -> str:
        return f"DECIDE the credentials, if it wants them: options.credentials = {credentials}"

    def resources(self) -> Iterator[Resource]:
        """The GETs that answer with a list of objects."""
        for path, item in (self._described.get("paths") or {}).items():
            item = self._resolved(item)
            operation = item.get("get")
            if not isinstance(operation, dict):
                continue
            found = self._rows(self._answer(operation))
            if found is None:
                continue
            row, rows, envelope = found
            parameters = tuple(map(self._resolved, [*item.get("parameters", ()), *operation.get("parameters", ())]))
            options, paging = _options(rows, envelope, parameters)
            required = tuple(
                str(each["name"])
                for each in parameters
                if each.get("required") and each.get("in") == "query" and each["name"] not in paging
            )
            yield Resource(
                str(path),
                str(operation.get("operationId") or "_".join(PLACE.sub("", str(path)).split("/"))),
                str(operation.get("summary", "")),
                str(operation.get("description", "")),
                row,
                options,
                tuple(each for each in parameters if each.get("name") not in paging),
                required,
            )

    def _answer(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema of a good answer."""
        responses = operation.get("responses") or {}
        answer = self._resolved(responses.get("200") or responses.get(200) or responses.get("default") or {})
        content = answer.get("content") or {}
        media = next((each for name, each in content.items() if "json" in str(name)), answer)
        return self._resolved(media.get("schema") or {})

    def _rows(
        self, schema: Mapping[str, Any], path: str = "", depth: int = 2
    ) -> tuple[Mapping[str, Any], str, Mapping[str, Any]] | None:
        """The schema of a row, the pointer to the rows, and the properties around them."""
        items = self._resolved(schema.get("items") or {})
        if schema.get("type") == "array" or items:
            return (items, path, {}) if self._properties(items) else None
        properties = self._properties(schema)
        for name, each in properties.items() if depth else ():
            found = self._rows(self._resolved(each), f"{path}/{escaped(name)}", depth - 1)
            if found is not None:
                return found[0], found[1], found[2] or properties if path == "" else properties
        return None

    def members(self, row: Mapping[str, Any], path: str = "", depth: int = _DEPTH) -> Iterator[Member]:
        """The scalar members of a row, those of objects in it by their pointers."""
        for name, each in self._properties(row).items():
            schema = self._resolved(each)
            inner = f"{path}/{escaped(name)}"
            if self._properties(schema):
                if depth:
                    yield from self.members(schema, inner, depth - 1)
                continue
            kinds = schema.get("type")
            kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
            if kind in ("array", "object"):
                continue
            declared = _TYPES.get(str(kind)) or _FORMATS.get(str(schema.get("format")), T.TEXT)
            source = inner if path or "/" in name else name
            yield Member(source, declared, str(kind) not in _TYPES, str(schema.get("description", "")))

    def _properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found = dict(schema.get("properties") or {})
        for part in schema.get("allOf") or ():
            found |= self._properties(self._resolved(part))
        return found

    def _resolved(self, value: Any, depth: int = 10) -> Mapping[str, Any]:
        """What a reference leads to within the document (RFC 6901); an empty table for nothing."""
        while isinstance(value, dict) and isinstance(value.get("$ref"), str) and depth:
            target: Any = self._described
            for step in value["$ref"].removeprefix("#/").split("/"):
                step = step.replace("~1", "/").replace("~0", "~")
                target = target.get(step, {}) if isinstance(target, dict) else {}
            value, depth = target, depth - 1
        return value if isinstance(value, dict) else {}


def _options(
    rows: str, envelope: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, object], set[str]]:
    """Where rows and their number are, how pages follow, and the parameters that pages use."""
    names = [str(each.get("name")) for each in parameters if each.get("in") == "query"]
    found: dict[str, object] = {"rows": rows} if rows else {}
    around = rows.rpartition("/")[0]
    if total := next((name for name in _TOTALS if name in envelope), None):
        found["total"] = f"{around}/{escaped(total)}"
    paging: dict[str, object] = {}
    following = next((name for name in _NEXT if name in envelope), None)
    for kind, usual in (("cursor", _CURSORS), ("page", _PAGES), ("offset", _OFFSETS)):
        param = next((name for name in usual if name in names), None)
        if param is not None and not paging and (kind != "cursor" or following):
            paging = {"kind": kind, kind: param}
            if kind == "cursor":
                paging["next"] = f"{around}/{escaped(str(following))}"
    size = next((name for name in _SIZES if name in names), None)
    if paging and size:
        paging |= {"size": size, "per_page": 100}
    used = {str(value) for name, value in paging.items() if name in ("page", "offset", "cursor", "size")}
    return found | ({"paging": paging} if paging else {}), used
