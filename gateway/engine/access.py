"""How one caller may ask one dataset about one kind of entity: found out once, whatever is asked.

None of it depends on identifiers, conditions' values or pages, so that callers of one profile share
it from request to request, and no value of any request is in it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from adapters.base import Filter, Keys, Scan
from gateway.engine.bindings import Binding, Reader
from gateway.engine.run import Run, denied
from gateway.engine.sharing import Pattern
from gateway.engine.values import Failure
from gateway.engine.wants import Want, typed
from gateway.engine.withholding import Withholding, confidential, needed
from resolvers.city import Table

_MOST = 512  # accesses of one profile, a few kilobytes each
_MOST_PATTERNS = 32  # of one access: a page of another size is another


@dataclass(slots=True, eq=False)
class Access:
    """`bindings` are all keys of the dataset for the kind of entity, `asked` those of them by which
    this caller may ask and is asked to; `refusal` says why there are others, `denied` why it may not see
    records at all. `rows` is what a row must meet for this caller.

    `columns` are those to fetch. With `pushed` limit, position and count can go to the agency: one
    exact key, unique ids, and nothing that is left out here. `narrowed` says why there may be more
    rows than this caller is shown. Of `typed` rows not all belong to the entities whose number they have.
    """

    table: Table
    agency: str
    bindings: tuple[Binding, ...]
    asked: tuple[Binding, ...]
    refusal: Failure | None
    denied: Failure | None = None
    rows: tuple[Filter, ...] = ()
    columns: tuple[str, ...] = ()
    index: Mapping[str, int] = field(default_factory=dict)
    key_at: tuple[int, ...] = ()
    pushed: bool = False
    as_of: date | None = None
    as_of_at: int | None = None
    narrowed: Failure | None = None
    typed: bool = False
    withholding: Withholding | None = None
    patterns: dict[Hashable, Pattern] = field(default_factory=dict)

    def readers(self) -> list[Reader]:
        """What reads each key in rows; to be thrown away with them."""
        return [Reader(binding, self.index) for binding in self.bindings]

    def rules(self, run: Run, want: Want, *, counting: bool) -> Withholding:
        """What is withheld from the caller in rows; made anew while a restriction list holds somebody,
        because what then reads identifiers remembers them."""
        if self.withholding is None or not run.world.restrictions.empty:
            return Withholding(run, self.table, self.index, want.filtered, want.ordered, counting=counting)
        return self.withholding

    def pattern(self, run: Run, keys: Keys, scan: Scan) -> Pattern:
        """What is asked, but for the keys; kept where nothing of it is a caller's own."""
        if scan.filters or scan.after is not None:
            return run.world.sources.pattern(self.table, scan)
        what = keys.columns, keys.prefix, scan.order, scan.per_key, scan.count
        found = self.patterns.get(what)
        if found is None:
            if len(self.patterns) >= _MOST_PATTERNS:
                self.patterns.clear()
            bare = replace(scan, keys=replace(keys, values=()))  # a key may be a person's number
            found = self.patterns[what] = run.world.sources.pattern(self.table, bare)
        return found


def access(run: Run, entity: str, want: Want, *, counting: bool = False) -> Access:
    """How the caller of a run may ask for this."""
    kept, name = run.permits.kept, want.table.name
    restricted = not run.world.restrictions.empty
    doubtful = want.section is not None and typed(want.table, entity)
    rest = want.order, want.filtered, want.ordered, want.schemes, counting, restricted, doubtful
    key = "access", entity, name, want.columns, want.key, want.keyed, rest
    found = kept.get(key)
    if found is None:
        if len(kept) >= _MOST:
            kept.clear()
        found = kept[key] = _access(run, entity, want, counting=counting, doubtful=doubtful)
    return found


def _access(run: Run, entity: str, want: Want, *, counting: bool, doubtful: bool) -> Access:
    table, permits = want.table, run.permits
    bindings = run.world.bindings.of(table.name, entity)
    wanted = [b for b in bindings if counting or want.schemes is None or b.scheme.name in want.schemes]
    allowed = [b for b in wanted if counting or all(permits.column(table, c) is None for c in b.key.reads)]
    refusals = [run.denied_column(table, c) for b in wanted if b not in allowed for c in b.key.reads]
    refusal = next((failure for failure in refusals if failure), None)
    agency = run.world.agency(table)
    rows = permits.rows(table)
    made = Access(table, agency, bindings, tuple(allowed), refusal, _denied(run, table), rows)
    if not allowed:
        return made
    made.typed = doubtful
    columns = _permitted(run, want, bindings, compared(run, table) if doubtful else ())
    index = {name: at for at, name in enumerate(columns)}
    made.columns, made.index = columns, index
    made.key_at = tuple(index[column] for column in want.key)
    made.pushed = not doubtful and _pushes(run, want, bindings, made.asked)
    made.as_of = table.as_of if isinstance(table.as_of, date) else None
    made.as_of_at = index.get(table.as_of) if isinstance(table.as_of, str) else None
    made.withholding = Withholding(run, table, index, want.filtered, want.ordered, counting=counting)
    if rows:
        message = f"The agreement opens some rows of {table.name} only; these are all of them here."
        made.narrowed = Failure("NARROWED", message, agency, table.name)
    return made


def compared(run: Run, table: Table) -> tuple[str, ...]:
    """The columns by which rows that applicants typed are compared; none where none tells a name."""
    source = run.world.matching.tables.get(table.name)
    return source.columns if source is not None else ()


def _permitted(run: Run, want: Want, bindings: Iterable[Binding], further: Iterable[str]) -> tuple[str, ...]:
    """Without what the caller may not see, except what the work itself needs and never shows:
    keys, the order, and the conditions under which an agency withholds."""
    read = dict.fromkeys(c for b in bindings for c in b.key.reads)
    shown = (c for c in dict.fromkeys((*want.columns, *read, *further)) if run.permits.column(want.table, c) is None)
    inner = {*read, *want.key, *(by.column for by in want.order)}
    inner |= {*needed(run, want.table), *_compared(run, want)}
    return tuple(dict.fromkeys((*shown, *sorted(inner))))


def _compared(run: Run, want: Want) -> frozenset[str]:
    """The columns of the caller's conditions, where a row's own value decides whether they may find it."""
    some = confidential(run, want.table) or want.hides_records or not run.world.restrictions.empty
    return want.filtered if some else frozenset()


def _pushes(run: Run, want: Want, bindings: tuple[Binding, ...], asked: tuple[Binding, ...]) -> bool:
    """Whether limit, position and count can go to the agency: one exact key, and unique ids."""
    compared = {*want.filtered, *want.key, *(by.column for by in want.order)}
    secret = bool(confidential(run, want.table) & compared) or not run.world.restrictions.empty
    single = len(bindings) == 1 and asked == bindings and bindings[0].exact
    return single and want.keyed and not want.hides_records and not secret


def _denied(run: Run, table: Table) -> Failure | None:
    """Why the caller may not see records of a dataset, as the response tells it."""
    denial = run.permits.table(table)
    return None if denial is None else denied(denial, run.world.agency(table), table.name)
