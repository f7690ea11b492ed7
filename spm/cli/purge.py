"""``spm purge``: what the daily purge does to imports, now; or, with ``--dry-run``, what it would do."""

import json
from argparse import ArgumentParser, Namespace
from datetime import timedelta

from spm.adapters.files import FileStore
from spm.cli.context import Context
from spm.jobs.imports import FOLDER
from spm.services.intake.retention import Purge, due, purge


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(arguments: Namespace, context: Context) -> int:
    """Delete what is due, or say what is; print it and return 0."""
    store = FileStore(context.settings.instance / FOLDER)
    kept_for = timedelta(days=context.settings.raw_file_days)
    if arguments.dry_run:
        with context.unit(writes=False) as work:
            found = due(work.session, store, work.now, kept_for)
    else:
        with context.unit(writes=True) as work:
            found = purge(work, store, kept_for)
    if arguments.json:
        print(json.dumps(_said(found, is_dry_run=arguments.dry_run)))
        return 0
    for one in found.imports:
        day = f"{one.created_at:%Y-%m-%d}"
        print(f"import {one.import_id} of {day}: {one.files} files, {one.issues} rows")
    verb = "would be deleted" if arguments.dry_run else "deleted"
    print(f"{found.files} files and {found.issues} rows {verb}; kept: {kept_for.days} days")
    return 0


def _said(found: Purge, *, is_dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": is_dry_run,
        "before": found.before.isoformat(),
        "files": found.files,
        "rows": found.issues,
        "unclaimed": len(found.unclaimed),
        "imports": [
            {"import": one.import_id, "files": one.files, "rows": one.issues}
            for one in found.imports
        ],
    }
