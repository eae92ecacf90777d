"""How rows hang on entities: the `keys` of a dataset, checked against schemes and their codecs."""

from adapters.base import ColumnType
from gateway.catalogue import grammar
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Spot
from gateway.catalogue.names import Schemes
from gateway.catalogue.problems import nearest
from resolvers.city import AddressColumns, Edge, Key, Scheme
from resolvers.identity.keys import spell_key
from resolvers.identity.schemes import Codec, codec

ADDRESS = "address"
READABLE = frozenset({ColumnType.TEXT, ColumnType.INT, ColumnType.YEAR, ColumnType.FLOAT, ColumnType.MONEY})
"""Types of columns that an identifier can be read from."""
_DATES = frozenset({ColumnType.DATE, ColumnType.DATETIME})


def keys(outline: Outline, schemes: Schemes) -> tuple[Key, ...]:
    """The keys in the order of the file; the sound ones only, problems are reported."""
    found = []
    for name, declared in outline.declared.keys.items():
        spot = outline.spot.at("keys", name)
        match declared:
            case grammar.AddressKey():
                found.append(_address(name, declared, outline, schemes, spot))
            case grammar.Key():
                found.append(_identifier(name, declared, outline, schemes, spot))
    return tuple(key for key in found if key is not None)


def _address(name: str, declared: grammar.AddressKey, outline: Outline, schemes: Schemes, spot: Spot) -> Key | None:
    if name != ADDRESS:
        spot.problem(f'key "{name}" has parts of an address', f'call it {ADDRESS}, or write {name} = ["column"]')
        return None
    parts = declared.model_dump(exclude_none=True)
    for part, column in parts.items():
        if part != "region":
            outline.column(column, spot.at(part))
    if not spot.damaged and "line" not in parts and not {"number", "street"} <= parts.keys():
        spot.problem("the address has no line", "name its line, or its number and street")
    if "line" in parts and {"number", "street"} & parts.keys():
        spot.problem("the address has a line and parts of one", "name its line, or its number and street")
    return Key(f"{schemes.prefix}.{ADDRESS}", address=AddressColumns(**parts))


def edges(outline: Outline, schemes: Schemes, found: tuple[Key, ...]) -> tuple[Edge, ...]:
    """The identifiers that rows lead to; the sound ones only, problems are reported."""
    made = []
    for index, declared in enumerate(outline.declared.edge):
        spot = outline.spot.at("edge", index)
        other = grammar.Key(columns=declared.to, formats=declared.formats)
        to = _identifier(declared.scheme, other, outline, schemes, spot.at("to"))
        if to is None:
            continue
        if to.scheme not in {key.scheme for key in found} and not outline.spot.at("keys").damaged:
            spot.problem(f"{outline.name} has no key of {to.scheme}", "a row leads from its key: add it")
        _check_days(declared, outline, spot)
        made.append(Edge(to, declared.means, declared.since, declared.until))
    return tuple(made)


def _check_days(declared: grammar.Edge, outline: Outline, spot: Spot) -> None:
    for name, given in (("since", declared.since), ("until", declared.until)):
        column = outline.column(given, spot.at(name)) if given else None
        if column is not None and column.type not in _DATES:
            spot.at(name).problem(f'"{column.name}" is of type {column.type}', "it takes a date or datetime")


def _identifier(scheme_name: str, declared: grammar.Key, outline: Outline, schemes: Schemes, spot: Spot) -> Key | None:
    if scheme_name == ADDRESS:
        spot.problem("an address is a table of its parts", 'write address = { line = "column", … }')
        return None
    scheme = schemes.find(scheme_name, spot)
    for name in declared.columns:
        column = None if name.startswith("=") else outline.column(name, spot)
        if column is not None and column.type not in READABLE:
            spot.problem(f'key column "{name}" is of type {column.type}', "identifiers are text or int")
    if scheme is None or spot.damaged:
        return None
    key = Key(scheme.name, tuple(declared.columns), formats=tuple(each or None for each in declared.formats))
    return key if _spells(key, scheme, spot) else None


def _spells(key: Key, scheme: Scheme, spot: Spot) -> bool:
    """Whether the scheme's codec can ask by such columns and formats."""
    try:
        check = codec(scheme.check)
    except ValueError:
        return True  # reported where the scheme is declared
    if len(key.formats) not in (0, len(key.columns)):
        spot.problem(
            f"{len(key.formats)} formats for {len(key.columns)} columns",
            'give each column one, "" where it is not known',
        )
        return False
    unknown = [each for each in key.formats if each and each not in check.formats]
    for each in unknown:
        spot.at("formats").problem(f'{scheme.name} has no format "{each}"', nearest(each, check.formats))
    return not unknown and _tried(key, check, scheme, spot)


def _tried(key: Key, check: Codec, scheme: Scheme, spot: Spot) -> bool:
    """Ask for the codec's own example; the codec knows how many columns and which formats go together."""
    try:
        spell_key(key, check, check.example)
    except ValueError as error:
        parts = f"its parts are {', '.join(scheme.parts)}, in this order" if scheme.parts else ""
        spot.problem(f"{scheme.name}: {error}", parts)
        return False
    return True
