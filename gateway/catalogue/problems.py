"""What is wrong with a city's files: where, what, and how to mend it.

Checks add to a `Report` and go on, so that a steward sees all problems of a change at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; `file` is relative to where the command runs, `line` counts from 1."""

    file: str
    line: int
    message: str
    suggestion: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        """`cities/nyc/hpd.toml:31: column "bbl_" is not in hpd.violations; did you mean "bbl"?`"""
        note = "warning: " if self.severity == "warning" else ""
        end = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.file}:{self.line}: {note}{self.message}{end}"


class CatalogueError(Exception):
    """A city that can't be served; `problems` are in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Report:
    """Collects problems; the same problem at the same place is kept once."""

    found: dict[Problem, None] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Keep a problem."""
        self.found.setdefault(problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """By file and line, otherwise as they were found."""
        return tuple(sorted(self.found, key=lambda problem: (problem.file, problem.line)))


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean "bbl"?` where a known word is close, else the known words if they are few."""
    words = list(dict.fromkeys(known))
    folded = {each.lower(): each for each in reversed(words)}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{folded[close[0]]}"?'
    if otherwise or not words or len(words) > 12:
        return otherwise
    return f"known: {', '.join(words)}"
