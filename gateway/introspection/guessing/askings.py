"""By what an API is asked: its parameters, in the words of its adapter's options."""

from collections.abc import Mapping, Sequence

from adapters.base import ColumnType, Op
from adapters.filters import OPERATORS
from gateway.introspection.guessing.drafts import DraftColumn, DraftKey
from gateway.introspection.seen import Asked, SeenTable

_LIST, _ONE = "list", "one"


def path(table: SeenTable, columns: Sequence[DraftColumn]) -> str:
    """The path, with our names of the columns in it."""
    found = table.path
    for name, asked in _ours(table, columns).items():
        if asked.inside:
            found = found.replace(f"{{{asked.parameter}}}", f"{{{name}}}")
    return found


def options(table: SeenTable, columns: Sequence[DraftColumn], keys: Sequence[DraftKey]) -> Mapping[str, object]:
    """The dataset's options: those that were seen, and by which columns it can be asked."""
    given = table.settings.get("options")
    found = dict(given) if isinstance(given, Mapping) else {}
    asked = _ours(table, columns)
    if not asked:
        return found
    if all(each.many in (_LIST, _ONE) for each in asked.values()):
        return found | _graphql(asked, keys)
    return found | _rest(asked, columns, keys)


def _ours(table: SeenTable, columns: Sequence[DraftColumn]) -> dict[str, Asked]:
    """What can be asked, by our names."""
    return {each.name: table.asked[each.column.source[0]] for each in columns if each.column.source[0] in table.asked}


def _rest(asked: Mapping[str, Asked], columns: Sequence[DraftColumn], keys: Sequence[DraftKey]) -> dict[str, object]:
    inside = [name for name, each in asked.items() if each.inside]
    ways = [_way([*inside, *key.columns], asked) for key in keys if key.columns and {*key.columns} <= asked.keys()]
    if inside and not ways:
        ways = [_way(inside, asked)]
    keyed = {name for key in keys for name in key.columns} | {*inside}
    types = {each.name: each.type for each in columns}
    filters = {name: _filter(each) for name, each in asked.items() if name not in keyed and _filters(types[name])}
    return ({"keys": ways} if ways else {}) | ({"filters": filters} if filters else {})


def _way(names: Sequence[str], asked: Mapping[str, Asked]) -> dict[str, object]:
    """A way to ask by key; only one column outside the path may go several at once."""
    names = list(dict.fromkeys(names))
    outside = [asked[name] for name in names if not asked[name].inside]
    found: dict[str, object] = {"columns": names if len(names) > 1 else names[0]}
    if outside:
        found["params"] = [each.parameter for each in outside] if len(outside) > 1 else outside[0].parameter
    if len(names) == 1 and outside and outside[0].many != "each":
        found["many"] = outside[0].many
    return found


def _filters(kind: ColumnType) -> bool:
    return Op.EQ in OPERATORS[kind]


def _filter(each: Asked) -> dict[str, object]:
    found: dict[str, object] = {"eq": each.parameter}
    if each.many != "each":
        found["in"] = each.parameter
    return found | ({"many": "comma"} if each.many == "comma" else {})


def _graphql(asked: Mapping[str, Asked], keys: Sequence[DraftKey]) -> dict[str, object]:
    """Lists of keys where an argument takes them, else one key by one."""
    lists = {name: each.parameter for name, each in asked.items() if each.many == _LIST}
    if lists:
        return {"keys": lists}
    singly = next((key.columns for key in keys if key.columns and {*key.columns} <= asked.keys()), None)
    return {"each": {name: asked[name].parameter for name in singly}} if singly else {}
