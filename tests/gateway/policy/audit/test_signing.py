import base64
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.policy.audit.signing import BadKey, BadNote, PublicKey, open_signer


def test_a_note_is_a_signed_note_of_c2sp(tmp_path: Path) -> None:
    signer = open_signer(tmp_path)
    note = signer.note("citygraph/c1\n12\nAAAA\n")
    text, signature = note.split("\n\n")
    dash, name, coded = signature.rstrip("\n").split(" ")
    raw = base64.b64decode(coded)
    key = signer.public
    assert (dash, name) == ("—", key.name)
    assert raw[:4] == sha256(name.encode() + b"\n\x01" + key.raw).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key.raw).verify(raw[4:], (text + "\n").encode())
    assert key.text_of(note) == "citygraph/c1\n12\nAAAA\n"


def test_a_note_that_was_changed_is_refused(tmp_path: Path) -> None:
    signer = open_signer(tmp_path)
    note = signer.note("a\n")
    other = open_signer(_folder(tmp_path))
    for changed in (note.replace("a\n", "b\n", 1), note[:-5] + "\n", other.note("a\n"), "a\n", ""):
        with pytest.raises(BadNote):
            signer.public.text_of(changed)


def test_the_key_is_made_once_and_for_the_owner(tmp_path: Path) -> None:
    first = open_signer(tmp_path).public
    assert open_signer(tmp_path).public == first
    assert (tmp_path / "signing.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["signing.key"]
    assert PublicKey.parse(str(first)) == first


@pytest.mark.parametrize("text", ["", "a+b", "name+00000000+AAAA", "name+0+%%"])
def test_a_public_key_that_is_none(text: str) -> None:
    with pytest.raises(BadKey):
        PublicKey.parse(text)


def test_a_private_key_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_text("nothing")
    with pytest.raises(BadKey, match="can't be read"):
        open_signer(tmp_path)


def _folder(parent: Path) -> Path:
    folder = parent / "other"
    folder.mkdir()
    return folder
