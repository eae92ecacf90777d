"""The grammar of the file that names the issuers of access tokens.

Descriptions are for those who run the gateway.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from gateway.catalogue.spellings import Duration, Name, Names, Table, Text

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class CallerTable(Table):
    """What the holders of some tokens are."""

    when: dict[Text, Names] = Field(
        description="Claims, each with the value that it has, or one of those that it has; all must fit."
    )
    agreement: Text | None = Field(None, description="The agreement that they ask under.")
    admin: bool = Field(False, description="Whether they may manage keys and pause agencies.")


class IssuerTable(Table):
    """One issuer."""

    url: Text = Field(description="Its issuer identifier, as tokens have it in `iss`, to the letter.")
    audience: Names = Field(description="What this gateway is called in `aud`; one of several will do.")
    jwks: Text | None = Field(None, description="Where its keys are; found by discovery where left out.")
    algorithms: list[Algorithm] = Field(
        ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"], description="How it may sign; none with a shared secret."
    )
    subject: Text = Field("sub", description="The claim that names the caller.")
    agreement: Text | None = Field(None, description="The claim with the agreement's id, where it has one.")
    caller: list[CallerTable] = Field([], description="What the holders of some tokens are; the first that fits.")
    leeway: Duration = Field(30.0, description='How far its clock may be off ours, like "30s"; at most "5m".')
    longest: Duration = Field(86400.0, description='How long a token may last, for it can\'t be revoked; "24h".')
    ca: Text | None = Field(None, description="A file with certificates to trust it by, beside this file.")


class TokensFile(Table):
    """Who issues access tokens."""

    model_config = ConfigDict(title="Issuers of access tokens")

    issuer: dict[Name, IssuerTable] = Field({}, description="The issuers, by a name that the record of look-ups shows.")
