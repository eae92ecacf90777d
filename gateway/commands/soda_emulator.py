"""`citygraph soda-emulator`: a folder of files as a Socrata portal, until it is told to stop."""

import logging
import os
import socket
from pathlib import Path

import click

from gateway.emulators.soda import BadFiles, Portal, Terms, create_app, read_folder
from gateway.emulators.soda.serving import serve


@click.command(
    "soda-emulator",
    epilog="""\b
Examples:
  citygraph soda-emulator .
  citygraph soda-emulator . --port 8081 --app-token abc --per-minute 60
  curl 'http://127.0.0.1:8080/resource/permits.json?$limit=3&$where=borough=%271%27'
  curl -d '{"fault": "status:503", "times": 3}' http://127.0.0.1:8080/__faults
""",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--datasets",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Which file is which dataset; else datasets.toml in DIR.",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--app-token", "tokens", multiple=True, metavar="TOKEN", help="A token it knows; may be repeated.")
@click.option("--per-minute", type=click.IntRange(1), metavar="N", help="Calls that a caller without token has.")
@click.option("--max-limit", default=50_000, show_default=True, type=click.IntRange(0), help="Most rows; 0 is any.")
def soda_emulator(
    folder: Path,
    datasets: Path | None,
    host: str,
    port: int,
    tokens: tuple[str, ...],
    per_minute: int | None,
    max_limit: int,
) -> None:
    """Serve the CSV and JSON files of DIR as datasets of a Socrata portal (SODA 2.1).

    Each is /resource/ID.json, where ID is the file's name or what FILE (datasets.toml in DIR, if
    not given) says. Columns and types: /api/views/ID.json. Faults on request: /__faults. See
    docs/soda-emulator.md.
    """
    logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s: %(message)s")
    portal = Portal()
    try:
        found = read_folder(folder, datasets)
    except BadFiles as error:
        raise click.ClickException(str(error)) from None
    for note in found.left_out:
        click.echo(f"left out: {note}", err=True)
    for content in found.contents:
        for name, count in portal.add(content).unfit.items():
            click.echo(f"{content.id}: {count} values of {name} do not fit its type; they are served as null", err=True)
    app = create_app(portal, Terms(frozenset(tokens), per_minute, max_limit or None))
    with _listen(host, port) as listener:
        serve(app, listener, lambda url: click.echo(announcement(portal, url)))
    portal.close()


def announcement(portal: Portal, url: str) -> str:
    """What is read once calls are answered."""
    rows = [f"  {url}/resource/{each.id}.json  {each.count} rows  {each.name}" for each in portal.datasets.values()]
    counted = "1 dataset" if len(rows) == 1 else f"{len(rows)} datasets"
    return "\n".join([f"A portal of {counted} answers:", *rows])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise click.ClickException(f"can't listen on {host} port {port}: {reason}; choose another --port") from None
