"""Notes signed with Ed25519, in the form that transparency logs sign their checkpoints in.

C2SP signed-note: a text, an empty line, `— <name> <base64 of key id and signature>`. The name is
made from the public key, so that it says which log this is.
"""

import base64
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE = "signing.key"
PUBLIC = "signing.pub"
_ED25519 = b"\x01"
_ID = 4


class BadKey(ValueError):
    """A key that can't be used; the text says which and why."""


class BadNote(ValueError):
    """A note that is not what the key signed."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half; its text is a "verifier key" of signed notes: name+id+key."""

    raw: bytes

    @property
    def name(self) -> str:
        """The name of the log."""
        return f"citygraph-audit-{sha256(self.raw).hexdigest()[:12]}"

    @property
    def id(self) -> bytes:
        """The four bytes before a signature."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """The key of a text. Raises `BadKey`."""
        try:
            raw = base64.b64decode(text.strip().split("+", 2)[2], validate=True)
            key = cls(raw[1:])
        except (IndexError, ValueError):
            raise BadKey("a public key reads name+id+key, as in signing.pub") from None
        if len(raw) != 33 or str(key) != text.strip():
            raise BadKey("the public key does not fit its own name and id: it was cut or changed")
        return key

    def text_of(self, note: str) -> str:
        """The text of a note. Raises `BadNote` if this key did not sign it."""
        text, empty, signature = note.rpartition("\n\n")
        words = signature.split(" ")
        if not empty or len(words) != 3 or words[:2] != ["—", self.name]:
            raise BadNote("is not signed by the key of this log")
        try:
            signed = base64.b64decode(words[2].rstrip("\n"), validate=True)
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signed[_ID:], f"{text}\n".encode())
        except (ValueError, InvalidSignature):
            raise BadNote("has a signature that does not fit") from None
        if signed[:_ID] != self.id:
            raise BadNote("is not signed by the key of this log")
        return f"{text}\n"


class Signer:
    """Signs as a log."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(
            key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )

    def note(self, text: str) -> str:
        """The note of a text, which ends with a line's end."""
        signature = base64.b64encode(self.public.id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.public.name} {signature}\n"


def open_signer(folder: Path) -> Signer:
    """The signer of a log; its key is made at the first start. Raises `BadKey`, OSError.

    Processes that start at once agree on one key: a file appears complete or not at all.
    """
    file = folder / PRIVATE
    if not file.exists():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _appear(file, fresh)
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError):
        raise BadKey(f"{PRIVATE} of the audit log can't be read as a private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{PRIVATE} of the audit log is not an Ed25519 key")
    return Signer(key)


def publish(key: PublicKey, folder: Path) -> None:
    """Put the public key into a folder that has none. Raises OSError."""
    _appear(folder / PUBLIC, f"{key}\n".encode())


def published(folder: Path) -> PublicKey | None:
    """The public key in a folder, if there is one. Raises `BadKey`."""
    try:
        text = (folder / PUBLIC).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise BadKey(f"{PUBLIC} is not a text") from None
    return PublicKey.parse(text)


def _appear(file: Path, content: bytes) -> None:
    if file.exists():
        return
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
