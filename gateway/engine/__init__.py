"""The engine: documents, plans, fetches, responses."""

from gateway.engine.engine import CityEngine
from gateway.settings import Settings
from resolvers.city import City


def open_engine(city: City, settings: Settings) -> CityEngine:
    """The engine of a city. Opens no connection yet."""
    return CityEngine(city, settings)
