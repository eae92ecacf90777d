"""A process that writes look-ups until it is killed, and says which are written.

python -m tests.gateway.policy.audit.writer DIR strict|batch NAME

Prints the reference of each look-up once `write` has returned.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import cast

from gateway.policy.audit import AuditLog
from gateway.policy.audit.log import Sync
from tests.gateway.policy.audit.logs import LOOK_UP, PEPPER

WRITERS = 50


async def main(folder: str, sync: Sync, name: str) -> None:
    """Write for ever, as many at once."""
    log = AuditLog(folder, PEPPER, sync)
    await log.start()

    async def write(writer: int) -> None:
        for number in count():
            reference = f"{name}-{writer}-{number}"
            await log.write(replace(LOOK_UP, when=datetime.now(UTC), reference=reference))
            print(reference, flush=True)
            await asyncio.sleep(0)

    await asyncio.gather(*map(write, range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], cast(Sync, sys.argv[2]), sys.argv[3]))
