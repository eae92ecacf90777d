"""`citygraph demo`: a fictional city, its agencies' systems made from a seed and started, served at once.

`--city nyc` serves New York instead, asked live at its public portals.
"""

import asyncio
import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

import gateway
from gateway.commands.opening import Directory, open_city, settings_of_environment
from gateway.commands.progress import ProgressBar
from gateway.commands.serve import run
from gateway.demo.generate import Built, build
from gateway.demo.partners import Partner, demo_settings, environment, partners
from gateway.demo.portals import Portal, ask_portals, report
from gateway.demo.samples import OFFLINE, samples
from gateway.demo.systems.running import Running, command, running
from gateway.demo.systems.running import environment as addresses_of
from gateway.reloading import Edition
from gateway.settings import Settings
from gateway.web.callers import HEADER
from gateway.web.page import Example
from resolvers.city import City

CITY = Path(gateway.__file__).parents[1] / "cities" / "demo"
NEW_YORK = CITY.with_name("nyc")


@click.command(
    epilog="""\b
Examples:
  citygraph demo
  citygraph demo --port 0 --dir /tmp/harbourton --addresses 100000
  citygraph demo --city nyc
""",
)
@click.option(
    "--city",
    "name",
    type=click.Choice(["harbourton", "nyc"]),
    default="harbourton",
    show_default=True,
    help="Harbourton is made here; New York is asked live at its public portals.",
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
def demo(name: str, port: int | None, directory: Path, addresses: int) -> None:
    """Serve Harbourton, a fictional city with everything a real one has: conflicting agencies,
    confidential rows, a slow agency, and one that is down. Or New York, see docs/nyc.md.
    """
    settings = settings_of_environment(port=port)
    if name == "nyc":
        return _serve_new_york(replace(settings, mode="demo"))
    built = _build(directory, addresses)
    settings = demo_settings(settings, directory)
    known = partners(settings)
    with running(directory) as systems:
        surroundings = {**os.environ, "CITYGRAPH_DEMO": str(directory), **addresses_of(systems)}
        run(CITY, surroundings, settings, lambda edition, url: announcement(edition, url, built, systems, known))


def _serve_new_york(settings: Settings) -> None:
    """New York as its portals have it; those that can't be reached are told."""
    for option in ("directory", "addresses"):
        if click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE:
            raise click.UsageError("--dir and --addresses are for Harbourton; New York is not made here.")
    portals = asyncio.run(ask_portals(open_city(NEW_YORK)))
    run(NEW_YORK, os.environ, settings, lambda edition, url: announcement_of_portals(edition, url, portals))


def _build(directory: Path, addresses: int) -> Built:
    try:
        with ProgressBar() as progress:
            return build(directory, addresses, progress=progress)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


def announcement(
    edition: Edition, url: str, built: Built, systems: tuple[Running, ...], known: tuple[Partner, ...]
) -> str:
    """Where to click, what to try, whom to be, and how to take agencies down and bring them up."""
    size = f"{built.recipe.addresses:,} addresses, {len(edition.city.agencies)} agencies"
    parts = _beginning(edition, url, size)
    parts.insert(1, "THIS IS A DEMO: it trusts callers on this machine, and its secrets are on this screen.")
    parts.append(_partners(url, built.directory, known))
    parts.append(_systems(edition.city, built.directory, systems))
    parts += _dead(edition.city, built.directory)
    return "\n\n".join(parts)


def announcement_of_portals(edition: Edition, url: str, portals: tuple[Portal, ...]) -> str:
    """Where to click, what to try, and which portals can't be reached."""
    size = f"{len(edition.city.agencies)} agencies"
    return "\n\n".join(_beginning(edition, url, size) + report(portals, os.environ))


def _beginning(edition: Edition, url: str, size: str) -> list[str]:
    city, examples = edition.city, edition.examples
    parts = [
        f"{city.name}: {size}. Ctrl+C stops it.",
        f"GraphiQL, with example queries:\n    {url}/graphql",
    ]
    if examples:
        parts.append(f"A query from the shell:\n    {curl(url, examples[0])}")
    if city.local_caller:
        parts.append(
            "Personal data is denied to everyone but the local caller, from this machine only. To be it, add\n"
            f"    -H '{HEADER}: {city.local_caller.name}'"
        )
    return parts


def _partners(url: str, directory: Path, known: tuple[Partner, ...]) -> str:
    """Who has a key, what one of them may ask, and how to administer the demo."""
    lines = ["Partners with an agreement each, and keys that end with the demo (Authorization: Bearer KEY):"]
    lines += [f"    {each.secret}  {each.name}" for each in known]
    claimant = samples(directory).claimant
    if claimant is not None:
        query = f'{{ person(id: "{claimant}") {{ fullName benefits {{ nodes {{ title date }} }} }} }}'
        example = Example(query, extensions={"purpose": "benefit-check", "reference": "2026/118"})
        lines.append("Ask as the first of them, why and in which case; without the extensions it is told what lacks:")
        lines.append(f"    {curl(url, example)} -H 'Authorization: Bearer {known[0].secret}'")
    lines.append("See who asked what, make keys, pause an agency:")
    lines.append(f"    . {environment(directory)}; citygraph audit search; citygraph keys list")
    return "\n".join(lines)


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
    sent: dict[str, object] = {
        "query": " ".join(line.strip() for line in example.query.splitlines() if not _comment(line))
    }
    if example.extensions:
        sent["extensions"] = dict(example.extensions)
    body = json.dumps(sent)
    return f"curl -s {url}/graphql -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")
