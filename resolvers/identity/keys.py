"""The two questions that the engine asks of a key: whose row is this, and how do I ask for mine.

Both come from one declaration (`resolvers.city.Key`), so a row that was asked for by an
agency's spelling is always recognised when it comes back.
"""

from collections.abc import Mapping

from resolvers.city import Key
from resolvers.identity.address_keys import AddressCodec, read_address, spell_address
from resolvers.identity.codec import Codec, SpelledKeys


def read_key(key: Key, codec: Codec, cells: Mapping[str, object]) -> str | None:
    """The canonical identifier of a row from its decoded cells by column; None if there is none.

    `codec` is the one of the key's scheme, for address columns an `AddressCodec`.
    """
    if key.address is not None and isinstance(codec, AddressCodec):
        return read_address(key.address, cells, codec.locale)
    return codec.read([_cell(column, cells) for column in key.columns])


def spell_key(key: Key, codec: Codec, identifier: str) -> SpelledKeys | None:
    """The stored texts by which to ask a dataset for a canonical identifier.

    None where the dataset can't be asked so; no values where a constant of the key says that it
    holds no such row. Where the key is not exact (`is_exact`) they bring a superset: rows count if
    `read_key` gives `identifier`.
    """
    if key.address is not None and isinstance(codec, AddressCodec):
        return spell_address(identifier, key.address, codec.locale)
    spelled = codec.spell(identifier, len(key.columns), key.formats)
    if len(key.columns) > codec.parts:
        return _spelled_in_part(key, codec, spelled)
    asked = [at for at, column in enumerate(key.columns) if _constant(column) is None]
    if len(asked) == len(key.columns):
        return SpelledKeys(key.columns, spelled)
    spellings = (
        tuple(texts[at] for at in asked) for texts in spelled if codec.read(_with_constants(key, texts)) == identifier
    )
    return SpelledKeys(tuple(key.columns[at] for at in asked), tuple(dict.fromkeys(spellings)))


def is_exact(key: Key, codec: Codec) -> bool:
    """Whether all rows that are asked by `spell_key` are the identifier's, unread."""
    return key.address is None and len(key.columns) <= codec.parts


def _spelled_in_part(key: Key, codec: Codec, spelled: tuple[tuple[str, ...], ...]) -> SpelledKeys:
    """Asked by the first columns: what the others hold is often nothing, which can't be asked for."""
    columns = key.columns[: codec.parts]
    if any(_constant(column) is not None for column in key.columns):
        raise ValueError(f"with more than {codec.parts} columns none can be a constant")
    return SpelledKeys(columns, spelled)


def _constant(column: str) -> str | None:
    """What a key's entry like "=1" stands for, None for the name of a column."""
    return column[1:] if column.startswith("=") else None


def _cell(column: str, cells: Mapping[str, object]) -> object:
    constant = _constant(column)
    return cells.get(column) if constant is None else constant


def _with_constants(key: Key, texts: tuple[str, ...]) -> list[str]:
    return [_constant(column) or text for column, text in zip(key.columns, texts, strict=True)]
