import io

from rich.console import Console

from gateway.commands.progress import ProgressBar


def shown(patience: float, terminal: bool = True) -> str:
    stream = io.StringIO()
    with ProgressBar(Console(file=stream, force_terminal=terminal, width=80), patience) as progress:
        for done in range(0, 101, 50):
            progress("addresses", done, 100)
    return stream.getvalue()


def test_what_is_quick_stays_silent() -> None:
    assert shown(patience=60) == ""


def test_what_takes_long_shows_how_far_it_is() -> None:
    text = shown(patience=0)
    assert "addresses" in text
    assert "100/100" in text


def test_what_is_no_terminal_gets_nothing() -> None:
    assert shown(patience=0, terminal=False) == ""
