import pytest

from gateway.web.negotiation import HTML, JSON, RESPONSE, accepts_encoding, choose, is_json

OFFERED = (JSON, RESPONSE, HTML)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
        ("*/*", JSON),
        ("application/json, text/html", JSON),
        ("text/html;q=0.5, application/json", JSON),
        ("application/*", JSON),
        ("text/*", HTML),
        ("application/json;q=0.2, */*;q=0.1", JSON),
        ("application/json;q=0, application/graphql-response+json;q=0.1", RESPONSE),
        ("application/json;q=nonsense", None),
        ("nonsense", None),
        (",,,", None),
        ('application/json;charset="UTF-8"', JSON),
        ("application/json;q=7", JSON),
    ],
)
def test_choose(accept: str, chosen: str | None) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    ("content_type", "yes"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/json; boundary=x; charset=utf8", True),
        ("application/json; charset=utf-16", False),
        ("application/jsonp", False),
        ("text/json", False),
        ("", False),
    ],
)
def test_is_json(content_type: str, yes: bool) -> None:
    assert is_json(content_type) is yes


@pytest.mark.parametrize(
    ("header", "yes"),
    [("br", True), ("gzip, br;q=1.0", True), ("br;q=0", False), ("br;q=0.0", False), ("br;q=0.5", True), ("", False)],
)
def test_accepts_encoding(header: str, yes: bool) -> None:
    assert accepts_encoding(header, "br") is yes
