"""D5: an import, alone or as a job, its undo, an approval and packs in bulk are killed wherever they write.

The process is killed with SIGKILL at the n-th of its writing system calls. Then the database is read, and
the act is done again: nothing is half there, nothing is there twice, and what was begun is finished. An
upgrade is killed in the same way, with the other promises about it: ``test_migrations``.
"""

import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

import spm.models.all  # noqa: F401 - every table
from spm.adapters.database import open_engine, unit
from spm.adapters.files import FileStore
from spm.domain.access import Actor, Permission
from spm.domain.ids import ImportId, PackId
from spm.domain.packs.content import ReviewPack
from spm.domain.period import parse
from spm.jobs import imports as import_jobs
from spm.jobs import packs as pack_jobs
from spm.models.audit import AuditEntryRow
from spm.models.base import Base
from spm.models.intake import ImportRow
from spm.models.jobs import JobRow
from spm.models.packs import PackRunItemRow, PackRunRow, ReviewPackRow
from spm.queries.organisation.settings import get_organisation
from spm.queries.packs.issued import get_pack
from spm.services import pack_runs
from spm.services.audit import keep_bound, verify
from spm.services.intake import uploads
from spm.services.intake.uploads import Upload
from spm.services.packs import How, default_as_of, print_pack
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.work import Work
from tests.access import world as story
from tests.conftest import NOW
from tests.databases import Databases
from tests.imports import IMPORT_TABLES
from tests.prove.figures import report
from tests.prove.killing import Mortals, Point, mortals, points
from tests.prove.mortal import KEYS, do_work, import_files

pytestmark = pytest.mark.slow

LATER = 60
"""Minutes after which no lease of the first try is left."""
REPS = 3
BASE = "http://localhost"
Q4 = parse("2026-Q4")

USERS = "Id,Username,Name,Email\n" + "".join(
    f"005{n:015d},rep{n},Rep {n},rep{n}@example.com\n" for n in range(1, REPS + 1)
)
DEALS = (
    "Id,Name,OwnerId,AccountId,StageName,Amount,CreatedDate,CloseDate,IsWon,IsClosed\n"
    + "".join(
        f"006{n:015d},Deal {n},005{1 + n % REPS:015d},,{stage},{n}00.50,2026-10-0{1 + n % 9} 08:00:00,"
        f"2026-11-1{n % 8},{int(stage == 'Closed Won')},{int(stage.startswith('Closed'))}\n"
        for n, stage in enumerate(["Closed Won", "Closed Lost", "Prospecting"] * 5, start=1)
    )
    + "006000000000000999,No such day,005000000000000001,,Prospecting,1,2026-02-30 08:00:00,2026-11-11,0,0\n"
)
MOVES = "OpportunityId,StageName,CreatedDate,CreatedById\n" + "".join(
    f"006{n:015d},{stage},2026-10-1{n % 9} 0{hour}:00:00,005{1 + n % REPS:015d}\n"
    for n in range(1, 16)
    for hour, stage in enumerate(["Qualification", "Needs Analysis"], start=1)
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A small export: people, deals, of which one is refused, and the history of their stages."""
    return written(tmp_path / "export")


def written(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in (("User", USERS), ("Opportunity", DEALS), ("OpportunityHistory", MOVES)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortals]:
    with mortals(tmp_path) as found:
        yield found


def found_firm(url: str) -> None:
    engine = open_engine(url)
    keep_bound(engine, KEYS)
    with unit(engine, writes=True) as session:
        ensure_won_revenue_kpi(session, NOW)
    engine.dispose()


def everything(url: str, but: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }
    engine.dispose()
    return found


def without_numbers(url: str) -> dict[str, list[str]]:
    """The business without the numbers that the database gives: PostgreSQL gives no number twice."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(*_told(table)))))
            for table in Base.metadata.sorted_tables
            if table.name not in IMPORT_TABLES and _told(table)
        }
    engine.dispose()
    return found


def _told(table: Table) -> list[Any]:
    numbers = {"id", "object_id", "mapped", "import_id"}
    return [
        column for column in table.columns if column.name not in numbers and not column.foreign_keys
    ]


def is_sound(url: str) -> bool:
    """Whether the file is what SQLite takes for whole, and the audit log binds all that it says."""
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        verdict = verify(session, KEYS)
        is_whole = (
            engine.dialect.name != "sqlite"
            or session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        )
    engine.dispose()
    return is_whole and verdict.finding is None


