"""What the crosswalk keeps in the store: identifiers only."""

import sqlalchemy as sa

from gateway.store import METADATA, Moment

TOPIC = "crosswalk"
"""Changes with every decision of a person; what matching finds is news to nobody."""

EDGES = sa.Table(
    "crosswalk_edges",
    METADATA,
    sa.Column("one", sa.Text, primary_key=True),
    sa.Column("other", sa.Text, primary_key=True, index=True),
    sa.Column("relation", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("first_confirmed", Moment, nullable=False),
    sa.Column("last_confirmed", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=True),
)
"""Edges; `evidence` is the rules that spoke, with blanks between them."""

LOOKS = sa.Table(
    "crosswalk_looks",
    METADATA,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("looked", Moment, nullable=False, index=True),
)
"""When agencies were last looked at for an identifier, by which version of the weights."""
