"""Applied versions of agreements."""

import sqlalchemy as sa
from alembic.operations import Operations

from gateway.store.tables import Moment

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Make the table."""
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("applied", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_agreements"),
    )
