"""The GraphQL-over-HTTP audit of graphql-http, written by nobody of this project."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.gateway.web.conftest import Running

SUITES = Path(__file__).parents[4] / "shared" / "suites"


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """The suite in a scratch folder, where it may install itself."""
    if not SUITES.is_dir():
        pytest.skip("the audit is not here: ../shared/suites is missing")
    if not shutil.which("npm"):
        pytest.skip("the audit needs Node and npm")
    copy = shutil.copytree(SUITES, tmp_path / "suites")
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return copy / "01-graphql-over-http" / "run.sh"


async def test_the_audit_passes_whole(running: Running, audit: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "bash", audit, f"{running.url}/graphql", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert output.rstrip().splitlines()[-1] == "graphql-over-http: passed 61 of 61", output
