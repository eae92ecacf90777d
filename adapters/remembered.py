"""What was made once for a shape of scans, and is looked up by every scan."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """At most `size` entries; what came first goes first. Looking up costs no more than in any
    dictionary, which is why this is no LRU cache: three look-ups are made for each fetch."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._size and key not in self:
            del self[next(iter(self))]
        super().__setitem__(key, value)
