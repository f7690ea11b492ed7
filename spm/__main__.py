"""The command line: ``spm COMMAND``.

Commands are imported when they are called, so that ``spm metric`` does not wait for the web or for PDF.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from unicodedata import category

from config import Settings
from spm.cli.context import Context
from spm.domain.errors import SpmError

if TYPE_CHECKING:
    from flask import Flask

COMMANDS = {
    "metric": ("spm.cli.metric", "print a figure with its definition"),
    "import": ("spm.cli.import_", "load files that a CRM exported"),
    "pack": ("spm.cli.pack", "write review packs as PDF"),
    "people": ("spm.cli.people", "add people, invite them, reset passwords"),
    "purge": ("spm.cli.purge", "delete what was handed in for imports and is kept long enough"),
    "rebuild": ("spm.cli.rebuild", "derive the caches of all deals again from their log"),
    "audit": ("spm.cli.audit", "check the log of who did what, publish its head"),
    "backup": ("spm.cli.backup", "write everything into one archive, while the product runs"),
    "restore": ("spm.cli.restore", "put an archive in place again, or check one"),
    "serve": ("spm.cli.serve", "serve the product"),
    "worker": ("spm.cli.worker", "do the long work in a process of its own"),
    "demo": ("spm.cli.demo", "fill a new database with a demo company"),
}
"""Name to module and help; a module has ``configure(parser)`` and ``run(arguments, context)``."""

USAGE = 2
PATHS = frozenset({"paths", "mapping", "to", "archive"})
"""Arguments that are file names: a disk may hold bytes that are no text."""
_LONGEST = 600
"""So many characters of what is wrong are shown."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; ``--help`` says how it is right."""

    def error(self, message: str) -> NoReturn:
        """Leave with the status of bad arguments."""
        self.exit(USAGE, f"{one_line(f'{self.prog}: {message} (see {self.prog} --help)')}\n")


def one_line(said: str) -> str:
    """Return what is said as one line that a terminal shows as it is, and somebody can read."""
    line = " ".join(said.splitlines())
    kept = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in line)
    return kept if len(kept) <= _LONGEST else f"{kept[: _LONGEST - 1]}…"


def refusal(parsed: argparse.Namespace) -> str | None:
    """Return why an argument cannot be meant: no text, or no file name; None if all can be."""
    for name, value in vars(parsed).items():
        for said in value if isinstance(value, list) else [value]:
            if isinstance(said, Path) or (name in PATHS and said is not None):
                if str(said) == "":
                    return f"the argument {name} is empty"
                if not _can_be_a_file(str(said)):
                    return f"the argument {name} holds a character that no file name has"
            elif isinstance(said, str) and any(category(mark) in {"Cc", "Cs"} for mark in said):
                return f"the argument {name} holds a character that no text has"
    return None


def _can_be_a_file(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status (0 done, 1 refused rows or failure, 2 bad arguments)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = Parser(prog="spm", description="Sales performance management.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, words) in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name == named:
            import_module(module).configure(command)
    parsed = parser.parse_args(arguments)
    if (wrong := refusal(parsed)) is not None:
        print(f"spm {parsed.command}: {wrong}", file=sys.stderr)
        return USAGE
    settings = Settings.from_env()
    context = Context(settings, lambda: _app(settings))
    try:
        status: int = import_module(COMMANDS[parsed.command][0]).run(parsed, context)
    except SpmError as error:
        from spm.i18n.labels import problem

        print(one_line(f"spm {parsed.command}: {problem(error)}"), file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        return 0
    finally:
        context.close()
    return status


def _app(settings: Settings) -> "Flask":
    from spm.app import create_app

    return create_app(settings)


if __name__ == "__main__":
    sys.exit(main())
