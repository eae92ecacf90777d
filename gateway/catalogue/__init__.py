"""The catalogue: a city described in TOML becomes the frozen `City` that everything reads.

`load` either gives a complete city or raises every problem of its files at once.
"""

from gateway.catalogue.loading import Examined, examine, load
from gateway.catalogue.problems import CatalogueError, Problem

__all__ = ["CatalogueError", "Examined", "Problem", "examine", "load"]
