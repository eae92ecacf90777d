"""What the gateway itself must remember: keys, restrictions, agreements, pauses, usage.

Never what agencies know: that is fetched for every request. One SQLite file serves one machine, a
PostgreSQL database several. `open_store` brings its tables up to date, `Store.change` writes,
`Watch` tells every process of a change within half a second.
"""

from gateway.store.opening import open_store
from gateway.store.store import Store, StoreError
from gateway.store.tables import METADATA, Moment
from gateway.store.watch import Watch

__all__ = ["METADATA", "Moment", "Store", "StoreError", "Watch", "open_store"]
