"""An archive holds everything, says when it does not, and comes back on either database (E1-E3)."""

import errno
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

import spm.models.all  # noqa: F401
from spm.adapters import migrations
from spm.adapters.database import open_engine, unit
from spm.adapters.files import FileStore
from spm.domain.access import Actor, Permission
from spm.domain.audit import Fault, Keys
from spm.domain.backups import (
    MANIFEST,
    SEAL,
    AlreadyThere,
    ArchiveDamaged,
    ArchiveTooNew,
    ArchiveUnreadable,
    InUse,
    KeyMissing,
    LogNotSound,
    NameTaken,
    NoRoom,
    NothingThere,
    SealBroken,
)
from spm.domain.organisation import Organisation
from spm.jobs.backups import Made, Place, make
from spm.jobs.restores import check, restore
from spm.models.audit import AuditEntryRow
from spm.models.base import Base
from spm.models.intake import ImportFileRow, ImportRow
from spm.models.organisation import RegionRow
from spm.models.packs import PackRunRow
from spm.queries.audit import audit_head
from spm.services.audit import bind_older, keep_bound, verify
from spm.services.work import Work
from tests.access import world as story
from tests.builders import start_session
from tests.conftest import NOW
from tests.databases import BACKENDS, Databases, chosen_backends

KEYS = Keys.read("1:" + "k" * 40)
OTHER = Keys.read("1:" + "x" * 40)
RESTARTED = {"sign_in", "one_time_token", "sign_in_try", "audit_entry", "audit_link"}
"""Tables that a restore changes: everybody signs in again, and that it was restored is written down."""

Rows = Mapping[str, list[tuple[object, ...]]]
Bring = Callable[[str], Place]
"""Makes an installation on an empty database of a kind."""


def rows_of(engine: Engine) -> Rows:
    """Every row of every table as Python sees it, by its key; read through the models."""
    with unit(engine, writes=False) as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))
            ]
            for table in Base.metadata.sorted_tables
        }


def bare(url: str) -> None:
    """Nothing is in the database."""
    engine = open_engine(url)
    migrations.run(engine, "downgrade", "base")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()


@pytest.fixture
def bring(databases: Databases, tmp_path: Path) -> Iterator[Bring]:
    """Return what makes an installation on a machine where nothing is."""
    with ExitStack() as stack:

        def place(backend: str) -> Place:
            number = len(list(tmp_path.glob("bare-*")))
            instance = tmp_path / f"bare-{number}"
            instance.mkdir()
            if backend == "sqlite":
                at = f"sqlite:///{instance / 'spm.db'}"
            else:
                at = stack.enter_context(databases.clean(backend, "bare", bare))
            engine = open_engine(at)
            keep_bound(engine, KEYS)
            stack.callback(engine.dispose)
            return Place(engine, instance, KEYS, lambda: NOW)

        yield place


@pytest.fixture
def place(databases: Databases, backend: str, tmp_path: Path) -> Iterator[Place]:
    """The story as an installation: bound, with a handed-in file, a finished run and a session."""
    with databases.clean(backend, "story", story.build) as at:
        engine = open_engine(at)
        keep_bound(engine, KEYS)
        instance = tmp_path / "instance"
        handed_in = FileStore(instance / "uploads").keep(io.BytesIO(b"Deal,Amount\nA,1\n"))
        bound = FileStore(instance / "pack-runs").keep(io.BytesIO(b"PK of packs"))
        (instance / "packs").mkdir()
        (instance / "packs" / "Ł pack.pdf").write_bytes(b"%PDF-1")
        (instance / "audit-keys").write_text("1:" + "k" * 40)
        (instance / "secret-key").write_text("s" * 64)
        with unit(engine, writes=True) as session:
            bind_older(session, KEYS)
            session.add(
                ImportFileRow(
                    import_id=session.scalars(select(ImportRow.id)).one(),
                    name="deals.csv",
                    stored_as=handed_in.name,
                    digest=handed_in.digest,
                    size=handed_in.size,
                    recognised={"z": 1, "a": "é"},
                )
            )
            run = session.scalars(select(PackRunRow)).first()
            assert run is not None
            run.file, run.digest, run.size = bound.name, bound.digest, bound.size
            person = session.scalars(text("SELECT id FROM person WHERE name = 'rita'")).one()
        start_session(engine, person)
        yield Place(engine, instance, KEYS, lambda: NOW)
        engine.dispose()