def test_an_import_that_is_killed_is_there_or_not(
    databases: Databases, backend: str, files: Path, mortal: Mortals
) -> None:
    with databases.clean(backend, "kills-firm", found_firm) as url:
        before = everything(url)
        writes = mortal.writes("import", url, files)
        after, business = everything(url), without_numbers(url)
        assert len(after["deal"]) == 15
    kills = 0
    for at in points(writes, 8):
        with databases.clean(backend, "kills-firm", found_firm) as url:
            is_killed = mortal.kill("import", url, files, at=at)
            found = everything(url)
            assert found in (before, after), at
            assert is_killed or found == after, at
            mortal.do("import", url, files)
            assert without_numbers(url) == business, at
            assert is_sound(url), at
            kills += is_killed
    report(f"D5 import {backend}", writes=len(writes), kills=kills, half=0, twice=0)


def ask_for_import(url: str, instance: Path, folder: Path) -> None:
    """Hand the files in, have them looked at, and confirm: what is left is the loading."""
    engine = open_engine(url)
    keep_bound(engine, KEYS)
    store = FileStore(instance / import_jobs.FOLDER)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        kept = []
        for path in sorted(folder.iterdir()):
            with path.open("rb") as stream:
                kept.append(Upload(path.name, store.keep(stream)))
        import_id = uploads.receive(work, kept)
    do_work(engine, NOW, instance)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        uploads.confirm(work, ImportId(import_id), is_all_or_nothing=False, takes_over=False)
    engine.dispose()


def ask_for_undo(url: str, instance: Path, folder: Path) -> None:
    """Load the files and have the import taken back: what is left is that."""
    ask_for_import(url, instance, folder)
    engine = open_engine(url)
    keep_bound(engine, KEYS)
    do_work(engine, NOW, instance)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        uploads.ask_undo(work, ImportId(session.scalars(select(ImportRow.id)).one()))
    engine.dispose()


OWN = IMPORT_TABLES | {"job"}


@pytest.mark.parametrize(
    ("what", "ask", "deals", "state"),
    [("import", ask_for_import, 15, "done"), ("undo", ask_for_undo, 0, "undone")],
)
def test_an_import_of_a_page_that_is_killed_is_finished_by_the_next_worker(
    databases: Databases, backend: str, files: Path, mortal: Mortals, tmp_path: Path,
    what: str, ask: Callable[[str, Path, Path], None], deals: int, state: str,
) -> None:  # fmt: skip
    instance, name = tmp_path / "instance", f"kills-{what}-{tmp_path.name}"

    def build(url: str) -> None:
        found_firm(url)
        ask(url, instance, files)

    done: dict[int, Mapping[str, list[str]]] = {}
    before: Mapping[str, list[str]] = {}
    writes: Sequence[Point] = ()
    for minutes in (LATER, 0):
        with databases.clean(backend, name, build) as url:
            before = everything(url, OWN)
            writes = mortal.writes("work", url, instance, minutes=minutes)
            done[minutes] = everything(url, OWN)
            assert len(before["deal"]) == 15 - deals
            assert len(done[minutes]["deal"]) == deals
    kills = 0
    for at in points(writes, 8):
        with databases.clean(backend, name, build) as url:
            is_killed = mortal.kill("work", url, instance, at=at)
            found = everything(url, OWN)
            assert found in (before, done[0]), at
            assert is_killed or found == done[0], at
            mortal.do("work", url, instance, minutes=LATER)
            again = everything(url, OWN)
            if backend == "sqlite":
                assert again == (done[0] if found == done[0] else done[LATER]), at
            assert {table: len(rows) for table, rows in again.items()} == {
                table: len(rows) for table, rows in done[0].items()
            }, at
            assert states(url) == ([state], {"done"}), at
            assert is_sound(url), at
            kills += is_killed
    report(f"D5 {what} as a job {backend}", writes=len(writes), kills=kills, half=0, twice=0)


