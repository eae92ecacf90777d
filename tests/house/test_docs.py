"""The documents say what is true: commands exist, settings are those of the code, TOML is TOML."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from gateway.cli import COMMANDS, main
from gateway.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def fenced(*languages: str) -> list[tuple[str, str]]:
    """The blocks of these languages in all documents, with the name of their document."""
    blocks = [(path, match) for path in DOCS for match in FENCE.finditer(path.read_text(encoding="utf-8"))]
    return [(str(path.relative_to(ROOT)), match[2]) for path, match in blocks if match[1] in languages]


def command_lines(text: str) -> list[list[str]]:
    """The `citygraph …` command lines in a text, as words; what is piped, redirected or run in the
    background is told without that."""
    text = text.replace("\\\n", " ")
    found = re.findall(r"(?:^|\s|\| |/)citygraph (.*?)(?:$|\s[|><&]|`| # )", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in found]


def parse(words: list[str]) -> None:
    """Parse a command line as the program does, without running it. Raises `click.UsageError`."""
    context = click.Context(main)
    name, command, rest = main.resolve_command(context, words)
    assert command is not None
    if not {"--help", "-h"} & set(rest):
        command.make_context(name, rest, parent=context).close()


def commands() -> dict[str, click.Command]:
    context = click.Context(main)
    return {name: command for name in COMMANDS if (command := main.get_command(context, name))}


def test_make_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (path.name, target)
        for path in DOCS
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert ("README.md", "demo") in named
    assert {each for each in named if each[1] not in targets} == set()


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a reader stands: in the repository, with the folders that documents say to make."""
    for path in ROOT.iterdir():
        (tmp_path / path.name).symlink_to(path)
    for _, text in fenced("sh"):
        for folder in re.findall(r"^mkdir (?:-p )?(\w+)$", text, re.MULTILINE):
            (tmp_path / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("reader")
def test_command_lines_in_the_documents_parse() -> None:
    lines = [(name, words) for name, text in fenced("sh", "console") for words in command_lines(text)]
    assert lines
    for name, words in lines:
        try:
            parse(words)
        except click.ClickException as error:
            pytest.fail(f"{name}: citygraph {shlex.join(words)}: {error.format_message()}")


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_explains_itself_with_examples_that_parse(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = commands()[name]
    assert command.help
    assert command.epilog
    lines = command_lines(command.epilog)
    assert lines
    (tmp_path / "profile.graphql").touch()
    monkeypatch.chdir(tmp_path)
    for words in lines:
        assert words[0] == name
        parse(words)
    described = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in described if not option.help] == []


def test_the_settings_document_is_the_code() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(CITYGRAPH_\w+)` \| `?(.*?)`? \|", text, re.MULTILINE))
    fields = Settings.__dataclass_fields__
    assert rows == {f"{PREFIX}{name.upper()}": spec.metadata["default"] for name, spec in fields.items()}


def test_toml_in_the_documents_is_toml() -> None:
    blocks = fenced("toml")
    assert blocks
    for name, text in blocks:
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            pytest.fail(f"{name}: {error}")


def test_the_readme_draws_the_floors_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    drawn = re.findall(
        r"^(gateway|resolvers|adapters)/", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert drawn == layers == ["gateway", "resolvers", "adapters"]
