"""HTTP by one seam: `Http.request`, for every adapter that asks an agency over the web.

Of a source's options it understands

    private = true              # it lives in a private network, or on this machine
    headers = { Accept = "application/json" }
    credentials = { … }         # see adapters.http.credentials
    tls = { certificate = "client.pem", key = "client.key", ca = "agency-ca.pem" }
    max_bytes = 67108864        # the largest answer, packed or unpacked

One pool of connections a source (`concurrency` of them), made at first use. Every call ends within
its time-out, with a `Reply` or a `SourceError`. Redirects are followed on the source's own host
only; no proxy, cookie or netrc of the environment is used. Retries are not decided here, but for
what costs nothing: an idle connection that turns out dead, and a token that ran out.
"""

from adapters.http.session import Http, Reply

__all__ = ["Http", "Reply"]
