"""Putting an archive in the place of an installation, or checking that it could be.

Everything that can go wrong goes wrong on a copy beside the place: the archive is read and checked,
brought to this release and checked again before anything that is there is touched.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from spm.adapters import archives, migrations, snapshots
from spm.adapters.archives import Archive, told
from spm.adapters.database import open_engine, unit
from spm.domain.audit import Keys, Verdict
from spm.domain.backups import (
    DATABASE,
    AlreadyThere,
    ArchiveTooNew,
    KeyMissing,
    LogNotSound,
    Manifest,
    SealBroken,
    judge_seal,
)
from spm.jobs.backups import FOLDERS, Place, temporary, working
from spm.jobs.upgrade import bring_up
from spm.services import backups
from spm.services.audit import verify


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore, or the check of an archive, found.

    Attributes:
        verdict: On the audit log as it is now.
        moved_aside: What was there before and where it lies now.
        sessions: How many sessions were ended.
        doubts: Why the archive was restored although it could not be verified.
    """

    manifest: Manifest
    verdict: Verdict
    moved_aside: tuple[Path, ...] = ()
    sessions: int = 0
    doubts: tuple[str, ...] = ()


def check(path: Path, keys: Keys, aside: Path, now: datetime, *, accepts: bool = False) -> Restored:
    """Check an archive as a restore would, up to where something would be changed.

    Raises:
        ArchiveUnreadable: See ``restore``, as the rest.
    """
    with told(aside), temporary(aside) as room, Archive(path) as archive:
        doubts = _expect_fit(archive, keys, accepts=accepts)
        archive.check()
        engine, verdict = _prepare(archive, room, keys, now, accepts=accepts)
        engine.dispose()
        return Restored(archive.manifest, verdict, doubts=(*doubts, *_doubts(verdict)))


def restore(path: Path, place: Place, *, replaces: bool = False, accepts: bool = False) -> Restored:
    """Put an archive in the place of an installation.

    Args:
        path: The archive.
        place: Where it goes; the database may be of the other kind.
        replaces: What is there may go: on SQLite aside, on PostgreSQL for good.
        accepts: An archive that cannot be verified will do as well.

    Raises:
        ArchiveUnreadable: This is no archive, or its end is missing.
        ArchiveDamaged: A part is not what was written.
        ArchiveTooNew: A later release wrote it.
        KeyMissing: Its audit log was bound with a key that is not at hand.
        SealBroken: Its manifest was changed.
        LogNotSound: Its audit log was changed.
        DatabaseNotSound: Its database has an error, or did not arrive whole.
        AlreadyThere: There is data, and ``replaces`` is false.
        InUse: Somebody has the database open.
        NoRoom: The disk is full. In every case what was there is as it was.
        NotWritten: The system or the database refused.
    """
    beside = _folder_of(place)
    with told(beside):
        beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        with temporary(beside) as room, temporary(place.instance) as files:
            with Archive(path) as archive:
                manifest = archive.manifest
                doubts = _expect_fit(archive, place.keys, accepts=accepts)
                _expect_free(place, replaces=replaces)
                archives.expect_room(beside, 2 * manifest.part(DATABASE).size)
                archives.expect_room(place.instance, sum(part.size for part in manifest.parts))
                staged, verdict = _prepare(
                    archive, room, place.keys, place.clock(), accepts=accepts
                )
                doubts = (*doubts, *_doubts(verdict))
                for part in manifest.parts:
                    if part.name != DATABASE:
                        archive.extract(part, files / part.name.removeprefix("files/"))
            with working(Place(staged, place.instance, place.keys, place.clock)) as work:
                sessions = backups.begin_again(work, manifest, is_verified=not doubts)
            staged.dispose()
            snapshots.settle(room / DATABASE)
            aside = _put(place, room / DATABASE, files)
    with unit(place.engine, writes=False) as session:
        verdict = verify(session, place.keys)
    return Restored(manifest, verdict, aside, sessions, doubts)


