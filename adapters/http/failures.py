"""What a status or a broken connection means for whoever asked, as a `SourceError`.

    401, 403                                Rejected: credentials
    404, 410 and any other 4xx              Rejected
    408, 504, no answer in time             TimedOut
    429, and 503 that names a time          Throttled (Retry-After: RFC 9110, 10.2.3)
    any other 5xx, no connection, reset,
    a body that breaks off                  Unavailable
    a redirect to another host, a private
    address, an untrusted certificate       Rejected
    no HTTP, an unknown or broken encoding,
    a body that is too large                Malformed

No text names a host, a URL or a credential: `detail`, for the log, is cleared of them too.
"""

import os
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.http.bodies import CutOff, Garbled, TooLarge
from adapters.http.connections import NoHttp
from adapters.http.destinations import Forbidden

LONGEST_WAIT = 86_400.0
"""Seconds; an agency that asks for a longer pause is taken to mean a day."""

FAILURES = (OSError, NoHttp, TooLarge, Garbled, CutOff, UnicodeError)
"""What a call over HTTP raises when the other side is to blame."""


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait, where the source says so: a number, or a date; None for nonsense."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT)


def of_status(place: str, status: int, headers: Mapping[str, str], detail: str) -> SourceError:
    """The error that a status other than success means."""
    wait = retry_after(headers)
    if status == 429 or (status == 503 and wait is not None):
        return Throttled(f"{place}: the source asks for fewer calls", detail=detail, retry_after=wait)
    if status in (408, 504):
        return TimedOut(f"{place}: the source did not answer in time", detail=detail)
    if status >= 500:
        return Unavailable(f"{place}: the source has a failure of its own", detail=detail)
    if status == 401:
        return Rejected(f"{place}: the source does not accept our credentials", detail=detail)
    if status == 403:
        return Rejected(f"{place}: the source does not let us read this", detail=detail)
    if status in (404, 410):
        return Rejected(f"{place}: the source has no such dataset", detail=detail)
    return Rejected(f"{place}: the source refuses this call", detail=detail)


def of_exception(place: str, error: Exception) -> SourceError:
    """The error that an exception of a call means. Its own text is left behind: it names hosts."""
    if isinstance(error, Forbidden):
        message = f"{place}: the source is at a private address; say so with private = true in its options"
        return Rejected(message)
    if isinstance(error, TooLarge):
        return Malformed(f"{place}: the source's answer is too large", detail="see max_bytes in its options")
    if isinstance(error, Garbled):
        return Malformed(f"{place}: the source's answer is garbled", detail=str(error))
    if isinstance(error, CutOff):
        return Unavailable(f"{place}: the source broke off its answer", detail=type(error).__name__)
    if isinstance(error, ssl.SSLError):
        return Rejected(f"{place}: the source's certificate is not trusted", detail=error.reason or "")
    if isinstance(error, NoHttp):
        return Malformed(f"{place}: the source does not speak HTTP", detail=type(error).__name__)
    if isinstance(error, UnicodeError):
        return Malformed(f"{place}: the source's address can't be used", detail=type(error).__name__)
    return Unavailable(
        f"{place}: the source can't be reached", detail=f"{type(error).__name__} {_reason(error)}".strip()
    )


def _reason(error: Exception) -> str:
    """The system's word, and not asyncio's, which names the address."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror):
        return str(error.strerror or "")
    return os.strerror(number) if number else ""
