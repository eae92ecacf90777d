"""Keys in the store. A revoked key stays: what it asked is in the record of look-ups."""

import sqlalchemy as sa

from gateway.store import METADATA, Moment

TOPIC = "keys"

KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
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
)
"""`networks` separated by blanks; `hash` of the valid secret, `former_hash` of the one before."""