def _expect_fit(archive: Archive, keys: Keys, *, accepts: bool) -> tuple[str, ...]:
    """Judge the manifest before anything is spent on the rest; return what was accepted."""
    manifest = archive.manifest
    if not migrations.is_known(manifest.revision):
        raise ArchiveTooNew(found=manifest.revision, known=migrations.head())
    try:
        judge_seal(keys, manifest, archive.text, archive.seal)
    except (KeyMissing, SealBroken) as error:
        if not accepts:
            raise
        return (error.code,)
    return ()


def _prepare(
    archive: Archive, room: Path, keys: Keys, now: datetime, *, accepts: bool
) -> tuple[Engine, Verdict]:
    """Unpack the database into ``room``, check it and bring it to this release."""
    manifest = archive.manifest
    copy = room / DATABASE
    archive.extract(manifest.part(DATABASE), copy)
    snapshots.expect_sound(copy)
    staged = open_engine(f"sqlite:///{copy}")
    try:
        bring_up(staged, keys, now)
        heads = (manifest.head,) if manifest.head.number else ()
        with unit(staged, writes=False) as session:
            verdict = verify(session, keys, heads)
        if not accepts:
            _expect_log(verdict)
    except BaseException:
        staged.dispose()
        raise
    return staged, verdict


def _expect_log(verdict: Verdict) -> None:
    if verdict.finding is not None:
        raise LogNotSound(fault=verdict.finding.fault, number=verdict.finding.number)


def _doubts(verdict: Verdict) -> tuple[str, ...]:
    return () if verdict.finding is None else (LogNotSound.code,)


def _expect_free(place: Place, *, replaces: bool) -> None:
    if _holds_tables(place.engine):
        if not replaces:
            raise AlreadyThere(place=place.engine.url.render_as_string(hide_password=True))
        snapshots.expect_alone(place.engine)
    for folder in FOLDERS:
        at = place.instance / folder
        if not replaces and at.is_dir() and any(at.iterdir()):
            raise AlreadyThere(place=at)


def _holds_tables(engine: Engine) -> bool:
    """Whether there is anything; a file that is no database any more is something."""
    path = _file_of(engine)
    if path is not None:
        return path.is_file() and path.stat().st_size > 0
    with engine.connect() as connection:
        return bool(set(inspect(connection).get_table_names()) - {snapshots.VERSION})


def _put(place: Place, copy: Path, files: Path) -> tuple[Path, ...]:
    """Change the place: the files first, the database last."""
    ending = f".replaced-{place.clock():%Y%m%dT%H%M%SZ}"
    aside = []
    for folder in FOLDERS:
        at, new = place.instance / folder, files / folder
        if at.is_dir() and any(at.iterdir()):
            aside.append(at.rename(at.with_name(at.name + ending)))
        if new.is_dir():
            new.replace(at)
    path = _file_of(place.engine)
    place.engine.dispose()
    if path is None:
        _fill_postgresql(place, copy)
        return tuple(aside)
    if path.is_file() and path.stat().st_size > 0:
        snapshots.expect_alone(place.engine)  # and nothing is left in a log beside it
        aside.append(path.rename(path.with_name(path.name + ending)))
    for log in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + log).unlink(missing_ok=True)
    copy.replace(path)
    archives.sync(path.parent)
    return tuple(aside)


def _fill_postgresql(place: Place, copy: Path) -> None:
    """Replace everything in one transaction: it is all there, or what was there still is."""
    with place.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        if inspect(connection).has_table(snapshots.VERSION):
            migrations.run_on(connection, "downgrade", "base")
        migrations.run_on(connection, "upgrade", migrations.head())
        snapshots.copy_in(copy, connection)
    with place.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.execute(text("ANALYZE"))  # plans are made of it; the next vacuum may be far
        connection.exec_driver_sql("RESET statement_timeout")


def _file_of(engine: Engine) -> Path | None:
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def _folder_of(place: Place) -> Path:
    path = _file_of(place.engine)
    return place.instance if path is None else path.parent
