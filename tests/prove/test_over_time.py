"""A4: access over time. Moves, back-dated and planned ones, roles, leaving and coming back: each holds
at the next request of a browser that was open before, against a model of a hundred lines.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine

from config import Settings
from spm.adapters.database import open_engine, unit
from spm.app import create_app
from spm.domain.access import Actor, Role
from spm.domain.errors import SpmError
from spm.domain.ids import PersonId, PipelineId
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import Facts
from spm.services.organisation.links import report_to
from spm.services.organisation.people import set_leaving
from spm.services.organisation.roles import grant_role, revoke_role
from spm.services.pipeline.deals import NewDeal, create
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, an_organisation, start_session
from tests.conftest import NOW
from tests.databases import Databases
from tests.prove.figures import IS_LONG, report, sized

PEOPLE = ("ann", "ben", "cat", "dan", "eve", "fay")
ROLES = (Role.REP, Role.MANAGER, Role.OPERATIONS, Role.EXECUTIVE, Role.ENABLEMENT, Role.AUDITOR)
SEE_ALL = {Role.OPERATIONS, Role.EXECUTIVE, Role.AUDITOR}
COUNT = {"steps": 0, "checks": 0, "changes": 0}


def lookers(step: int) -> tuple[str, ...]:
    """Who looks at everybody after a step: half of them; of thousands of steps one each, then all."""
    if not IS_LONG:
        return PEOPLE[step % 2 :: 2]
    turn = step % (len(PEOPLE) + 1)
    return PEOPLE[turn : turn + 1] or PEOPLE


class Model:
    """Who reports to whom from which day, who has which role, who has left; nothing else."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.lines: dict[str, dict[date, str | None]] = {name: {} for name in PEOPLE}
        self.roles: dict[str, set[Role]] = {name: {Role.REP} for name in PEOPLE}
        self.left: dict[str, date | None] = dict.fromkeys(PEOPLE)

    def manager(self, name: str, day: date) -> str | None:
        """Who leads ``name`` on ``day``: the last change on or before it."""
        past = [each for each in self.lines[name] if each <= day]
        return self.lines[name][max(past)] if past else None

    def move(self, name: str, manager: str | None, day: date) -> None:
        """A change holds until the next known one; one that changes nothing is none."""
        self.lines[name][day] = manager
        before: str | None = None
        for each in sorted(self.lines[name]):
            if self.lines[name][each] == before:
                del self.lines[name][each]
            else:
                before = self.lines[name][each]

    def leads(self, who: str, name: str) -> bool:
        """Whether ``who`` stands above ``name`` today."""
        seen: set[str] = set()
        above = self.manager(name, self.today)
        while above is not None and above not in seen:
            if above == who:
                return True
            seen.add(above)
            above = self.manager(above, self.today)
        return False

    def is_here(self, who: str) -> bool:
        """Whether ``who`` may come in today."""
        left = self.left[who]
        return left is None or self.today < left

    def status(self, who: str, name: str) -> int:
        """What ``who`` is answered who asks for a deal of ``name``, by row 2 of the matrix."""
        if not self.is_here(who):
            return 303
        roles = self.roles[who]
        if who == name or roles & SEE_ALL or (Role.MANAGER in roles and self.leads(who, name)):
            return 200
        return 404


names = st.sampled_from(PEOPLE)
days = st.integers(-40, 5)


