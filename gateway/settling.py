"""What stays is not looked through again: the garbage collector and a city's schema.

A schema is some hundred thousand objects that live as long as their edition. Looking through them
at every full collection cost a fifth of a request's CPU (docs/performance.md), so they are set
aside once the edition is ready.
"""

import gc


def settle() -> None:
    """Set aside everything that is alive now. What was set aside before and has died since is freed.

    Takes as long as one full collection, some tenths of a second: for the start and for a new edition.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def release() -> None:
    """Take back what was set aside, so that it is cleared away when the process ends."""
    gc.unfreeze()
