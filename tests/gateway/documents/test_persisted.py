"""Texts by id: whose they are, and what is not kept."""

import pytest

from gateway.documents import Persisted, UnknownDocument, sha256_of

TEXT = "query($id: ID!) { address(id: $id) { label } }"


def test_what_a_manifest_has_is_found_by_everyone() -> None:
    persisted = Persisted({"x": TEXT})
    assert persisted.text("x", None) == persisted.text("x", "cg_1") == TEXT
    assert persisted.knows(TEXT)
    with pytest.raises(UnknownDocument) as caught:
        persisted.text("y", None)
    assert (str(caught.value), caught.value.code) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


def test_what_a_client_registered_is_found_by_its_hash() -> None:
    persisted = Persisted()
    persisted.register(TEXT, "cg_1", shared=True)
    for key in (sha256_of(TEXT), f"sha256:{sha256_of(TEXT)}"):
        assert persisted.text(key, None) == TEXT
    assert not persisted.knows(TEXT)


@pytest.mark.parametrize("other", ["cg_2", None])
def test_what_is_not_shared_is_found_by_its_own_key_only(other: str | None) -> None:
    persisted = Persisted()
    persisted.register(TEXT, "cg_1", shared=False)
    assert persisted.text(sha256_of(TEXT), "cg_1") == TEXT
    with pytest.raises(UnknownDocument):
        persisted.text(sha256_of(TEXT), other)


def test_what_was_registered_is_bounded_by_bytes() -> None:
    persisted = Persisted(room=5_000)
    texts = [f"{{ a{n}: me {{ name }} }}" for n in range(50)]
    for text in texts:
        persisted.register(text, None, shared=True)
    persisted.register("{ me { name } } " + " " * 5_000, None, shared=True)
    found = 0
    for text in texts:
        try:
            found += persisted.text(sha256_of(text), None) == text
        except UnknownDocument:
            continue
    assert found == 5_000 // (500 + 4 * len(texts[-1]))


def test_where_only_known_documents_are_served() -> None:
    persisted = Persisted({"x": TEXT}, "only")
    persisted.check(TEXT)
    with pytest.raises(UnknownDocument) as caught:
        persisted.check(TEXT + " ")
    assert caught.value.code == "UNKNOWN_DOCUMENT"
    persisted.register("{ me { name } }", None, shared=True)
    with pytest.raises(UnknownDocument):
        persisted.text(sha256_of("{ me { name } }"), None)
