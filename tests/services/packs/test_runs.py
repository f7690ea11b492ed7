"""Packs of a whole team in one go: the same bytes as one by one, judged three times, made once each."""

import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from spm.adapters.assets import VENDOR
from spm.adapters.database import open_engine, unit
from spm.adapters.files import FileStore
from spm.domain.access import Permission, Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import PackRunId, PersonId, TeamId
from spm.domain.jobs import JobState
from spm.domain.packs.content import Side
from spm.domain.packs.runs import KEPT_FOR, PackRun
from spm.domain.period import parse
from spm.domain.targets.target import Owner
from spm.jobs.packs import FOLDER, HANDLERS, purge
from spm.jobs.worker import Worker
from spm.models.audit import AuditEntryRow
from spm.models.organisation import MembershipRow, ReportingLineRow
from spm.models.packs import PackRunItemRow, PackRunRow, ReviewPackRow
from spm.queries.jobs import find_job
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.queries.packs.issued import get_pack
from spm.queries.packs.runs import get_run
from spm.services import pack_runs, packs
from spm.services.packs import How, default_as_of
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.work import Work
from tests import builders
from tests.conftest import HOUSE, NOW
from tests.databases import Databases

Q4 = parse("2026-Q4")
BASE = "http://localhost"

pytestmark = pytest.mark.skipif(
    not (VENDOR / "fonts" / "NotoSans-Regular.ttf").is_file(),
    reason="the fonts of the PDF are not fetched: run make setup",
)


@dataclass
class Firm:
    """A director over a manager with a team of reps, and sales operations."""

    engine: Engine
    instance: Path
    ids: dict[str, int]
    team: TeamId

    def work(self, session: Session, who: str, later: timedelta = timedelta()) -> Work:
        organisation = get_organisation(session)
        actor = get_actor(session, PersonId(self.ids[who]), organisation.business_date(NOW))
        return Work(session, actor, NOW + later, organisation)

    def ask(self, who: str, team: TeamId | None = None) -> PackRunId:
        with unit(self.engine, writes=True) as session:
            work = self.work(session, who)
            how = How(Q4, default_as_of(work, Q4), "en", "a4")
            return pack_runs.ask(work, team, how, BASE)

    def do(self) -> None:
        worker = Worker(self.engine, lambda: NOW, self.instance, HANDLERS)
        while worker.run_once():
            pass

    def run(self, run_id: PackRunId, who: str) -> PackRun:
        with unit(self.engine, writes=False) as session:
            return get_run(session, self.work(session, who).actor, run_id)

    def state(self, run: PackRun) -> JobState:
        with unit(self.engine, writes=False) as session:
            job = find_job(session, run.key)
        assert job is not None
        return job.state

    def fetch(
        self, run_id: PackRunId, who: str, later: timedelta = timedelta()
    ) -> tuple[dict[str, bytes], frozenset[str]]:
        with unit(self.engine, writes=True) as session:
            work = self.work(session, who, later)
            _name, path, withheld = pack_runs.hand_out(work, run_id, self.store)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}, withheld

    @property
    def store(self) -> FileStore:
        return FileStore(self.instance / FOLDER)


REPS = ("Рита", "カール", "Sven <b>")


def build(url: str) -> None:
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        director = builders.a_person(session, "Dora", Role.MANAGER)
        boss = builders.a_person(session, "Hanna", Role.MANAGER, manager=director)
        reps = [builders.a_person(session, name, manager=boss) for name in REPS]
        builders.a_person(session, "Olga", Role.OPERATIONS)
        group = builders.a_team(session, "Group", head=director)
        builders.a_team(session, "West", *reps, head=boss, parent=group)
        _, stages = builders.a_pipeline(session, "Sales")
        for rep in reps:
            builders.a_dated_deal(
                session,
                rep,
                stages["Won"],
                opened_on=date(2026, 10, 1),
                closed_on=date(2026, 10, 5),
            )
            builders.a_dated_deal(
                session,
                rep,
                stages["Proposal"],
                opened_on=date(2026, 11, 2),
                expected_close_on=date(2027, 2, 1),
            )
        ensure_won_revenue_kpi(session, NOW)
    engine.dispose()


@pytest.fixture
def database_url(databases: Databases, backend: str) -> Iterator[str]:
    with databases.clean(backend, "firm", build) as at:
        yield at


@pytest.fixture
def firm(engine: Engine, tmp_path: Path) -> Firm:
    from spm.models.organisation import PersonRow, TeamRow

    with Session(engine) as session:
        ids = {row.name: row.id for row in session.scalars(select(PersonRow))}
        team = session.scalars(select(TeamRow.id).where(TeamRow.name == "West")).one()
    return Firm(engine, tmp_path, ids, TeamId(team))


