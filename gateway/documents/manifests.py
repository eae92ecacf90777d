"""Manifests of persisted documents, as client tools write them.

    {"format": "apollo-persisted-query-manifest", "version": 1,
     "operations": [{"id": …, "name": …, "type": …, "body": …}]}     @apollo/generate-persisted-query-manifest
    {"<id>": "<text>"}                                              relay-compiler, graphql-codegen's client preset

Ids are taken as they are written; they need not be hashes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSyntaxError, parse

FORMAT = "apollo-persisted-query-manifest"

_SHOWN = 60  # characters of an id in a message


class ManifestError(ValueError):
    """Manifests that can't be used; the text lists all problems, one a line."""


def read_manifests(path: Path) -> dict[str, str]:
    """Texts by id from a manifest, or from every `*.json` of a directory.

    Raises `ManifestError` with every problem at once.
    """
    problems: list[str] = []
    found: dict[str, str] = {}
    for file in _files(path, problems):
        for key, text in _texts(file, problems):
            if found.setdefault(key, text) != text:
                problems.append(f"{file}: {_told(key)} stands for another text in another place; ids name one document")
    if problems:
        raise ManifestError("\n".join(problems))
    return found


def _files(path: Path, problems: list[str]) -> list[Path]:
    if not path.exists():
        problems.append(f"{path}: there is no such file or directory; CITYGRAPH_DOCUMENTS names a manifest")
        return []
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        problems.append(f"{path}: the directory has no *.json; put the manifests there that client tools write")
    return files


def _texts(file: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    """The valid entries of one manifest."""
    for key, text in _entries(file, problems):
        if not isinstance(key, str) or not key.strip():
            problems.append(f"{file}: an id is empty or no string")
        elif not isinstance(text, str):
            problems.append(f"{file}: {_told(key)} has no text; a manifest maps ids to GraphQL documents")
        elif wrong := _syntax(text):
            problems.append(f"{file}: {_told(key)} is no GraphQL document: {wrong}")
        else:
            yield key, text


def _entries(file: Path, problems: list[str]) -> list[tuple[Any, Any]]:
    """Ids and texts as they are written; none, with a problem, where the format is none that we know."""
    try:
        written = orjson.loads(file.read_bytes())
    except OSError as error:
        problems.append(f"{file}: can't be read: {error.strerror}")
        return []
    except orjson.JSONDecodeError as error:
        problems.append(f"{file}: is not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
        return []
    if not isinstance(written, dict):
        problems.append(f"{file}: is no object; {_formats()}")
        return []
    if "operations" not in written and "format" not in written:
        return list(written.items())
    operations = written.get("operations")
    if written.get("format") != FORMAT or written.get("version") != 1 or not isinstance(operations, list):
        problems.append(f"{file}: is of a format or version that is not known here; {_formats()}")
        return []
    return [_operation(each) for each in operations]


def _operation(written: Any) -> tuple[Any, Any]:
    entry: Mapping[str, Any] = written if isinstance(written, dict) else {}
    return entry.get("id"), entry.get("body")


def _syntax(text: str) -> str | None:
    """What is wrong with the syntax of a text."""
    try:
        parse(text, no_location=True)
    except GraphQLSyntaxError as error:
        return error.message
    except RecursionError:
        return "it is nested too deeply"
    return None


def _told(key: str) -> str:
    return f'"{key[:_SHOWN]}…"' if len(key) > _SHOWN else f'"{key}"'


def _formats() -> str:
    return f'known are {{"format": "{FORMAT}", "version": 1, "operations": […]}} and {{"<id>": "<text>"}}'
