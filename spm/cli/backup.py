"""``spm backup``: everything that a company has entrusted to the product, in one file that was read back."""

import json
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spm.adapters.database import open_engine
from spm.cli.context import Context
from spm.i18n.labels import label
from spm.jobs.backups import FOLDER, SECRETS, Made, Place, default_name, make

DOUBTFUL = 1
"""Exit status where the archive was made and something in it is not as it should be."""


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument(
        "to",
        nargs="?",
        help="a new file, a folder, or - for the standard output (backups/ in the instance folder)",
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(arguments: Namespace, context: Context) -> int:
    """Make the archive while the product runs; return 0, or 1 where what it holds is doubtful.

    Raises:
        NothingThere: There is no database.
        NameTaken: There is a file of that name.
        NoRoom: The disk is full; nothing is left behind.
        NotWritten: The system or the database refused.
        DatabaseNotSound: The database has an error.
    """
    engine = open_engine(context.settings.database_url)  # as it is: a backup upgrades nothing
    place = Place(engine, context.settings.instance, context.audit_keys, context.clock)
    try:
        if arguments.to == "-":
            return _to_standard_output(place, as_json=arguments.json)
        made = make(place, _path(arguments.to, place))
    finally:
        engine.dispose()
    _say(made, as_json=arguments.json, to_errors=False)
    return _status(made)


def _path(said: str | None, place: Place) -> Path:
    at = place.instance / FOLDER if said is None else Path(said)
    is_folder = said is None or at.is_dir() or said.endswith("/")
    return at / default_name(place.clock()) if is_folder else at


def _to_standard_output(place: Place, *, as_json: bool) -> int:
    """Make it whole beside the database first: what goes out was read back."""
    with tempfile.TemporaryDirectory(prefix=".spm-backup-", dir=place.instance) as folder:
        made = make(place, Path(folder) / default_name(place.clock()))
        with made.path.open("rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()
    _say(made, as_json=as_json, to_errors=True)
    return _status(made)


def _status(made: Made) -> int:
    is_sound = made.verdict is None or made.verdict.finding is None
    return 0 if is_sound and not made.manifest.missing else DOUBTFUL


def _say(made: Made, *, as_json: bool, to_errors: bool) -> None:
    stream = sys.stderr if to_errors else sys.stdout
    if as_json:
        print(json.dumps(_plain(made), ensure_ascii=False), file=stream)
        return
    for line in _lines(made):
        print(line, file=stream)


def _plain(made: Made) -> dict[str, object]:
    manifest, verdict = made.manifest, made.verdict
    return {
        "path": str(made.path),
        "size": made.size,
        "digest": made.digest,
        "made_at": manifest.made_at.isoformat(),
        "source": manifest.source.value,
        "revision": manifest.revision,
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.parts) - 1,
        "missing": list(manifest.missing),
        "left_out": list(made.left_out),
        "head": str(manifest.head),
        "is_log_sound": None if verdict is None else verdict.finding is None,
        "is_recorded": made.is_recorded,
    }


def _lines(made: Made) -> list[str]:
    manifest = made.manifest
    lines = [
        f"{made.path} ({made.size:,} bytes) was written and read back",
        f"  SHA-256 {made.digest}",
        (
            f"  {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables from"
            f" {label(manifest.source)}, {len(manifest.parts) - 1} files"
        ),
    ]
    if made.verdict is None:
        lines.append("  its release has no chain of the audit log yet; a restore makes it")
    elif made.verdict.finding is None:
        lines.append(f"  the audit log is as it was written; head {manifest.head}")
    else:
        lines.append(
            f"  THE AUDIT LOG IS NOT AS IT WAS WRITTEN: {label(made.verdict.finding.fault)};"
            " see spm audit verify"
        )
    lines += [f"  MISSING OR CHANGED: {name}" for name in manifest.missing]
    apart = [name for name in made.left_out if name in SECRETS]
    others = [name for name in made.left_out if name not in SECRETS]
    if apart:
        lines.append(f"  not in it, to be kept apart: {', '.join(apart)}")
    if others:
        lines.append(f"  not in it either: {', '.join(others)}")
    return lines
