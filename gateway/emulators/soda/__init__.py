"""A Socrata portal, played over files: SODA 2.1 with metadata, app tokens, throttling and faults.

    portal = Portal()
    for content in read_folder(Path("data")).contents:
        portal.add(content)
    app = create_app(portal)

What of Socrata's documentation holds is listed, point by point, in docs/soda-emulator.md.
"""

from gateway.emulators.soda.app import Terms, create_app
from gateway.emulators.soda.files import BadFiles, read_folder
from gateway.emulators.soda.tables import Content, Field, Portal

__all__ = ["BadFiles", "Content", "Field", "Portal", "Terms", "create_app", "read_folder"]
