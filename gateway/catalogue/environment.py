"""`${NAME}` and `${NAME:-default}`: where secrets and addresses come into a city's files."""

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}")


class Missing(LookupError):
    """A variable without value and without default; its text is the variable's name."""


def expand(text: str, env: Mapping[str, str]) -> str:
    """`text` with its variables' values. A default also stands in for an empty value.

    Raises `Missing` for the first variable that is not set and has no default.
    """

    def value(match: re.Match[str]) -> str:
        name, has_default, default = match[1], match[2] is not None, match[3]
        if has_default:
            return env.get(name) or default
        if name not in env:
            raise Missing(name)
        return env[name]

    return REFERENCE.sub(value, text)
