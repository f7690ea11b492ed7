"""What became of deals in their stages is what their logs say, whatever was written in what order."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.metrics.figure import EVERYTHING, Question, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.period import AsOf, NamedPeriod, Period, of_dates
from spm.domain.pipeline.history import History, Reach, replay
from spm.domain.pipeline.stages import StageDraft
from spm.models.organisation import MembershipRow
from spm.models.pipeline import DealEventRow, DealRow
from spm.queries.analytics.ladder import Asked, days_to_win
from spm.queries.metrics import counted
from spm.queries.metrics.figures import figure
from spm.queries.pipeline.history import events_of
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.pipeline import history, pipelines, rollup
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW
from tests.rollups import what_counts

START = date(2026, 7, 1)
LATEST = NOW - timedelta(hours=1)
ENDS = (date(2026, 9, 1), date(2026, 11, 1))

day = st.integers(0, 138)
happening = st.tuples(
    st.sampled_from(["stage", "stage", "stage", "owner"]),
    st.integers(0, 5),
    st.one_of(day, day, day, st.none()),
    st.integers(0, 22),
)
logs = st.lists(
    st.tuples(st.integers(0, 2), day, st.lists(happening, max_size=6)), min_size=1, max_size=5
)
late = st.lists(st.tuples(st.integers(0, 4), happening), max_size=3)
moves = st.lists(st.tuples(st.integers(0, 2), day), max_size=2, unique_by=lambda one: one[0])


@dataclass
class Ground:
    """Three people, two teams below one, and a pipeline."""

    work: Work

    def __post_init__(self) -> None:
        session = self.session = self.work.session
        self.people = [builders.a_person(session) for _ in range(3)]
        self.top = builders.a_team(session, "Top")
        self.teams = [builders.a_team(session, name, parent=self.top) for name in ("N", "S")]
        pipeline, stages = builders.a_pipeline(session)
        self.pipeline_id = PipelineId(pipeline.id)
        self.stages = list(stages.values())
        self.deals: list[DealId] = []
        session.flush()

    def belong(self, moved: list[tuple[int, int]]) -> None:
        """The first two people sell in the north, the third nowhere; some move south on a day."""
        self.session.execute(delete(MembershipRow))
        north, south = self.teams
        on = {who: START + timedelta(days=n) for who, n in moved}
        for at, person in enumerate(self.people):
            spans = [(north, date.min, on.get(at, date.max))] if at < 2 else []
            spans += [(south, on[at], date.max)] if at in on else []
            for team, start, end in spans:
                row = MembershipRow(
                    person_id=person.id, team_id=team.id, start_on=start, end_on=end
                )
                row.recorded_at = NOW
                self.session.add(row)
        self.session.flush()

    def create(
        self, owner: int, begun: int, happened: list[tuple[str, int, int | None, int]]
    ) -> None:
        """A deal with its log."""
        row = builders.a_deal(self.session, self.people[owner], self.stages[0])
        row.created_at = LATEST - timedelta(days=20)
        row.amount_minor = None
        self.session.flush()
        deal_id = DealId(row.id)
        self.deals.append(deal_id)
        self._event(deal_id, "created", 0, begun, 0, owner)
        for one in happened:
            self._event(deal_id, *one)
        history.store(self.session, [deal_id])

    def learn(self, which: int, happened: tuple[str, int, int | None, int]) -> None:
        """Something of a deal that was written down later."""
        deal_id = self.deals[which % len(self.deals)]
        self._event(deal_id, *happened)
        history.store(self.session, [deal_id])

    def reorder(self) -> None:
        """Let the first two stages change places."""
        pipeline = get_pipeline(self.session, self.pipeline_id)
        first, second, *rest = pipeline.active_stages
        drafts = [
            StageDraft(one.name, one.kind, one.probability_bp, one.expected_days, id=one.id)
            for one in (second, first, *rest)
        ]
        pipelines.edit(self.work, self.pipeline_id, pipeline.name, drafts, version=pipeline.version)

    def _event(
        self, deal_id: DealId, kind: str, n: int, days: int | None, hour: int, owner: int = 0
    ) -> None:
        at = None
        if days is not None:
            at = datetime(2026, 7, 1, hour, tzinfo=UTC) + timedelta(days=days)
        row = DealEventRow(deal_id=deal_id, kind=kind, occurred_at=at, recorded_at=LATEST)
        row.occurred_on = None if at is None else at.date()
        if kind in {"created", "stage"}:
            row.stage_id = self.stages[n % len(self.stages)].id
        if kind == "created":
            row.owner_id = self.people[owner].id
        if kind == "owner":
            row.owner_id = self.people[n % 3].id
        self.session.add(row)
        self.session.flush()

    # --- the log's own word ----------------------------------------------------------------------

    def histories(self) -> Iterator[tuple[History, datetime]]:
        pipeline = get_pipeline(self.session, self.pipeline_id)
        created = dict(self.session.execute(select(DealRow.id, DealRow.created_at)).tuples().all())
        for deal_id, log in events_of(self.session, self.deals).items():
            yield replay(log, pipeline), created[deal_id]

    def is_theirs(self, scope: Scope, owner_id: PersonId, on: date) -> bool:
        if scope.kind is ScopeKind.REP:
            return owner_id == scope.id
        if scope.kind is ScopeKind.ORGANISATION:
            return True
        teams = {scope.id} if scope.id != self.top.id else {one.id for one in self.teams}
        when = on if scope.on is None else scope.on
        spans = self.session.scalars(
            select(MembershipRow).where(MembershipRow.person_id == owner_id)
        )
        return any(one.team_id in teams and one.start_on <= when < one.end_on for one in spans)

    def stays(self, question: Question) -> dict[int, tuple[Counter[str], Counter[int]]]:
        """Per stage how many of its cohort stand how, and how long those stayed that have left."""
        assert question.period is not None
        kinds = {one.id: one.kind for one in self.stages}
        cutoff = question.as_of.cutoff
        found: dict[int, tuple[Counter[str], Counter[int]]] = {}
        for known, written_at in self.histories():

            def is_known(reach: Reach, written_at: datetime = written_at) -> bool:
                return (reach.reached_at or written_at) < cutoff

            for reach in known.reaches:
                on = reach.reached_on
                if kinds[reach.stage_id] != "open" or not is_known(reach):
                    continue
                if on is None or on not in question.period.period:
                    continue
                if not self.is_theirs(question.subject, reach.owner_id, on):
                    continue
                later = [
                    other
                    for other in known.reaches
                    if kinds[other.stage_id] == "won"
                    or (kinds[other.stage_id] == "open" and other.position > reach.position)
                ]
                later = [other for other in later if is_known(other)]
                state = known.at(cutoff)
                is_lost = state is not None and state.stage_kind.value == "lost"
                outcome = "won" if later else "lost" if is_lost else "open"
                ends = [other.reached_on for other in later]
                if is_lost and not later:
                    assert state is not None
                    ends = [state.closed_on]
                dated = [end for end in ends if end is not None]
                was_there = any(one.state.stage_id == reach.stage_id for one in known.intervals)
                counts, days = found.setdefault(reach.stage_id, (Counter(), Counter()))
                counts[outcome] += 1
                if was_there and dated:
                    days[(min(dated) - on).days] += 1
        return found

    def cycles(self, scope: Scope, as_of: AsOf, period: Period) -> Mapping[int, Mapping[int, int]]:
        found: dict[int, Counter[int]] = {}
        for known, _ in self.histories():
            state = known.at(as_of.cutoff)
            if state is None or state.stage_kind.value != "won" or state.closed_on is None:
                continue
            if state.closed_on not in period:
                continue
            if not self.is_theirs(scope, state.credited_owner_id, state.closed_on):
                continue
            for reach in known.reaches:
                if reach.reached_on is not None:
                    taken = (state.closed_on - reach.reached_on).days
                    found.setdefault(reach.stage_id, Counter())[taken] += 1
        return found

    def scopes(self) -> list[Scope]:
        """Everybody, each team as it was and as it is, each rep."""
        return [
            EVERYTHING,
            *(Scope(ScopeKind.TEAM, team.id) for team in (self.top, *self.teams)),
            *(Scope(ScopeKind.TEAM, team.id, on=date(2026, 11, 18)) for team in self.teams),
            *(Scope(ScopeKind.REP, person.id) for person in self.people),
        ]


AS_OFS = (AsOf.at(NOW), *(AsOf(datetime(one.year, one.month, 1, tzinfo=UTC)) for one in ENDS))
PERIODS = (
    of_dates(Period(date(2025, 11, 19), date(2026, 11, 19))),
    of_dates(Period(date(2026, 7, 20), date(2026, 10, 5))),
    of_dates(Period(date(2026, 7, 1), date(2026, 10, 1))),
    of_dates(Period(date(2026, 9, 28), date(2026, 10, 4))),
)


@pytest.fixture
def ground(work: Work) -> Ground:
    return Ground(work)


def check(ground: Ground, scope: Scope, as_of: AsOf, period: NamedPeriod) -> None:
    session, organisation = ground.session, ground.work.organisation
    conversion = Question(MetricId.STAGE_CONVERSION, scope, as_of, period, by=Dimension.STAGE)
    expected = ground.stays(conversion)
    found = {
        group.id: (group.reading.numerator, group.reading.n, group.reading.still_open)
        for group in figure(session, organisation, conversion).groups
    }
    assert found == {
        stage_id: (Decimal(counts["won"]), counts["won"] + counts["lost"], counts["open"])
        for stage_id, (counts, _) in expected.items()
    }
    lasting = figure(session, organisation, replace(conversion, metric=MetricId.TIME_IN_STAGE))
    taken = {
        group.id: (group.reading.n, group.reading.numerator, group.reading.median)
        for group in lasting.groups
    }
    assert taken == {
        stage_id: (
            days.total(),
            Decimal(sum(days.elements())),
            Decimal(str(median(days.elements()))) if days else None,
        )
        for stage_id, (_, days) in expected.items()
    }
    asked = Asked(session, organisation, scope, None, period, as_of, Decimal(1))
    year = asked.year.period
    if scope.on is None:
        assert days_to_win(asked, scope) == ground.cycles(scope, as_of, year)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(logs, late, moves, st.booleans(), st.integers(0, 4))
def test_it_is_what_the_logs_say(
    ground: Ground,
    written: list[tuple[int, int, list[tuple[str, int, int | None, int]]]],
    learnt: list[tuple[int, tuple[str, int, int | None, int]]],
    moved: list[tuple[int, int]],
    is_reordered: bool,
    offset: int,
) -> None:
    with ground.session.begin_nested() as nested:
        ground.deals.clear()
        ground.belong(moved)
        for one in written:
            ground.create(*one)
        if is_reordered:
            ground.reorder()
        for which, happened in learnt:
            ground.learn(which, happened)
        asked = [
            (scope, as_of, period)
            for scope in ground.scopes()
            for as_of in AS_OFS
            for period in PERIODS
        ]
        for scope, as_of, period in asked[offset::5]:
            check(ground, scope, as_of, period)
        kept = what_counts(ground.session)
        rollup.rebuild(ground.session)
        assert what_counts(ground.session) == kept
        nested.rollback()


def test_it_does_not_look_at_the_deals(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the test above could compare the deals with the deals."""
    ground.belong([])
    ground.create(0, 3, [("stage", 2, 40, 9), ("stage", 4, 70, 9)])
    monkeypatch.setattr(counted, "facts_of", None)
    for scope in ground.scopes():
        for as_of in AS_OFS:
            for period in PERIODS[:3]:
                check(ground, scope, as_of, period)
