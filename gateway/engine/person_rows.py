"""What rows say of persons, as far as the caller may see it, and which rows a source finds itself."""

from collections.abc import Iterator, Sequence
from datetime import date

from adapters.base import Compare, Scan
from adapters.errors import SourceError
from adapters.pushdown import negotiate
from gateway.engine.ordering import plain
from gateway.engine.person_names import Names, born, names_in
from gateway.engine.run import Run
from gateway.engine.values import RecordValue
from resolvers.city import Table
from resolvers.identity.matching.persons import Person, person
from resolvers.identity.matching.resemblance import resembles, words_of
from resolvers.identity.matching.whole_names import readings
from resolvers.identity.names import names_organisation


def seen_born(run: Run, table: Table) -> str | None:
    """The same, if the caller may see it."""
    column = born(table)
    return column if column is not None and run.denied_column(table, column) is None else None


def held(run: Run, record: RecordValue, names: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[Person]:
    """The persons whom a row may mean, by the columns of names; organisations are none. With the words of a
    name that is `wanted`, those only whose name is anything like it."""
    birth = seen_born(run, record.table)
    day = plain(record.cell(birth)) if birth is not None and birth in record.columns else None
    birth_date = day.isoformat() if isinstance(day, date) else ""
    for text, parts in _texts(record, names_in(record.table, names)):
        if (wanted and not resembles(wanted, words_of(text))) or names_organisation(text):
            continue
        yield from (person(*parts, birth_date=birth_date),) if parts else readings(text, birth_date=birth_date)


def _texts(record: RecordValue, names: Names) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """The names in a row, each with its given and its family name where they stand apart."""
    for column in names.whole:
        if isinstance(name := plain(record.cell(column)), str):
            yield name, None
    if names.given and names.family:
        given, family = (plain(record.cell(column)) or "" for column in (names.given, names.family))
        if family:
            yield f"{given} {family}".strip(), (str(given), str(family))


def sorts_out(run: Run, table: Table, condition: Compare) -> bool:
    """Whether the source itself leaves out what does not meet a condition, so that it sends no list."""
    capabilities = run.world.sources.capabilities(table.dataset)
    try:
        deal = negotiate(table.dataset, Scan((condition.column,), filters=(condition,)), capabilities)
    except SourceError:
        return False
    return bool(deal.sent.filters)
