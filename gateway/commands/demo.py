"""`citygraph demo`: a fictional city, its agencies' systems made from a seed and started, served at once."""

import json
import os
import shlex
from pathlib import Path

import click

import gateway
from gateway.commands.opening import Directory, settings_of_environment
from gateway.commands.progress import ProgressBar
from gateway.commands.serve import run
from gateway.demo.generate import Built, build
from gateway.demo.samples import OFFLINE, samples
from gateway.demo.systems.running import Running, command, running
from gateway.demo.systems.running import environment as addresses_of
from gateway.reloading import Edition
from gateway.web.callers import HEADER
from gateway.web.page import Example
from resolvers.city import City

CITY = Path(gateway.__file__).parents[1] / "cities" / "demo"


@click.command(
    short_help="Serve a fictional city, made on the spot.",
    epilog="""\b
Examples:
  citygraph demo
  citygraph demo --port 0 --dir /tmp/harbourton --addresses 100000
""",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. [default: 8000]")
@click.option(
    "--dir",
    "directory",
    type=Directory,
    default=Path(".demo"),
    show_default=True,
    metavar="DIR",
    help="Where the agencies' databases are kept; they are made once.",
)
@click.option(
    "--addresses",
    type=click.IntRange(100, 1_000_000),
    default=5_000,
    show_default=True,
    help="How big the city is.",
)
def demo(port: int | None, directory: Path, addresses: int) -> None:
    """Serve Harbourton, a fictional city with everything a real one has: conflicting agencies,
    confidential rows, a slow agency, and one that is down.
    """
    settings = settings_of_environment(port=port)
    built = _build(directory, addresses)
    with running(directory) as systems:
        environment = {**os.environ, "CITYGRAPH_DEMO": str(directory), **addresses_of(systems)}
        run(CITY, environment, settings, lambda edition, url: announcement(edition, url, built, systems))


def _build(directory: Path, addresses: int) -> Built:
    try:
        with ProgressBar() as progress:
            return build(directory, addresses, progress=progress)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


def announcement(edition: Edition, url: str, built: Built, systems: tuple[Running, ...]) -> str:
    """Where to click, what to try, whom to be, and how to take agencies down and bring them up."""
    city, examples = edition.city, edition.examples
    parts = [
        f"{city.name}: {built.recipe.addresses:,} addresses, {len(city.agencies)} agencies. Ctrl+C stops it.",
        f"GraphiQL, with example queries:\n    {url}/graphql",
    ]
    if examples:
        parts.append(f"A query from the shell:\n    {curl(url, examples[0])}")
    if city.local_caller:
        parts.append(
            "Personal data is denied to everyone but the local caller, from this machine only. To be it, add\n"
            f"    -H '{HEADER}: {city.local_caller.name}'"
        )
    parts.append(_systems(city, built.directory, systems))
    parts += _dead(city, built.directory)
    return "\n\n".join(parts)


def _systems(city: City, directory: Path, systems: tuple[Running, ...]) -> str:
    """The agencies' processes, how to kill one, what is seen then, and how to start it again."""
    lines = ["Agencies whose systems are processes of their own, the others are files:"]
    for each in systems:
        name, process = city.agencies[each.system.agency].name, each.process
        state = f"process {process.pid}" if process.poll() is None else f"did not start, see {each.log}"
        lines.append(f"    {each.url}  {name}, {each.system.title}: {state}")
    chosen = systems[0]
    seen = city.agencies[chosen.system.agency].name
    again = [*command(), chosen.system.agency, str(directory), "--port", str(chosen.port)]
    lines.append(f"Kill one ({seen}), see its sections say UNAVAILABLE and the rest answer, and start it again:")
    lines.append(f"    kill {chosen.process.pid}")
    lines.append(f"    {shlex.join(again)}")
    return "\n".join(lines)


def _dead(city: City, directory: Path) -> list[str]:
    """How to bring the agency up that is down, unless it was brought up already."""
    tried = samples(directory)
    if not (directory / f"{tried.dead_agency}.sqlite{OFFLINE}").is_file():
        return []
    name = city.agencies[tried.dead_agency].name
    return [f"{name} is down. To bring it up and see its sections appear:\n    {tried.wake}"]


def curl(url: str, example: Example) -> str:
    """The example as a command line."""
    body = json.dumps({"query": " ".join(line.strip() for line in example.query.splitlines() if not _comment(line))})
    return f"curl -s {url}/graphql -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")
