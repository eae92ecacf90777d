"""Code lists: columns of text in which few values come again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.base import ColumnType
from gateway.introspection.guessing import hints
from gateway.introspection.guessing.drafts import DraftCode, DraftColumn
from gateway.introspection.guessing.names import has, words
from gateway.introspection.guessing.texts import sample
from gateway.introspection.seen import SeenColumn

_MOST = 40
_LONGEST = 200
_REPEATED = 5
_CODED = frozenset({"type", "status", "code", "class", "category", "kind", "reason", "result", "outcome", "action"})


def codes(draft: DraftColumn, seen: SeenColumn) -> tuple[DraftCode, ...]:
    """The codes of a column, the most frequent first; none where it holds no code."""
    heading = words(seen.heading)
    if draft.type is not ColumnType.TEXT or not draft.column.public or has(heading, hints.PLACE | hints.FREE):
        return ()
    texts = sample(value for value in seen.values)
    kept = {text: n for text, n in texts.texts.items() if text not in draft.column.null}
    rows = sum(kept.values())
    most = _MOST if has(heading, _CODED) else _MOST // 3
    if not 2 <= len(kept) <= most or rows < _REPEATED * len(kept) or any(len(text) > _LONGEST for text in kept):
        return ()
    if not has(heading, _CODED) and any(text[0].isdigit() for text in kept):
        return ()
    return tuple(DraftCode(text, kept[text]) for text in sorted(kept, key=lambda text: (-kept[text], text)))


def categorised(found: Sequence[DraftCode], role: str) -> tuple[DraftCode, ...]:
    """The same codes with the categories that their words suggest for a coded field."""
    known = hints.CATEGORIES[role]
    return tuple(replace(code, category=_category(code.code, known)) for code in found)


def _category(code: str, known: Mapping[str, str]) -> str | None:
    """By the first telling word; a word behind "not" tells nothing."""
    before = ""
    for word in words(code):
        if word in known and before not in hints.NEGATIONS:
            return known[word]
        before = word
    return None
