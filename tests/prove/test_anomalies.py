"""D2: what two transactions at once could do to each other, on both databases: eight threads, and rules
that nobody may see broken: no update lost, no circle closed, nothing done twice, never without somebody.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Lock

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from spm.adapters.database import past_standstills, unit
from spm.domain.access import Actor, Permission, Role
from spm.domain.errors import SpmError
from spm.domain.ids import (
    AccountId,
    DealId,
    MoveId,
    PersonId,
    PipelineId,
    StageId,
    TargetId,
    TeamId,
)
from spm.domain.organisation import Organisation
from spm.domain.pipeline.accounts import AccountFacts
from spm.domain.pipeline.deals import Move
from spm.domain.pipeline.stages import StageDraft
from spm.models.audit import AuditEntryRow
from spm.models.moves import MoveProposalRow
from spm.models.organisation import (
    PersonRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamRow,
)
from spm.models.pipeline import AccountRow, DealRollupRow, DealRow, StageRow
from spm.models.targets import TargetAnswerRow, TargetRow
from spm.queries.organisation.actor import get_actor
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.moves import approve_move, decline_move
from spm.services.organisation.links import report_to
from spm.services.organisation.people import set_leaving
from spm.services.organisation.roles import grant_role, revoke_role
from spm.services.organisation.teams import edit_team
from spm.services.pipeline import accounts, deals, pipelines
from spm.services.pipeline.history import rebuild
from spm.services.targets.targets import accept_target
from spm.services.work import Work
from tests.access import world as story
from tests.access.world import World
from tests.conftest import NOW
from tests.databases import Databases
from tests.prove.figures import report, sized

THREADS = 8
ROUNDS = sized(12, 180)
"""Of eight transactions each; the long form makes ten thousand on each database, over all rules."""

Try = Callable[[Work, random.Random], None]


@pytest.fixture
def database_url(databases: Databases, backend: str) -> Iterator[str]:
    """The story, to be changed at will."""
    with databases.clean(backend, "story", story.build) as at:
        yield at


@pytest.fixture
def told(engine: Engine) -> World:
    """Its ids."""
    with unit(engine, writes=False) as session:
        return story.read(session)


@dataclass
class Crowd:
    """Eight who do the same kind of thing at the same moment, again and again."""

    engine: Engine
    done: int = 0
    refused: int = 0
    again: int = 0
    waited: int = 0
    _lock: Lock = field(default_factory=Lock)

    def run(self, act: Try, check: Callable[[Session], None]) -> None:
        """Let all try at once, then see that the rule holds."""
        gate = Barrier(THREADS, timeout=60)

        def rounds(number: int) -> None:
            choose = random.Random(number)  # noqa: S311 - a test that can be repeated
            for _round in range(ROUNDS):
                gate.wait()
                self._try(act, choose)
                if gate.wait() == 0:
                    with unit(self.engine, writes=False) as session:
                        check(session)

        def one(number: int) -> None:
            try:
                rounds(number)
            except BaseException:
                gate.abort()  # nobody waits for who has found something
                raise

        with ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(one, number) for number in range(THREADS)]
        found = [each.exception() for each in running]
        for error in sorted(found, key=lambda each: isinstance(each, BrokenBarrierError)):
            if error is not None:
                raise error

    def _try(self, act: Try, choose: random.Random) -> None:
        done = refused = waited = tries = 0

        def once() -> None:
            nonlocal tries
            tries += 1
            with unit(self.engine, writes=True) as session:
                act(Work(session, Actor.console(), NOW, Organisation(is_set_up=True)), choose)

        try:
            past_standstills(once)  # as a request does
            done = 1
        except SpmError:
            refused = 1
        except (
            OperationalError
        ):  # the database ended a standstill: the page says 503, and to try again
            waited = 1
        with self._lock:
            self.done, self.refused, self.waited = (
                self.done + done, self.refused + refused, self.waited + waited,
            )  # fmt: skip
            self.again += tries - 1

    def report(self, what: str) -> None:
        """Print what was tried."""
        report(
            f"D2 {what} {self.engine.dialect.name}",
            transactions=self.done + self.refused + self.waited,
            done=self.done,
            refused=self.refused,
            begun_anew=self.again,
            told_to_wait=self.waited,
            violations=0,
        )


def circle(above: dict[int, int | None]) -> bool:
    """Whether somebody stands above himself."""
    for start in above:
        seen, at = set(), above.get(start)
        while at is not None and at not in seen:
            if at == start:
                return True
            seen.add(at)
            at = above.get(at)
    return False


def test_no_two_changes_close_a_circle_of_reporting_lines(engine: Engine, told: World) -> None:
    people = [PersonId(told.people[name]) for name in ("rita", "carl", "sven", "hanna")]
    today = NOW.date()

    def act(work: Work, choose: random.Random) -> None:
        person, manager = choose.sample(people, 2)
        report_to(work, person, choose.choice([manager, manager, None]), today)

    def check(session: Session) -> None:
        rows = session.execute(
            select(ReportingLineRow.person_id, ReportingLineRow.manager_id).where(
                ReportingLineRow.start_on <= today, ReportingLineRow.end_on > today
            )
        )
        assert not circle(dict(rows.tuples().all()))

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done
    assert crowd.refused
    crowd.report("reporting lines")


def test_no_two_changes_close_a_circle_of_teams(engine: Engine, told: World) -> None:
    teams = [TeamId(number) for number in told.teams.values()]
    names = {number: name for name, number in told.teams.items()}

    def act(work: Work, choose: random.Random) -> None:
        team, parent = choose.sample(teams, 2)
        under = choose.choice([parent, parent, None])
        edit_team(work, team, name=names[team], parent_id=under, version=None)

    def check(session: Session) -> None:
        rows = session.execute(select(TeamRow.id, TeamRow.parent_id))
        assert not circle(dict(rows.tuples().all()))

    crowd = Crowd(engine)
    crowd.run(act, check)
    crowd.report("tree of teams")


def test_no_two_changes_close_a_circle_of_companies(engine: Engine, told: World) -> None:
    ids = [AccountId(number) for number in list(told.accounts.values())[:4]]

    def act(work: Work, choose: random.Random) -> None:
        one, parent = choose.sample(ids, 2)
        version = work.session.scalars(select(AccountRow.version).where(AccountRow.id == one)).one()
        under = choose.choice([parent, parent, None])
        accounts.edit(work, one, AccountFacts(f"a{one}", parent_id=under), version=version)

    def check(session: Session) -> None:
        rows = session.execute(select(AccountRow.id, AccountRow.parent_id))
        assert not circle(dict(rows.tuples().all()))

    crowd = Crowd(engine)
    crowd.run(act, check)
    crowd.report("companies")


def test_there_is_always_an_administrator(engine: Engine, told: World) -> None:
    """Each takes the role from another at the same moment: one of them has to stay."""
    people = [told.people["ada"], told.people["adam"]]

    def act(work: Work, choose: random.Random) -> None:
        mine, theirs = choose.sample(people, 2)
        if choose.random() < 0.4:  # meanwhile operations let somebody leave, or come back
            as_olga = Work(
                work.session,
                get_actor(work.session, PersonId(told.people["olga"]), NOW.date()),
                NOW,
                work.organisation,
            )
            set_leaving(as_olga, PersonId(theirs), choose.choice([None, NOW.date()]))
            return
        actor = get_actor(work.session, PersonId(mine), NOW.date())
        if Role.ADMINISTRATOR not in actor.roles:
            with suppress(SpmError):
                grant_role(work, PersonId(mine), Role.ADMINISTRATOR)  # by the command line
            return
        as_person = Work(work.session, actor, NOW, work.organisation)
        revoke_role(as_person, PersonId(theirs), Role.ADMINISTRATOR)

    def check(session: Session) -> None:
        held = session.scalar(
            select(func.count())
            .select_from(RoleGrantRow)
            .join(PersonRow, PersonRow.id == RoleGrantRow.person_id)
            .where(
                RoleGrantRow.role == "administrator",
                PersonRow.left_on.is_(None) | (PersonRow.left_on > NOW.date()),
            )
        )
        assert held, "nobody can let people in"

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done
    crowd.report("administrators")


def test_of_many_edits_of_one_text_one_is_kept(engine: Engine, told: World) -> None:
    """Each saw the version that was there before the round: the first wins, the rest see both texts."""
    account = AccountId(next(iter(told.accounts.values())))
    seen = {"version": 0, "won": 0, "round": 0}

    def version(session: Session) -> int:
        return session.scalars(select(AccountRow.version).where(AccountRow.id == account)).one()

    with unit(engine, writes=False) as session:
        seen["version"] = version(session)

    def act(work: Work, choose: random.Random) -> None:
        facts = AccountFacts(f"name {choose.random()}")
        accounts.edit(work, account, facts, version=seen["version"])

    def check(session: Session) -> None:
        now = version(session)
        assert now == seen["version"] + 1
        seen["version"] = now

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done == ROUNDS
    crowd.report("edits of one text")


def test_a_target_is_accepted_once(engine: Engine, told: World) -> None:
    """However many tabs: one answer each time it is asked for."""
    target = TargetId(told.targets["rita"])
    rita = PersonId(told.people["rita"])
    rounds = {"number": 0}

    def act(work: Work, _choose: random.Random) -> None:
        actor = get_actor(work.session, rita, NOW.date())
        as_rita = Work(work.session, actor, NOW, work.organisation)
        revision = work.session.scalars(
            select(TargetRow.revision).where(TargetRow.id == target)
        ).one()
        accept_target(as_rita, target, revision)

    def check(session: Session) -> None:
        rounds["number"] += 1
        asked = select(func.count()).where(
            TargetAnswerRow.target_id == target, TargetAnswerRow.kind == "accept"
        )
        assert session.scalar(asked) == 1

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done == 1
    crowd.report("double acceptance")


def test_no_deal_is_left_in_a_stage_that_is_retired(engine: Engine, told: World) -> None:
    """Some retire a stage, or bring it back, while others move two deals there and away."""
    ids = [DealId(number) for number in told.deals.values()][:2]
    day = NOW.date() - timedelta(days=5)
    with unit(engine, writes=False) as session:
        pipeline_id = PipelineId(session.scalars(select(DealRow.pipeline_id)).first() or 0)
        begun = get_pipeline(session, pipeline_id)
    stages = [stage.id for stage in begun.active_stages if not stage.is_closed]
    drafts = [
        StageDraft(each.name, each.kind, each.probability_bp, id=each.id)
        for each in begun.active_stages
    ]

    def act(work: Work, choose: random.Random) -> None:
        pipeline = get_pipeline(work.session, pipeline_id)
        if choose.random() < 0.4:
            left = drafts if choose.random() < 0.5 else [d for d in drafts if d.id != stages[-1]]
            pipelines.edit(work, pipeline_id, begun.name, left, version=pipeline.version)
            return
        deal = choose.choice(ids)
        version = work.session.scalars(select(DealRow.version).where(DealRow.id == deal)).one()
        to = stages[-1] if choose.random() < 0.4 else choose.choice(stages)
        deals.move(work, deal, Move(to, day, reason="because"), version=version)

    def check(session: Session) -> None:
        held = select(func.count()).select_from(DealRow).join(
            StageRow, StageRow.id == DealRow.stage_id
        ).where(StageRow.is_active.is_(False))  # fmt: skip
        assert session.scalar(held) == 0

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done
    crowd.report("retired stages")


def test_a_move_is_decided_once(engine: Engine, told: World) -> None:
    """Approved and declined at the same moment, in several tabs: one decision, and what it says."""
    move = MoveId(next(iter(told.moves.values())))
    olga = PersonId(told.people["olga"])
    with unit(engine, writes=False) as session:
        version, person_id = session.execute(
            select(MoveProposalRow.version, MoveProposalRow.person_id).where(
                MoveProposalRow.id == move
            )
        ).one()

    def act(work: Work, choose: random.Random) -> None:
        actor = get_actor(work.session, olga, NOW.date())
        as_olga = Work(work.session, actor, NOW, work.organisation)
        if choose.random() < 0.5:
            approve_move(as_olga, move, version=version)
        else:
            decline_move(as_olga, move, version=version, words="no")

    def check(session: Session) -> None:
        state = session.scalars(
            select(MoveProposalRow.state).where(MoveProposalRow.id == move)
        ).one()
        acts = session.scalars(
            select(AuditEntryRow.act).where(AuditEntryRow.person_id == person_id)
        )
        done = Counter(acts)
        assert state in {"approved", "declined"}
        assert done[Permission.MOVES_DECIDE.value] == 1
        assert done[Permission.PEOPLE_MOVE.value] == (state == "approved")

    crowd = Crowd(engine)
    crowd.run(act, check)
    assert crowd.done == 1
    crowd.report("double decision")


def test_counts_beside_the_deals_add_up(engine: Engine, told: World) -> None:
    """Moves of several deals of the same people at once: the rollup is what counting anew gives."""
    ids = [DealId(number) for number in told.deals.values()]
    with unit(engine, writes=False) as session:
        stages = [
            StageId(number)
            for number in session.scalars(select(StageRow.id).where(StageRow.kind == "open"))
        ]
    day = NOW.date() - timedelta(days=5)

    def act(work: Work, choose: random.Random) -> None:
        deal = choose.choice(ids)
        version = work.session.scalars(select(DealRow.version).where(DealRow.id == deal)).one()
        wanted = Move(choose.choice(stages), day, reason="because")
        deals.move(work, deal, wanted, version=version)

    crowd = Crowd(engine)
    crowd.run(act, lambda _session: None)
    assert crowd.done

    def counted(session: Session) -> list[tuple[object, ...]]:
        uncompared = {"last_at", "days_taken"}  # the second is a list of additions, in their order
        columns = [each for each in DealRollupRow.__table__.columns if each.name not in uncompared]
        rows = session.execute(select(*columns).where(DealRollupRow.deals != 0).order_by(*columns))
        return [tuple(row) for row in rows]

    with unit(engine, writes=True) as session:
        kept = counted(session)
        rebuild(session)
        assert counted(session) == kept
    crowd.report("counts")
