"""A city whose files may change while it is served.

`watching` tells when they have other content, `editions` opens what they say, `engine` lets
requests go to the newest edition that holds together.
"""

from gateway.reloading.editions import Edition, open_edition
from gateway.reloading.engine import ReloadingEngine

__all__ = ["Edition", "ReloadingEngine", "open_edition"]
