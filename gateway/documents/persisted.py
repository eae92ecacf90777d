"""The persisted documents of one process: those of manifests, and those that clients registered.

What a client registers (Apollo's automatic persisted queries) is found again by its SHA-256. A text
with strings written into it is found only by callers of the same key: that somebody asked it is not
to be learnt by trying. What asks about persons with values of its own is never given here.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType

from cachetools import LRUCache

_OVERHEAD = 500
"""Bytes of a registered text beside its characters."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class UnknownDocument(Exception):
    """A request that names no document that is known here, or is none of those that are served.

    `code` is the error's code, the text may be shown.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Persisted:
    """Texts by id. `known` are those of manifests; `mode` says of texts that are not among them:
    "off" nothing, "log" they are told of, "only" they are refused. `room` bounds, in bytes, what
    clients registered."""

    def __init__(self, known: Mapping[str, str] = _NOTHING, mode: str = "off", room: int = 4 * 2**20) -> None:
        self._known = dict(known)
        self._texts = frozenset(self._known.values())
        self.mode = mode
        self._registered: LRUCache[tuple[str | None, str], str] = LRUCache(
            room, getsizeof=lambda text: _OVERHEAD + 4 * len(text)
        )

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Ids and texts of the manifests."""
        return iter(self._known.items())

    def __len__(self) -> int:
        return len(self._known)

    def knows(self, text: str) -> bool:
        """Whether a text is one of a manifest."""
        return text in self._texts

    def text(self, key: str, caller: str | None) -> str:
        """The text of an id, for the key of a caller. Raises `UnknownDocument`."""
        for name in (key, key.removeprefix("sha256:")):
            if name in self._known:
                return self._known[name]
            for owner in (None, caller or ""):
                if (found := self._registered.get((owner, name))) is not None:
                    return found
        raise UnknownDocument("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")  # clients look for these words

    def check(self, text: str) -> None:
        """Raises `UnknownDocument` for a text that is not served here."""
        if self.mode == "only" and text not in self._texts:
            message = "Only documents that were registered with the operator of this gateway are answered."
            raise UnknownDocument(message, "UNKNOWN_DOCUMENT")

    def register(self, text: str, caller: str | None, *, shared: bool) -> None:
        """Keep a text for whoever names its hash: for all callers, or those of the key `caller`."""
        key = (None if shared else caller or "", sha256_of(text))
        if self.mode != "only" and _OVERHEAD + 4 * len(text) <= self._registered.maxsize:
            self._registered[key] = text


def sha256_of(text: str) -> str:
    """SHA-256 of a text in hexadecimal, as clients of automatic persisted queries make it."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
