"""Builds the demo city's databases and files, agency by agency, all at once or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.demo.agencies import BOOKS
from gateway.demo.books import Book, open_writer
from gateway.demo.chance import Chance
from gateway.demo.town import Town, town

VERSION = 2
"""Raised whenever the same seed would give other bytes; a directory of another version is rebuilt."""

MANIFEST = "demo.json"
STEP = 1_000

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is to do."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides every byte."""

    addresses: int
    seed: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Built:
    """A directory that holds the demo city; `made` is False where it was there already."""

    directory: Path
    recipe: Recipe
    files: tuple[Path, ...]
    made: bool


def build(directory: Path, addresses: int = 5_000, seed: int = 1, progress: Progress | None = None) -> Built:
    """The demo city's databases in `directory`, built unless the same ones are there.

    The files appear only once all are complete. Raises `ValueError` for fewer than 100 or more
    than 1,000,000 addresses, and for a directory that holds something else.
    """
    if not 100 <= addresses <= 1_000_000:
        raise ValueError(f"addresses must be between 100 and 1,000,000, not {addresses:,}")
    recipe = Recipe(addresses, seed)
    files = tuple(directory / name for book in BOOKS for name in book.files)
    if recipe_of(directory) == recipe:
        return Built(directory, recipe, files, made=False)
    _refuse_foreign(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        _write(temporary, town(addresses, seed), progress or _silent)
        (temporary / MANIFEST).write_text(json.dumps(asdict(recipe)) + "\n", encoding="utf-8")
        _replace(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Built(directory, recipe, files, made=True)


def _write(directory: Path, town: Town, progress: Progress) -> None:
    open_books = [(book, open_writer(directory, book), Chance(town.seed, book.stream)) for book in BOOKS]
    for book, writer, _chance in open_books:
        if book.of_town:
            writer.write(book.of_town(town, Chance(town.seed, f"{book.stream} town")))
    for done, lot in enumerate(town.lots()):
        if done % STEP == 0:
            progress("addresses", done, town.addresses)
        for book, writer, chance in open_books:
            writer.write(book.of_lot(lot, town, chance))
    progress("addresses", town.addresses, town.addresses)
    for done, (_book, writer, _chance) in enumerate(open_books, start=1):
        for _table in writer.close():
            progress("indices", done, len(open_books))


def recipe_of(directory: Path) -> Recipe | None:
    """What the demo city in a directory was built from, None where none is complete there."""
    try:
        recipe = Recipe(**json.loads((directory / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return recipe if all(_kept(directory, book) for book in BOOKS) else None


def _kept(directory: Path, book: Book) -> bool:
    """Whether a book's files are there; one that is down may have been brought up, or back."""
    return all(
        (directory / name).is_file() or (directory / name.removesuffix(".offline")).is_file() for name in book.files
    )


def _refuse_foreign(directory: Path) -> None:
    """Only an empty directory, or one that we built, is ever replaced."""
    if directory.is_dir() and any(directory.iterdir()) and not (directory / MANIFEST).is_file():
        raise ValueError(f"{directory} holds other files; choose an empty directory with --dir")


def _replace(temporary: Path, directory: Path) -> None:
    temporary.chmod(0o755)
    if directory.exists():
        shutil.rmtree(directory)
    os.replace(temporary, directory)


def _silent(what: str, done: int, total: int) -> None:
    """Says nothing."""
