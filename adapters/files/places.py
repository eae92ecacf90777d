"""Where files are: a folder of this machine, or below a web address. Both tell whether a file changed."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from adapters.errors import Malformed, Rejected, Unavailable
from adapters.http import Http


@dataclass(frozen=True, slots=True)
class Version:
    """Which state of a file: equal where it did not change. `headers` ask for newer ones."""

    mark: tuple[object, ...]
    as_of: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Place(Protocol):
    """Where the files of a source are."""

    async def fetch(self, path: str, known: Version | None, into: Path, place: str) -> Version | None:
        """Put the file at `into` and say which version it is; None where it is still the known one.
        `SourceError` where it can't be had."""
        ...

    async def ping(self) -> None:
        """Return if files can be had at all."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


class Folder:
    """A folder. A file is new when its time, size or inode is."""

    def __init__(self, folder: Path, threads: Executor, name: str, most: int) -> None:
        self._folder = folder
        self._threads = threads
        self._name = name
        self._most = most

    async def fetch(self, path: str, known: Version | None, into: Path, place: str) -> Version | None:
        """A copy, so that the agency may replace its file at any moment."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._copy, path, known, into, place)

    def _copy(self, path: str, known: Version | None, into: Path, place: str) -> Version | None:
        try:
            version = self._version(path)
            if known is not None and known.mark == version.mark:
                return None
            while True:
                if version.mark[1] > self._most:  # type: ignore[operator]
                    raise Malformed(f"{place}: the file is too large", detail="see max_bytes in its options")
                shutil.copyfile(self._folder / path, into)
                after = self._version(path)
                if after.mark == version.mark:
                    return version
                version = after
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._folder.is_dir():
                raise Rejected(f"{place}: the source has no such dataset", detail=f"no file {path!r}") from error
            raise Unavailable(f"{place}: the source can't be reached", detail="no folder") from error
        except OSError as error:
            raise Unavailable(f"{place}: the source can't be read", detail=error.strerror or "") from error

    def _version(self, path: str) -> Version:
        found = os.stat(self._folder / path)
        as_of = datetime.fromtimestamp(found.st_mtime, UTC)
        return Version((found.st_mtime_ns, found.st_size, found.st_ino), as_of)

    async def ping(self) -> None:
        """Whether the folder is there."""
        if not await asyncio.get_running_loop().run_in_executor(self._threads, self._folder.is_dir):
            raise Unavailable(f"{self._name}: the source can't be reached", detail="no folder")

    async def aclose(self) -> None:
        """Nothing is open."""


class Web:
    """Files below a web address. A file is new when its ETag or Last-Modified is, or its content."""

    def __init__(self, http: Http, threads: Executor) -> None:
        self._http = http
        self._threads = threads

    async def fetch(self, path: str, known: Version | None, into: Path, place: str) -> Version | None:
        """By a conditional request (RFC 9110, 13.1)."""
        headers = dict(known.headers) if known else {}
        reply = await self._http.request("GET", quote(path, safe="/?&=%"), headers=headers, accept={304}, place=place)
        if reply.status == 304:
            return None
        loop = asyncio.get_running_loop()
        version = await loop.run_in_executor(self._threads, _version, reply.headers, reply.body)
        if known is not None and known.mark == version.mark:
            return None
        await loop.run_in_executor(self._threads, into.write_bytes, reply.body)
        return version

    async def ping(self) -> None:
        """Whether the server answers."""
        await self._http.ping()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _version(headers: Mapping[str, str], body: bytes) -> Version:
    etag, modified = headers.get("ETag"), headers.get("Last-Modified")
    asked = [("If-None-Match", etag)] if etag else [("If-Modified-Since", modified)] if modified else []
    return Version((blake2b(body, digest_size=16).digest(),), _moment(modified), tuple(asked))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def folder_of(url: str) -> Path | None:
    """The folder that a source's url names; None for a web address."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return None
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(url)
