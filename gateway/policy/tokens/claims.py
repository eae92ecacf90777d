"""From the claims of a token that was found good to who its holder is.

A claim is named as the token has it; where it lies within another, with a dot between
("realm_access.roles"). A list holds a value if one of its items is it, and so does the `scope` of
RFC 8693, a text of words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_LONGEST = 200


class Refused(Exception):
    """A token that is not accepted; the text is for the operator's log and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose a token is.

    `subject` is "<issuer>:<caller>", by the issuer's name in the file; it stands where the id of a
    key would. `agreement` is the id of an agreement that may or may not be in force.
    """

    subject: str
    agreement: str | None
    admin: bool
    expires: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """What a caller is, whose token has one of these values for each of these claims."""

    when: Mapping[str, frozenset[str]]
    agreement: str | None = None
    admin: bool = False

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Whether all do."""
        return all(not values.isdisjoint(_values(claims, name)) for name, values in self.when.items())


@dataclass(frozen=True, slots=True)
class Mapped:
    """Of one issuer: which claim names the caller, which the agreement, and the rules."""

    issuer: str
    subject: str = "sub"
    agreement: str | None = None
    rules: tuple[Rule, ...] = ()

    def caller(self, claims: Mapping[str, Any], expires: datetime) -> Claims:
        """Whose token it is. A rule's agreement goes before a claim's, an earlier rule's before a
        later one's. Raises `Refused` where nobody is named."""
        fitting = [rule for rule in self.rules if rule.fits(claims)]
        agreement = next((rule.agreement for rule in fitting if rule.agreement), None)
        if agreement is None and self.agreement is not None:
            agreement = _text(claims, self.agreement)
        subject = _text(claims, self.subject)
        if subject is None:
            raise Refused(f'its claim "{self.subject}" names nobody')
        return Claims(f"{self.issuer}:{subject}", agreement, any(rule.admin for rule in fitting), expires)


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """A claim's value: by its whole name, else step by step."""
    if name in claims:
        return claims[name]
    first, dot, rest = name.partition(".")
    inner = claims.get(first)
    return _found(inner, rest) if dot and isinstance(inner, Mapping) else None


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    found = _found(claims, name)
    usable = isinstance(found, str) and 0 < len(found) <= _LONGEST and found.isprintable()
    return found if usable else None


def _values(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    found = _found(claims, name)
    if isinstance(found, str):
        return frozenset({found, *(found.split() if name == "scope" else ())})
    return frozenset(item for item in found if isinstance(item, str)) if isinstance(found, list) else frozenset()
