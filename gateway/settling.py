"""What stays is not looked through again: the garbage collector and a city's schema.

A schema is some hundred thousand objects that live as long as their edition. Looking through them
at every full collection cost a fifth of a request's CPU (docs/performance.md), so they are set
aside once the edition is ready. What requests make dies when they end, nearly all of it without
the collector; it comes by when there is more to be found than the rows of one answer.
"""

import gc

YOUNG = 10_000
"""New objects after which the youngest are looked through. With CPython's own 700, which the rows of
one page exceed while all of them are alive, 1,000 addresses took 6 to 16 % more CPU, and one of 5,000
with two lists each a quarter more than one of 50."""

_BEFORE = gc.get_threshold()


def settle() -> None:
    """Set aside everything that is alive now. What was set aside before and has died since is freed.

    Takes as long as one full collection, some tenths of a second: for the start and for a new edition.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *_BEFORE[1:])


def release() -> None:
    """Take back what was set aside, so that it is cleared away when the process ends."""
    gc.unfreeze()
    gc.set_threshold(*_BEFORE)
