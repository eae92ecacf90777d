from tests.gateway.store.databases import store as store
from tests.gateway.store.databases import store_url as store_url