def act(place: Place, name: str) -> None:
    """Do something that shows."""
    with unit(place.engine, writes=True) as session:
        session.add(RegionRow(name=name, name_key=name))
        work = Work(session, Actor.console(), NOW, Organisation())
        work.record(Permission.ORGANISATION_EDIT, "region:1", after={"name": name})


def files_of(instance: Path) -> dict[str, bytes]:
    return {
        f"{folder}/{at.name}": at.read_bytes()
        for folder in ("uploads", "pack-runs", "packs")
        for at in (instance / folder).glob("*")
    }


@contextmanager
def unchanged(place: Place) -> Iterator[None]:
    """Whatever happens, what is there stays as it is, and nothing is left lying about."""
    before, files = rows_of(place.engine), files_of(place.instance)
    names = sorted(at.name for at in place.instance.iterdir())
    place.engine.dispose()
    yield
    assert rows_of(place.engine) == before
    assert files_of(place.instance) == files
    place.engine.dispose()
    assert sorted(at.name for at in place.instance.iterdir()) == names


def archive(place: Place, tmp_path: Path) -> Made:
    return make(place, tmp_path / "archives" / "a.zip")


@pytest.mark.parametrize("target", BACKENDS)
def test_everything_comes_back_on_either_database(
    place: Place, bring: Bring, tmp_path: Path, target: str
) -> None:
    if target not in chosen_backends():
        pytest.skip(f"SPM_TEST_DATABASES leaves out {target}")
    before = rows_of(place.engine)
    made = archive(place, tmp_path)
    assert made.is_recorded
    assert made.manifest.missing == ()
    new = bring(target)
    found = restore(made.path, new)
    assert found.verdict.finding is None
    assert found.sessions == 1
    after = rows_of(new.engine)
    for table, rows in before.items():
        if table not in RESTARTED:
            assert after[table] == rows, table
    assert after["sign_in"] == []
    assert after["audit_entry"][:-1] == before["audit_entry"]
    assert after["audit_link"][:-1] == before["audit_link"]
    assert files_of(new.instance) == files_of(place.instance)
    with unit(new.engine, writes=False) as session:
        assert verify(session, KEYS, (made.manifest.head,)).finding is None
        last = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
        assert last is not None
        assert (last.act, last.actor_name) == ("backups.restore", "console")
        assert last.after["sessions_ended"] == 1
    act(new, "goes on")  # keys count on from where they were
    with unit(new.engine, writes=False) as session:
        assert verify(session, KEYS).finding is None


