"""The file that names the issuers: mistakes at their lines, and the example of the documentation."""

import re
from pathlib import Path

import pytest

from gateway.catalogue import CatalogueError
from gateway.policy.tokens import Issuers
from gateway.policy.tokens.files import read_terms
from gateway.policy.tokens.grammar import CallerTable, IssuerTable

DOCS = Path(__file__).parents[4] / "docs" / "tokens.md"

MISTAKES = """\
[issuer.city]
url = "http://login.city.example"
audience = []
algorithms = ["HS256"]
leeway = "10m"
ca = "nowhere.pem"

[[issuer.city.caller]]
when = {}
agreement = "office"

[[issuer.city.caller]]
when = { scope = "read" }

[issuer.other]
url = "https://login.example/#here"
audience = "citygraph"
jwks = "https://user:secret@login.example/keys"
audiences = "x"

[issuer.third]
url = "https://login.example/third"
audience = "citygraph"

[issuer.fourth]
url = "https://login.example/third"
audience = "citygraph"
agreement = "agreement"
"""

TOLD = """\
oidc.toml:2: "url" is no address of an issuer; begin it with "https://", without ? and #
oidc.toml:3: "audience" is empty; say what tokens for this gateway have in `aud`
oidc.toml:4: "algorithms" has the unknown value "HS256"; did you mean "RS256"?
oidc.toml:5: "leeway" is longer than five minutes; set the clocks right instead
oidc.toml:6: "ca" is no file; give its path from this file
oidc.toml:9: "when" is empty and would fit every token; say whose: when = { client_id = "…" }
oidc.toml:12: gives its callers nothing; add agreement = "…" or admin = true
oidc.toml:16: "url" is no address of an issuer; begin it with "https://", without ? and #
oidc.toml:18: "jwks" is no address that keys may come from; begin it with "https://"
oidc.toml:19: unknown key "audiences"; did you mean "audience"?
oidc.toml:21: gives its callers nothing; add agreement = "CLAIM", or [[issuer.….caller]] with when and agreement
oidc.toml:26: "url" is that of issuer third too; join the two tables
"""


def test_every_mistake_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "oidc.toml"
    path.write_text(MISTAKES)
    with pytest.raises(CatalogueError) as raised:
        Issuers.read(path)
    told = str(raised.value).replace(str(path), "oidc.toml")
    assert told.splitlines() == TOLD.splitlines()
    assert "secret" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: names no issuer; add [issuer.NAME], or leave CITYGRAPH_OIDC unset"),
        ("[issuer]", "1: names no issuer; add [issuer.NAME], or leave CITYGRAPH_OIDC unset"),
        ("[issuer.x", "1: is not TOML: expected"),
        ('[issuer.x]\nurl = "https://login.example"', '1: "audience" is missing; add audience = …'),
    ],
)
def test_a_file_that_says_too_little(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "oidc.toml"
    path.write_text(text)
    with pytest.raises(CatalogueError) as raised:
        Issuers.read(path)
    assert str(raised.value).startswith(f"{path}:{told}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="can't be read"):
        Issuers.read(tmp_path / "oidc.toml")


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.S)
    path = tmp_path / "oidc.toml"
    path.write_text(example)
    (terms,) = read_terms(path)
    assert terms.name == "partners"
    assert (terms.leeway, terms.longest, terms.mapped.subject) == (30.0, 86400.0, "client_id")
    assert [(rule.agreement, rule.admin) for rule in terms.mapped.rules] == [("benefits-office", False), (None, True)]


def test_the_documentation_tells_every_key() -> None:
    told = set(re.findall(r"^\| `([a-z.]+)` \|", DOCS.read_text(), re.M))
    assert told == {*IssuerTable.model_fields} - {"caller"} | {f"caller.{name}" for name in CallerTable.model_fields}
