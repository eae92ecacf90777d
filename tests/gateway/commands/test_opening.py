import socket
from pathlib import Path

import pytest

from tests.gateway.commands.program import citygraph, installed

CITY = Path(__file__).parents[3] / "cities" / "demo"
PROGRAMS = {"serve": installed, "schema": installed, "explain": citygraph, "query": citygraph}


@pytest.mark.parametrize("command", PROGRAMS)
async def test_a_city_with_problems_is_not_opened(command: str, tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text('[city]\nname = "X"\nprefx = "x"\n', encoding="utf-8")
    (tmp_path / "parks.toml").write_text("[agency\n", encoding="utf-8")
    done = await PROGRAMS[command](command, "--city", tmp_path, stdin="{ city { name } }")
    assert (done.code, done.out) == (1, "")
    assert "can't be opened, it has" in done.err.splitlines()[0]
    assert "city.toml:3: unknown key" in done.err
    assert "parks.toml:1:" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", PROGRAMS)
async def test_a_directory_that_is_not_there(command: str, tmp_path: Path) -> None:
    done = await PROGRAMS[command](command, "--city", tmp_path / "nowhere", stdin="{ city { name } }")
    assert done.code == 1
    assert "nowhere" in done.err
    assert "Traceback" not in done.err


async def test_settings_that_do_not_fit() -> None:
    done = await installed("serve", "--city", CITY, env={"CITYGRAPH_PORT": "x", "CITYGRAPH_GRAPHIQL": "1"})
    assert done.code == 1
    assert done.err == 'Error: CITYGRAPH_GRAPHIQL takes "on" or "off"\nCITYGRAPH_PORT takes a number from 0 to 65535\n'


async def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await installed("serve", "--city", CITY, "--port", str(port), env={"CITYGRAPH_MODE": "development"})
    assert done.code == 1
    message = (
        f"Error: can't listen on 127.0.0.1 port {port}: Address already in use; choose another with --host and --port"
    )
    assert done.err.endswith(f"{message}\n")
