"""A progress bar for what takes longer than two seconds; what is quick stays silent, and so is a log: what is no
terminal would get but an empty line."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PATIENCE = 2.0
"""Seconds after which the bar appears."""


class ProgressBar:
    """Called with what is being done, how much of it is done, and how much there is to do."""

    def __init__(self, console: Console | None = None, patience: float = PATIENCE) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=console or Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._appears = time.monotonic() + patience

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)
        if self._progress.console.is_terminal and time.monotonic() >= self._appears:
            self._progress.start()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress.live.is_started:
            self._progress.stop()
