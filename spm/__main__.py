"""The command line: ``spm COMMAND``.

Commands are imported when they are called, so that ``spm metric`` does not wait for the web or for PDF.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status (0 done, 1 refused rows or failure, 2 bad arguments)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="spm", description="Sales performance management.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, words) in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name == named:
            import_module(module).configure(command)
    parsed = parser.parse_args(arguments)
    settings = Settings.from_env()
    context = Context(settings, lambda: _app(settings))
    try:
        status: int = import_module(COMMANDS[parsed.command][0]).run(parsed, context)
    except SpmError as error:
        from spm.i18n.labels import problem

        print(f"spm {parsed.command}: {problem(error)}", file=sys.stderr)
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
