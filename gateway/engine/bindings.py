"""Keys of datasets and identifiers of entities: reading one from a row, asking by the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from adapters.base import Cell, Keys, Stored
from adapters.columns import keeps_text, key_value
from adapters.frozen import frozen
from adapters.keys import transmissible
from gateway.engine.ordering import plain
from resolvers.city import City, Edge, Key, Scheme, Table
from resolvers.identity.address_keys import AddressCodec, other_addresses, read_address, spell_address
from resolvers.identity.addresses import Locale, locale
from resolvers.identity.codec import BadIdentifier, Codec, SpelledKeys, Verbatim
from resolvers.identity.far_ends import far_end, has_ends, learn_range, with_far_ends
from resolvers.identity.habits import RangeHabits
from resolvers.identity.keys import is_exact, read_key, spell_key
from resolvers.identity.schemes import codec


@frozen
class Asked:
    """Keys of one call. `known` are the identifiers of rows that hold just what was asked for; `texts` the only
    text of each of all identifiers, in their order, where every one has just one of its own."""

    keys: Keys
    known: Mapping[tuple[Stored, ...], str]
    texts: Sequence[Stored] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One key of a dataset, ready to read and to ask."""

    table: Table
    key: Key
    scheme: Scheme
    codec: Codec
    locale: Locale
    ends: bool = False
    """Whether rows of a range of house numbers belong to its far end, too."""
    exact: bool = field(init=False)
    """Whether rows that match the keys asked need no further check."""
    _whole: bool = field(init=False)
    """Whether just what it reads is the identifier."""
    _texts: tuple[int, tuple[str | None, ...]] | None = field(init=False)
    """Of keys that are asked as they are spelled: how, which other datasets may have in common."""

    _verbatim: Verbatim | None = field(init=False)

    _habits: RangeHabits = field(init=False, default_factory=RangeHabits)
    """How the agency writes ranges of house numbers."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "exact", is_exact(self.key, self.codec))
        object.__setattr__(self, "_verbatim", self.codec if isinstance(self.codec, Verbatim) else None)
        object.__setattr__(self, "_whole", self.key.address is None and self.key.reads == self.key.columns)
        columns = [self.table.dataset.columns.get(name) for name in self.key.columns]
        plain = self.exact and all(column is not None and keeps_text(column) for column in columns)
        object.__setattr__(self, "_texts", (len(columns), self.key.formats) if plain else None)

    def read(self, cells: Mapping[str, Cell]) -> str | None:
        """The identifier in a row; None where there is none or it is not valid."""
        return self.read_cells([plain(cells.get(column)) for column in self.key.reads])

    def read_cells(self, cells: Sequence[Cell]) -> str | None:
        """The same, of the cells of the columns that it reads, in their order."""
        if self._whole:
            return self.codec.read(cells)
        whole = dict(zip(self.key.reads, cells, strict=True))
        if self.key.address is not None:
            found = read_address(self.key.address, whole, self.locale)
            if found is not None:
                learn_range(self._habits, self.key.address, whole, found)
            return found
        return read_key(self.key, self.codec, whole)

    def read_each(self, rows: Sequence[Sequence[object]], index: Mapping[str, int]) -> list[str | None]:
        """The identifiers in rows whose columns stand at `index`, of which hardly any two are the same."""
        if not self._whole or len(self.key.reads) > 1:
            reader = Reader(self, index)
            return [reader.read(row) for row in rows]
        at, read = index[self.key.reads[0]], self.codec.read
        if self._verbatim is not None:
            texts: list[Any] = [*map(itemgetter(at), rows)]
            if {*map(type, texts)} == {str} and self._verbatim.canonical(texts):
                return texts
        return [read((cell if (cell := row[at]).__class__ is str else plain(cell),)) for row in rows]

    def others(self, cells: Mapping[str, Cell]) -> tuple[str, ...]:
        """Further identifiers in a row: of an address that is a range of numbers, all but the first."""
        if self.key.address is None:
            return ()
        whole = {column: plain(cells.get(column)) for column in self.key.reads}
        return other_addresses(self.key.address, whole, self.locale)

    def far_end(self, cells: Sequence[Cell]) -> str | None:
        """The identifier of the number that a range of numbers ends with, of the cells of the columns that it
        reads; only where there are such `ends`."""
        if self.key.address is None or not self.ends:
            return None
        return far_end(self.key.address, dict(zip(self.key.reads, cells, strict=True)), self.locale)

    def spell(self, identifier: str) -> SpelledKeys | None:
        """The texts to ask by; None where the dataset can't be asked for this identifier."""
        if self.key.address is not None:
            spelled = spell_address(identifier, self.key.address, self.locale, self._habits)
            if spelled is None or not self.ends:
                return spelled
            return with_far_ends(spelled, identifier, self.key.address, self.locale, self._habits)
        return spell_key(self.key, self.codec, identifier)

    def ask(self, identifiers: Iterable[str], memo: "Spelled | None" = None) -> list[Asked]:
        """Keys for all identifiers, in as few calls as their columns allow, and without repeats.

        `memo` is of just these identifiers: how they are spelled is the same for many datasets."""
        if memo is not None and self._texts is not None:
            spelling = memo.get(self._texts)
            if spelling is None:
                spelling = memo[self._texts] = _spelling(identifiers, self._spelled(identifiers))
            known = spelling.known
            if known is not _AMBIGUOUS:
                return [Asked(Keys(self.key.columns, spelling.values), known, spelling.texts)] if known else []
        return self._asked(identifiers)

    def _spelled(self, identifiers: Iterable[str]) -> "Mapping[tuple[Stored, ...], str]":
        """The identifiers by their texts, where each text stands for one of them."""
        columns, formats = self._texts or (0, ())
        if self._verbatim is not None and self._verbatim.verbatim(columns, formats):
            identifiers = [*identifiers]
            return dict(zip(zip(identifiers, strict=True), identifiers, strict=True))
        found: dict[tuple[Stored, ...], str] = {}
        for identifier in identifiers:
            for texts in self.codec.spell(identifier, columns, formats):
                plainly = columns == 1 and texts[0].isalnum()
                if (plainly or _askable(texts)) and found.setdefault(texts, identifier) != identifier:
                    return _AMBIGUOUS
        return found

    def _asked(self, identifiers: Iterable[str]) -> list[Asked]:
        grouped: dict[tuple[tuple[str, ...], bool], dict[tuple[Stored, ...], str]] = {}
        ambiguous: set[tuple[Stored, ...]] = set()
        for identifier in identifiers:
            spelled = self.spell(identifier)
            if spelled is None:
                continue
            asked = grouped.setdefault((spelled.columns, spelled.prefix), {})
            for texts in spelled.values:
                stored = self._stored(spelled.columns, texts)
                if stored is not None and asked.setdefault(stored, identifier) != identifier:
                    ambiguous.add(stored)
        whole = self.key.reads if self.exact and not ambiguous else None
        return [
            Asked(Keys(columns, tuple(values), prefix), values if columns == whole and not prefix else {})
            for (columns, prefix), values in grouped.items()
            if values
        ]

    def _stored(self, columns: tuple[str, ...], texts: tuple[str, ...]) -> tuple[Stored, ...] | None:
        declared = self.table.dataset.columns
        stored = tuple([key_value(declared[column], text) for column, text in zip(columns, texts, strict=True)])
        return None if None in stored else stored


