"""The Health Department's open-data portal: its files behind the SODA emulator."""

from pathlib import Path
from socket import socket

from gateway.emulators.soda import Portal, create_app, read_folder
from gateway.emulators.soda.serving import serve as serve_portal


def serve(directory: Path, listener: socket) -> None:
    """Serve the files of `health/` as datasets."""
    portal = Portal()
    for content in read_folder(directory / "health").contents:
        portal.add(content)
    serve_portal(create_app(portal), listener, lambda url: None)
    portal.close()
