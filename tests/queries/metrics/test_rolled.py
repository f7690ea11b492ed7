"""The rollup answers what counting the deals answers, whoever moved when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from spm.adapters.database import begin_unit, remembered
from spm.domain.ids import StageId
from spm.domain.metrics.figure import EVERYTHING, Figure, Question, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, Period, of_dates, parse
from spm.models.organisation import MembershipRow, OrganisationRow, PersonRow, TeamRow
from spm.models.pipeline import DealReachRow, DealRollupZoneRow, DealStateRow, StageRow
from spm.queries.metrics import counted
from spm.queries.metrics.figures import figure
from spm.services.pipeline import rollup
from tests import builders

START = date(2025, 1, 1)
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
KYIV = Organisation(name="Example", time_zone="Europe/Kyiv", is_set_up=True)
NOW = datetime(2025, 7, 20, 9, tzinfo=UTC)

days = st.integers(0, 199)
deals = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose
        st.lists(days, min_size=1, max_size=4, unique=True),  # when it moved
        st.sampled_from(["open", "won", "lost", "undated"]),
        st.sampled_from([None, 0, 700, 1_300]),
        st.sampled_from(["USD", "USD", "EUR"]),
        st.integers(0, 23),  # the hour: some days differ between UTC and Kyiv
    ),
    max_size=8,
)
moves = st.lists(st.tuples(st.integers(0, 2), days), max_size=3, unique_by=lambda move: move[0])
METRICS = (
    MetricId.WON_REVENUE,
    MetricId.LOST_DEALS,
    MetricId.WIN_RATE,
    MetricId.AVERAGE_DEAL_SIZE,
    MetricId.OPEN_PIPELINE,
    MetricId.DEALS_REACHING_STAGE,
    MetricId.STAGE_CONVERSION,
    MetricId.TIME_IN_STAGE,
    MetricId.SALES_CYCLE_DAYS,
    MetricId.WEIGHTED_PIPELINE,
)
OF_A_STAGE = frozenset(
    {MetricId.DEALS_REACHING_STAGE, MetricId.STAGE_CONVERSION, MetricId.TIME_IN_STAGE}
)
PERIODS = (
    parse("2025-Q1", 1),
    parse("2025-05", 1),
    of_dates(Period(date(2025, 1, 9), date(2025, 7, 21))),
    of_dates(Period(date(2025, 2, 20), date(2025, 6, 4))),
    of_dates(Period(date(2025, 1, 20), date(2025, 5, 27))),
)
BY = (None, Dimension.REP, Dimension.TEAM, Dimension.STAGE, Dimension.MONTH, Dimension.QUARTER)


class Ground:
    """Three people, two teams below one, a pipeline; what an example adds is taken away again."""

    def __init__(self, session: Session) -> None:
        self.session = session
        builders.an_organisation(session)
        session.get_one(OrganisationRow, 1).time_zone = KYIV.time_zone
        self.people: list[PersonRow] = [builders.a_person(session) for _ in range(3)]
        self.top = builders.a_team(session, "Top")
        self.teams: list[TeamRow] = [
            builders.a_team(session, name, parent=self.top) for name in ("North", "South")
        ]
        _, self.stages = builders.a_pipeline(session, "Sales")
        session.flush()

    def members(self, moved: list[tuple[int, int]]) -> None:
        """The first two people sell in the north, the third nowhere; some move south on a day."""
        self.session.execute(delete(MembershipRow))
        north, south = (team.id for team in self.teams)
        days = {who: START + timedelta(days=day) for who, day in moved}
        for number, person in enumerate(self.people):
            spans = [(north, date.min, days.get(number, date.max))] if number < 2 else []
            if number in days:
                spans.append((south, days[number], date.max))
            for team_id, start, end in spans:
                self.session.add(
                    MembershipRow(
                        person_id=person.id,
                        team_id=team_id,
                        start_on=start,
                        end_on=end,
                        recorded_at=NOW,
                    )
                )
        self.session.flush()

    def deal(
        self, owner: int, moved: list[int], end: str, minor: int | None, currency: str, hour: int
    ) -> None:
        """A deal that goes one stage on at each day, and then to its end."""
        days = [START + timedelta(days=day) for day in sorted(moved)]
        path = [self.stages[name] for name in ("Prospecting", "Qualification", "Proposal")]
        path = path[: len(days)]
        if end in {"won", "lost"}:
            path[len(days) - 1 :] = [self.stages[end.capitalize()]]
        person = self.people[owner]
        row = builders.a_deal(self.session, person, path[-1], amount_minor=minor)
        row.currency, row.created_at = currency, NOW - timedelta(days=3)
        due = START + timedelta(days=moved[0] + hour)  # some of each month, and of each period
        is_dated = end != "undated"
        times = [datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for day in days]
        on = [KYIV.business_date(time) for time in times]
        for at, (stage, time) in enumerate(zip(path, times, strict=False)):
            is_last = at == len(path) - 1
            is_closed = stage.kind != "open"
            self._state(
                row.id,
                person,
                stage,
                time,
                FOREVER if is_last else times[at + 1],
                on[0],
                on[at] if is_closed and is_dated else None,
                minor,
                currency,
                due if hour % 5 else None,
            )
            self.session.add(
                DealReachRow(
                    deal_id=row.id,
                    stage_id=stage.id,
                    reached_at=time if is_dated else None,
                    reached_on=on[at] if is_dated else None,
                    owner_id=person.id,
                    amount_minor=minor,
                    currency=currency,
                )
            )
        self.session.flush()

    def _state(
        self,
        deal_id: int,
        person: PersonRow,
        stage: StageRow,
        begun: datetime,
        ended: datetime,
        opened_on: date,
        closed_on: date | None,
        minor: int | None,
        currency: str,
        expected_close_on: date | None,
    ) -> None:
        self.session.add(
            DealStateRow(
                deal_id=deal_id,
                from_at=begun,
                to_at=ended,
                is_dated=True,
                pipeline_id=stage.pipeline_id,
                stage_id=stage.id,
                stage_kind=stage.kind,
                owner_id=person.id,
                credited_owner_id=person.id,
                amount_minor=minor,
                currency=currency,
                opened_on=opened_on,
                closed_on=closed_on,
                expected_close_on=expected_close_on,
            )
        )

    def questions(self) -> list[Question]:
        """Everybody's, each team's and each rep's figures, now and at the end of a quarter."""
        scopes = [
            EVERYTHING,
            *(Scope(ScopeKind.TEAM, team.id) for team in (self.top, *self.teams)),
            *(Scope(ScopeKind.REP, person.id) for person in self.people),
        ]
        ends = [AsOf.at(NOW), AsOf(KYIV.start_of(date(2025, 4, 1)))]
        proposal = StageId(self.stages["Qualification"].id)
        return [
            Question(
                metric,
                scope,
                as_of,
                period,
                by=by,
                stage_id=proposal if metric in OF_A_STAGE else None,
            )
            for metric in METRICS
            for scope in scopes
            for as_of in ends
            for period in PERIODS
            for by in BY
        ]


