"""Businesses of several agencies brought together: candidates, their verdicts, what merges.

    matchable    which datasets of a city tell businesses apart, by their declarations
    sightings    what a row says of a business, in values that everybody may see
    looking      the rows to compare: a business's own, those at its addresses, those it names
    naming       those with its name, where it has no address
    quality      what is seen of the identifiers in those rows
    verdicts     a business and its candidates, compared: the links, and why
    authorities  which rows belong to a business that have its number as an applicant typed it
    linking      all of it for a frame, the crosswalk first

Only what is public is ever compared: whoever asks, the links are the same, and neither a link nor
its evidence tells of a value that the caller may not see.
"""

from gateway.engine.matching.authorities import Authorities, authorities
from gateway.engine.matching.linking import Linked, link
from gateway.engine.matching.matchable import Matching
from gateway.engine.matching.verdicts import BusinessLinkValue

__all__ = ["Authorities", "BusinessLinkValue", "Linked", "Matching", "authorities", "link"]
