"""A process whose files may not grow for a while, as on a full disk.

python -m tests.gateway.policy.audit.full_disk DIR strict|batch COUNT

Prints, as JSON: how writing went while nothing could be written, and afterwards.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import cast

from gateway.policy.audit import AuditFailed, AuditLog
from gateway.policy.audit.log import Sync
from tests.gateway.policy.audit.logs import PEPPER, files, look_ups

UNLIMITED = resource.getrlimit(resource.RLIMIT_FSIZE)


async def main(folder: Path, sync: Sync, count: int) -> None:
    """Write five, `count` more while files may not grow but by half a line, and five again."""
    log = AuditLog(folder, PEPPER, sync)
    await log.start()
    entries = look_ups(10 + count)
    outcomes = []
    for number, entry in enumerate(entries):
        if number == 5:
            longest = files(folder)[0].stat().st_size + 300
            resource.setrlimit(resource.RLIMIT_FSIZE, (longest, UNLIMITED[1]))
        if number == 5 + count:
            resource.setrlimit(resource.RLIMIT_FSIZE, UNLIMITED)
            waiting = log.waiting
            await asyncio.sleep(1.2)
        try:
            await log.write(entry)
            outcomes.append("written")
        except AuditFailed as error:
            outcomes.append(str(error))
    after = log.waiting
    await log.aclose()
    print(json.dumps({"outcomes": outcomes, "waiting": waiting, "after": after}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), cast(Sync, sys.argv[2]), int(sys.argv[3])))
