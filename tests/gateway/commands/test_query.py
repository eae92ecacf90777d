import json
from pathlib import Path

import pytest

from tests.gateway.commands.program import citygraph
from tests.gateway.web.conftest import Running, app, city, engine, running

__all__ = ["app", "city", "engine", "running"]


async def test_from_standard_input(running: Running) -> None:
    done = await citygraph("query", "--url", f"{running.url}/graphql", stdin="{ hello }")
    assert (done.code, json.loads(done.out)) == (0, {"data": {"hello": "hello world"}})


async def test_from_a_file_with_variables_and_a_caller(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "who.graphql"
    file.write_text("query A($n: String) { hello(name: $n) caller } query B { hello }", encoding="utf-8")
    words = ["--variables", '{"n": "Bo"}', "--var", "n=Ann=1", "--operation", "A", "--caller", "clerk"]
    done = await citygraph("query", file, "--url", f"{running.url}/graphql", *words)
    assert (done.code, json.loads(done.out)) == (0, {"data": {"hello": "hello Ann=1", "caller": "clerk"}})


async def test_what_the_city_refuses_is_printed_and_fails(running: Running) -> None:
    done = await citygraph("query", "--url", f"{running.url}/graphql", stdin="{ nothing }")
    assert done.code == 1
    assert "nothing" in json.loads(done.out)["errors"][0]["message"]
    assert done.err == ""


CITY = """[city]
name = "Rollville"
prefix = "rv"
locale = "us"
time_zone = "America/New_York"
currency = "USD"
[scheme.lot]
of = "Address"
level = "lot"
check = "digits_4"
[register.lots]
scheme = "lot"
dataset = "roll.lots"
"""
ROLL = """[agency]
name = "Roll Office"
short = "RO"
[source.db]
adapter = "files"
url = "{folder}/"
[[dataset]]
name = "lots"
path = "lots.csv"
cache = "10m"
id = "lot"
[dataset.columns]
lot = "LOT"
built = {{ from = "BUILT", type = "year" }}
[dataset.keys]
lot = "lot"
[dataset.claims]
"Address.yearBuilt" = "built"
"""


async def test_a_city_whose_rows_and_answers_may_be_kept(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text(CITY, encoding="utf-8")
    (tmp_path / "roll.toml").write_text(ROLL.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "lots.csv").write_text("LOT,BUILT\n0001,1931\n", encoding="utf-8")
    done = await citygraph("query", "--city", tmp_path, stdin='{ address(id: "rv.lot:0001") { yearBuilt } }')
    assert (done.err, done.code) == ("", 0)
    assert json.loads(done.out) == {"data": {"address": {"yearBuilt": 1931}}}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--variables", "{"], "is not JSON"),
        (["--variables", "[1]"], "write a JSON object"),
        (["--var", "name"], "'name' is not NAME=VALUE"),
        (["--url", "http://127.0.0.1:1", "--city", "x"], "give --url or --city, not both"),
        (["nothing.graphql"], "nothing.graphql"),
    ],
)
async def test_wrong_usage(words: list[str], says: str) -> None:
    done = await citygraph("query", *words, stdin="{ hello }")
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


async def test_nobody_answers() -> None:
    done = await citygraph("query", "--url", "http://127.0.0.1:1/graphql", stdin="{ hello }")
    assert done.code == 1
    assert done.err.startswith("Error: no gateway answers at http://127.0.0.1:1/graphql (ConnectError): start one with")
    assert done.err.count("\n") == 1


async def test_the_answer_is_not_graphql(running: Running) -> None:
    done = await citygraph("query", "--url", f"{running.url}/nothing", stdin="{ hello }")
    assert (done.code, done.out) == (1, "")
    assert "answered 404 and no GraphQL; the address should end with /graphql" in done.err
