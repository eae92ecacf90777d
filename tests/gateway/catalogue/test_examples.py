"""The example files that the grammar began with: accepted, but for adapters that come later."""

from pathlib import Path

import pytest

from adapters.kinds import kinds
from gateway.catalogue import examine

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples" / "nyc"
LATER = {"dof": ("files", 6), "dohmh": ("socrata", 6), "dot": ("files", 6), "hpd": ("files", 7), "sla": ("files", 12)}


def test_the_examples_have_exactly_the_problems_that_they_should_have() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the example files (../shared/examples/nyc) are not there")
    found = examine(EXAMPLES, {"NYC_DATA": "/data", "SODA_TOKEN": ""})
    errors = [problem for problem in found.problems if problem.severity == "error"]
    warnings = [problem for problem in found.problems if problem.severity == "warning"]
    assert [(Path(each.file).stem, each.line, each.message) for each in errors] == [
        ("city", 26, 'dataset "dcp.pluto" is not declared'),
        *((name, line, f'unknown adapter "{kind}"') for name, (kind, line) in LATER.items() if kind not in kinds()),
    ]
    assert [(Path(each.file).stem, each.line) for each in warnings] == [("dof", 29), ("sla", 28)]
