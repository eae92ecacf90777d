"""The systems of agencies that keep no file for the gateway to open, each served as it is: by the
SODA emulator, by Datasette, by an API of the agency's own.

`citygraph demo` runs each as a process (`running`); `python -m gateway.demo.systems` is that process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from socket import socket
from types import MappingProxyType
from typing import cast

Serve = Callable[[Path, socket], None]
"""Serves what is in the city's directory on a listening socket until SIGTERM or SIGINT."""


@dataclass(frozen=True, slots=True)
class System:
    """One agency's system: what it is called, the variable that tells the city's files where it is,
    and the port that those files expect it at. `module` holds its `serve`."""

    agency: str
    title: str
    variable: str
    port: int
    module: str

    def serve(self, directory: Path, listener: socket) -> None:
        """Serve until SIGTERM or SIGINT. ImportError where software that it needs is not installed."""
        cast(Serve, import_module(self.module).serve)(directory, listener)


_SYSTEMS = (
    System("health", "a Socrata portal", "CITYGRAPH_DEMO_HEALTH", 8091, "gateway.demo.systems.portal"),
    System("housing", "a Datasette", "CITYGRAPH_DEMO_HOUSING", 8092, "gateway.demo.systems.archive"),
    System("licensing", "an API of its own", "CITYGRAPH_DEMO_LICENSING", 8093, "gateway.demo.systems.board"),
)

SYSTEMS: Mapping[str, System] = MappingProxyType({system.agency: system for system in _SYSTEMS})
"""By the agency's name."""
