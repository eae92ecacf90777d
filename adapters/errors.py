"""What can go wrong while an agency is asked, as the reader of an answer needs to know it.

    SourceError                 an agency did not answer as it should
    ├── Unavailable             no connection, reset, shut down           retry later
    │   └── TimedOut            no answer within the source's time-out    retry later
    ├── Throttled               the agency asks for fewer calls           retry after `retry_after`
    ├── Rejected                the agency refuses this call              do not retry as it is
    └── Malformed               the answer is not what was declared       do not retry; tell the steward
    Refused                     a scan outside the declared capabilities  a mistake of the caller
    └── TooManyKeys             its keys do not fit into one call         ask by fewer

A `SourceError` has two texts. `str(error)` is ours, may be shown to anyone, and never
quotes the upstream; `detail` is the upstream's own text, for the operator's log only.
"""


class Refused(ValueError):
    """A scan asks for something that the dataset's capabilities do not declare."""


class TooManyKeys(Refused):
    """The keys do not fit into one call (a URL has its length); the first `fitting` of them do."""

    def __init__(self, message: str, *, fitting: int) -> None:
        super().__init__(message)
        self.fitting = fitting


class SourceError(Exception):
    """An agency did not answer as it should; `retryable` says whether asking again may help."""

    code = "UNAVAILABLE"
    retryable = False

    def __init__(self, message: str, *, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.detail = detail
        self.retry_after = retry_after


class Unavailable(SourceError):
    """The source can't be reached or broke off."""

    retryable = True


class TimedOut(Unavailable):
    """The source gave no answer in time."""

    code = "TIMEOUT"


class Throttled(SourceError):
    """The source asks for fewer calls; `retry_after` is in seconds, where it said so."""

    code = "THROTTLED"
    retryable = True


class Rejected(SourceError):
    """The source understood the call and refuses it (credentials, permission, missing table).

    `column` is the one of our columns that it lacks, where it said so: the rest can be asked for."""

    code = "REJECTED"

    def __init__(self, message: str, *, detail: str = "", column: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.column = column


class Malformed(SourceError):
    """The source's answer is not of the declared shape."""

    code = "MALFORMED"
