"""The pepper: the one secret of a gateway, from which keyed hashes are made (`CITYGRAPH_PEPPER`).

Keys and restricted persons are in the store as keyed hashes alone. With another pepper none of
them would match, and restrictions would silently hold for nobody: the store notes a proof of its
pepper at first use, and `prove` refuses another one.
"""

import hmac

import sqlalchemy as sa

from gateway.store import METADATA, Store

MARKS = sa.Table(
    "marks",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
"""What the store knows of itself."""

_PROOF = "pepper"


class WrongPepper(Exception):
    """The store was made with another pepper."""


def derived(pepper: bytes, use: str) -> bytes:
    """A secret of 32 bytes for one use, so that hashes of different uses can't be compared."""
    return hmac.digest(pepper, b"citygraph " + use.encode(), "sha256")


async def prove(store: Store, pepper: bytes) -> None:
    """Check the pepper against the store's; the first one is noted. Raises `WrongPepper`, `StoreError`."""
    proof = derived(pepper, "proof")
    asked = sa.select(MARKS.c.value).where(MARKS.c.name == _PROOF)
    async with store.read() as connection:
        noted = (await connection.execute(asked)).scalar()
    if noted is None:
        async with store.change() as connection:
            first = store.insert(MARKS).values(name=_PROOF, value=proof)
            await connection.execute(first.on_conflict_do_nothing(index_elements=[MARKS.c.name]))
            noted = (await connection.execute(asked)).scalar_one()
    if not hmac.compare_digest(noted, proof):
        raise WrongPepper(
            f"CITYGRAPH_PEPPER is not the one that the store {store.name} was made with; "
            "no key would match and no restriction hold. Set the former one, or begin a new store."
        )
