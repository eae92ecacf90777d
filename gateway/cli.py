"""The command `citygraph`: a page that lists the commands, each imported when it is asked for.

They need different libraries; who asks for one does not wait for the others' and has not their memory.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "agency": "Stop asking an agency at once, and ask it again.",
        "agreements": "Check and apply the agreements with partners.",
        "audit": "Prove, search and report who asked what, why, and what came of it.",
        "catalogue-schema": "Print the JSON Schema of a city's files, for completion and hints in editors.",
        "check": "Print everything that is wrong with a city's files: file, line, what, and how to mend it.",
        "demo": "Serve a fictional city, made on the spot, or New York.",
        "explain": "Show which agencies an operation will ask, and what will be refused.",
        "identity": "Measure how addresses, businesses and persons are recognised.",
        "introspect": "Look at the source at URL and write a draft of its agency's file, for a steward to edit.",
        "keys": "Make, list, rotate and revoke API keys.",
        "links": "Keep the crosswalk: which identifiers of different agencies mean the same business.",
        "processing-register": "Print who gets which personal data, and why.",
        "query": "Send one operation and print the answer.",
        "restrict": "Keep the list of whom nothing may be told.",
        "schema": "Print a city's GraphQL schema.",
        "serve": "Serve a city over HTTP.",
        "soda-emulator": "Serve files as a Socrata portal.",
    }
)
"""Every command by its name, with the line that tells of it."""

_ELSEWHERE: Mapping[str, str] = MappingProxyType({"catalogue-schema": "check"})
"""The module of a command that does not have the command's own name."""


class Program(click.Group):
    """The group of all commands. Its own `commands` are names and lines; `get_command` imports one."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = _ELSEWHERE.get(cmd_name, cmd_name).replace("-", "_")
        found: click.Command = getattr(import_module(f"gateway.commands.{module}"), cmd_name.replace("-", "_"))
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(100)) for name in sorted(COMMANDS)])


@click.group(
    cls=Program,
    commands=[click.Command(name, short_help=line) for name, line in COMMANDS.items()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  citygraph demo
  citygraph check --city cities/demo
  citygraph serve --city cities/demo --port 8080
""",
)
@click.version_option(package_name="citygraph", prog_name="citygraph")
def main() -> None:
    """One GraphQL endpoint over every agency of a city.

    Every command explains itself, with examples: citygraph COMMAND --help.
    """
