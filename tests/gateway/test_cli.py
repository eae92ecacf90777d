"""The list of commands, and what each start imports."""

import subprocess
import sys

import click
import pytest

from gateway.cli import COMMANDS, main


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_found_by_its_name(name: str) -> None:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    assert found.name == name


def test_what_is_misspelt_is_suggested() -> None:
    with pytest.raises(click.UsageError, match="serv"):
        main.main(["serv"], standalone_mode=False)


def _loaded(module: str) -> set[str]:
    """What a process has loaded that imports a module and no more."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_list_of_commands_imports_none() -> None:
    assert not {"graphql", "sqlalchemy", "strawberry"} & _loaded("gateway.cli")


def test_serving_imports_what_it_uses() -> None:
    never = {"alembic", "asyncmy", "duckdb", "httpx", "joserfc", "redis", "rich", "yaml"}
    assert not never & _loaded("gateway.commands.serve")
