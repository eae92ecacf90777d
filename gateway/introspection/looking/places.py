"""Where a source is: the URL as it was given, and as it may be shown and printed.

Neither user nor password nor a key in a query is ever shown; a draft names an environment variable
instead.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gateway.introspection.looking.bounds import Unseen

_SECRET = re.compile(r"key|token|secret|sig|pass|pwd|auth|credential|session", re.IGNORECASE)
_FILES = ("", "file")
_TELL_NOTHING = frozenset({"www", "data", "opendata", "api", "city", "open"})
DATABASES = ("sqlite", "postgresql", "postgres", "mariadb", "mysql")


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL or path. `url` may hold secrets; `shown` holds none, and `secret` says that
    there is a difference. `file` is set for a file of this machine."""

    scheme: str
    shown: str
    secret: bool
    url: str = field(repr=False)
    file: Path | None = None

    @property
    def path(self) -> str:
        """What stands behind the host."""
        return urlsplit(self.shown).path

    @property
    def host(self) -> str:
        """The host's name."""
        return urlsplit(self.shown).hostname or ""

    @property
    def agency(self) -> str:
        """What the source itself is called, for lack of an agency's name: the file, the database, or
        the host's first telling label; "agency" where the host is a number."""
        if self.scheme in ("http", "https"):
            if ":" in self.host or self.host.rpartition(".")[2].isdigit():
                return "agency"
            labels = [each for each in self.host.split(".")[:-1] if each not in _TELL_NOTHING]
            return labels[0] if labels else self.host
        return Path(self.file or self.path).name.partition(".")[0]

    def split_file(self) -> tuple[str, str]:
        """The place of a file, ending with a slash, and its name, with a query where it has one."""
        if self.file is not None:
            return f"{self.file.parent.as_posix()}/", self.file.name
        parts = urlsplit(self.shown)
        folder, _, name = parts.path.rpartition("/")
        base = urlunsplit((parts.scheme, parts.netloc, f"{folder}/", "", ""))
        return base, f"{name}?{parts.query}" if parts.query else name


def address(text: str) -> Address:
    """Read a URL or a path. `Unseen`, without quoting it, where it is neither."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unseen('the URL is none; write it like "https://data.agency.gov/resource/abcd-1234"') from None
    scheme = parts.scheme.partition("+")[0].lower()
    if scheme in _FILES or len(scheme) == 1:
        file = Path(parts.path if scheme == "file" else text)
        return Address("file", file.name, False, text, file)
    if scheme not in (*DATABASES, "http", "https"):
        raise Unseen(f'there is no look at "{scheme}:" sources; give a file, an http, or a database URL')
    host = (parts.hostname or "") if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    host += f":{parts.port}" if parts.port else ""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _SECRET.search(name)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    secret = bool(parts.password) or len(kept) < len(pairs) or (bool(parts.username) and scheme in ("http", "https"))
    shown = urlunsplit((parts.scheme, host, parts.path, query, ""))
    if scheme == "sqlite":
        shown = text
    return Address(scheme, shown, secret, text)
