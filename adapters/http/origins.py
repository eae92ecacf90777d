"""A source's address in parts: what belongs to it, and what is asked there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from adapters.http.destinations import literal_allowed
from adapters.options import Mistake, Options

PORTS = {"http": 80, "https": 443}
_ALLOWED_IN_URL = "%/:?#[]@!$&'()*+,;=~"
_URL_MISTAKE = Mistake(("url",), 'the url is no web address; write it like "https://data.agency.gov/api"')
_PRIVATE_MISTAKE = Mistake(
    ("url",), "the url leads to a private address; if the source lives there, add options = { private = true }"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: what one pool of connections leads to."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def site(self) -> str:
        """Where all its URLs begin."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Base:
    """A source's url; `root` ends without a slash, `query` goes with every call."""

    root: str = field(repr=False)
    origin: Origin
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it no log may show, besides the host."""
        return f"{self.origin.host}:{self.origin.port}", *(value for _, value in self.query)

    def same_origin(self, url: str) -> bool:
        """Whether a URL leads to this host and port; http may become https."""
        try:
            found = urlsplit(url)
            port = found.port
        except ValueError:
            return False
        ours = self.origin
        if found.scheme not in PORTS or (found.hostname or "") != ours.host or found.username is not None:
            return False
        if found.scheme == ours.scheme:
            return (port or PORTS[found.scheme]) == ours.port
        return found.scheme == "https" and ours.port == 80 and port in (None, 443)


def split(url: str) -> tuple[Origin, str]:
    """The server of a URL, and what is asked of it. ValueError where it leads nowhere."""
    found = urlsplit(url)
    if found.scheme not in PORTS or not found.hostname:
        raise ValueError("no web address")
    target = f"{found.path or '/'}?{found.query}" if found.query else found.path or "/"
    return Origin(found.scheme, found.hostname, found.port or PORTS[found.scheme]), target


def joined(url: str, target: str) -> str:
    """Where a link leads from `url`, percent-encoded. ValueError where it leads nowhere."""
    return urljoin(url, quote(target.strip(), safe=_ALLOWED_IN_URL))


def base_of(url: str, private: bool, options: Options) -> tuple[Base, tuple[str, str] | None]:
    """The url in parts, and the user and password in it. Mistakes name no part of it."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        found, port = urlsplit(""), None
    if found.scheme not in PORTS or not found.hostname:
        options.mistakes.append(_URL_MISTAKE)
        return Base("http://invalid", Origin("http", "invalid", 80)), None
    if not literal_allowed(found.hostname, private):
        options.mistakes.append(_PRIVATE_MISTAKE)
    origin = Origin(found.scheme, found.hostname, port or PORTS[found.scheme])
    root = f"{origin.site}{found.path.rstrip('/')}"
    user = (unquote(found.username), unquote(found.password or "")) if found.username else None
    return Base(root, origin, tuple(_pairs(found.query))), user


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        yield unquote(name.replace("+", " ")), unquote(value.replace("+", " "))
