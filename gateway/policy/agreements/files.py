"""Agreements in files, one an agreement: its id is the file's name."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from gateway.catalogue.problems import Problem, Report
from gateway.policy.agreements.origin import Written

FOLDER = "agreements"
"""Where they are: in this folder beside the city's files, unless a setting says otherwise."""

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class AgreementFiles:
    """The agreements of a folder; none where there is no such folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def read(self, report: Report) -> Sequence[Written]:
        """Every `*.toml` of the folder, by name."""
        return await asyncio.to_thread(self.read_now, report)

    def read_now(self, report: Report) -> Sequence[Written]:
        """The same at once, for commands."""
        return [_written(path, report) for path in sorted(self.directory.glob("*.toml"))]


def _written(path: Path, report: Report) -> Written:
    shown = str(_shown(path))
    text = None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        report.add(Problem(shown, 1, "is not UTF-8", "save the file as UTF-8"))
    except OSError as error:
        report.add(Problem(shown, 1, f"can't be read: {error.strerror}", "check that the file is there"))
    if not _ID.fullmatch(path.stem):
        report.add(
            Problem(
                shown,
                1,
                f'"{path.stem}" is no name for an agreement',
                'use small letters, digits, "_" and "-", a letter first',
            )
        )
        text = None
    return Written(path.stem, shown, text)


def _shown(path: Path) -> Path:
    """The file as messages name it: short where it is below the directory that we are in."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
