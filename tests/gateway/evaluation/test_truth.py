"""Matching on the labelled files beside the repository: floors under what was measured.

They may only rise. Persons and businesses are measured on rows that the weights were learnt from;
the folds kept apart while learning set the bands.
"""

from pathlib import Path

import pytest

from gateway.evaluation import link, look_up, read_map
from gateway.evaluation.linking import candidates, drawn, told, verdicts
from resolvers.identity.matching.model import model

ROOT = Path(__file__).parents[3]
TRUTH = ROOT.parent / "shared" / "truth"
MAPS = ROOT / "bench" / "identity" / "maps"
pytestmark = pytest.mark.skipif(not TRUTH.is_dir(), reason="../shared/truth is missing: no labelled rows to measure on")


@pytest.mark.parametrize(
    ("name", "precision", "recall", "best"),
    [
        ("febrl4", 0.9999, 0.998, 0.999),
        ("chicago_sites", 0.99, 0.9, 0.97),
        ("b1", 0.99, 0.9, 0.97),
        ("hist50k", 0.999, 0.65, 0.9),
    ],
)
def test_linking(name: str, precision: float, recall: float, best: float) -> None:
    described = read_map(MAPS / f"{name}.toml")
    found = link(described, TRUTH, model(described.kind))
    assert found.match.precision >= precision
    assert found.match.recall >= recall
    assert found.best[1].f1 >= best
    assert found.error <= 0.02


def test_linking_where_strangers_are_to_be_drawn() -> None:
    """Every rival of every licence counts as a stranger first, then four at most of each."""
    described = read_map(MAPS / "b2_cdph_bacp.toml")
    pairs = candidates(described, TRUTH)
    judged = verdicts(pairs, model("business").among(len(pairs.right)), described.single)
    found = told(pairs, judged)
    assert found.match.precision >= 0.99
    assert found.match.recall >= 0.9
    assert found.best[1].f1 >= 0.965
    assert found.error <= 0.02
    assert drawn(pairs, judged, 4).best[1].f1 >= 0.97


def test_texts_of_new_york() -> None:
    found = look_up(read_map(MAPS / "nyc_address.toml"), TRUTH)
    assert found.answers.possible.precision >= 0.985
    assert found.listed.recall >= 0.989
    assert found.numbered.precision >= 0.999
    assert found.numbered.recall >= 0.999


def test_texts_of_new_york_with_a_letter_mistyped() -> None:
    found = look_up(read_map(MAPS / "nyc_address.toml"), TRUTH, typos=True)
    assert found.answers.possible.precision >= 0.98
    assert found.listed.recall >= 0.978
    assert found.numbered.recall >= 0.991


def test_an_address_of_one_agency_finds_the_block_at_the_others() -> None:
    found = look_up(read_map(MAPS / "a1.toml"), TRUTH)
    assert found.answers.match.precision >= 0.99
    assert found.numbered.recall >= 0.97
    assert found.whole.recall >= 0.998
