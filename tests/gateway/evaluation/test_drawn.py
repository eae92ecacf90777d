"""Files of true pairs only: strangers are drawn among their rivals."""

from gateway.evaluation.linking import Candidates, Verdict, drawn, told
from gateway.evaluation.rows import Row
from resolvers.identity.matching.businesses import compare
from resolvers.identity.matching.model import Match

SHOPS = [Row(str(n), (), (), {}) for n in range(3)]
FOUND = Candidates(SHOPS, SHOPS, ([], []), {(a, b) for a in range(3) for b in range(3)}, compare, alone=False)
SURE = Match("MATCH", 0.99, 20.0, ())
JUDGED: list[Verdict] = [(a, b, SURE) for a, b in sorted(FOUND.pairs)]


def test_every_true_pair_stays_and_so_many_others() -> None:
    everything = told(FOUND, JUDGED).match
    assert (everything.answered, everything.right, everything.truth) == (9, 3, 3)
    assert [drawn(FOUND, JUDGED, negatives).match.answered for negatives in (0, 1, 2, 9)] == [3, 6, 9, 9]
    assert drawn(FOUND, JUDGED, 1).match.right == 3


def test_the_same_are_drawn_again() -> None:
    doubted = [(a, b, SURE if a == b or b == 0 else Match(None, 0.0, -9.0, ())) for a, b in sorted(FOUND.pairs)]
    assert drawn(FOUND, doubted, 1) == drawn(FOUND, doubted, 1)
    others = {drawn(FOUND, doubted, 1, seed).match.answered for seed in range(20)}
    assert others == {3, 4, 5}
