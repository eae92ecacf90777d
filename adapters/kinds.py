"""The kinds of systems that can be asked: every module of this package with a `create`, and those
that installed packages declare.

Adding a kind is adding a module `adapters/<kind>.py` (or a package) with
`create(source: Source) -> Adapter`; its docstring's first line is its description. It may also have

    stored(dataset: Dataset) -> str                    "text" where its columns are kept as text
    problems(dataset: Dataset) -> Sequence[Mistake]    what it can't make of a dataset's declaration

A package of its own names such a module as an entry point (docs/adapters.md, "Writing an adapter"):

    [project.entry-points."citygraph.adapters"]
    fixed = "fixed_width"
"""

import logging
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType
from typing import cast

import adapters
from adapters.base import Adapter, Dataset, Source
from adapters.options import Mistake

GROUP = "citygraph.adapters"
"""The entry points by which installed packages add kinds."""

_SEAM = frozenset({"base", "kinds"})
_log = logging.getLogger(__name__)


@cache
def _ours() -> frozenset[str]:
    """The modules of this package; those with a `create` are kinds."""
    return frozenset(module.name for module in pkgutil.iter_modules(adapters.__path__)) - _SEAM


@cache
def _theirs() -> Mapping[str, EntryPoint]:
    """What installed packages declare, by the name of the kind."""
    return MappingProxyType({entry.name: entry for entry in entry_points(group=GROUP)})


@cache
def _module(kind: str) -> ModuleType | None:
    """The module of a kind, imported when the first source is of it: drivers take time and memory."""
    ours = import_module(f"adapters.{kind}") if kind in _ours() else None
    entry = _theirs().get(kind)
    if ours is None or not hasattr(ours, "create"):
        return _installed(entry) if entry is not None else None
    if entry is not None:
        _log.warning('the kind "%s" of %s is left out: there is one of that name', kind, entry.value)
    return ours


def _installed(entry: EntryPoint) -> ModuleType:
    """The module of an installed package. Where it can't be used, one that says so when a source wants it."""
    try:
        module = entry.load()
    except Exception as error:
        _log.warning('the kind "%s" can\'t be loaded from %s', entry.name, entry.value, exc_info=error)
        return _unusable(entry, f"it can't be imported ({type(error).__name__})")
    if not isinstance(module, ModuleType) or not hasattr(module, "create"):
        return _unusable(entry, "it is no module with a create(source)")
    return module


def _unusable(entry: EntryPoint, reason: str) -> ModuleType:
    text = f'the kind "{entry.name}" is installed as {entry.value}, but {reason}; mend or remove that package'

    def create(source: Source) -> Adapter:
        raise ValueError(f"source {source.name}: {text}")

    module = ModuleType(entry.name, f"Can't be used: {reason}.")
    module.__dict__["create"] = create
    return module


def is_kind(name: str) -> bool:
    """Whether there is a kind of this name."""
    return _module(name) is not None


@cache
def kinds() -> Mapping[str, str]:
    """The description, one line, of every kind by its name. Imports them all."""
    names = sorted(_ours()) + sorted(_theirs().keys() - _ours())
    found = {name: module for name in names if (module := _module(name)) is not None}
    return MappingProxyType({name: (module.__doc__ or name).strip().splitlines()[0] for name, module in found.items()})


def open_adapter(source: Source) -> Adapter:
    """The adapter for a source; no connection is made yet. ValueError, with the fix, for an
    unknown kind and for a source that the kind can't be made from."""
    module = _module(source.kind)
    if module is None:
        close = get_close_matches(source.kind, kinds(), n=1)
        hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(kinds())}"
        raise ValueError(f'source {source.name}: there is no kind of adapter "{source.kind}"; {hint}')
    create = cast(Callable[[Source], Adapter], module.create)
    return create(source)


def stored_by_default(kind: str, dataset: Dataset) -> str:
    """What this kind keeps a dataset's columns as, unless the catalogue says otherwise."""
    stored = cast("Callable[[Dataset], str] | None", getattr(_module(kind), "stored", None))
    return stored(dataset) if stored else "native"


def problems(kind: str, dataset: Dataset) -> Sequence[Mistake]:
    """What this kind can't make of a dataset, each with the keys that lead there from the dataset."""
    found = cast("Callable[[Dataset], Sequence[Mistake]] | None", getattr(_module(kind), "problems", None))
    return found(dataset) if found else ()