def _askable(texts: tuple[str, ...]) -> bool:
    return all(texts) and all(map(transmissible, texts))


class Spelling(NamedTuple):
    """Identifiers by the texts that they are asked by; `values` and `texts` as in `Asked`."""

    known: Mapping[tuple[Stored, ...], str]
    values: tuple[tuple[Stored, ...], ...]
    texts: Sequence[Stored] | None


def _spelling(identifiers: Iterable[str], known: Mapping[tuple[Stored, ...], str]) -> Spelling:
    values = tuple(known)
    single = values and len(values[0]) == 1 and [*known.values()] == [*identifiers]
    return Spelling(known, values, [*chain.from_iterable(values)] if single else None)


Spelled = dict[tuple[int, tuple[str | None, ...]], Spelling]
"""How identifiers are asked for, by each way to spell them."""

_AMBIGUOUS: Mapping[tuple[Stored, ...], str] = MappingProxyType({})


_UNREAD = "\0"


class Reader:
    """Reads one key's identifier in rows whose columns stand at `index`.

    Rows that share the cells of the key are read once. It lives no longer than the answer that
    it reads, because an identifier may be a person's.
    """

    __slots__ = ("_at", "_known", "_single", "binding")

    def __init__(self, binding: Binding, index: Mapping[str, int]) -> None:
        self.binding = binding
        self._at = [index[column] for column in binding.key.reads]
        self._single = len(self._at) == 1
        self._known: dict[tuple[object, ...], str | None] = {}

    def learn(self, known: Mapping[tuple[object, ...], str]) -> None:
        """Rows with these cells need not be read: they were asked for by them."""
        self._known.update(known)

    def read(self, row: Sequence[object]) -> str | None:
        """The identifier in a row; None where there is none or it is not valid."""
        cells = (row[self._at[0]],) if self._single else tuple([row[at] for at in self._at])
        found = self._known.get(cells, _UNREAD)
        if found is _UNREAD:
            usual = self._single and cells[0].__class__ is str
            found = self._known[cells] = self.binding.read_cells(cells if usual else [plain(cell) for cell in cells])  # type: ignore[arg-type]
        return found


