"""What is alive is set aside, and taken back."""

import gc

from gateway.settling import YOUNG, release, settle


def test_what_is_alive_is_set_aside_until_it_is_taken_back() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    settle()
    try:
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == YOUNG
    finally:
        release()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
