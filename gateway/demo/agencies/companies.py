"""Companies Registry: companies, their establishments and their officers.

Quirks: days the European way round, 0 and 1 for no and yes, telephone numbers in brackets,
parcels without padding, and establishments of people who trade alone have no company.
"""

from collections.abc import Iterator

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import Chance, later
from gateway.demo.people import Company, Trade
from gateway.demo.spelling import european, short, short_street
from gateway.demo.town import Lot, Town

COMPANIES = Table(
    "company",
    (
        "company_number INTEGER PRIMARY KEY",
        "registered_name TEXT",
        "legal_form TEXT",
        "incorporated TEXT",
        "struck_off TEXT",
        "active INTEGER",
        "nature_of_business TEXT",
    ),
    ("registered_name",),
)

ESTABLISHMENTS = Table(
    "establishment",
    (
        "establishment_number INTEGER PRIMARY KEY",
        "company_number INTEGER",
        "trading_name TEXT",
        "proprietor TEXT",
        "line_of_trade TEXT",
        "parcel TEXT",
        "building TEXT",
        "street TEXT",
        "postcode TEXT",
        "telephone TEXT",
        "food_permit TEXT",
        "opened TEXT",
        "closed TEXT",
        "last_filing TEXT",
    ),
    ("company_number", "parcel", "food_permit", "postcode, street, building", "trading_name"),
)

OFFICERS = Table(
    "officer",
    (
        "officer_number INTEGER",
        "company_number INTEGER",
        "officer_name TEXT",
        "born TEXT",
        "office TEXT",
        "appointed TEXT",
        "resigned TEXT",
    ),
    ("officer_number", "company_number"),
)

LINES = {"food": "Food and drink", "retail": "Retail trade"}


def of_town(town: Town, chance: Chance) -> Iterator[Entry]:
    """The companies and their officers."""
    for company in town.companies:
        struck = european(company.struck_off) if company.struck_off else ""
        nature = chance.pick(("Real estate", "Food and drink", "Retail trade", "Construction"))
        row = company.number, company.name, company.form, european(company.founded), struck, int(not struck), nature
        yield COMPANIES, row
        yield from ((OFFICERS, officer) for officer in _officers(company, chance))


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """The establishments on a lot."""
    for trade in lot.trades:
        yield ESTABLISHMENTS, _establishment(lot, trade, chance)


def _officers(company: Company, chance: Chance) -> Iterator[tuple[Cell, ...]]:
    for n, somebody in enumerate(company.officers):
        appointed = chance.day(max(company.founded, later(somebody.born, 20 * 366)))
        resigned = european(chance.day(appointed)) if n and chance.hits(0.3) else ""
        office = "Director" if n == 0 else chance.pick(("Director", "Secretary", "Treasurer"))
        yield (
            somebody.number,
            company.number,
            somebody.name,
            european(somebody.born),
            office,
            european(appointed),
            resigned,
        )


def _establishment(lot: Lot, trade: Trade, chance: Chance) -> tuple[Cell, ...]:
    holder, phone = trade.holder, trade.phone
    filed = chance.day(trade.opened)
    firm = isinstance(holder, Company)
    return (
        trade.number,
        holder.number if firm else None,
        trade.name,
        "" if firm else holder.name,
        LINES[trade.line],
        short(lot),
        lot.number,
        short_street(lot.street),
        lot.postcode,
        f"({phone[:3]}) {phone[3:6]}-{phone[6:]}",
        str(trade.food_permit) if trade.food_permit and chance.hits(0.85) else "",
        european(trade.opened),
        european(trade.closed) if trade.closed else "",
        f"{filed.isoformat()}T{chance.between(8, 18):02d}:00:00Z",
    )


BOOK = Book("companies.sqlite", (COMPANIES, ESTABLISHMENTS, OFFICERS), of_lot, of_town)
