"""Where agreements are written down: files of a folder, or rows of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from gateway.catalogue.documents import Document, parse
from gateway.catalogue.problems import Report
from gateway.policy.agreements.grammar import AgreementFile

_NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Written:
    """One version of an agreement as it was written.

    `shown` names the place in messages. `version` is None where only the text says it, `text` None
    where it can't be read.
    """

    id: str
    shown: str
    text: str | None
    version: int | None = None


class Origin(Protocol):
    """A place that agreements come from."""

    async def read(self, report: Report) -> Sequence[Written]:
        """Everything that is written there. What can't be read is reported."""
        ...


def document(written: Written, report: Report) -> Document[AgreementFile] | None:
    """What a text says; None where it is no TOML. Reports all that does not fit the grammar."""
    if written.text is None:
        return None
    return parse(written.text, written.shown, written.id, AgreementFile, _NO_ENVIRONMENT, report)
