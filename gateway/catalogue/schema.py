"""The grammar as JSON Schema, for editors: completion and hints while a TOML file is written."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from gateway.catalogue.grammar import AgencyFile, CityFile

FILES: Mapping[str, type[BaseModel]] = MappingProxyType({"agency": AgencyFile, "city": CityFile})


class _Plain(GenerateJsonSchema):
    """Without a title for every key, which editors would show instead of the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def date_schema(self, schema: core_schema.DateSchema) -> dict[str, Any]:
        """TOML's dates reach JSON Schema as texts; the pattern tells them from names of columns."""
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """TOML has no null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """A default of None or nothing says no more than that the key is optional."""
        made = super().default_schema(schema)
        return made if made.get("default") else {key: value for key, value in made.items() if key != "default"}


def json_schema(file: str | None = None) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an "agency" file, of the "city" file, or of either."""
    return schema_of([model for name, model in FILES.items() if file in (None, name)], "Citygraph catalogue")


def schema_of(models: Iterable[type[BaseModel]], title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of files that are one of `models`."""
    mode: JsonSchemaMode = "validation"
    references, schema = models_json_schema([(model, mode) for model in models], schema_generator=_Plain)
    choices = list(references.values())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **({"anyOf": choices} if len(choices) > 1 else choices[0]),
        **schema,
    }
