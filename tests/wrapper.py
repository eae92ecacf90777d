"""An adapter in front of another, which it lets do everything: what a test changes of it, it overrides."""

from adapters.base import Adapter, Answer, Capabilities, Dataset, Scan, Shape


class Wrapper:
    """An `Adapter` that hands every call to `inner`."""

    def __init__(self, inner: Adapter) -> None:
        self.inner = inner

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        return await self.inner.scan(dataset, scan)

    async def describe(self, dataset: Dataset) -> Shape | None:
        return await self.inner.describe(dataset)

    async def ping(self) -> None:
        await self.inner.ping()

    async def aclose(self) -> None:
        await self.inner.aclose()