def test_a_run_holds_the_same_bytes_as_each_pack_by_itself(firm: Firm) -> None:
    run_id = firm.ask("Olga")
    firm.do()
    files, withheld = firm.fetch(run_id, "Olga")
    run = firm.run(run_id, "Olga")
    assert not withheld
    assert {item.name for item in run.items} == {"Group", "West", "Dora", "Hanna", *REPS}
    assert all(item.pack_id for item in run.items)
    with unit(firm.engine, writes=True) as session:
        work = firm.work(session, "Olga")
        alone = dict(packs.hand_out(work, item.pack_id, BASE) for item in run.items if item.pack_id)
    assert files == alone


def test_asked_for_again_it_is_the_same_file(firm: Firm) -> None:
    digests = []
    for _ in range(2):
        run_id = firm.ask("Dora", firm.team)
        firm.do()
        run = firm.run(run_id, "Dora")
        assert run.file is not None
        digests.append(firm.store.path(run.file).read_bytes())
    assert digests[0] == digests[1]


def test_nobody_makes_his_own_nor_that_of_his_own_team(firm: Firm) -> None:
    run = firm.run(firm.ask("Hanna", firm.team), "Hanna")
    assert {item.name for item in run.items} == set(REPS)
    with unit(firm.engine, writes=True) as session:
        work = firm.work(session, "Hanna")
        as_of = default_as_of(work, Q4)
        with pytest.raises(Forbidden):
            packs.issue_pack(work, Owner(team_id=firm.team), packs.How(Q4, as_of, "en", "a4"))


def test_who_has_nobody_below_asks_for_nothing(firm: Firm) -> None:
    with pytest.raises(pack_runs.NobodyThere):
        firm.ask("Рита")


def test_rights_are_judged_again_when_each_pack_is_made(firm: Firm) -> None:
    run_id = firm.ask("Hanna", firm.team)
    _move_away(firm, REPS[0])
    firm.do()
    run = firm.run(run_id, "Hanna")
    assert firm.state(run) is JobState.DONE
    assert {item.name: item.refused for item in run.items if item.refused} == {REPS[0]: "not-found"}
    assert len(firm.fetch(run_id, "Hanna")[0]) == 2


def test_rights_are_judged_again_when_the_file_is_handed_out(firm: Firm, tmp_path: Path) -> None:
    run_id = firm.ask("Hanna", firm.team)
    firm.do()
    _move_away(firm, REPS[2])
    files, withheld = firm.fetch(run_id, "Hanna")
    assert len(files) == 3
    assert len(withheld) == 1
    assert "sven" in min(withheld)
    run = firm.run(run_id, "Hanna")
    rest = tmp_path / "rest.zip"
    pack_runs.without(firm.store.path(run.file or ""), withheld, rest)
    with zipfile.ZipFile(rest) as archive:
        assert set(archive.namelist()) == set(files) - withheld
    with Session(firm.engine) as session:
        seen = session.scalar(
            select(func.count()).where(
                AuditEntryRow.act == Permission.PACKS_VIEW.value,
                AuditEntryRow.actor_id == firm.ids["Hanna"],
            )
        )
    assert seen == 2


def test_a_run_is_there_for_who_asked(firm: Firm) -> None:
    run_id = firm.ask("Dora")
    for who in ("Olga", "Hanna", "Рита"):
        with pytest.raises(NotFound):
            firm.run(run_id, who)


def test_a_file_is_gone_after_a_day(firm: Firm) -> None:
    run_id = firm.ask("Hanna", firm.team)
    firm.do()
    assert firm.fetch(run_id, "Hanna", KEPT_FOR - timedelta(seconds=1))[0]
    with pytest.raises(pack_runs.FileGone):
        firm.fetch(run_id, "Hanna", KEPT_FOR)
    with unit(firm.engine, writes=True) as session:
        purge(firm.work(session, "Olga", KEPT_FOR), firm.instance)
    assert firm.run(run_id, "Hanna").file is None
    assert not list((firm.instance / FOLDER).iterdir())


def test_a_file_that_no_run_knows_is_gone_after_a_day(firm: Firm) -> None:
    """A worker was killed when it had written the file, and before it could say whose it is."""
    run_id = firm.ask("Hanna", firm.team)
    firm.do()
    orphan = firm.store.keep(io.BytesIO(b"packs"))
    ours = firm.run(run_id, "Hanna").file
    assert ours is not None
    for later, left in ((timedelta(), {ours, orphan.name}), (2 * KEPT_FOR, {ours})):
        yesterday = (NOW + later - KEPT_FOR).timestamp()
        for name in (ours, orphan.name):
            os.utime(firm.store.path(name), (yesterday + 1 - later.total_seconds(),) * 2)
        with unit(firm.engine, writes=True) as session:
            work = firm.work(session, "Olga", later)
            session.execute(update(PackRunRow).values(finished_at=work.now))
            purge(work, firm.instance)
        assert {path.name for path in (firm.instance / FOLDER).iterdir()} == left


