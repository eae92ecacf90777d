"""The Office of Housing Standards publishes its database with Datasette: https://datasette.io"""

from pathlib import Path
from socket import socket

import uvicorn
from datasette.app import Datasette


def serve(directory: Path, listener: socket) -> None:
    """Serve the tables of `housing.sqlite`, which are only read."""
    app = Datasette([], immutables=[str(directory / "housing.sqlite")]).app()
    config = uvicorn.Config(app, http="httptools", log_level="warning", access_log=False, lifespan="on")
    uvicorn.Server(config).run([listener])