def test_the_tables_are_the_same_as_those_of_a_new_installation(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    new = bring(place.engine.dialect.name)
    restore(archive(place, tmp_path).path, new)
    assert migrations.current(new.engine) == migrations.head()
    of_new, of_old = inspect(new.engine), inspect(place.engine)
    assert set(of_new.get_table_names()) == set(of_old.get_table_names())
    with pytest.raises(Exception, match="append-only"), new.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_link"))


def test_no_secret_is_in_an_archive(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    assert set(made.left_out) == {"audit-keys", "secret-key"}
    with zipfile.ZipFile(made.path) as file:
        for name in file.namelist():
            assert b"k" * 40 not in file.read(name)
            assert b"s" * 64 not in file.read(name)
    assert made.path.stat().st_mode & 0o077 == 0


def test_what_is_committed_before_is_in_it_and_what_comes_after_is_not(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    act(place, "before")
    made = archive(place, tmp_path)
    act(place, "after")
    new = bring("sqlite")
    restore(made.path, new)
    names = {row[1] for row in rows_of(new.engine)["region"]}
    assert "before" in names
    assert "after" not in names


def test_what_is_there_is_not_overwritten_unless_told(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    act(place, "later")
    with unchanged(place), pytest.raises(AlreadyThere):
        restore(made.path, place)
    place.engine.dispose()
    found = restore(made.path, place, replaces=True)
    assert "later" not in {row[1] for row in rows_of(place.engine)["region"]}
    if place.engine.dialect.name == "sqlite":
        (old,) = [at for at in found.moved_aside if ".db" in at.name]
        with closing(sqlite3.connect(old)) as database:
            assert database.execute("SELECT 1 FROM region WHERE name = 'later'").fetchone()
    kept = [at for at in found.moved_aside if "uploads" in at.name]
    assert len(kept) == 1


def test_files_alone_are_not_overwritten_either(place: Place, bring: Bring, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    new = bring("sqlite")
    (new.instance / "uploads").mkdir()
    (new.instance / "uploads" / "x").write_text("x")
    with pytest.raises(AlreadyThere):
        restore(made.path, new)
    assert files_of(new.instance) == {"uploads/x": b"x"}


def test_a_name_that_is_taken_is_refused(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    with pytest.raises(NameTaken):
        make(place, made.path)


def test_there_has_to_be_a_database(bring: Bring, backend: str, tmp_path: Path) -> None:
    empty = bring(backend)
    with pytest.raises(NothingThere):
        make(empty, tmp_path / "a.zip")
    assert not list(empty.instance.iterdir())


@pytest.mark.sqlite
def test_an_archive_that_was_cut_off_is_refused_wherever(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    whole = archive(place, tmp_path).path.read_bytes()
    cut, new = tmp_path / "cut.zip", bring("sqlite")
    for size in {0, 1, 3, *range(0, len(whole), len(whole) // 40), len(whole) - 1}:
        cut.write_bytes(whole[:size])
        with pytest.raises(ArchiveUnreadable):
            restore(cut, new)
    assert not list(new.instance.iterdir())


@pytest.mark.sqlite
def test_an_archive_in_which_a_byte_changed_is_refused_or_says_the_same(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    """Where a run of zeros is copied from makes no difference, so that some bits mean nothing."""
    made = archive(place, tmp_path)
    path = made.path
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        begins = [entry.header_offset for entry in file.infolist()]
        ends = file.start_dir
    changed, new, refused = tmp_path / "changed.zip", bring("sqlite"), 0
    places = [at for at in range(0, ends, ends // 40) if min(abs(at - b) for b in begins) > 120]
    for at in places:
        body = bytearray(whole)
        body[at] ^= 0x40
        changed.write_bytes(body)
        try:
            assert check(changed, KEYS, new.instance, NOW).manifest == made.manifest
        except (ArchiveUnreadable, ArchiveDamaged, SealBroken):
            refused += 1
    assert refused > len(places) / 2
    assert not list(new.instance.iterdir())


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with parts changed by somebody who knows what a ZIP is."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    into = path.with_name("rewritten.zip")
    with zipfile.ZipFile(into, "w") as file:
        for name, body in parts.items():
            file.writestr(name, body)
    return into


@pytest.mark.sqlite
def test_who_changes_the_manifest_too_breaks_the_seal(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    import hashlib

    def forge(parts: dict[str, bytes]) -> None:
        said = json.loads(parts[MANIFEST])
        name = next(name for name in parts if name.startswith("files/uploads/"))
        parts[name] = b"Deal,Amount\nA,9\n"
        for part in said["parts"]:
            if part["name"] == name:
                part["digest"] = hashlib.sha256(parts[name]).hexdigest()
        parts[MANIFEST] = json.dumps(said).encode()

    forged = rewritten(archive(place, tmp_path).path, forge)
    new = bring("sqlite")
    with pytest.raises(SealBroken):
        restore(forged, new)
    found = restore(forged, new, accepts=True)
    assert found.doubts == ("backups.seal-broken",)


@pytest.mark.sqlite
@pytest.mark.parametrize("seal", [b"", b"1", b"x:y", b"2:" + b"0" * 64, b"1:" + b"0" * 64])
def test_a_seal_that_is_none_is_refused(place: Place, tmp_path: Path, seal: bytes) -> None:
    forged = rewritten(archive(place, tmp_path).path, lambda parts: parts.update({SEAL: seal}))
    with pytest.raises(SealBroken):
        check(forged, KEYS, tmp_path, NOW)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "name", ["../up", "files/uploads/../../up", "files/uploads/.hidden", "/etc/up", "files/x/a\\b"]
)
def test_an_archive_writes_nowhere_else(place: Place, tmp_path: Path, name: str) -> None:
    def add(parts: dict[str, bytes]) -> None:
        said = json.loads(parts[MANIFEST])
        said["parts"].append({"name": name, "size": 1, "digest": "0" * 64})
        parts[MANIFEST], parts[name] = json.dumps(said).encode(), b"x"

    with pytest.raises(ArchiveUnreadable):
        check(rewritten(archive(place, tmp_path).path, add), KEYS, tmp_path, NOW, accepts=True)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.pop(SEAL),
        lambda parts: parts.pop(MANIFEST),
        lambda parts: parts.update({MANIFEST: b"[]"}),
        lambda parts: parts.update({MANIFEST: b"\xff"}),
    ],
)
def test_a_zip_that_is_no_archive_is_refused(
    place: Place, tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    with pytest.raises(ArchiveUnreadable):
        check(rewritten(archive(place, tmp_path).path, change), KEYS, tmp_path, NOW)


@pytest.mark.sqlite
def test_what_the_manifest_does_not_name_is_not_in_it(place: Place, tmp_path: Path) -> None:
    more = rewritten(archive(place, tmp_path).path, lambda parts: parts.update({"more": b"x"}))
    with pytest.raises(ArchiveDamaged):
        check(more, KEYS, tmp_path, NOW)


def test_another_key_is_named_and_nothing_is_changed(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    made = archive(place, tmp_path)
    new = replace(bring(place.engine.dialect.name), keys=OTHER)
    with pytest.raises(KeyMissing) as caught:
        restore(made.path, new)
    assert caught.value.facts["versions"] == [1]
    assert not list(new.instance.glob("*/*"))
    found = restore(made.path, new, accepts=True)
    assert "backups.key-missing" in found.doubts


def test_an_older_key_may_be_there_beside_a_newer(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    made = archive(place, tmp_path)
    both = Keys.read(f"1:{'k' * 40},2:{'n' * 40}")
    found = restore(made.path, replace(bring("sqlite"), keys=both))
    assert found.verdict.finding is None


@pytest.mark.sqlite
def test_a_log_that_was_changed_is_said_and_still_kept(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    with place.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        connection.execute(text("UPDATE audit_entry SET act = 'x' WHERE id = 3"))
    made = archive(place, tmp_path)  # evidence is worth keeping
    assert made.verdict is not None
    assert made.verdict.finding is not None
    assert made.verdict.finding.fault is Fault.CHANGED
    new = bring("sqlite")
    with pytest.raises(LogNotSound):
        restore(made.path, new)
    assert restore(made.path, new, accepts=True).doubts == ("backups.log-not-sound",)


def test_a_later_release_is_refused(place: Place, tmp_path: Path) -> None:
    with place.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    if place.engine.dialect.name == "sqlite":
        with pytest.raises(ArchiveTooNew):
            check(archive(place, tmp_path).path, KEYS, tmp_path, NOW)
    else:  # whose tables only that release can make
        with pytest.raises(migrations.SchemaTooNew):
            archive(place, tmp_path)
    with place.engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :head"), {"head": migrations.head()}
        )


def test_an_earlier_release_is_brought_to_this_one(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    """Its log had no chain: it is bound by the restore, as by an upgrade."""
    with unit(place.engine, writes=True) as session:
        session.execute(text("DELETE FROM pack_run_item"))
        session.execute(text("DELETE FROM pack_run"))
        session.execute(text("DELETE FROM pack_sign_off"))
        session.execute(text("DELETE FROM review_pack WHERE person_id IS NULL"))
    entries = len(rows_of(place.engine)["audit_entry"])
    migrations.run(place.engine, "downgrade", "20261122_1")
    made = archive(place, tmp_path)
    assert (made.verdict, made.is_recorded) == (None, False)
    new = bring(place.engine.dialect.name)
    found = restore(made.path, new)
    assert found.verdict.finding is None
    assert found.verdict.head.number == entries + 1
    assert migrations.current(new.engine) == migrations.head()


def test_a_place_that_is_in_use_is_left_alone(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    user = open_engine(place.engine.url.render_as_string(hide_password=False))
    with user.connect() as connection:
        connection.execute(text("SELECT 1 FROM person")).all()
        before = rows_of(place.engine)
        place.engine.dispose()
        with pytest.raises(InUse):
            restore(made.path, place, replaces=True)
        assert rows_of(place.engine) == before
    user.dispose()
    place.engine.dispose()
    restore(made.path, place, replaces=True)


@pytest.mark.sqlite
def test_a_file_that_is_no_database_any_more_can_be_replaced(
    place: Place, bring: Bring, tmp_path: Path
) -> None:
    made = archive(place, tmp_path)
    new = bring("sqlite")
    ruined = Path(str(new.engine.url.database))
    ruined.write_bytes(b"\0" * 8192)
    with pytest.raises(AlreadyThere):
        restore(made.path, new)
    restore(made.path, new, replaces=True)
    assert len(rows_of(new.engine)["person"]) == len(rows_of(place.engine)["person"])


def test_a_file_that_is_gone_or_another_is_named(place: Place, tmp_path: Path) -> None:
    (handed_in,) = (place.instance / "uploads").iterdir()
    (bound,) = (place.instance / "pack-runs").iterdir()
    handed_in.unlink()
    bound.write_bytes(b"another")
    made = archive(place, tmp_path)
    assert made.manifest.missing == (f"uploads/{handed_in.name}", f"pack-runs/{bound.name}")


def test_other_things_in_the_folder_are_named(place: Place, tmp_path: Path) -> None:
    (place.instance / "demo-logins.json").write_text("[]")
    (place.instance / "pack-runs" / "run-3").mkdir()
    (place.instance / "packs" / "more").mkdir()
    assert set(archive(place, tmp_path).left_out) == {
        "audit-keys",
        "secret-key",
        "demo-logins.json",
        "packs/more",
    }


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing_behind(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "fsync":
            patch.setattr("os.fsync", full)
        else:
            patch.setattr("pathlib.Path.replace", full)
        with unchanged(place), pytest.raises(NoRoom):
            archive(place, tmp_path)
    assert not list((tmp_path / "archives").iterdir())
    archive(place, tmp_path)


def test_a_disk_that_is_nearly_full_is_refused_at_once(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = archive(place, tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _place: usage._replace(free=1000))
    with pytest.raises(NoRoom) as caught:
        make(place, tmp_path / "b.zip")
    assert caught.value.facts["free"] == 1000
    with unchanged(place), pytest.raises(NoRoom):
        restore(made.path, place, replaces=True)


@pytest.mark.sqlite
def test_a_full_disk_leaves_the_place_as_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = archive(place, tmp_path)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with unchanged(place), pytest.raises(NoRoom):
            restore(made.path, place, replaces=True)


def test_that_one_was_made_is_written_down(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    with unit(place.engine, writes=False) as session:
        entry = session.scalars(
            select(AuditEntryRow).where(AuditEntryRow.act == "backups.make")
        ).one()
        assert entry.after["digest"] == made.digest
        assert entry.after["head"] == str(made.manifest.head)
        assert audit_head(session).number == made.manifest.head.number + 1


def test_checking_changes_nothing(place: Place, tmp_path: Path) -> None:
    made = archive(place, tmp_path)
    with unchanged(place):
        assert check(made.path, KEYS, place.instance, NOW).verdict.finding is None


def test_nobody_but_the_console_makes_or_restores(session: Session) -> None:
    from spm.domain.errors import Forbidden
    from spm.services import backups

    work = Work(session, Actor(person_id=None), NOW, Organisation())
    manifest = None
    with pytest.raises(Forbidden):
        backups.record_made(work, manifest, "", 0)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        backups.begin_again(work, manifest, is_verified=True)  # type: ignore[arg-type]
