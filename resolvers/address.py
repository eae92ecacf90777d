"""`Address`: what its identifier denotes – a lot, a building, premises or a unit."""

import strawberry

from resolvers.merging import most_recent, prefer, shared
from resolvers.scalars import Money


@strawberry.type(description="A place in the city.")
class AddressShared:
    """Shared attributes of every city's `Address`; the generated type subclasses it."""

    line: str | None = shared(prefer, "House number and street.")
    postcode: str | None = shared(prefer, "Postcode.")
    district: str | None = shared(prefer, "The city's own district or borough.")
    year_built: int | None = shared(prefer, "Year the building was completed.")
    owner_name: str | None = shared(prefer, "Who owns it; may name a person.", personal=True)
    residential_units: int | None = shared(prefer, "Homes.")
    commercial_units: int | None = shared(prefer, "Units that are not homes.")
    floors: float | None = shared(prefer, "Storeys.")
    building_class: str | None = shared(prefer, "The building class in the agency's own code.")
    land_use: str | None = shared(prefer, "The land use in the agency's own code.")
    lot_area: int | None = shared(prefer, "Area of the lot, in the unit that the agency publishes.")
    building_area: int | None = shared(prefer, "Floor area, in the unit that the agency publishes.")
    assessed_value: Money | None = shared(most_recent, "Assessed value, in the city's currency.")
