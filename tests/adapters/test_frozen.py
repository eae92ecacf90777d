"""Values that are frozen to type checkers are dataclasses in all else."""

from dataclasses import field, replace

from adapters.frozen import frozen


@frozen
class _Sample:
    name: str
    parts: tuple[int, ...] = ()
    secret: str = field(default="", repr=False)


def test_equal_ones_are_equal_and_found_in_dictionaries() -> None:
    assert _Sample("a", (1,)) == _Sample("a", (1,)) != _Sample("a", (2,))
    assert {_Sample("a"): 1}[_Sample("a")] == 1


def test_they_are_replaced_and_shown_as_dataclasses_are() -> None:
    made = replace(_Sample("a", secret="s"), parts=(3,))
    assert made == _Sample("a", (3,), "s")
    assert "parts=(3,)" in repr(made)
    assert "secret" not in repr(made)


def test_they_have_slots() -> None:
    assert not hasattr(_Sample("a"), "__dict__")
