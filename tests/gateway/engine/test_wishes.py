import pytest
from graphql import GraphQLError

from gateway.engine.wishes import Wishes, read_wishes


def test_no_wishes() -> None:
    assert read_wishes({}) == Wishes(explain=False, max_wait=None, trace=False)


def test_all_wishes() -> None:
    assert read_wishes({"explain": True, "maxWait": "800ms", "trace": True}) == Wishes(True, 0.8, True)


def test_what_other_tools_send_is_left_alone() -> None:
    assert read_wishes({"persistedQuery": {"version": 1}, "maxwait": 5}) == Wishes()


@pytest.mark.parametrize("name", ["explain", "trace"])
@pytest.mark.parametrize("value", [None, 1, "true", [True]])
def test_a_switch_takes_a_boolean(name: str, value: object) -> None:
    with pytest.raises(GraphQLError, match=f"extensions.{name} takes true or false"):
        read_wishes({name: value})


@pytest.mark.parametrize("value", [1, 0.5, "", "fast", "-1s", "800", "1 year", ["1s"], True, "1e400s", "nans"])
def test_max_wait_takes_a_duration(value: object) -> None:
    with pytest.raises(GraphQLError, match='like "800ms" or "2s"') as caught:
        read_wishes({"maxWait": value})
    assert caught.value.extensions == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(("given", "seconds"), [("0s", 0.0), ("500ms", 0.5), ("10m", 600.0)])
def test_max_age_may_be_none_at_all(given: str, seconds: float) -> None:
    assert read_wishes({"maxAge": given}) == Wishes(max_age=seconds)


@pytest.mark.parametrize("value", [0, "0", "-1s", "old", [], True])
def test_max_age_takes_a_duration(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"extensions\.maxAge takes a duration"):
        read_wishes({"maxAge": value})
