"""The grammar of a map: which files hold labelled rows, and what their columns mean."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, Field

from gateway.catalogue.spellings import Table, Text
from resolvers.identity.addresses import LOCALES

Kind = Literal["business", "person", "address"]
_WHERE = ("address", "unit", "zip", "borough")
SAYING: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "business": ("trade_name", "legal_name", "name", "phone", "identifiers", *_WHERE),
        "person": (
            *("name", "given", "family", "birth_date", "email", "gender", "occupation", "place", "phone"),
            *("identifiers", *_WHERE),
        ),
        "address": _WHERE,
    }
)
"""Which fields say something of a kind; the others are not read."""

Columns = Text | list[Text]
Groups = Text | list[Text | list[Text]]


class Fields(Table):
    """Which columns say what; all may be left out."""

    name: Columns = Field([], description='A whole name: "LAST, FIRST" or "First Last"; of a business as trade_name.')
    given: Columns = Field([], description="Given names; several columns are joined.")
    family: Columns = Field([], description="Family names; several columns are joined.")
    birth_date: Columns = Field([], description="Day of birth: 1980-12-31, 19801231 or 12/31/1980.")
    email: Columns = Field([], description="E-mail address.")
    gender: Columns = Field([], description="Gender, by its first letter.")
    occupation: Columns = Field([], description="What a person does.")
    trade_name: Columns = Field([], description="Names that a business trades under; each column is a name.")
    legal_name: Columns = Field([], description="Names of the company behind it; each column is a name.")
    address: Groups = Field([], description="Address text. A list in the list is one address in several columns.")
    unit: Columns = Field([], description="Apartment, floor or suite, where it has its own column.")
    zip: Columns = Field([], description="Postcode.")
    borough: Columns = Field([], description="Borough or district.")
    place: Columns = Field([], description="Town, suburb or place of birth.")
    phone: Columns = Field([], description="Telephone numbers; each column is a number.")
    identifiers: dict[str, Text] = Field({}, description="Identifiers by authority: may prove, may contradict.")


class Side(Table):
    """One file of rows."""

    file: Text = Field(description="A CSV or Parquet file (gzipped CSV, too), from the map's folder or --data.")
    entity: Text = Field(
        description="The column with the truth: the true identifier, or what rows of one entity share."
    )
    entity_pattern: Text | None = Field(None, description="A regular expression: its first group is the truth.")
    columns: Fields = Field(description="Which columns say what.")


class MapFile(Table):
    """What `citygraph identity evaluate` reads."""

    model_config = ConfigDict(title="A map of labelled rows")

    kind: Kind = Field(description="What the rows are about.")
    locale: Text = Field("generic", description=f"How addresses are read: {', '.join(LOCALES)}.")
    left: Side = Field(description="The rows; alone in a map they are compared with each other.")
    right: Side | None = Field(None, description="The rows that they are compared with; of addresses, the register.")
    within: list[Text] = Field([], description="Only rows that agree in these columns are compared.")
    apart: list[Text] = Field([], description="Only rows that differ in these columns are compared.")
    single: bool = Field(
        False,
        description="true where a row has one counterpart at most: it must stand out, confidence is of both lists.",
    )
    condominiums: bool = Field(False, description="true where a BBL's unit and billing lots of one block are the same.")
