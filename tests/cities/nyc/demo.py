"""`make demo-nyc`: load New York's raw files into the agencies' own databases, then serve the city."""

import argparse
import os
import sys
from pathlib import Path

from tests.cities.nyc_load import REPOSITORY, Missing, load


def main() -> None:
    """Load, then become `citygraph serve`. Exits with 2 where files or server are missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.cities.nyc.demo", description=(__doc__ or "").strip())
    parser.add_argument("--port", default="8000", help="port of the gateway")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / "build" / "nyc", help="folder for the SQLite files")
    arguments = parser.parse_args()
    try:
        environment = load(arguments.dir)
    except Missing as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    citygraph = Path(sys.executable).with_name("citygraph")
    command = [str(citygraph), "serve", "--city", str(Path(__file__).parent), "--port", arguments.port]
    os.execve(citygraph, command, os.environ | environment)


if __name__ == "__main__":
    main()
