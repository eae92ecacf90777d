"""Several processes that answer at one address, and share nothing but its listener.

    the crew                                a worker
    starts one after the other   <- ready   answers requests
    SIGHUP: starts an heir for each; the
    heir is ready:               leave ->   takes no new connection, ends every one with its next answer
                                            or once it is idle, then ends
    SIGTERM, SIGINT:           SIGTERM ->   lets requests under way finish, then ends
    one has ended by itself: starts another
                           crew is gone ->  as SIGTERM

The listener stays open throughout: connections that nobody has taken yet wait in it for the next
worker, so that a restart fails no request. Workers are new processes, not copies: they run the
code that is there when they start.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

log = logging.getLogger("citygraph.workers")

Target = Callable[..., None]
"""What a worker does: called with its line and the crew's arguments, which can be pickled."""

_PAUSE = 5.0
"""Seconds before another try, where a worker did not start or ended soon after."""
_PATIENCE = 10.0  # seconds beyond the grace, after which a worker is killed
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotStarted(Exception):
    """The first worker did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A worker's line to its crew."""

    end: Connection

    def ready(self, announcement: str) -> None:
        """Requests are answered."""
        self.end.send(("ready", announcement))

    def failed(self, why: str) -> None:
        """It can't start."""
        self.end.send(("failed", why))

    def follow(self, leave: Callable[[], None]) -> None:
        """Call `leave`, from another thread, when an heir has taken over. A crew that is gone ends the process."""
        threading.Thread(target=self._follow, args=(leave,), daemon=True).start()

    def _follow(self, leave: Callable[[], None]) -> None:
        try:
            while self.end.recv() == "leave":
                leave()
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    line: Connection
    started: float

    def leave(self) -> None:
        with suppress(OSError):
            self.line.send("leave")


class Crew:
    """`count` workers that each do `target(line, *arguments)`, with `listener` among the arguments.

    `announce` is given what the last of them says once all are ready; `grace` are the seconds that
    requests under way have when a worker ends.
    """

    def __init__(self, count: int, target: Target, arguments: tuple[Any, ...], grace: float) -> None:
        self._count, self._target, self._arguments, self._grace = count, target, arguments, grace
        self._context = get_context("spawn")
        self._serving: list[_Worker] = []
        self._leaving: list[_Worker] = []
        self._old: deque[_Worker] = deque()
        self._starting: _Worker | None = None
        self._announce: Callable[[str], None] | None = None
        self._not_before = 0.0
        self._ends: float | None = None  # when those are killed that still run
        self._failure: str | None = None

    def run(self, announce: Callable[[str], None]) -> None:
        """Until SIGINT or SIGTERM. Raises `NotStarted`, after all have ended."""
        self._announce = announce
        told, signalled = socket.socketpair()
        with told, signalled:
            for end in (told, signalled):
                end.setblocking(False)
            before = {each: signal.signal(each, _noted) for each in _SIGNALS}
            wakeup = signal.set_wakeup_fd(signalled.fileno())
            try:
                while self._ends is None or self._all:
                    self._step(told)
            finally:
                signal.set_wakeup_fd(wakeup)
                for each, handler in before.items():
                    signal.signal(each, handler)
        if self._failure is not None:
            raise NotStarted(self._failure)

    @property
    def _all(self) -> list[_Worker]:
        return [*self._serving, *self._leaving, *([self._starting] if self._starting else [])]

    def _step(self, told: socket.socket) -> None:
        """Start who is missing, then do what signals, lines and ends ask for."""
        lacking = len(self._serving) < self._count or bool(self._old)
        if lacking and self._ends is None and self._starting is None and time.monotonic() >= self._not_before:
            self._starting = self._start()
        lines = [each.line for each in self._all if not each.line.closed]
        happened = wait([told, *lines, *(each.process.sentinel for each in self._all)], 1.0)
        if told in happened:
            for number in told.recv(64):
                self._signalled(number)
        for worker in self._all:
            if worker.line in happened:
                self._heard(worker)
        for worker in self._all:
            if worker.process.exitcode is not None:
                self._ended(worker)
        if self._ends is not None and time.monotonic() > self._ends:
            for worker in self._all:
                worker.process.kill()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(Line(theirs), self._target, self._arguments))
        process.start()
        theirs.close()
        return _Worker(process, ours, time.monotonic())

    def _signalled(self, number: int) -> None:
        if number == signal.SIGHUP:
            if self._ends is None:
                log.info("SIGHUP: every worker is replaced")
                self._old = deque(self._serving)
        elif number in (signal.SIGINT, signal.SIGTERM):
            self._stop()

    def _stop(self) -> None:
        if self._ends is None:
            self._ends = time.monotonic() + self._grace + _PATIENCE
            for worker in self._all:
                worker.process.terminate()

    def _heard(self, worker: _Worker) -> None:
        try:
            what, text = worker.line.recv()
        except (EOFError, OSError):
            worker.line.close()  # it is ending
            return
        if worker is not self._starting:
            return
        if what == "ready":
            self._joined(worker, text)
        else:
            self._unable(worker, text)

    def _joined(self, worker: _Worker, announcement: str) -> None:
        self._starting = None
        self._serving.append(worker)
        if self._old:
            old = self._old.popleft()
            self._serving.remove(old)
            self._leaving.append(old)
            old.leave()
        if self._announce is not None and len(self._serving) == self._count:
            self._announce(announcement)
            self._announce = None

    def _unable(self, worker: _Worker, why: str) -> None:
        """A worker that does not start ends the crew at its own start; later all stays as it was."""
        self._starting = None
        self._leaving.append(worker)
        if self._announce is not None:
            self._failure = why
            self._stop()
            return
        log.error("a worker did not start, the others go on: %s", why)
        self._old.clear()
        self._not_before = time.monotonic() + _PAUSE

    def _ended(self, worker: _Worker) -> None:
        code = worker.process.exitcode
        if worker is self._starting and self._ends is None:
            self._unable(worker, f"it ended with code {code} before it answered; its log says why")
        if worker in self._serving:
            self._serving.remove(worker)
            if worker in self._old:
                self._old.remove(worker)
            if self._ends is None:
                log.error("worker %d ended with code %s; another is started", worker.process.pid, code)
                if time.monotonic() - worker.started < _PAUSE:
                    self._not_before = time.monotonic() + _PAUSE
        if worker in self._leaving:
            self._leaving.remove(worker)
        if worker is self._starting:
            self._starting = None
        worker.line.close()
        worker.process.join()


def _noted(number: int, frame: object) -> None:
    """Signals are read where they woke the crew."""


def _work(line: Line, target: Target, arguments: tuple[Any, ...]) -> None:
    """What a worker's process runs."""
    with suppress(KeyboardInterrupt):
        target(line, *arguments)
