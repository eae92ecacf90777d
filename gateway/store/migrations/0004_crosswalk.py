"""Edges between identifiers, and when agencies were looked at for them."""

import sqlalchemy as sa
from alembic.operations import Operations

from gateway.store.tables import Moment

revision = "0004"
down_revision = "0003"


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "crosswalk_edges",
        sa.Column("one", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("first_confirmed", Moment, nullable=False),
        sa.Column("last_confirmed", Moment, nullable=False),
        sa.Column("expires", Moment),
        sa.PrimaryKeyConstraint("one", "other", name="pk_crosswalk_edges"),
    )
    op.create_index("ix_crosswalk_edges_other", "crosswalk_edges", ["other"])
    op.create_table(
        "crosswalk_looks",
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("looked", Moment, nullable=False),
        sa.PrimaryKeyConstraint("identifier", name="pk_crosswalk_looks"),
    )
    op.create_index("ix_crosswalk_looks_looked", "crosswalk_looks", ["looked"])
