"""The agencies' books, one module each: the same facts in as many ways as there are offices."""

from gateway.demo.agencies import assessor, deeds, housing

BOOKS = (assessor.BOOK, housing.BOOK, deeds.BOOK)
