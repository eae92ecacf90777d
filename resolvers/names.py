"""How names of the catalogue become names of the schema."""

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Za-z0-9]+")


def words(name: str) -> list[str]:
    """ "year_built", "yearBuilt" and "DOF sales" as lists of words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return _WORDS.findall(spaced)


def camel(name: str) -> str:
    """ "class_then" -> "classThen"; a name that is camelCase already stays as it is."""
    first, *rest = words(name) or [""]
    return first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)


def pascal(name: str) -> str:
    """ "dof_sales" -> "DofSales"."""
    return "".join(word[:1].upper() + word[1:] for word in words(name))


def constant(name: str) -> str:
    """ "yearBuilt" -> "YEAR_BUILT", for members of enums."""
    return "_".join(words(name)).upper()


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """ "yearBuilt" -> "year_built"."""
    return "_".join(words(name)).lower()
