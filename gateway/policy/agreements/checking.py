"""All agreements of a folder, checked against a city: for commands, before anything is applied."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.catalogue.documents import Document
from gateway.catalogue.problems import Problem, Report
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.files import AgreementFiles
from gateway.policy.agreements.grammar import AgreementFile
from gateway.policy.agreements.origin import Written, document
from resolvers.city import City


@dataclass(frozen=True, slots=True)
class Checked:
    """The files that are TOML, by id, and everything that is wrong with any file."""

    documents: Mapping[str, tuple[Written, Document[AgreementFile]]]
    report: Report

    @property
    def problems(self) -> tuple[Problem, ...]:
        """By file and line. Later checks may add to them."""
        return self.report.problems

    @property
    def failed(self) -> bool:
        """Whether there is more than warnings."""
        return any(problem.severity == "error" for problem in self.problems)


def check(files: AgreementFiles, city: City) -> Checked:
    """What the files say, and what is wrong with them for this city."""
    report = Report()
    found = {}
    for written in files.read_now(report):
        read = document(written, report)
        if read is not None:
            bind(read, city)
            found[written.id] = written, read
    return Checked(found, report)
