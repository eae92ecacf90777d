"""Reading the `options` of a source or dataset: typed, and every mistake told at its place.

An adapter takes what it knows, name by name; `check` then complains of the rest and raises all
mistakes at once. A catalogue shows each at its own line.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]


class Mistake(NamedTuple):
    """What is wrong, with the fix, and where: the keys that lead there from the source or dataset."""

    path: Path
    text: str


class BadOptions(ValueError):
    """Options that an adapter can't be made from; no text quotes a value, for it may be a secret."""

    def __init__(self, place: str, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{place}: {mistake.text}" for mistake in self.mistakes))


class Options:
    """A table of options while it is read. What is missing or of another kind comes as the default."""

    def __init__(
        self, table: Mapping[str, object], path: Path = ("options",), mistakes: list[Mistake] | None = None
    ) -> None:
        self.mistakes: list[Mistake] = [] if mistakes is None else mistakes
        self._table = table
        self._path = path
        self._known: dict[str, None] = {}
        self._inner: list[Options] = []

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def complain(self, text: str, *at: str | int) -> None:
        """Report a mistake at a key of this table, or at the table."""
        self.mistakes.append(Mistake((*self._path, *at), text))

    def named(self, name: str) -> str:
        """The whole name of a key, as messages show it: options.credentials.token."""
        return ".".join(map(str, (*self._path, name)))

    def _take(self, name: str) -> object:
        self._known[name] = None
        return self._table.get(name)

    def _wrong(self, name: str, kind: str) -> None:
        self.complain(f"{self.named(name)} takes {kind}", name)

    def text(self, name: str, default: str | None = None, *, empty: bool = False) -> str | None:
        """A text that is not empty, unless it may be."""
        value = self._take(name)
        if isinstance(value, str) and (value or empty):
            return value
        if value is not None:
            self._wrong(name, "a text")
        return default

    def needed(self, name: str, why: str) -> str:
        """A text that can't be left out; "" where it is."""
        value = self.text(name)
        if value is None and self._table.get(name) is None:
            self.complain(f"{self.named(name)} is missing: {why}", name)
        return value or ""

    def choice(self, name: str, among: Sequence[str], default: str | None = None) -> str | None:
        """One of several words."""
        value = self.text(name)
        if value is None or value in among:
            return value or default
        close = get_close_matches(value, among, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        self._wrong(name, _words(among) + hint)
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false; also as texts, for that is how the environment has them."""
        value = self._take(name)
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        if value is not None:
            self._wrong(name, "true or false")
        return default

    def count(self, name: str, default: int, *, least: int = 1) -> int:
        """A whole number, not less than `least`."""
        value = self._take(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        if value is not None:
            self._wrong(name, f"a whole number from {least}")
        return default

    def list(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text is a list of one."""
        value = self._take(name)
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list | tuple) and all(isinstance(each, str) for each in listed):
            return tuple(listed)
        if value is not None:
            self._wrong(name, "a list of texts")
        return ()

    def counts(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = self._take(name)
        if isinstance(value, list | tuple) and all(isinstance(v, int) and not isinstance(v, bool) for v in value):
            return tuple(value)
        if value is not None:
            self._wrong(name, "a list of whole numbers")
        return ()

    def listed(self, name: str) -> "Sequence[Options]":
        """A list of tables."""
        value = self._take(name)
        if isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value):
            return [self._enter(each, name, at) for at, each in enumerate(value)]
        if value is not None:
            self._wrong(name, f"a list of tables, [[{self.named(name)}]]")
        return []

    def texts(self, name: str) -> Mapping[str, str]:
        """A table of texts; numbers and flags are spelled as JSON does."""
        value = self._take(name)
        if not isinstance(value, Mapping):
            if value is not None:
                self._wrong(name, "a table of texts")
            return {}
        found = {key: spelled(each) for key, each in value.items()}
        for key, each in found.items():
            if each is None:
                self.complain(f"{self.named(name)}.{key} takes a text", name, key)
        return {key: each for key, each in found.items() if each is not None}

    def table(self, name: str) -> "Options | None":
        """A table within; None where it is not there."""
        value = self._take(name)
        if isinstance(value, Mapping):
            return self._enter(value, name)
        if value is not None:
            self._wrong(name, "a table")
        return None

    def tables(self, name: str) -> "dict[str, Options]":
        """A table of tables, by name."""
        outer = self.table(name)
        if outer is None:
            return {}
        found = {key: outer.table(key) for key in outer._table}
        return {key: inner for key, inner in found.items() if inner is not None}

    def _enter(self, value: Mapping[str, object], *keys: str | int) -> "Options":
        inner = Options(value, (*self._path, *keys), self.mistakes)
        self._inner.append(inner)
        return inner

    def names(self) -> Iterable[str]:
        """The keys that are there."""
        return self._table.keys()

    def finish(self) -> Sequence[Mistake]:
        """All mistakes, those of unknown keys included."""
        self._unknown()
        return tuple(self.mistakes)

    def _unknown(self) -> None:
        for name in self._table:
            if name not in self._known:
                close = get_close_matches(name, self._known, n=1)
                hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(self._known)}"
                self.complain(f"{self.named(name)} is unknown; {hint}", name)
        for inner in self._inner:
            inner._unknown()

    def check(self, place: str) -> None:
        """`BadOptions` with all mistakes, if there are any."""
        if mistakes := self.finish():
            raise BadOptions(place, mistakes)


def spelled(value: object) -> str | None:
    """A scalar of TOML as text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _words(among: Sequence[str]) -> str:
    return " or ".join(f'"{word}"' for word in among)