def test_what_is_stopped_keeps_what_is_issued_and_gives_no_file(firm: Firm) -> None:
    run_id = firm.ask("Hanna", firm.team)
    with unit(firm.engine, writes=True) as session:
        work = firm.work(session, "Hanna")
        run = get_run(session, work.actor, run_id)
        pack_runs.make(work, run, run.items[0])
        assert pack_runs.cancel(work, run_id)
        assert not pack_runs.cancel(work, run_id)
    firm.do()
    run = firm.run(run_id, "Hanna")
    assert firm.state(run) is JobState.CANCELLED
    assert [bool(item.pack_id) for item in run.items] == [True, False, False]
    with pytest.raises(pack_runs.FileGone):
        firm.fetch(run_id, "Hanna")


def test_a_team_s_pack_says_who_makes_it_up(firm: Firm) -> None:
    with unit(firm.engine, writes=True) as session:
        work = firm.work(session, "Olga")
        as_of = default_as_of(work, Q4)
        pack = packs.issue_pack(work, Owner(team_id=firm.team), packs.How(Q4, as_of, "en", "a4"))
        again = packs.issue_pack(work, Owner(team_id=firm.team), packs.How(Q4, as_of, "en", "a4"))
        content = pack.content
    assert pack == again
    assert (content.person, content.team, content.manager) == ("West", "Group", "Hanna")
    assert content.crew is not None
    assert {member.name: member.open_deals for member in content.crew.members} == dict.fromkeys(
        REPS, 1
    )
    # three deals of 1,000 were opened and won, three more are open
    (fall,) = content.falls
    assert (fall.start.minor, fall.end.minor, fall.end_deals) == (0, 300_000, 3)
    assert {bar.cause: bar.amount.minor for bar in fall.bars} == {"new": 600_000, "won": -300_000}
    assert content.outlook is not None
    # half of 3,000: the stage's own probability
    assert content.outlook.weighted is not None
    assert content.outlook.weighted.minor == 150_000


def test_the_head_of_a_team_reads_its_pack_and_signs_for_it(firm: Firm) -> None:
    with unit(firm.engine, writes=True) as session:
        work = firm.work(session, "Dora")
        as_of = default_as_of(work, Q4)
        pack = packs.issue_pack(work, Owner(team_id=firm.team), packs.How(Q4, as_of, "en", "a4"))
        assert packs.sign_off(work, pack.id, "Seen") is Side.MANAGER
        assert packs.sign_off(firm.work(session, "Hanna"), pack.id, "") is Side.REP
        with pytest.raises(NotFound):
            get_pack(session, firm.work(session, "Рита").actor, pack.id)


def _move_away(firm: Firm, name: str) -> None:
    """From yesterday on somebody is neither led by Hanna nor of her team."""
    with unit(firm.engine, writes=True) as session:
        for row in (MembershipRow, ReportingLineRow):
            session.execute(
                update(row).where(row.person_id == firm.ids[name]).values(end_on=NOW.date())
            )


WORKER = """
import sys
from datetime import timedelta
from pathlib import Path
from spm.adapters.database import open_engine
from spm.jobs.packs import HANDLERS
from spm.jobs.worker import Worker
from tests.conftest import NOW
from spm.adapters.clock import system_clock
engine = open_engine(sys.argv[1])
Worker(engine, system_clock, Path(sys.argv[2]), HANDLERS, lease=timedelta(seconds=0.6)).run()
"""


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_goes_on_where_it_stopped(
    firm: Firm, database_url: str
) -> None:
    run_id = firm.ask("Olga")
    choose = random.Random(5)  # noqa: S311 - a test that can be repeated
    command = [sys.executable, "-c", WORKER, database_url, str(firm.instance)]
    kills = 0
    process = subprocess.Popen(command, cwd=HOUSE, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 240
    try:
        while time.monotonic() < end:
            done = _done(firm, run_id)
            if kills < 3 and done > kills:
                time.sleep(choose.uniform(0, 0.1))
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
                process = subprocess.Popen(command, cwd=HOUSE, stderr=subprocess.DEVNULL)
            if firm.run(run_id, "Olga").finished_at is not None:
                break
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert kills == 3
    run = firm.run(run_id, "Olga")
    assert firm.state(run) is JobState.DONE
    with Session(firm.engine) as session:
        issued = session.scalars(select(ReviewPackRow.issue)).all()
    assert list(issued) == [1] * len(run.items)  # each once
    with zipfile.ZipFile(io.BytesIO(firm.store.path(run.file or "").read_bytes())) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(run.items)


def _done(firm: Firm, run_id: PackRunId) -> int:
    with Session(firm.engine) as session:
        asked = select(func.count()).where(
            PackRunItemRow.run_id == run_id, PackRunItemRow.done_at.is_not(None)
        )
        return session.scalar(asked) or 0
