"""API keys: who may call, known by the keyed hash of a secret that was shown once.

`Register` makes, rotates and revokes keys in the store; a `KeyRing` in every process checks what
callers present, without I/O.
"""

from gateway.policy.keys.key import Key, Record
from gateway.policy.keys.register import Issued, KeyRefused, Register
from gateway.policy.keys.ring import TOLERATED, KeyRing

__all__ = ["TOLERATED", "Issued", "Key", "KeyRefused", "KeyRing", "Record", "Register"]
