"""What is too weak for a city's agencies and partners: production does not start with any of it."""

from collections.abc import Iterator

from gateway.settings import RandomKey, Settings
from resolvers.city import City

_CHARACTERS = 10  # a random secret of 32 characters in hexadecimal has fewer once in ten thousand


def weaknesses(settings: Settings, city: City) -> list[str]:
    """What is weak, each with its fix. Empty if the gateway may face the world."""
    return [*_settings(settings), *_city(settings, city)]


def _settings(settings: Settings) -> Iterator[str]:
    if settings.pepper is None:
        yield (
            "CITYGRAPH_PEPPER is not set: nobody can have a key, and no look-up is recorded. "
            "Set it to 32 random characters at least, kept apart from the store."
        )
    if isinstance(settings.signing_key, RandomKey):
        yield (
            "CITYGRAPH_SIGNING_KEY is not set: ids and cursors end with this process. "
            "Set it to 32 random characters at least, the same at every replica."
        )
    for name, secret in (("PEPPER", settings.pepper), ("SIGNING_KEY", settings.signing_key)):
        if secret is not None and len(set(secret)) < _CHARACTERS:
            yield (
                f"CITYGRAPH_{name} can be guessed: it has {len(set(secret))} different characters. "
                "Make one with `openssl rand -base64 48`."
            )
    if settings.pepper is not None and settings.pepper == settings.signing_key:
        yield (
            "CITYGRAPH_SIGNING_KEY is the same as CITYGRAPH_PEPPER: who gets one has both. "
            "Make each with `openssl rand -base64 48`."
        )
    if settings.audit_sync == "off":
        yield "CITYGRAPH_AUDIT_SYNC is off: no look-up is recorded. Set it to batch or strict."
    if wide := [each for each in _listed(settings.proxies) if _is_everyone(each)]:
        yield (
            f"CITYGRAPH_PROXIES trusts everyone ({', '.join(wide)}): who asks chooses the address by which keys are "
            "bound to networks and rates are counted. Name the addresses of the proxies."
        )
    if settings.log_level == "debug":
        yield "CITYGRAPH_LOG_LEVEL is debug: libraries may log what is asked about whom. Set it to info."


def _listed(proxies: str | None) -> list[str]:
    return [each.strip() for each in proxies.split(",")] if proxies else []


def _is_everyone(proxy: str) -> bool:
    """Whether a proxy's address is any address, as uvicorn reads it."""
    return proxy == "*" or proxy.endswith("/0")


def _city(settings: Settings, city: City) -> Iterator[str]:
    if city.local_caller is not None:
        yield (
            f"city.toml trusts the local caller {city.local_caller.name!r}, who needs no key and no purpose. "
            "Take [city.local_caller] out."
        )
    personal = sorted({t.name for t in city.tables.values() for c in t.dataset.columns.values() if not c.public})
    if personal and settings.introspection == "on":
        yield (
            f"CITYGRAPH_INTROSPECTION is on, and {len(personal)} datasets hold personal or restricted columns "
            f"({', '.join(personal[:3])} …): everyone reads what they are. Set it to visible or off."
        )
