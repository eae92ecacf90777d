"""Socrata's open-data portals, by SODA 2.1: filters, orders, counts and pages of the portal itself.

    [source.portal]
    adapter = "socrata"
    url = "${PORTAL:-https://data.agency.gov}"
    token = "${APP_TOKEN:-}"                     # an app token; without one, calls are throttled
    timeout = "4s"
    [source.portal.options]                      # besides those of adapters.http
    max_url = 7000                               # longer calls are split by their keys

A dataset's `path` is the portal's id, like "43nn-pn8j"; columns are API field names, and parts of a
location "location.latitude". Options of a dataset (or of the source, for all):

    strict = true                                # every value fits its type, dates have no time of
                                                 # day, no text is empty: orders can use an index
    ordered_text = true                          # the portal compares text by code point
    fixed_timestamps = ["opened_at"]             # moments in UTC; others are local times

How fresh an answer is, the portal says itself (its Last-Modified). No text range goes down unless
`ordered_text` is promised: by which collation a portal compares, its documentation does not say.
"""

from adapters.base import Dataset, Source
from adapters.options import Mistake, Options
from adapters.socrata.adapter import SocrataAdapter, read_terms

__all__ = ["SocrataAdapter", "create", "problems"]


def create(source: Source) -> SocrataAdapter:
    """An adapter for a portal. `BadOptions`, a ValueError with the fixes, for wrong options."""
    return SocrataAdapter(source)


def problems(dataset: Dataset) -> tuple[Mistake, ...]:
    """What is wrong with the options of a dataset."""
    options = Options(dataset.options)
    read_terms(options, None)
    return tuple(options.finish())
