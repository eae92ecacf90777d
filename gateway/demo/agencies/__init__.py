"""The agencies' books, one module each: the same facts in as many ways as there are offices."""

from gateway.demo.agencies import (
    assessor,
    buildings,
    companies,
    contact,
    deeds,
    fire,
    harbour,
    health,
    housing,
    licensing,
    parks,
    residents,
    transport,
    welfare,
)

BOOKS = (
    assessor.BOOK,
    buildings.BOOK,
    companies.BOOK,
    contact.BOOK,
    deeds.BOOK,
    fire.BOOK,
    harbour.BOOK,
    health.BOOK,
    housing.BOOK,
    licensing.BOOK,
    parks.BOOK,
    residents.BOOK,
    transport.BOOK,
    welfare.BOOK,
)
