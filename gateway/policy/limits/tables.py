"""What limits keep in the store: agencies that are paused, and what each key asked on each day."""

import sqlalchemy as sa

from gateway.store import METADATA, Moment

PAUSES = sa.Table(
    "paused_agencies",
    METADATA,
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("paused_by", sa.Text, nullable=False),
)
"""Agencies that are not asked, by their file's name ("dof")."""

USAGE = sa.Table(
    "usage",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("denied", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
)
"""Counts of a key and a day of the city."""

AGENCY_USAGE = sa.Table(
    "agency_usage",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
)
"""How many of a key's requests of a day asked an agency."""
