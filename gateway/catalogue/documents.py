"""One file of a city, read as far as it can be: what does not fit is reported and left out.

Leaving out the bad part lets the rest be checked too. What is left out is remembered, so that
later checks do not complain of its absence.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.catalogue.environment import REFERENCE, Missing, expand
from gateway.catalogue.positions import Loc, Mark, marks
from gateway.catalogue.problems import Problem, Report, Severity
from gateway.catalogue.wording import in_file, stand_in, worded

M = TypeVar("M", bound=BaseModel)

_WHOLE: tuple[Loc, ...] = ((), ("agency",), ("city",), ("agreement",))


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """A file: its name for messages, what it says, where each key is, and what was left out."""

    file: str
    stem: str
    model: M
    mark: Mark
    damaged: frozenset[Loc]
    report: Report


def read(path: Path, shown: str, model: type[M], env: Mapping[str, str], report: Report) -> Document[M] | None:
    """The document at `path`; None where nothing of it can be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        report.add(Problem(shown, line, "is not UTF-8", "save the file as UTF-8"))
    except OSError as error:
        report.add(Problem(shown, 1, f"can't be read: {error.strerror}", "check that the file is there"))
    else:
        return parse(text, shown, path.stem, model, env, report)
    return None


def parse(
    text: str, shown: str, stem: str, model: type[M], env: Mapping[str, str], report: Report
) -> Document[M] | None:
    """The document that `text` is; None where it is not TOML."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        report.add(_syntax(shown, text, str(error)))
        return None
    draft = _Draft(shown, data, marks(text), report)
    draft.expand(data, (), env)
    return Document(shown, stem, draft.fitted(model), draft.mark, frozenset(draft.damaged), report)


def _syntax(shown: str, text: str, message: str) -> Problem:
    found = re.search(r" \(at line (\d+), column \d+\)", message)
    line = int(found[1]) if found else text.count("\n") + 1
    plain = re.sub(r" \(at [^)]*\)$", "", message)
    return Problem(shown, line, f"is not TOML: {plain[:1].lower()}{plain[1:]}")


@dataclass(slots=True)
class _Draft:
    """A document while parts of it are left out."""

    file: str
    data: dict[str, Any]
    mark: Mark
    report: Report
    damaged: set[Loc] = field(default_factory=set)
    filled: set[Loc] = field(default_factory=set)

    def expand(self, value: Any, loc: Loc, env: Mapping[str, str]) -> Any:
        """`value` with the variables of sources; they are read nowhere else."""
        if isinstance(value, dict | list):
            for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
                value[key] = self.expand(inner, (*loc, key), env)
        elif isinstance(value, str) and REFERENCE.search(value):
            return self._expanded(value, loc, env)
        return value

    def _expanded(self, text: str, loc: Loc, env: Mapping[str, str]) -> str:
        if loc[0] != "source" or loc[-1] == "adapter":
            self._add(loc, f'"{loc[-1]}" refers to the environment', "url, token and options of a source may")
            self.damaged.add(loc)
            return text
        try:
            return expand(text, env)
        except Missing as missing:
            name = missing.args[0]
            self._add(loc, f"the environment has no {name}", f'set it, or give a default: "${{{name}:-…}}"')
            self.damaged.add(loc)
            return text

    def fitted(self, model: type[M]) -> M:
        """What of the document fits its grammar."""
        while True:
            try:
                return model.model_validate(self.data)
            except ValidationError as error:
                self._leave_out(model, error.errors(include_url=False))

    def _leave_out(self, model: type[BaseModel], errors: list[ErrorDetails]) -> None:
        cuts = set[Loc]()
        for each in errors:
            loc = in_file(each["loc"])
            if loc not in self.damaged and loc[:-1] not in self.filled:
                self._add(loc, *worded(model, each))
            if each["type"] == "missing" and loc[:-1] in _WHOLE:
                self._fill(loc, stand_in(model, loc))
            else:
                cuts.add(_present(self.data, loc))
        for path in sorted(cuts, key=lambda path: [(isinstance(key, str), key) for key in path], reverse=True):
            self._cut(path)

    def _fill(self, loc: Loc, value: object) -> None:
        """Put a stand-in where a file would say nothing at all without the value."""
        holder: Any = self.data
        for key in loc[:-1]:
            holder = holder[key]
        holder[loc[-1]] = value
        self.filled.add(loc)
        self.damaged.add(loc)

    def _cut(self, path: Loc) -> None:
        holder: Any = self.data
        mark = self.mark
        for key in path[:-1]:
            holder, mark = holder[key], mark.inside[key]
        key = path[-1]
        del holder[key]
        if isinstance(key, int):
            mark.remove(key)
            self.damaged = {moved for loc in self.damaged if (moved := _moved(loc, path)) is not None}
        self.damaged.add(path[:-1] if isinstance(key, int) else path)

    def _add(self, loc: Loc, message: str, suggestion: str) -> None:
        self.report.add(Problem(self.file, self.mark.line_of(loc), message, suggestion))


def _present(data: Any, loc: Loc) -> Loc:
    """As much of `loc` as the document has."""
    for depth, key in enumerate(loc):
        if not (key in data if isinstance(data, dict) else isinstance(data, list) and isinstance(key, int)):
            return loc[:depth]
        data = data[key]
    return loc


def _moved(loc: Loc, cut: Loc) -> Loc | None:
    """Where `loc` is after the list item `cut` is gone; None if it went with it."""
    depth = len(cut) - 1
    if len(loc) <= depth or loc[:depth] != cut[:-1]:
        return loc
    index, gone = loc[depth], cut[-1]
    if index == gone:
        return None
    behind = isinstance(index, int) and isinstance(gone, int) and index > gone
    return (*cut[:-1], index - 1, *loc[depth + 1 :]) if behind and isinstance(index, int) else loc


@dataclass(frozen=True, slots=True)
class Spot:
    """A key of a document: where a check stands, and where it complains."""

    document: "Document[Any]"
    loc: Loc = ()

    def at(self, *keys: str | int) -> "Spot":
        """A key below this one."""
        return Spot(self.document, (*self.loc, *keys))

    def problem(self, message: str, suggestion: str = "", severity: Severity = "error") -> None:
        """Report a problem here."""
        self.document.report.add(Problem(self.document.file, self.line, message, suggestion, severity))

    @property
    def line(self) -> int:
        """The line of the key, or of the table that lacks it."""
        return self.document.mark.line_of(self.loc)

    @property
    def place(self) -> str:
        """ "cities/nyc/dof.toml:31"."""
        return f"{self.document.file}:{self.line}"

    @property
    def damaged(self) -> bool:
        """Whether something here or below was left out, so that its absence is no news."""
        return any(cut[: len(self.loc)] == self.loc for cut in self.document.damaged)
