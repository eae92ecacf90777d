"""docs/adapters.md: where it is, the agencies' files in it, and a city that they fit."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "adapters.md"
AGENCIES: dict[str, str] = dict(
    re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
)
CITY = """
[city]
name = "Springfield"
prefix = "sp"
locale = "us"
time_zone = "America/Chicago"
currency = "USD"

[scheme.lot]
of = "Address"
level = "lot"
check = "numbers_1_4_4"
parts = ["ward", "block", "lot"]

[scheme.licence]
of = "Business"
level = "site"
check = "licence"
"""
