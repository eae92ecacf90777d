"""The grammar of agreements as JSON Schema, for editors."""

from typing import Any

from gateway.catalogue.schema import schema_of
from gateway.policy.agreements.grammar import AgreementFile


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an agreement's file."""
    return schema_of([AgreementFile], "Citygraph agreement")
