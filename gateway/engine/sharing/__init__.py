"""Asking an agency once for what many ask: calls that are shared, and rows that are kept for a while.

`openness` says what may be shared between requests at all, `patterns` what reads must have in common;
`asking` is told what is asked of one source, `calling` has its calls, in flight and waiting, for those
that are `alike`; `splitting` gives everyone of a joint call its own rows back; `keeping` is the row cache.
The rules and why: docs/decisions/051-sharing.md.
"""

from gateway.engine.sharing.alike import Turn
from gateway.engine.sharing.answers import Told
from gateway.engine.sharing.asking import Asking
from gateway.engine.sharing.calling import Faulty, Tally
from gateway.engine.sharing.keeping import RowCache
from gateway.engine.sharing.openness import Openness
from gateway.engine.sharing.patterns import Pattern, Values

__all__ = ["Asking", "Faulty", "Openness", "Pattern", "RowCache", "Tally", "Told", "Turn", "Values"]