def test_an_approval_that_is_killed_is_there_or_not(
    databases: Databases, backend: str, mortal: Mortals, tmp_path: Path
) -> None:
    """The proposal is decided, the person is moved, and the log says so; or none of the three."""
    with databases.clean(backend, "story", story.build) as url:
        before = everything(url)
        writes = mortal.writes("approve", url, tmp_path)
        after, business = everything(url), without_numbers(url)
    changed = {name for name in after if after[name] != before[name]}
    assert changed >= {"move_proposal", "membership", "audit_entry", "audit_link"}
    kills = 0
    for at in points(writes, 8):
        with databases.clean(backend, "story", story.build) as url:
            is_killed = mortal.kill("approve", url, tmp_path, at=at)
            found = everything(url)
            assert found in (before, after), at
            assert is_killed or found == after, at
            mortal.do("approve", url, tmp_path)
            assert without_numbers(url) == business, at
            kills += is_killed
    report(f"D5 approval {backend}", writes=len(writes), kills=kills, half=0, twice=0)


def states(url: str) -> tuple[list[str], set[str]]:
    """The states of the imports, and those of the work."""
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        imports = list(session.scalars(select(ImportRow.state)))
        jobs = set(session.scalars(select(JobRow.state)))
    engine.dispose()
    return imports, jobs


def ask_for_packs(url: str, folder: Path) -> None:
    """Load the company and ask for the packs of everybody."""
    engine = open_engine(url)
    keep_bound(engine, KEYS)
    import_files(engine, NOW, folder)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        pack_runs.ask(work, None, How(Q4, default_as_of(work, Q4), "en", "a4"), BASE)
    engine.dispose()


def test_packs_in_bulk_that_are_killed_go_on_where_they_stopped(
    databases: Databases, backend: str, files: Path, mortal: Mortals, tmp_path: Path
) -> None:
    name = f"kills-packs-{tmp_path.name}"

    def build(url: str) -> None:
        found_firm(url)
        ask_for_packs(url, files)

    instance = tmp_path / "instance"
    with databases.clean(backend, name, build) as url:
        writes = mortal.writes("work", url, instance)
        wanted, shown = packs_of(url, instance), [pack.digest for pack in frozen(url)]
        assert len(wanted) >= REPS
    kills = 0
    for at in points(writes, 10):
        shutil.rmtree(instance, ignore_errors=True)
        with databases.clean(backend, name, build) as url:
            is_killed = mortal.kill("work", url, instance, at=at)
            assert is_kept_together(url), at
            mortal.do("work", url, instance, minutes=LATER)
            assert is_kept_together(url), at
            made, packs = packs_of(url, instance), frozen(url)
            assert list(made) == list(wanted), at
            # What a pack says of its issue and of the log then is as late as whoever issued it.
            assert [pack.digest for pack in packs] == shown, at
            assert sorted(made.values()) == sorted(print_pack(pack, BASE) for pack in packs), at
            assert is_sound(url), at
            purge(url, instance)
            assert not [path for path in instance.rglob("*") if path.is_file()], at
            kills += is_killed
    report(f"D5 packs in bulk {backend}", writes=len(writes), kills=kills, lost=0, twice=0)


def is_kept_together(url: str) -> bool:
    """Whether each pack is there with its place in the run and its audit entry, or none of the three."""
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        packs = set(session.scalars(select(ReviewPackRow.id)))
        items = list(
            session.scalars(
                select(PackRunItemRow.pack_id).where(PackRunItemRow.pack_id.is_not(None))
            )
        )
        issued = session.scalar(
            select(func.count()).where(AuditEntryRow.act == Permission.PACKS_ISSUE.value)
        )
    engine.dispose()
    return packs == set(items) and len(items) == len(packs) == issued


def frozen(url: str) -> list[ReviewPack]:
    """What was issued, in its order."""
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        numbers = session.scalars(select(ReviewPackRow.id).order_by(ReviewPackRow.id)).all()
        packs = [get_pack(session, Actor.console(), PackId(each)) for each in numbers]
    engine.dispose()
    return packs


def packs_of(url: str, instance: Path) -> dict[str, bytes]:
    """The files of the one finished run: name and bytes."""
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        run = session.scalars(select(PackRunRow)).one()
        jobs = set(session.scalars(select(JobRow.state)))
    engine.dispose()
    assert jobs == {"done"}
    assert run.file is not None
    with zipfile.ZipFile(FileStore(instance / pack_jobs.FOLDER).path(run.file)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def purge(url: str, instance: Path) -> None:
    """What the daily round does, two days later by the clock of the files as well."""
    engine = open_engine(url)
    keep_bound(engine, KEYS)
    with unit(engine, writes=True) as session:
        later = NOW + timedelta(days=36_500)
        work = Work(session, Actor.console(), later, get_organisation(session))
        pack_jobs.purge(work, instance)
    engine.dispose()
