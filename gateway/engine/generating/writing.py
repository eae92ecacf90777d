"""The text of generated code while it is written.

Nothing of a schema, a document or a catalogue stands in the text: constants are names (`c12`)
bound to values, so that there is nothing to escape. `Writer.text` refuses what is not of the small
vocabulary that the templates use.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any

_INDENT = "    "
_ALLOWED = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*+|[0-9]++|==|!=|<=|:=|\+=|[->\[\]{}().,:=<+* \n])*+")


class Writer:
    """Collects functions, what they share for one run, and constants."""

    def __init__(self, helpers: Mapping[str, Any]) -> None:
        self._names: dict[str, Any] = dict(helpers)
        self._known: dict[Any, str] = {}
        self._kept: list[Any] = []  # constants known by identity stay alive
        self._count = 0
        self._shared: list[str] = []
        self._functions: list[str] = []

    def name(self, prefix: str) -> str:
        """A new name."""
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: Any) -> str:
        """The name of a constant. Texts are told apart by value, everything else by identity."""
        key = (str, value) if type(value) is str else id(value)
        if key not in self._known:
            self._known[key] = name = self.name("c")
            self._names[name] = value
            self._kept.append(value)
        return self._known[key]

    def share(self, prefix: str) -> str:
        """A new variable that lives as long as one run; None at first."""
        name = self.name(prefix)
        self._shared.append(name)
        return name

    def function(self, prefix: str, parameters: str, body: Iterable[str], shared: Iterable[str] = ()) -> str:
        """A function that the later ones may call; returns its name."""
        name = self.name(prefix)
        names = ", ".join(shared)
        lines = [f"nonlocal {names}"] if names else []
        lines += body
        self._functions.append(f"def {name}({parameters}):\n" + "\n".join(_INDENT + line for line in lines))
        return name

    def table(self, entries: Mapping[str, str]) -> str:
        """A table of functions by constant; returns its name."""
        name = self.name("d")
        self._functions.append(f"{name} = {display(entries.items())}")
        return name

    def text(self, first: Iterable[str], last: Iterable[str]) -> str:
        """The whole function `build(run, all_open, book, asked)` with its first and last lines; `asked` are
        the outputs and books of several requests."""
        lines = [*first, *(f"{name} = None" for name in self._shared)]
        lines += [line for function in self._functions for line in function.split("\n")]
        lines += last
        text = "def build(run, all_open, book, asked=None):\n" + "\n".join(_INDENT + line for line in lines) + "\n"
        if _ALLOWED.fullmatch(text) is None:
            raise AssertionError("generated code has a character that no template has")
        return text

    def compiled(self, text: str) -> Callable[..., Any]:
        """The function of a text that this writer made."""
        code: CodeType = compile(text, "<generated response code>", "exec")
        names = dict(self._names)
        exec(code, names)
        made: Callable[..., Any] = names.pop("build")  # else they hold each other
        return made


def display(entries: Iterable[tuple[str, str]]) -> str:
    """A dict display from pairs of a constant's name and an expression."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
