"""What reference counts don't free, which waits for the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_behind() -> Iterator[set[type]]:
    """The types of the objects that what is done meanwhile leaves to the collector; known at the end."""
    gc.collect()
    found, before, flags = set[type](), len(gc.garbage), gc.get_debug()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found.update(map(type, gc.garbage[before:]))
    finally:
        gc.set_debug(flags)
        del gc.garbage[before:]
        gc.enable()
