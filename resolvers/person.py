"""`Person`: somebody whom at least one agency can identify. Every look-up needs permission."""

import strawberry

from resolvers.merging import prefer, shared
from resolvers.scalars import Date


@strawberry.type(description="A natural person known to an agency.")
class PersonShared:
    """Shared attributes of every city's `Person`; the generated type subclasses it."""

    full_name: str | None = shared(prefer, "Full name, where an agency keeps it in one column.", personal=True)
    given_name: str | None = shared(prefer, "Given names, where an agency keeps them apart.", personal=True)
    family_name: str | None = shared(prefer, "Family name, where an agency keeps it apart.", personal=True)
    birth_date: Date | None = shared(prefer, "Day of birth.", personal=True)
