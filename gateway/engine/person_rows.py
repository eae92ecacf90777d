"""What rows say of persons, as far as the caller may see it, and which rows a source finds itself."""

from collections.abc import Iterator, Sequence
from datetime import date

from adapters.base import Compare, Scan
from adapters.errors import SourceError
from adapters.pushdown import negotiate
from gateway.engine.ordering import plain
from gateway.engine.run import Run
from gateway.engine.values import RecordValue
from resolvers.city import Table
from resolvers.identity.matching.persons import Person
from resolvers.identity.matching.resemblance import resembles, words_of
from resolvers.identity.matching.whole_names import readings
from resolvers.identity.names import names_organisation


def born(table: Table) -> str | None:
    """The column of the day of birth, where a dataset has one."""
    return next((c.column for c in table.claims if (c.entity, c.attribute) == ("Person", "birth_date")), None)


def seen_born(run: Run, table: Table) -> str | None:
    """The same, if the caller may see it."""
    column = born(table)
    return column if column is not None and run.denied_column(table, column) is None else None


def held(run: Run, record: RecordValue, names: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[Person]:
    """The persons whom a row may mean, by the columns of names; organisations are none. With the words of a
    name that is `wanted`, those only whose name is anything like it."""
    birth = seen_born(run, record.table)
    day = plain(record.cell(birth)) if birth is not None and birth in record.columns else None
    for column in names:
        name = plain(record.cell(column))
        if not isinstance(name, str) or (wanted and not resembles(wanted, words_of(name))):
            continue
        if not names_organisation(name):
            yield from readings(name, birth_date=day.isoformat() if isinstance(day, date) else "")


def sorts_out(run: Run, table: Table, condition: Compare) -> bool:
    """Whether the source itself leaves out what does not meet a condition, so that it sends no list."""
    capabilities = run.world.sources.capabilities(table.dataset)
    try:
        deal = negotiate(table.dataset, Scan((condition.column,), filters=(condition,)), capabilities)
    except SourceError:
        return False
    return bool(deal.sent.filters)
