"""What is about people: names of persons, and how to reach them.

Whether a heading or the values speak of a person is a guess on the safe side: what is marked here
is shown to nobody without permission until a steward says otherwise.
"""

from collections.abc import Sequence
from dataclasses import replace

from adapters.base import ColumnType
from gateway.introspection.guessing import hints
from gateway.introspection.guessing.drafts import DraftColumn
from gateway.introspection.guessing.names import has, words
from gateway.introspection.seen import SeenColumn
from resolvers.identity.names import looks_like_person

_SHARE = 0.3
_SHARE_OF_NAMES = 0.005
_FEW = 3
_WHOLE = frozenset(
    (who, "name")
    for who in ("full", "person", "resident", "customer", "client", "patient", "member", "employee", "ceo")
)
_NAMES = frozenset({"name", "names", "dba", "entity", "business", "party"}) | hints.PERSON_ROLE


def marked(draft: DraftColumn, seen: SeenColumn, agency: str) -> DraftColumn:
    """The column, marked `personal` or with an `access` where it seems to be about people."""
    heading, column = words(seen.heading), draft.column
    if has(heading, hints.BIRTH):
        return _with(draft, personal="always", why="a birth date is about a person")
    if has(heading, hints.EMAIL) or has(heading, hints.SECRET) or _addresses(seen):
        return _with(draft, access=f"{agency}:contacts", why="reaches or identifies somebody")
    if column.type is ColumnType.PHONE:
        return _with(draft, access=f"{agency}:contacts", why="a telephone; delete access if all are of businesses")
    if column.type is not ColumnType.TEXT or column.codes:
        return draft
    if tuple(heading) in _WHOLE:
        return _with(draft, personal="always", why="a person's name")
    if _part_of_name(heading):
        return _with(draft, personal="always", why="a part of a person's name")
    if share := _persons(seen, heading):
        return _with(draft, personal="person_name", why=f"{share:.1%} of the values are written as persons' names")
    if _role(heading):
        return _with(draft, personal="person_name", why="the heading speaks of somebody")
    return draft


def _with(draft: DraftColumn, *, why: str, personal: str | None = None, access: str | None = None) -> DraftColumn:
    column = replace(draft.column, personal=personal, access=access, codes=None)
    return replace(draft, column=column, why=(*draft.why, why))


def _addresses(seen: SeenColumn) -> bool:
    """Whether most of the values are e-mail addresses."""
    texts = [value for value in seen.values if isinstance(value, str) and value]
    return bool(texts) and sum("@" in text and "." in text and " " not in text for text in texts) > len(texts) / 2


def _part_of_name(heading: Sequence[str]) -> bool:
    joined = "".join(heading)
    if "name" not in joined and "initial" not in joined:
        return False
    business = has(heading, {"street", "business", "company", "agency", "school", "entity", "current"})
    return not business and (
        has(heading, hints.NAME_PART) or any(joined.endswith(part) for part in ("firstname", "lastname", "middlename"))
    )


def _role(heading: Sequence[str]) -> bool:
    return has(heading, hints.PERSON_ROLE) and not has(heading, hints.NO_PERSON)


def _persons(seen: SeenColumn, heading: Sequence[str]) -> float:
    """The share of values that read as a person's name; 0 where that is chance, or they are places."""
    if has(heading, hints.PLACE) or has(heading, hints.FREE):
        return 0.0
    texts = [value for value in seen.values if isinstance(value, str) and value.strip()]
    names = {text for text in texts if looks_like_person(text) and not _place(text)}
    share = sum(text in names for text in texts) / len(texts) if texts else 0.0
    enough = _SHARE_OF_NAMES if has(heading, _NAMES) or "name" in "".join(heading) else _SHARE
    return share if len(names) >= _FEW and share >= enough else 0.0


def _place(text: str) -> bool:
    """ "BROOKLYN, NY" and "LIBRARY, THE" are written like names too."""
    behind = text.rpartition(",")[2].strip().rstrip(".").upper()
    return len(behind) <= 2 or behind in ("THE", "INC", "LLC", "LTD", "CORP")
