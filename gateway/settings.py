"""What an operator may set, read once from the environment (`CITYGRAPH_…`) into one frozen value.

Every setting has a default that is right for one machine; `docs/settings.md` is the same table
in words. What describes the city is in its TOML files, never here.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from gateway.catalogue.spellings import seconds

PREFIX = "CITYGRAPH_"

_SIZE = re.compile(r"(\d+)(B|KiB|MiB|GiB)")
_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_LEVELS = ("critical", "error", "warning", "info", "debug")


class SettingsError(ValueError):
    """The environment holds settings that can't be used; the text lists all of them, one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("\n".join(problems))


def _text(value: str) -> str:
    if not value:
        raise ValueError("is empty")
    return value


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) > 65535:
        raise ValueError("takes a number from 0 to 65535")
    return int(value)


def _size(value: str) -> int:
    match = _SIZE.fullmatch(value)
    if match is None or not int(match[1]):
        raise ValueError('takes a size with its unit, like "64KiB" or "1MiB"')
    return int(match[1]) * _BYTES[match[2]]


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError('takes "on" or "off"')
    return value == "on"


def _level(value: str) -> str:
    if value not in _LEVELS:
        raise ValueError(f"takes one of {', '.join(_LEVELS)}")
    return value


def _choice(*known: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"takes one of {', '.join(known)}")
        return value

    return read


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not int(value):
        raise ValueError("takes a whole number above 0")
    return int(value)


def _rate(value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)/s", value)
    if match is None or not float(match[1]):
        raise ValueError('takes requests a second, like "5/s"')
    return float(match[1])


def _key(value: str) -> bytes:
    if len(value.encode()) < 32:
        raise ValueError("takes at least 32 characters")
    return value.encode()


def _optional(parse: Callable[[str], object]) -> Any:
    return field(default=None, metadata={"default": "none", "parse": parse})


def _setting(default: str, parse: Callable[[str], object]) -> Any:
    return field(default_factory=lambda: parse(default), metadata={"default": default, "parse": parse})


class RandomKey(bytes):
    """A key that nobody set: it ends with the process."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set; times are in seconds, sizes in bytes."""

    host: str = _setting("127.0.0.1", _text)
    port: int = _setting("8000", _port)
    workers: int | None = _optional(_count)
    request_deadline: float = _setting("10s", seconds)
    shutdown_grace: float = _setting("15s", seconds)
    max_body: int = _setting("1MiB", _size)
    graphiql: bool = _setting("on", _switch)
    reload: bool = _setting("on", _switch)
    log_level: str = _setting("info", _level)
    mode: str = _setting("production", _choice("production", "development", "demo"))
    store: str = _setting("sqlite:///citygraph-state/store.db", _text)
    audit: str = _setting("citygraph-state/audit", _text)
    audit_sync: str = _setting("batch", _choice("strict", "batch", "off"))
    agreements: str | None = _optional(_text)
    oidc: str | None = _optional(_text)
    proxies: str | None = _optional(_text)
    redis: str | None = field(default=None, repr=False, metadata={"default": "none", "parse": _text})
    anonymous: str = _setting("public", _choice("public", "nothing"))
    on_denied: str = _setting("tell", _choice("tell", "refuse"))
    introspection: str = _setting("on", _choice("on", "visible", "off"))
    rate: float | None = _optional(_rate)
    max_cost: int = _setting("20000", _count)
    row_cache: int = _setting("32MiB", _size)
    answer_cache: int = _setting("16MiB", _size)
    max_tokens: int = _setting("5000", _count)
    max_depth: int = _setting("25", _count)
    max_aliases: int = _setting("500", _count)
    documents: str | None = _optional(_text)
    documents_mode: str = _setting("off", _choice("off", "log", "only"))
    documents_cache: int = _setting("24MiB", _size)
    documents_max_age: float | None = _optional(seconds)
    signing_key: bytes = field(
        default_factory=lambda: RandomKey(secrets.token_bytes(32)),
        repr=False,
        metadata={"default": "random at every start", "parse": _key},
    )
    pepper: bytes | None = field(default=None, repr=False, metadata={"default": "none", "parse": _key})


PARSERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {name: spec.metadata["parse"] for name, spec in Settings.__dataclass_fields__.items()}
)
"""How each setting is read, by its name in lower case without the prefix."""


def read_settings(environment: Mapping[str, str], **given: object) -> Settings:
    """Settings from the environment; `given` are values that the command line overrides.

    Raises `SettingsError` with every problem at once. A `CITYGRAPH_` variable that looks like a
    misspelt setting is a problem; others (of tests, of a city's own files) are left alone.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        name = variable.removeprefix(PREFIX).lower()
        if name in PARSERS:
            try:
                values[name] = PARSERS[name](environment[variable])
            except ValueError as error:
                problems.append(f"{variable} {error}")
        elif close := get_close_matches(name, PARSERS, n=1, cutoff=0.8):
            problems.append(f"{variable} is not a setting; did you mean {PREFIX}{close[0].upper()}?")
    if problems:
        raise SettingsError(problems)
    return Settings(**values | {name: value for name, value in given.items() if value is not None})
