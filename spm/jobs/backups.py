"""Making an archive of everything that a company has entrusted to the product, while it runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.orm import Session

from spm.adapters import archives, migrations, snapshots
from spm.adapters.archives import Archive, told
from spm.adapters.clock import Clock
from spm.adapters.database import unit
from spm.domain.access import Actor
from spm.domain.audit import FIRST, Head, Keys, Verdict
from spm.domain.backups import (
    DATABASE,
    Manifest,
    NameTaken,
    Part,
    checks_of,
    seal,
)
from spm.jobs import imports, packs
from spm.queries.audit import audit_head
from spm.queries.backups import NamedFile, finished_runs, handed_in_files, has_chain
from spm.queries.organisation.settings import get_organisation
from spm.services import backups
from spm.services.audit import keep_bound, verify
from spm.services.work import Work

FOLDER: Final = "backups"
"""Where archives lie unless another place is named, inside the instance folder."""

FOLDERS: Final = (imports.FOLDER, packs.FOLDER, "packs")
"""The folders of the instance that are part of an archive; of files, not of folders in them."""

SECRETS: Final = ("audit-keys", "secret-key")
"""What is never part of one: whoever found it could forge the log that is in it."""

_TEMPORARY: Final = ".spm-backup-"
_DATABASE_ENDINGS: Final = (".db", ".db-wal", ".db-shm", ".db-journal")


@dataclass(frozen=True, slots=True)
class Place:
    """An installation: its database, its folder, the keys of its audit log and its clock."""

    engine: Engine
    instance: Path
    keys: Keys
    clock: Clock


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was made, read back and found sound.

    Attributes:
        digest: SHA-256 of the file.
        verdict: On the audit log in it; None where its release has no chain.
        left_out: What else lies in the instance folder.
        is_recorded: The audit log says that it was made; it cannot in the tables of an earlier release.
    """

    path: Path
    size: int
    digest: str
    manifest: Manifest
    verdict: Verdict | None
    left_out: tuple[str, ...]
    is_recorded: bool


def default_name(now: datetime) -> str:
    """Return the name of an archive that is made now."""
    return f"spm-{now:%Y%m%dT%H%M%SZ}.zip"


def make(place: Place, to: Path) -> Made:
    """Make an archive of the database and of the files that belong to it, and read it back.

    Raises:
        NothingThere: There is no database.
        NameTaken: There is a file of that name.
        NoRoom: The disk is full; nothing is left behind.
        NotWritten: The system or the database refused.
        DatabaseNotSound: The database, or the copy of it, has an error.
    """
    revision = snapshots.revision_of(place.engine)
    if to.exists():
        raise NameTaken(place=to)
    with told(to.parent):
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        archives.expect_room(to.parent, 2 * snapshots.size_of(place.engine))
        with temporary(to.parent) as aside, temporary(place.instance) as kept:
            made_at = place.clock()
            _keep_files(place.instance, kept)  # before: nothing that the tables name goes meanwhile
            copy = aside / DATABASE
            source = snapshots.copy_out(place.engine, copy)
            _keep_files(place.instance, kept)  # after: what has come with what they name
            rows = snapshots.expect_sound(copy)
            with _looking(copy) as session:
                verdict = verify(session, place.keys) if has_chain(session) else None
                head = audit_head(session) if verdict else Head(0, FIRST)
                missing = _missing(session, kept)
            files = {DATABASE: copy} | {
                f"files/{at.parent.name}/{at.name}": at for at in sorted(kept.glob("*/*"))
            }
            known = checks_of(place.keys)
            text = ""

            def close(parts: tuple[Part, ...]) -> tuple[str, str]:
                nonlocal text
                text = Manifest(
                    made_at, source, revision, head, known, rows, parts, missing
                ).written()
                return text, seal(place.keys, text)

            archives.write(to, files, close)
        with Archive(to) as archive:
            archive.check()
            manifest = archive.manifest
        with to.open("rb") as stream:
            whole = archives.digest_of(stream)
        is_recorded = revision == migrations.head()
        if is_recorded:
            with working(place) as work:
                backups.record_made(work, manifest, whole.digest, whole.size)
    return Made(
        to, whole.size, whole.digest, manifest, verdict, left_out(place.instance, to), is_recorded
    )


def left_out(instance: Path, archive: Path | None = None) -> tuple[str, ...]:
    """Return what lies in the instance folder and is in no archive, by name.

    Databases are not listed, nor are other archives.
    """
    found = []
    for at in sorted(instance.iterdir()) if instance.is_dir() else ():
        if at.name in {*FOLDERS, FOLDER} or at == archive or at.name.endswith(_DATABASE_ENDINGS):
            continue
        if not at.name.startswith("."):
            found.append(at.name)
    for folder in FOLDERS:
        inside = instance / folder
        for at in sorted(inside.iterdir()) if inside.is_dir() else ():
            is_part_of_a_run = folder == packs.FOLDER and at.name.startswith("run-")  # drawn anew
            if not at.is_file() and not is_part_of_a_run:
                found.append(f"{folder}/{at.name}")
    return tuple(found)


def _keep_files(instance: Path, kept: Path) -> None:
    """Link what is there; a link keeps what is deleted meanwhile, and costs nothing."""
    for folder in FOLDERS:
        for at in sorted((instance / folder).glob("*")):
            if (
                at.is_symlink()
                or not at.is_file()
                or at.name.startswith(".")
                or at.suffix == ".part"
            ):
                continue
            into = kept / folder / at.name
            if into.exists():
                continue
            into.parent.mkdir(exist_ok=True, mode=0o700)
            with suppress(FileNotFoundError):  # deleted between the two lines
                try:
                    os.link(at, into)
                except FileNotFoundError:
                    raise
                except OSError:  # a file system without links
                    shutil.copyfile(at, into)


def _missing(session: Session, kept: Path) -> tuple[str, ...]:
    named: Mapping[str, tuple[NamedFile, ...]] = {
        imports.FOLDER: handed_in_files(session),
        packs.FOLDER: finished_runs(session),
    }
    found = []
    for folder, files in named.items():
        for file in files:
            at = kept / folder / file.name
            if not at.is_file():
                found.append(f"{folder}/{file.name}")
                continue
            with at.open("rb") as stream:
                if archives.digest_of(stream).digest != file.digest:
                    found.append(f"{folder}/{file.name}")
    return tuple(found)


@contextmanager
def _looking(copy: Path) -> Iterator[Session]:
    """A session on a copy that stays as it is, whatever release it is of."""
    engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def temporary(beside: Path) -> Iterator[Path]:
    """A folder for this user only, on the same disk; gone at the end, whatever happened."""
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=beside))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def working(place: Place) -> Iterator[Work]:
    """A unit of work of the console that may write."""
    keep_bound(place.engine, place.keys)
    with unit(place.engine, writes=True) as session:
        yield Work(session, Actor.console(), place.clock(), get_organisation(session))
