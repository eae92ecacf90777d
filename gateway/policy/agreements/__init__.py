"""Agreements: what each partner may see of the city, why, how much, and until when.

One TOML file an agreement (`grammar`), checked against the city with file, line and fix
(`binding`, `granting`). `files` reads a folder of them, `stored` keeps applied versions in the
store; `Agreements` holds what is in force, bound to the edition of the city that is served.
"""

from gateway.policy.agreements.book import Agreements
from gateway.policy.agreements.files import FOLDER, AgreementFiles
from gateway.policy.agreements.origin import Origin, Written
from gateway.policy.agreements.stored import TOPIC, StoredAgreements, StoredOrFiles

__all__ = [
    "FOLDER",
    "TOPIC",
    "AgreementFiles",
    "Agreements",
    "Origin",
    "StoredAgreements",
    "StoredOrFiles",
    "Written",
]
