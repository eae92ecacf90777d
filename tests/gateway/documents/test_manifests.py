"""Manifests in the formats of client tools, and every problem of those that can't be used."""

from pathlib import Path

import orjson
import pytest

from gateway.documents import ManifestError, read_manifests

APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": "a" * 64, "name": "Me", "type": "query", "body": "query Me { me { name } }"},
        {"id": "b" * 64, "name": "City", "type": "query", "body": "query City { city { name } }"},
    ],
}
RELAY = {"3be4abb81fa595e25eb725b2c6a87508": "query MeQuery {\n  me {\n    name\n  }\n}\n"}


def written(path: Path, content: object) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path


def test_the_formats_of_apollo_and_relay(tmp_path: Path) -> None:
    assert read_manifests(written(tmp_path / "apollo.json", APOLLO)) == {
        "a" * 64: "query Me { me { name } }",
        "b" * 64: "query City { city { name } }",
    }
    assert read_manifests(written(tmp_path / "relay.json", RELAY)) == RELAY
    assert len(read_manifests(tmp_path)) == 3  # both, from their directory


def test_an_empty_manifest_knows_nothing(tmp_path: Path) -> None:
    assert read_manifests(written(tmp_path / "none.json", {})) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is no object"),
        ({"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}, "format or version"),
        ({"format": "other", "version": 1, "operations": []}, "format or version"),
        ({"x": 5}, '"x" has no text'),
        ({"x": "{ me {"}, '"x" is no GraphQL document: Syntax Error'),
        ({"x": "{ me " * 3_000}, '"x" is no GraphQL document'),
        ({" ": "{ me { name } }"}, "an id is empty"),
        (APOLLO | {"operations": [5]}, "an id is empty"),
        (APOLLO | {"operations": [{"id": "x", "name": "X"}]}, '"x" has no text'),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, content: object, says: str) -> None:
    path = written(tmp_path / "manifest.json", content)
    with pytest.raises(ManifestError) as caught:
        read_manifests(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)


def test_all_problems_at_once(tmp_path: Path) -> None:
    written(tmp_path / "a.json", {"x": "{ me { name } }", "y": 1})
    written(tmp_path / "b.json", {"x": "{ city { name } }", "z": "{"})
    with pytest.raises(ManifestError) as caught:
        read_manifests(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert '"x" stands for another text in another place' in lines[1]


def test_places_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="there is no such file"):
        read_manifests(tmp_path / "missing.json")
    with pytest.raises(ManifestError, match=r"has no \*\.json"):
        read_manifests(tmp_path)