class OverTime(RuleBasedStateMachine):
    """The product beside the model."""

    databases: Databases
    base: Settings

    def __init__(self) -> None:
        super().__init__()
        self._copy = self.databases.clean("sqlite", "overtime", lambda _address: None)
        address = self._copy.__enter__()
        self.now: datetime = NOW
        self.engine: Engine = open_engine(address)
        made = replace(self.base, database_url=address)
        self.app: Flask = create_app(made, clock=lambda: self.now)
        self.model = Model(NOW.date())
        self.ids: dict[str, PersonId] = {}
        self.deals: dict[str, int] = {}
        with unit(self.engine, writes=True) as session:
            an_organisation(session)
            pipeline, _stages = a_pipeline(session)
            work = self._work(session)
            for name in PEOPLE:
                self.ids[name] = PersonId(a_person(session, name, Role.REP).id)
                self.deals[name] = create(
                    work,
                    NewDeal(
                        Facts(f"of {name}", "USD"),
                        self.ids[name],
                        PipelineId(pipeline.id),
                        None,
                        NOW.date() - timedelta(days=50),
                    ),
                )
        self.browsers = {name: self._browser(name) for name in PEOPLE}

    def _work(self, session: object) -> Work:
        return Work(session, Actor.console(), self.now, Organisation(is_set_up=True))  # type: ignore[arg-type]

    def _browser(self, name: str) -> FlaskClient:
        browser = self.app.test_client()
        token = start_session(self.engine, self.ids[name], self.now)
        browser.set_cookie("spm", token, domain="localhost")
        return browser

    @rule(name=names, manager=st.one_of(st.none(), names), days=days)
    def move(self, name: str, manager: str | None, days: int) -> None:
        assume(name != manager)
        day = self.model.today + timedelta(days=days)
        with suppress(SpmError):  # a circle is refused; then nothing has changed
            with unit(self.engine, writes=True) as session:
                work = self._work(session)
                report_to(work, self.ids[name], None if manager is None else self.ids[manager], day)
            self.model.move(name, manager, day)
            COUNT["changes"] += 1

    @rule(name=names, role=st.sampled_from(ROLES))
    def change_role(self, name: str, role: Role) -> None:
        with unit(self.engine, writes=True) as session:
            if role in self.model.roles[name]:
                revoke_role(self._work(session), self.ids[name], role)
            else:
                grant_role(self._work(session), self.ids[name], role)
        self.model.roles[name] ^= {role}
        COUNT["changes"] += 1
        # Whose role changed signs in again: the cookie from before opens nothing.
        answer = self.browsers[name].get(f"/deals/{self.deals[name]}")
        assert answer.status_code == 303
        self.browsers[name] = self._browser(name)

    @rule(name=names, days=st.one_of(st.none(), st.integers(-3, 3)))
    def leave_or_return(self, name: str, days: int | None) -> None:
        was_here = self.model.is_here(name)
        left = None if days is None else self.model.today + timedelta(days=days)
        with unit(self.engine, writes=True) as session:
            set_leaving(self._work(session), self.ids[name], left)
        self.model.left[name] = left
        COUNT["changes"] += 1
        if not was_here and self.model.is_here(name):
            self.browsers[name] = self._browser(name)  # who is back signs in again

    @rule(days=st.integers(1, 4))
    def sleep(self, days: int) -> None:
        """Days pass; everybody who may signs in anew."""
        self.now += timedelta(days=days)
        self.model.today = self.now.date()
        for name in PEOPLE:
            if self.model.is_here(name):
                self.browsers[name] = self._browser(name)

    @invariant()
    def each_request_is_answered_as_of_now(self) -> None:
        COUNT["steps"] += 1
        for who in lookers(COUNT["steps"]):
            for name in PEOPLE:
                answer = self.browsers[who].get(f"/deals/{self.deals[name]}")
                COUNT["checks"] += 1
                assert answer.status_code == self.model.status(who, name), (who, name)

    def teardown(self) -> None:
        with self.app.app_context():
            self.app.extensions["sqlalchemy"].engine.dispose()
        self.engine.dispose()
        self._copy.__exit__(None, None, None)


def test_a_change_holds_at_the_next_request(
    databases: Databases, settings_of_prove: Settings
) -> None:
    OverTime.databases, OverTime.base = databases, settings_of_prove
    phases = (Phase.explicit, Phase.generate, Phase.shrink) if IS_LONG else (Phase.generate,)
    run_state_machine_as_test(
        OverTime,
        settings=settings(
            max_examples=sized(3, 110),
            stateful_step_count=sized(10, 50),
            deadline=None,
            database=None,
            derandomize=True,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert COUNT["steps"] >= sized(20, 5_000)
    report("A4 access over time", **COUNT, wrong=0)
