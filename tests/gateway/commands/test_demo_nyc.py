"""`citygraph demo --city nyc`: portals that answer, portals that don't, and what it says of both."""

import gzip
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import parse, validate

from gateway.catalogue import load
from gateway.commands.demo import NEW_YORK
from resolvers.schema import build_schema
from tests.gateway.commands.program import CITYGRAPH, citygraph, unexpected

INSPECTIONS = "dohmh_restaurant_inspections.rows.json.gz"  # a portal's own export


@contextmanager
def started(last: str, *words: str, **environment: str) -> Iterator[str]:
    """The program until it has written a line that begins with `last`; what it wrote."""
    command = [CITYGRAPH, *words]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(last):
            break
    assert lines, process.communicate()[1]
    try:
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, unexpected(complaints)) == (0, []), complaints


def ask(announcement: str, query: str) -> Any:
    url = re.findall(r"^    (http://\S+)/graphql$", announcement, re.MULTILINE)[0]
    return httpx.post(f"{url}/graphql", json={"query": query}, timeout=30).json()


def test_portals_that_are_not_reached_are_named_and_the_city_starts_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = f"http://127.0.0.1:{silent.getsockname()[1]}"
        places = {"NYC_PORTAL": "https://portal.invalid", "NYS_PORTAL": quiet, "SODA_PRIVATE": "true"}
        with started("    NYC_PORTAL=", "demo", "--city", "nyc", "--port", "0", **places) as text:
            assert text.startswith("New York City: 13 agencies. Ctrl+C stops it.")
            assert "    https://portal.invalid: it can't be reached\n        DCP, DCWP, DOB, " in text
            assert f"    {quiet}: it did not answer in time\n        AGM, SLA\n" in text
            assert "citygraph soda-emulator FOLDER --port 8090\n" in text
            query = '{ business(id: "nyc.camis:50003337") { inspections { source { state } } } }'
            answer = ask(text, query)
    assert answer["data"]["business"]["inspections"]["source"]["state"] == "UNAVAILABLE"


def test_portals_exports_served_by_the_emulator_stand_in_for_the_portals(tmp_path: Path) -> None:
    raw = Path(__file__).parents[4] / "shared" / "data" / "nyc" / INSPECTIONS
    if not raw.is_file():
        pytest.skip(f"New York's raw files are not at {raw.parent}")
    export = gzip.decompress(raw.read_bytes()).replace(b"zzzz-zzzz", b"43nn-pn8j")  # its id was taken out
    (tmp_path / "inspections.rows.json").write_bytes(export)
    with started("  http", "soda-emulator", str(tmp_path), "--port", "0") as served:
        portal = re.findall(r"(http://\S+)/resource/43nn-pn8j.json", served)[0]
        places = {"NYC_PORTAL": portal, "NYS_PORTAL": portal, "SODA_PRIVATE": "true", "SODA_TOKEN": ""}
        with started("SODA_TOKEN is not set", "demo", "--city", "nyc", "--port", "0", **places) as text:
            assert f"    {portal}: it answers\n        AGM, DCP, " in text
            assert "UNAVAILABLE" not in text
            query = '{ business(id: "nyc.camis:41301130") { inspections { source { state } nodes { date title } } } }'
            answer = ask(text, query)
            business = answer["data"]["business"]
    assert business["inspections"]["source"]["state"] == "OK"
    assert business["inspections"]["nodes"]


async def test_what_is_for_harbourton_only_is_refused() -> None:
    done = await citygraph("demo", "--city", "nyc", "--addresses", "500")
    assert done.code == 2
    assert done.err.endswith("Error: --dir and --addresses are for Harbourton; New York is not made here.\n")


def test_examples_are_of_the_city() -> None:
    schema = build_schema(load(NEW_YORK, {})).graphql
    assert validate(schema, parse((NEW_YORK / "examples.graphql").read_text(encoding="utf-8"))) == []