@pytest.fixture
def ground(session: Session) -> Ground:
    return Ground(session)


def answers(session: Session, questions: list[Question]) -> list[Figure]:
    return [figure(session, KYIV, question) for question in questions]


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deals, moves, st.integers(0, 52))
@example(  # somebody changes team in the month in which the period begins
    sold=[
        (0, [7, 129], "lost", None, "USD", 7),
        (0, [170, 89, 5, 6], "lost", 0, "USD", 23),
        (1, [7, 177, 46, 105], "lost", 1300, "USD", 0),
    ],
    moved=[(1, 136), (0, 19)],
    offset=34,
)
def test_it_says_what_the_deals_say(
    ground: Ground,
    sold: list[tuple[int, list[int], str, int | None, str, int]],
    moved: list[tuple[int, int]],
    offset: int,
) -> None:
    session = ground.session
    with session.begin_nested() as nested:
        ground.members(moved)
        for one in sold:
            ground.deal(*one)
        asked = ground.questions()[offset::53]
        session.execute(delete(DealRollupZoneRow))  # nothing is rolled up: the deals are counted
        by_deals = answers(session, asked)
        rollup.rebuild(session)
        by_rollup = answers(session, asked)
        nested.rollback()
    for question, counted_one, rolled_one in zip(asked, by_deals, by_rollup, strict=True):
        assert counted_one == rolled_one, question


def test_it_answers_at_all(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the test above could compare the deals with the deals."""
    ground.members([])
    ground.deal(0, [10, 50], "won", 700, "USD", 9)
    rollup.rebuild(ground.session)
    monkeypatch.setattr(counted, "facts_of", None)
    for question in ground.questions():
        # As it stood at the end of each part of a period: that may be a few days of a month.
        is_by_parts = question.by in {Dimension.MONTH, Dimension.QUARTER}
        if not (question.metric is MetricId.WEIGHTED_PIPELINE and is_by_parts):
            figure(ground.session, KYIV, question)


def test_it_keeps_silent_when_it_counts_by_another_zone(ground: Ground) -> None:
    ground.members([])
    # 23:00 in UTC on the last of March is the first of April in Kyiv.
    ground.deal(0, [89], "won", 700, "USD", 23)
    rollup.rebuild(ground.session)
    elsewhere = replace(KYIV, time_zone="UTC")
    end = AsOf(elsewhere.start_of(date(2025, 4, 1)))
    question = Question(MetricId.WON_DEALS, EVERYTHING, end, parse("2025", 1))
    assert figure(ground.session, elsewhere, question).value == 1
    end = AsOf(KYIV.start_of(date(2025, 4, 1)))
    assert figure(ground.session, KYIV, replace(question, as_of=end)).value == 0


def test_it_keeps_silent_on_what_happens_after_the_as_of(ground: Ground) -> None:
    ground.members([])
    ground.deal(0, [10, 50], "won", 700, "USD", 9)
    rollup.rebuild(ground.session)
    early = AsOf(KYIV.start_of(START + timedelta(days=30)))
    question = Question(MetricId.OPEN_DEALS, EVERYTHING, early, None)
    assert figure(ground.session, KYIV, question).value == 1


def test_a_reading_unit_asks_once_and_a_writing_one_each_time(session: Session) -> None:
    asked: list[int] = []
    for _ in range(2):
        remembered(session, "key", lambda: asked.append(1))
    assert len(asked) == 2
    session.rollback()
    begin_unit(session, writes=False)
    for _ in range(2):
        remembered(session, "key", lambda: asked.append(2))
    assert len(asked) == 3
    session.rollback()
    begin_unit(session, writes=False)
    remembered(session, "key", lambda: asked.append(3))
    assert len(asked) == 4
