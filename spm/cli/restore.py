"""``spm restore``: an archive that ``spm backup`` made, in the place of an installation."""

import json
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spm.adapters.archives import told
from spm.adapters.database import open_engine
from spm.cli.context import Context
from spm.i18n.labels import label, message_of
from spm.jobs.backups import Place
from spm.jobs.restores import Restored, check, restore

DOUBTFUL = 1
"""Exit status where an archive was accepted that could not be verified."""


def configure(parser: ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("archive", help="the archive, or - for the standard input")
    parser.add_argument(
        "--check", action="store_true", help="check the archive as a restore would; change nothing"
    )
    parser.add_argument(
        "--replace", action="store_true", help="put it in the place of what is there"
    )
    parser.add_argument(
        "--accept-unverified",
        action="store_true",
        help="restore although the audit log or the list of contents cannot be verified",
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(arguments: Namespace, context: Context) -> int:
    """Restore, or check; return 0, or 1 where an archive was accepted that could not be verified.

    Raises:
        SpmError: See ``spm.jobs.restores.restore``; what was there is as it was.
    """
    settings, accepts = context.settings, arguments.accept_unverified
    with _archive(arguments.archive, settings.instance) as path:
        if arguments.check:
            found = check(
                path, context.audit_keys, settings.instance, context.clock(), accepts=accepts
            )
        else:
            engine = open_engine(settings.database_url)
            place = Place(engine, settings.instance, context.audit_keys, context.clock)
            try:
                found = restore(path, place, replaces=arguments.replace, accepts=accepts)
            finally:
                engine.dispose()
    if arguments.json:
        print(json.dumps(_plain(found, was_restored=not arguments.check), ensure_ascii=False))
    else:
        print("\n".join(_lines(found, was_restored=not arguments.check)))
    return DOUBTFUL if found.doubts else 0


@contextmanager
def _archive(said: str, instance: Path) -> Iterator[Path]:
    """The archive as a file; what comes through a pipe is kept until the end."""
    if said != "-":
        yield Path(said)
        return
    with told(instance):
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".spm-backup-", dir=instance) as folder:
            path = Path(folder) / "archive.zip"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
            yield path


def _plain(found: Restored, *, was_restored: bool) -> dict[str, object]:
    manifest, verdict = found.manifest, found.verdict
    return {
        "was_restored": was_restored,
        "made_at": manifest.made_at.isoformat(),
        "source": manifest.source.value,
        "revision": manifest.revision,
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.parts) - 1,
        "missing": list(manifest.missing),
        "head": str(manifest.head),
        "is_log_sound": verdict.finding is None,
        "sessions_ended": found.sessions,
        "moved_aside": [str(path) for path in found.moved_aside],
        "doubts": list(found.doubts),
    }


def _lines(found: Restored, *, was_restored: bool) -> list[str]:
    manifest = found.manifest
    lines = [
        (
            f"the archive of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
            f" was {'restored' if was_restored else 'checked; nothing was changed'}"
        ),
        (
            f"  {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables from"
            f" {label(manifest.source)}, {len(manifest.parts) - 1} files"
        ),
    ]
    if found.verdict.finding is None:
        lines.append(f"  the audit log is as it was written; head {found.verdict.head}")
    else:
        lines.append(
            f"  THE AUDIT LOG IS NOT AS IT WAS WRITTEN: {label(found.verdict.finding.fault)}"
        )
    lines += [f"  NOT VERIFIED: {message_of(code) or code}" for code in found.doubts]
    lines += [f"  missing already when it was made: {name}" for name in manifest.missing]
    if was_restored:
        lines.append(f"  {found.sessions} sessions were ended: everybody signs in again")
    lines += [f"  what was there before lies in {path}" for path in found.moved_aside]
    return lines
