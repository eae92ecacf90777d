"""Persisted documents: those of the manifests that client tools write, and those that clients
registered by themselves (automatic persisted queries).

A client sends an id instead of a text. What it may see is decided for the caller and its request,
as for any text: to know an id opens nothing.
"""

from gateway.documents.manifests import ManifestError, read_manifests
from gateway.documents.persisted import Persisted, UnknownDocument, sha256_of

__all__ = ["ManifestError", "Persisted", "UnknownDocument", "read_manifests", "sha256_of"]
