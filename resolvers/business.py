"""`Business`: a company, or a site where one trades."""

import strawberry

from resolvers.merging import most_recent, prefer, shared


@strawberry.type(description="A company, or a site where one trades.")
class BusinessShared:
    """Shared attributes of every city's `Business`; the generated type subclasses it."""

    trade_name: str | None = shared(prefer, "The name over the door.")
    legal_name: str | None = shared(prefer, "The name in the register; may name a person.", personal=True)
    phone: str | None = shared(most_recent, "Telephone number, digits only.")
    industry: str | None = shared(prefer, "Line of trade, in the agency's own words.")
