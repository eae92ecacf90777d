"""The engine: documents, plans, fetches, responses."""

from gateway.engine.engine import CityEngine
from gateway.engine.services import Services
from gateway.settings import Settings
from resolvers.city import City


def open_engine(
    city: City, settings: Settings, before: CityEngine | None = None, services: Services | None = None
) -> CityEngine:
    """The engine of a city. Opens no connection yet; `before` lends what is described as before,
    and its services where none are given."""
    return CityEngine(city, settings, before=before, services=services)
