"""How connections to a server are opened, for the pool that keeps them."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.errors import Rejected
from adapters.http.connections import IDLE, Connection, Dropped
from adapters.http.destinations import addresses
from adapters.http.origins import Origin
from adapters.options import Options

_HEAD_START = 0.25
"""Seconds that an address has before the next is tried beside it (RFC 8305, 5)."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom we trust, and who we are; all as the machine has it where None."""

    certificate: str | None = None
    key: str | None = None
    ca: str | None = None

    def context(self, place: str) -> ssl.SSLContext:
        """Certificates and host names are verified. `Rejected` where the files can't be read."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ValueError) as error:
            message = f"{place}: the certificates of options.tls can't be read"
            raise Rejected(message, detail=type(error).__name__) from None
        context.set_alpn_protocols(["http/1.1"])
        return context


def tls_of(options: Options) -> Tls | None:
    """As `options.tls` says, where it is there."""
    table = options.table("tls")
    if table is None:
        return None
    certificate, key = table.text("certificate"), table.text("key")
    if key is not None and certificate is None:
        table.complain(f"{table.named('key')} needs the certificate that it belongs to", "key")
    return Tls(certificate, key, table.text("ca"))


class Opening:
    """The `Driver` of connections to one server. A name is looked up for each, and what was found
    allowed is what is connected to; `context` is made when the first needs it."""

    def __init__(
        self, origin: Origin, private: bool, context: Callable[[], ssl.SSLContext], idle: float = IDLE
    ) -> None:
        self._origin = origin
        self._private = private
        self._context = context
        self._idle = idle

    async def open(self) -> Connection:
        """To the first address that answers. OSError, `Forbidden` among them."""
        origin = self._origin
        context = self._context() if origin.scheme == "https" else None
        found = await addresses(origin.host, origin.port, self._private)
        if len(found) == 1:
            return await self._connected(found[0], context)
        return await self._first(found, context)

    async def _connected(self, address: str, context: ssl.SSLContext | None) -> Connection:
        loop = asyncio.get_running_loop()
        name = self._origin.host.rstrip(".") if context else None
        _, connection = await loop.create_connection(
            lambda: Connection(loop, self._idle), address, self._origin.port, ssl=context, server_hostname=name
        )
        return connection

    async def _first(self, found: Sequence[str], context: ssl.SSLContext | None) -> Connection:
        rest = list(found)
        trying: set[asyncio.Task[Connection]] = set()
        failures: list[BaseException] = []
        try:
            while rest or trying:
                if rest:
                    trying.add(asyncio.ensure_future(self._connected(rest.pop(0), context)))
                wait = _HEAD_START if rest else None
                done, _ = await asyncio.wait(trying, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    trying.discard(task)
                    if (failure := task.exception()) is None:
                        trying |= done - {task}
                        return task.result()
                    failures.append(failure)
            raise failures[0]
        finally:
            for task in trying:
                task.cancel()
                task.add_done_callback(_late)

    async def close(self, connection: Connection) -> None:
        """At once."""
        connection.close()
        await connection.gone()

    def fresh(self, connection: Connection) -> bool:
        """Whether it is still open."""
        return not connection.closed

    def broken(self, error: Exception) -> bool:
        """Whether the server had hung up before it could see the call: nothing we ask for changes
        anything there, so it may be asked again."""
        return isinstance(error, Dropped) and error.silent

    def harmless(self, error: Exception) -> bool:
        """A call that fails leaves a connection in doubt."""
        return False


def _late(task: "asyncio.Task[Connection]") -> None:
    """A connection that came second."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
