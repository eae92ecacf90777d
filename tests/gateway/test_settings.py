import pytest

from gateway.settings import Settings, SettingsError, read_settings


def test_the_defaults_are_for_one_machine() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.request_deadline) == ("127.0.0.1", 8000, 10.0)
    assert settings.max_body == 1024 * 1024
    assert len(settings.signing_key) == 32
    assert settings.signing_key != Settings().signing_key


def test_the_environment_and_over_it_the_command_line() -> None:
    environment = {"CITYGRAPH_HOST": "0.0.0.0", "CITYGRAPH_PORT": "80", "CITYGRAPH_REQUEST_DEADLINE": "800ms"}
    settings = read_settings(environment, port=8080, host=None)
    assert (settings.host, settings.port, settings.request_deadline) == ("0.0.0.0", 8080, 0.8)


def test_all_problems_at_once() -> None:
    environment = {
        "CITYGRAPH_PORT": "http",
        "CITYGRAPH_MAX_BODY": "1MB",
        "CITYGRAPH_GRAPHIQL": "yes",
        "CITYGRAPH_REQEST_DEADLINE": "5s",
        "CITYGRAPH_SIGNING_KEY": "short",
        "CITYGRAPH_SHUTDOWN_GRACE": "5",
        "CITYGRAPH_LOG_LEVEL": "loud",
        "CITYGRAPH_HOST": "",
        "CITYGRAPH_TEST_POSTGRES": "is of the tests",
    }
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert str(caught.value).splitlines() == [
        'CITYGRAPH_GRAPHIQL takes "on" or "off"',
        "CITYGRAPH_HOST is empty",
        "CITYGRAPH_LOG_LEVEL takes one of critical, error, warning, info, debug",
        'CITYGRAPH_MAX_BODY takes a size with its unit, like "64KiB" or "1MiB"',
        "CITYGRAPH_PORT takes a number from 0 to 65535",
        "CITYGRAPH_REQEST_DEADLINE is not a setting; did you mean CITYGRAPH_REQUEST_DEADLINE?",
        'CITYGRAPH_SHUTDOWN_GRACE takes a duration with its unit, like "800ms", "2s" or "1m"',
        "CITYGRAPH_SIGNING_KEY takes at least 32 characters",
    ]


def test_the_key_is_never_shown() -> None:
    settings = read_settings({"CITYGRAPH_SIGNING_KEY": "x" * 40})
    assert settings.signing_key == b"x" * 40
    assert "xxxx" not in repr(settings)
