"""Revisions of topics, marks of the store itself, API keys, restricted persons."""

import sqlalchemy as sa
from alembic.operations import Operations

from gateway.store.tables import Moment

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "revisions",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_revisions"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("agreement", sa.Text),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("networks", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires", Moment),
        sa.Column("revoked", Moment),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("rotated", Moment),
        sa.Column("former_hash", sa.LargeBinary),
        sa.Column("former_until", Moment),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("used", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_table(
        "restrictions",
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("added", Moment, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_restrictions"),
    )
