"""``spm rebuild``: derive the caches of all deals again from their log, after a doubt or a repair."""

import json
from argparse import ArgumentParser, Namespace

from spm.cli.context import Context
from spm.services.pipeline.history import rebuild


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(arguments: Namespace, context: Context) -> int:
    """Rebuild all or nothing; print how many deals there are and return 0.

    Raises:
        BrokenLog: A deal's log is not complete; nothing was changed.
    """
    with context.unit(writes=True) as work:
        deals = rebuild(work.session)
    print(json.dumps({"deals": deals}) if arguments.json else f"{deals} deals rebuilt")
    return 0
