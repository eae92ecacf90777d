"""A city small enough to check a draft in, where there is none yet."""

from gateway.introspection import toml

_US = frozenset({"us", "us_nyc"})


def minimal(name: str = "My city", prefix: str = "my", locale: str = "us", time_zone: str = "UTC") -> str:
    """The text of a city.toml without schemes: the draft declares those it needs."""
    currency = "USD" if locale in _US else "EUR"
    lines = [
        *toml.comment("A minimal city to try a draft in; DECIDE all of it."),
        "[city]",
        f"name = {toml.text(name)}",
        *toml.pair("prefix", prefix, f"scheme bbl is {prefix}.bbl"),
        *toml.pair("locale", locale, "how addresses and names are read: generic, uk, us, us_nyc"),
        *toml.pair("time_zone", time_zone, "for local times without a zone"),
        *toml.pair("currency", currency),
    ]
    return "\n".join(lines) + "\n"
