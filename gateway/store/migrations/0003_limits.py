"""Paused agencies, and what each key asked on each day."""

import sqlalchemy as sa
from alembic.operations import Operations

from gateway.store.tables import Moment

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "paused_agencies",
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_paused_agencies"),
    )
    op.create_table(
        "usage",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("denied", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", "day", name="pk_usage"),
    )
    op.create_table(
        "agency_usage",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", "day", "agency", name="pk_agency_usage"),
    )
