"""One agency's system as a process: `python -m gateway.demo.systems health .demo`."""

import os
import sys
import threading
from pathlib import Path
from socket import create_server, socket

import click

from gateway.demo.systems import SYSTEMS


@click.command()
@click.argument("agency", type=click.Choice(list(SYSTEMS)))
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--port", type=click.IntRange(0, 65535), help="Port; where the city's files expect it, if not given.")
@click.option("--fd", type=int, hidden=True, help="A listening socket of the process that started this one.")
def main(agency: str, directory: Path, port: int | None, fd: int | None) -> None:
    """Serve the system of AGENCY from the demo city in DIR, on this machine only."""
    system = SYSTEMS[agency]
    if fd is not None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        listener = socket(fileno=fd)
    else:
        listener = create_server(("127.0.0.1", system.port if port is None else port))
        click.echo(f"{system.title} answers at http://127.0.0.1:{listener.getsockname()[1]}")
    with listener:
        try:
            system.serve(directory, listener)
        except ImportError as error:
            message = f"{system.title} needs {error.name}, which is not installed: pip install 'citygraph[demo]'"
            raise click.ClickException(message) from None


def _end_with_parent() -> None:
    """Standard input is a pipe that nobody writes to: it ends when the parent does, however it ends."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