class Bindings:
    """All bindings of a city, and the codec of every scheme."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.locale = locale(city.locale)
        self.codecs: Mapping[str, Codec] = MappingProxyType(
            {name: self._codec(scheme) for name, scheme in city.schemes.items()}
        )
        self._by_table = {name: self._bind(table) for name, table in city.tables.items()}
        self._by_entity = {
            (name, entity): tuple(b for b in bound if b.scheme.entity == entity)
            for name, bound in self._by_table.items()
            for entity in {scheme.entity for scheme in city.schemes.values()}
        }

    def _codec(self, scheme: Scheme) -> Codec:
        return AddressCodec(self.locale) if scheme.check == "address" else codec(scheme.check)

    def _bind(self, table: Table) -> tuple[Binding, ...]:
        city, codecs = self._city, self.codecs
        return tuple(
            Binding(table, key, city.schemes[key.scheme], codecs[key.scheme], self.locale, has_ends(city, table, key))
            for key in table.keys
        )

    def of(self, table: str, entity: str) -> tuple[Binding, ...]:
        """The keys of a dataset for one kind of entity, in the catalogue's order."""
        return self._by_entity.get((table, entity), ())

    def all(self, table: str) -> tuple[Binding, ...]:
        """All keys of a dataset."""
        return self._by_table[table]

    def by_scheme(self, table: str, scheme: str) -> tuple[Binding, ...]:
        """The keys of a dataset for one scheme."""
        return tuple(b for b in self._by_table[table] if b.scheme.name == scheme)

    @cached_property
    def registers(self) -> Mapping[str, tuple[str, ...]]:
        """For each scheme the datasets that say what exists, in order of trust."""
        found: dict[str, dict[str, None]] = {}
        for register in self._city.registers:
            found.setdefault(register.scheme, {}).update(dict.fromkeys(register.datasets))
        return MappingProxyType({scheme: tuple(tables) for scheme, tables in found.items()})

    @cached_property
    def edges(self) -> Mapping[tuple[str, str], tuple[tuple[Table, Edge], ...]]:
        """For each scheme and meaning the datasets whose rows lead to other identifiers."""
        found: dict[tuple[str, str], list[tuple[Table, Edge]]] = {}
        for table in self._city.tables.values():
            for edge in table.edges:
                found.setdefault((edge.to.scheme, edge.means), []).append((table, edge))
        return MappingProxyType({name: tuple(edges) for name, edges in found.items()})

    def translators(self, given: str, wanted: str) -> tuple[str, ...]:
        """The registers that carry both schemes, in order of trust. A register of businesses or
        persons says where those are; it does not say what an address is."""
        entity = self._city.schemes[given].entity
        registered = dict.fromkeys(
            dataset
            for register in self._city.registers
            if self._city.schemes[register.scheme].entity == entity
            for dataset in register.datasets
        )
        return tuple(t for t in registered if self.by_scheme(t, given) and self.by_scheme(t, wanted))

    def askers(self, scheme: str) -> tuple[str, ...]:
        """All datasets that can be asked by a scheme."""
        return tuple(name for name in self._by_table if self.by_scheme(name, scheme))

    def alike(self, scheme: str, identifier: str) -> tuple[str, ...]:
        """The identifier, and how the same address reads where an agency keeps no postcode."""
        if scheme != self._city.address_scheme:
            return (identifier,)
        parts = self.locale.parse_key(identifier)
        if parts is None or not (parts.postcode and parts.city_part):
            return (identifier,)
        bare = self.locale.key(replace(parts, postcode=None))
        return (identifier, bare) if bare else (identifier,)

    def parse(self, entity: str | None, text: str) -> tuple[str, str]:
        """Scheme and canonical value of an identifier as a caller writes it.

        Raises `BadIdentifier` saying what is wrong.
        """
        name, colon, value = text.partition(":")
        scheme = self._city.schemes.get(name)
        if not colon or scheme is None:
            raise BadIdentifier(f"{text[:80]!r} is no identifier of this city: {self._declared(entity)}")
        if entity is not None and scheme.entity != entity:
            article = "an" if entity == "Address" else "a"
            raise BadIdentifier(
                f"{name} identifies another kind ({scheme.entity}), not {article} {entity}: {self._declared(entity)}"
            )
        try:
            return name, self.codecs[name].parse(value)
        except BadIdentifier as error:
            raise BadIdentifier(f"{name} {error}") from None

    def _declared(self, entity: str | None) -> str:
        names = [s.name for s in self._city.schemes.values() if entity is None or s.entity == entity]
        names.sort(key=lambda name: name == self._city.address_scheme)
        example = f", for example {names[0]}:{self.codecs[names[0]].example}" if names else ""
        return f"write scheme:value{example}; schemes: {', '.join(names)}"

    def parts(self, scheme: str, value: str) -> Mapping[str, str]:
        """The parts of a composite identifier by name ({"borough": "1", …})."""
        names = self._city.schemes[scheme].parts
        if not names:
            return {}
        return dict(zip(names, self.codecs[scheme].spell(value, len(names), ())[0], strict=True))
