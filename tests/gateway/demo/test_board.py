"""The Licensing Board's API."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.demo.systems.board import KEY
from gateway.demo.systems.running import Running
from tests.gateway.demo.conftest import Query


@pytest.fixture
def board(systems: tuple[Running, ...]) -> Iterator[httpx.Client]:
    """The Licensing Board's API."""
    url = next(each.url for each in systems if each.system.agency == "licensing")
    with httpx.Client(base_url=url, headers={"X-Api-Key": KEY}) as client:
        yield client


def numbers(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    return [licence["number"] for licence in answer.json()["licences"]]


def test_the_board_gives_all_licences_page_by_page(board: httpx.Client, query: Query) -> None:
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = board.get("/v1/licences", params={"size": 100, "cursor": cursor})
        found += numbers(answer)
        cursor = answer.json()["next"]
    assert [(number,) for number in found] == query("licensing", "SELECT LIC_NUM FROM LICENSES ORDER BY LIC_NUM")
    assert len(found) > 200


def test_the_board_looks_up_by_lists_and_by_place(board: httpx.Client, query: Query) -> None:
    some = query("licensing", "SELECT LIC_NUM, PREMISES_ADDR, PREMISES_ZIP FROM LICENSES ORDER BY LIC_NUM LIMIT 3")
    wanted = [str(number) for number, _, _ in some]
    assert numbers(board.get("/v1/licences", params={"number": ",".join([*wanted, "OP-1"])})) == wanted
    _, address, postcode = some[0]
    at = board.get("/v1/licences", params={"address": str(address), "postcode": str(postcode)})
    assert wanted[0] in numbers(at)
    assert {licence["premises"]["address"] for licence in at.json()["licences"]} == {address}


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"licence": "OP-1"}, "unknown parameters: licence"),
        ({"size": "0"}, "size takes a number from 1 to 500"),
        ({"number": ",".join(map(str, range(501)))}, "number takes at most 500 values"),
    ],
)
def test_the_board_refuses_what_it_does_not_understand(
    board: httpx.Client, parameters: dict[str, str], error: str
) -> None:
    answer = board.get("/v1/licences", params=parameters)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_the_board_wants_a_key(board: httpx.Client) -> None:
    assert board.get("/v1/licences", headers={"X-Api-Key": "another"}).status_code == 401
