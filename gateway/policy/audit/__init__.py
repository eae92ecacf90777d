"""The record of look-ups: who asked what, why, and what came of it; append-only and provable.

`AuditLog` writes it, `verify` proves it, `records` reads it, `expire` removes details in time.
docs/audit.md says how to run it, docs/decisions/064-audit.md why it is as it is.
"""

from gateway.policy.audit.entries import Entry, Outcome, Record, entry_of
from gateway.policy.audit.log import AuditFailed, AuditLog

__all__ = ["AuditFailed", "AuditLog", "Entry", "Outcome", "Record", "entry_of"]
