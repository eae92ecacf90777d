"""Any JSON API, described in TOML: what its parameters mean, where its rows are, how it pages.

    [source.api]
    adapter = "rest"
    url = "${LICENCES_API:-https://api.agency.gov/v2}"
    timeout = "3s"
    options = { credentials = { bearer = "${LICENCES_TOKEN}" } }     # and all of adapters.http

    [[dataset]]
    name = "licences"
    path = "licences"                    # or with columns in it: "wards/{ward}/licences"
    [dataset.options]
    rows = "/data/items"                 # JSON pointer (RFC 6901) to the rows; "" is the answer itself
    total = "/data/total"                # and to how many there are; or total_header = "X-Total-Count"
    params = { format = "full" }         # sent with every call
    error = "/error"                     # what is there and not null is an error, whatever the status
    empty = [404]                        # statuses that mean: no rows
    as_of = "/meta/updated"              # when the data last changed: ISO 8601, or seconds since 1970
    sparse = true                        # members that are null are left out; else their absence is told
    strict = true                        # every value fits its type, no text is empty: ranges are exact

    [[dataset.options.keys]]             # by which columns it can be asked
    columns = "number"                   # ours; several are asked together
    params = "licence_number"            # theirs, in the same order; the columns' own where left out
    many = "comma"                       # several keys: "repeat" the parameter, join by "comma", or one call "each"

    [dataset.options.filters]            # what else it can filter by: our column, operator, their parameter
    state = { eq = "status", in = "status" }            # exactly; many = "comma" joins those of `in`
    issued = { gte = "issued_from", lte = "issued_to" } # checked again here, unless strict

    [dataset.options.order]              # by which columns it orders just as we do, see docs/adapters.md
    param = "sort"                       # their parameter
    columns = { issued = "issued" }      # ours and theirs
    ascending = "{column}"               # how it is written which way a column goes
    descending = "-{column}"
    # direction = "order"                # or by a parameter of its own; ascending = "asc", descending = "desc"
    many = "comma"                       # several columns: joined by "comma", or "repeat" the parameter

    [dataset.options.paging]
    kind = "page"                        # page, offset, cursor or link
    page = "page"                        # their parameter (offset = "offset", cursor = "after")
    size = "per_page"                    # their parameter for the size of a page
    per_page = 100                       # as large as the API allows
    first = 1                            # the number of the first page
    # next = "/meta/next"                # cursor: where the next one is; link: instead of the Link header (RFC 8288)

A column's `from` is a member of a row, or a JSON pointer within it ("/address/street"). What the
API can't do – other orders and filters, limits of each key where it takes many – is done here. Rows that were not asked
for are dropped: many an API ignores a parameter that it does not know.
"""

from adapters.base import Dataset, Source
from adapters.options import Mistake
from adapters.rest.adapter import RestAdapter
from adapters.rest.layout import read_layout

__all__ = ["RestAdapter", "create", "problems"]


def create(source: Source) -> RestAdapter:
    """An adapter for an API. `BadOptions`, a ValueError with the fixes, for wrong options."""
    return RestAdapter(source)


def problems(dataset: Dataset) -> tuple[Mistake, ...]:
    """What is wrong with the description of a dataset."""
    return tuple(read_layout(dataset)[1])
