"""The grammar of an agreement's TOML file: shape and words; `binding` gives it its meaning.

Descriptions are for those who write agreements: lawyers, data stewards, partners.
"""

from datetime import date
from typing import Any

from pydantic import ConfigDict, Field

from gateway.catalogue.spellings import Count, Names, Period, Rate, Table, Text


class About(Table):
    """The agreement itself."""

    title: Text = Field(description="What it is about, in one line.")
    version: Count = Field(description="Counts up with every change of the terms; the record of look-ups names it.")
    parties: list[Text] = Field(description="Who agreed: the city's side first.")
    legal_basis: Text = Field(description="The law that allows it.")
    starts: date = Field(description="The first day, in the city's time zone.")
    ends: date | None = Field(None, description="The last day; without one it holds until a new version.")
    contact: Text = Field(description="Whom to write to at the partner.")
    scopes: list[Text] = Field(
        [],
        description='What the catalogue marks with `access`; "personal" for persons and personal columns, '
        '"personal:possible" to be told of near misses.',
    )
    obligations: list[Text] = Field([], description="What the partner has bound itself to, for its own eyes.")
    disclosed_after: Period | None = Field(
        None, description='How long a citizen\'s report leaves its look-ups out, like "90d"; at once where left out.'
    )
    kept: Period | None = Field(None, description='How long the record of its look-ups is kept, like "2y".')


class Quota(Table):
    """How much may be asked."""

    rate: Rate | None = Field(None, description='Requests in a second, minute or hour, like "50/s" or "600/m".')
    burst: Count | None = Field(None, description="Requests at once, beyond the rate.")
    per_day: Count | None = Field(None, description="Requests in a day of the city's time zone.")
    cost_per_day: Count | None = Field(None, description="Units of cost in a day.")
    request_cost: Count | None = Field(None, description="Units of cost that one request may have.")


class Grant(Table):
    """What is opened."""

    on: Names = Field(
        description='A section ("Address.sales"), a dataset ("deeds.sales"), an agency ("deeds.*") or "*".'
    )
    columns: list[Text] = Field([], description="Which columns; all where left out.")
    rows: dict[str, Any] = Field({}, description="Which rows, as in a section's `where`; all where left out.")
    counts_only: bool = Field(False, description="true where records may be counted and not seen.")


class AgreementFile(Table):
    """One file an agreement."""

    model_config = ConfigDict(title="An agreement with a partner")

    agreement: About = Field(description="The agreement itself.")
    purposes: dict[Text, Text] = Field(
        {}, description='Why it may ask: names that requests give, and their W3C DPV terms ("dpv:PublicBenefit").'
    )
    quota: Quota | None = Field(None, description="How much it may ask.")
    grant: list[Grant] = Field([], description="What it opens; the most specific one decides for a dataset.")
