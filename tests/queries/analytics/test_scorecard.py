"""Scorecards of a rep and of a team, from deals and targets."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from spm.domain.access import Actor, Role
from spm.domain.analytics.scorecard import KpiLine, Status, TeamScorecard
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, PersonId, StageId, TeamId
from spm.domain.metrics.figure import EVERYTHING, Figure, Question, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, PeriodKind, parse
from spm.domain.targets.attainment import Missing
from spm.domain.targets.kpi import Measure
from spm.domain.targets.pace import NoPace
from spm.domain.targets.resolve import Rule
from spm.domain.targets.state import TargetState
from spm.domain.targets.target import Owner
from spm.models.organisation import MembershipRow, PersonRow, ReportingLineRow, TeamRow
from spm.models.pipeline import DealStateRow
from spm.models.targets import KpiRow, TargetRow
from spm.queries.analytics.scorecard import rep_scorecard, team_scorecard
from spm.queries.metrics.figures import figure
from spm.services.targets.kpis import Wishes, define_kpi, ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Q4 = parse("2026-Q4")
CONSOLE = Actor.console()

HELD: Mapping[MetricId, Callable[[KpiLine], Decimal | None]] = {
    MetricId.TARGET: lambda line: line.target.value,
    MetricId.ATTAINMENT: lambda line: line.attained.ratio,
    MetricId.PACE: lambda line: line.pace.ratio,
}
"""Where a card has what the command line calls so."""


class House:
    """A team of two under a manager, with deals; NOW is the 18th of November 2026."""

    def __init__(self, work: Work) -> None:
        self.work, session = work, work.session
        builders.an_organisation(session)
        self.manager = builders.a_person(session, "Mia Manager", Role.MANAGER)
        self.ana = builders.a_person(session, "Ana Rep", manager=self.manager)
        self.bo = builders.a_person(session, "Bo Rep", manager=self.manager)
        self.top = builders.a_team(session, "Sales")
        self.north = builders.a_team(
            session, "North", self.ana, self.bo, head=self.manager, parent=self.top
        )
        _, self.stages = builders.a_pipeline(session, "House")
        self.revenue = ensure_won_revenue_kpi(session, NOW)

    def kpi(self, name: str, metric: MetricId, stage: str | None = None) -> KpiId:
        stage_id = StageId(self.stages[stage].id) if stage else None
        measure = Measure(metric, stage_id, period_kind=PeriodKind.QUARTER)
        kpi_id = define_kpi(self.work, Wishes(name=name, measure=measure))
        self.work.session.get_one(KpiRow, kpi_id).state = "active"
        return kpi_id

    def ranged(self, name: str, metric: MetricId, low: int, high: int) -> KpiId:
        kpi_id = self.kpi(name, metric)
        row = self.work.session.get_one(KpiRow, kpi_id)
        row.range_low, row.range_high = Decimal(low), Decimal(high)
        return kpi_id

    def target(
        self, whom: PersonRow | TeamRow, value: str, period: str = "2026-Q4", kpi: int = 0
    ) -> None:
        owner = (
            Owner(team_id=TeamId(whom.id))
            if isinstance(whom, TeamRow)
            else Owner(person_id=PersonId(whom.id))
        )
        set_target(
            self.work,
            KpiId(kpi or self.revenue),
            owner,
            parse(period),
            value=Decimal(value),
            rationale="Plan",
        )

    def won(self, owner: PersonRow, on: date, minor: int = 100_000) -> None:
        builders.a_dated_deal(
            self.work.session,
            owner,
            self.stages["Won"],
            opened_on=on,
            closed_on=on,
            amount_minor=minor,
            reached=tuple(self.stages[name] for name in list(self.stages)[:5]),
        )

    def lost(self, owner: PersonRow, on: date) -> None:
        builders.a_dated_deal(
            self.work.session,
            owner,
            self.stages["Lost"],
            opened_on=on,
            closed_on=on,
            reached=tuple(self.stages[name] for name in list(self.stages)[:4]),
        )

    def open(self, owner: PersonRow, stage: str, on: date) -> None:
        names = list(self.stages)
        reached = names[: names.index(stage) + 1]
        builders.a_dated_deal(
            self.work.session,
            owner,
            self.stages[stage],
            opened_on=on,
            reached=tuple(self.stages[name] for name in reached),
        )


@pytest.fixture
def house(work: Work) -> House:
    return House(work)


def test_a_rep_reads_actual_target_attainment_pace_and_trend(
    house: House, organisation: Organisation
) -> None:
    """35 of the quarter's 66 working days are over on the 18th of November."""
    house.target(house.ana, "6600")
    house.target(house.ana, "1000", "2026-Q2")
    house.won(house.ana, date(2026, 10, 5), 350_000)
    house.won(house.ana, date(2026, 5, 5), 150_000)
    house.won(house.bo, date(2026, 10, 5), 999_900)
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    assert card.as_of_day == date(2026, 11, 18)
    (line,) = card.lines
    assert (line.actual.value, line.actual.n) == (Decimal("3500.00"), 1)
    assert (line.target.value, line.target.rule) == (Decimal(6600), Rule.EXACT)
    assert line.attained.ratio == Decimal(3500) / Decimal(6600)
    assert line.pace.expected == pytest.approx(Decimal(3500))
    assert line.pace.ratio == pytest.approx(Decimal(1))
    assert (line.answer, line.remaining) == (TargetState.SET, Decimal(3100))
    assert [point.period.name for point in line.trend] == ["2026-Q2", "2026-Q3"]
    assert [point.attained.ratio for point in line.trend] == [Decimal("1.5"), None]
    assert card.finding[0].code == "person.on-pace"


def test_a_past_period_is_judged_by_its_end(house: House, organisation: Organisation) -> None:
    house.target(house.ana, "1000", "2026-Q2")
    house.won(house.ana, date(2026, 5, 5), 92_000)
    card = rep_scorecard(
        house.work.session,
        CONSOLE,
        organisation,
        PersonId(house.ana.id),
        parse("2026-Q2"),
        AsOf.of_date(date(2026, 6, 30), organisation.zone),
    )
    assert (card.elapsed, card.lines[0].status) == (Decimal(1), Status.CLOSE)
    assert [said.code for said in card.finding] == ["person.attained"]


def test_the_ladder_sets_stages_against_their_targets_and_finds_the_limit(
    house: House, organisation: Organisation
) -> None:
    qualified = house.kpi("Qualified", MetricId.DEALS_REACHING_STAGE, "Qualification")
    proposal = house.kpi("Proposals", MetricId.VALUE_REACHING_STAGE, "Proposal")
    house.target(house.ana, "4", kpi=qualified)
    house.target(house.ana, "5000", kpi=proposal)
    for _ in range(3):
        house.open(house.ana, "Qualification", date(2026, 10, 12))
    house.open(house.ana, "Proposal", date(2026, 10, 12))
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    (ladder,) = card.ladders
    assert [rung.stage for rung in ladder.rungs] == [
        "Prospecting",
        "Qualification",
        "Proposal",
        "Negotiation",
        "Won",
    ]
    second, third = ladder.rungs[1:3]
    assert [second.have, second.needed, second.gap] == [4, 4, 0]
    assert (second.open_deals, second.open_value) == (3, Decimal(3000))
    assert (third.unit, third.have, third.needed) == (Unit.MONEY, Decimal(1000), Decimal(5000))
    assert ladder.limit == third
    assert card.finding[-1].facts == {"stage": "Proposal"}


def test_the_ladder_works_back_from_the_target_at_the_own_rate_drawn_to_the_team_s(
    house: House, organisation: Organisation
) -> None:
    """Ana: 2 of 4 negotiations won; North: 4 of 16. (2 + 10 × ¼) ÷ (4 + 10) = 9/28.

    6,000 at 1,000 a deal are 6 wins; 6 ÷ (9/28) = 18.67, so 19 negotiations. All deals of the two
    passed every stage before, so that these need as many.
    """
    house.target(house.ana, "6000")
    for owner, won, lost in ((house.ana, 2, 2), (house.bo, 2, 10)):
        for _ in range(won):
            house.won(owner, date(2026, 5, 5))
        for _ in range(lost):
            house.lost(owner, date(2026, 5, 5))
    house.open(house.ana, "Negotiation", date(2026, 10, 12))
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    (ladder,) = card.ladders
    assert ladder.aim is not None
    assert (ladder.aim.deals, ladder.aim.size) == (Decimal(6), Decimal(1000))
    assert [rung.needed for rung in ladder.rungs] == [19, 19, 19, 19, 6]
    negotiation = ladder.rungs[3]
    assert negotiation.conversion is not None
    assert negotiation.conversion.team is not None
    assert [negotiation.conversion.own.n, negotiation.conversion.own.still_open] == [4, 1]
    assert [negotiation.conversion.team.numerator, negotiation.conversion.team.n] == [4, 16]
    assert [negotiation.have, negotiation.gap] == [1, -18]
    assert ladder.beside is not None
    assert ladder.beside.label == "North"
    assert not ladder.rungs[4].is_limit


def test_each_pipeline_has_its_ladder_and_takes_its_share_of_the_target(
    house: House, organisation: Organisation
) -> None:
    """Ana won 2 deals at 1,000 and 6 renewals at 500; with Bo's 2 the team has 4 and 6 of 10.

    Shares: (2 + 10 × 0.4) ÷ (8 + 10) = 1/3 and 2/3; an average deal is 1,000/3 + 500 × 2/3 = 2,000/3,
    so 6,000 are 9 deals: 3 new ones and 6 renewals, all of which passed every stage.
    """
    session = house.work.session
    _, renewals = builders.a_pipeline(session, "Renewals")
    house.target(house.ana, "6000")
    for owner, won in ((house.ana, 2), (house.bo, 2)):
        for _ in range(won):
            house.won(owner, date(2026, 5, 5))
    for _ in range(6):
        builders.a_dated_deal(
            session,
            house.ana,
            renewals["Won"],
            opened_on=date(2026, 6, 5),
            closed_on=date(2026, 6, 5),
            amount_minor=50_000,
            reached=tuple(renewals[name] for name in list(renewals)[:5]),
        )
    house.open(house.ana, "Negotiation", date(2026, 10, 12))
    builders.a_dated_deal(
        session,
        house.ana,
        renewals["Proposal"],
        opened_on=date(2026, 10, 12),
        reached=tuple(renewals[name] for name in list(renewals)[:3]),
    )
    person = PersonId(house.ana.id)
    card = rep_scorecard(session, CONSOLE, organisation, person, Q4, AsOf.at(NOW))
    assert [steps.pipeline for steps in card.ladders] == ["House", "Renewals"]
    new, again = (steps.aim for steps in card.ladders)
    assert new is not None
    assert again is not None
    assert [round(aim.share, 9) for aim in (new, again)] == [
        round(Decimal(1) / 3, 9),
        round(Decimal(2) / 3, 9),
    ]
    assert [round(aim.deals, 9) for aim in (new, again)] == [3, 6]
    assert [aim.own for aim in (new, again)] == [(2, 8), (6, 8)]
    assert [[rung.needed for rung in steps.rungs] for steps in card.ladders] == [
        [3] * 5,
        [6] * 5,
    ]
    total = sum((aim.deals * size for aim, size in ((new, 1000), (again, 500))), Decimal(0))
    assert round(total, 9) == 6_000


def test_a_pipeline_in_which_nothing_was_won_takes_no_share(
    house: House, organisation: Organisation
) -> None:
    session = house.work.session
    _, renewals = builders.a_pipeline(session, "Renewals")
    house.target(house.ana, "6000")
    house.won(house.ana, date(2026, 5, 5))
    house.open(house.ana, "Negotiation", date(2026, 10, 12))
    builders.a_dated_deal(
        session,
        house.ana,
        renewals["Prospecting"],
        opened_on=date(2026, 10, 12),
        reached=(renewals["Prospecting"],),
    )
    person = PersonId(house.ana.id)
    card = rep_scorecard(session, CONSOLE, organisation, person, Q4, AsOf.at(NOW))
    new, again = card.ladders
    assert new.aim is not None
    assert (new.aim.deals, new.aim.is_shared) == (Decimal(6), False)
    assert again.aim is None
    assert [rung.needed for rung in again.rungs] == [None] * 5


def test_the_last_day_to_enter_is_the_end_less_the_median_days_to_the_win(
    house: House, organisation: Organisation
) -> None:
    """Ana has won too few to say; the team's deals took 30, 40 and 50 days from each stage."""
    house.target(house.ana, "6000")
    for days in (30, 40, 50):
        opened = date(2026, 3, 2)
        stages = tuple(house.stages[name] for name in list(house.stages)[:4])
        builders.a_dated_deal(
            house.work.session,
            house.bo,
            house.stages["Won"],
            opened_on=opened,
            closed_on=opened + timedelta(days=days),
            reached=stages,
        )
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    assert card.ladders == ()
    house.open(house.ana, "Proposal", date(2026, 10, 12))
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    proposal = card.ladders[0].rungs[2]
    assert [proposal.days, proposal.days_n] == [40, 3]
    assert proposal.by == date(2026, 11, 21)


def test_a_team_is_a_table_with_its_own_line_and_over_assignment(
    house: House, organisation: Organisation
) -> None:
    house.target(house.north, "10000")
    house.target(house.ana, "6000")
    house.target(house.bo, "5000")
    house.won(house.ana, date(2026, 10, 5), 400_000)
    house.won(house.bo, date(2026, 10, 5), 100_000)
    card = team_scorecard(
        house.work.session, CONSOLE, organisation, TeamId(house.north.id), Q4, AsOf.at(NOW)
    )
    assert [row.subject.name for row in card.rows] == ["Ana Rep", "Bo Rep"]
    assert [row.cells[0].actual.value for row in card.rows] == [4000, 1000]
    assert [row.cells[0].status for row in card.rows] == [Status.ON_PACE, Status.BEHIND]
    assert card.total[0].attained.ratio == Decimal("0.5")
    (rolled,) = card.roll_ups
    assert (rolled.total, rolled.over_assignment) == (Decimal(11_000), Decimal("0.1"))
    assert card.finding[0].facts["good"] == 1


def test_a_team_above_shows_the_teams_below_and_adds_up(
    house: House, organisation: Organisation
) -> None:
    house.target(house.north, "10000")
    house.won(house.ana, date(2026, 10, 5), 400_000)
    card = team_scorecard(
        house.work.session, CONSOLE, organisation, TeamId(house.top.id), Q4, AsOf.at(NOW)
    )
    assert [row.subject.team_id for row in card.rows] == [house.north.id]
    assert card.rows[0].cells[0].actual.value == card.total[0].actual.value == 4000
    assert card.rows[0].answer is None


def test_a_team_without_a_target_has_none_and_shows_those_below_added_up_beside(
    house: House, organisation: Organisation
) -> None:
    """6 000 + 4 000 stand beside the line; page and command line say the same of the target."""
    house.target(house.ana, "6000")
    house.target(house.bo, "4000")
    house.won(house.ana, date(2026, 10, 5), 400_000)
    session, as_of = house.work.session, AsOf.at(NOW)
    for team in (TeamId(house.north.id), TeamId(house.top.id), None):
        card = team_scorecard(session, CONSOLE, organisation, team, Q4, as_of)
        top = card.total[0]
        assert (top.target.value, top.attained.ratio, top.pace.ratio) == (None, None, None)
        assert (top.status, top.below) == (Status.UNKNOWN, Decimal(10_000))
        assert card.roll_ups[0].total == 10_000
        assert card.roll_ups[0].over_assignment is None
        subject = EVERYTHING if team is None else Scope(ScopeKind.TEAM, team)
        for metric in HELD:
            asked = Question(metric, subject, as_of, Q4)
            assert figure(session, organisation, asked).value is None
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.top.id), Q4, as_of)
    (cell,) = card.rows[0].cells
    assert (cell.target.value, cell.attained.ratio, cell.below) == (None, None, Decimal(10_000))
    house.target(house.north, "8000")
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.top.id), Q4, as_of)
    assert (card.total[0].target.value, card.total[0].below) == (None, Decimal(8000))
    assert card.rows[0].cells[0].attained.ratio == Decimal("0.5")


def test_everybody_s_target_is_that_of_the_one_team_at_the_top(
    house: House, organisation: Organisation
) -> None:
    house.target(house.top, "20000")
    house.target(house.ana, "6000")
    house.won(house.ana, date(2026, 10, 5), 400_000)
    session, as_of = house.work.session, AsOf.at(NOW)
    card = team_scorecard(session, CONSOLE, organisation, None, Q4, as_of)
    assert (card.total[0].target.value, card.total[0].below) == (Decimal(20_000), None)
    for metric, of in HELD.items():
        asked = Question(metric, EVERYTHING, as_of, Q4)
        assert figure(session, organisation, asked).value == of(card.total[0]), metric


def test_targets_below_in_several_currencies_are_not_added_up(
    house: House, organisation: Organisation
) -> None:
    house.target(house.ana, "6000")
    house.target(house.bo, "4000")
    session = house.work.session
    row = session.scalars(select(TargetRow).where(TargetRow.person_id == house.bo.id)).one()
    row.currency = "EUR"
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, AsOf.at(NOW))
    assert (card.total[0].below, card.roll_ups[0].total) == (None, None)


def in_euros(house: House, *owners: PersonRow | TeamRow) -> None:
    """Their targets were set in euros; the organisation's currency is the dollar."""
    for one in owners:
        column = TargetRow.team_id if isinstance(one, TeamRow) else TargetRow.person_id
        house.work.session.scalars(select(TargetRow).where(column == one.id)).one().currency = "EUR"
    house.work.session.flush()


def test_a_target_in_another_currency_keeps_it_and_is_not_held_against_the_figure(
    house: House, organisation: Organisation
) -> None:
    house.target(house.ana, "6000")
    in_euros(house, house.ana)
    session, as_of = house.work.session, AsOf.at(NOW)
    card = rep_scorecard(session, CONSOLE, organisation, PersonId(house.ana.id), Q4, as_of)
    (line,) = card.lines
    assert (line.target.value, line.currency, line.attained.ratio) == (
        Decimal(6000),
        "EUR",
        Decimal(0),
    )
    house.won(house.ana, date(2026, 10, 5), 400_000)
    card = rep_scorecard(session, CONSOLE, organisation, PersonId(house.ana.id), Q4, as_of)
    (line,) = card.lines
    assert (line.target.value, line.currency, line.actual.currency) == (Decimal(6000), "EUR", "USD")
    assert (line.attained.ratio, line.pace.ratio, line.remaining) == (None, None, None)
    assert line.attained.reason is Missing.OTHER_CURRENCY
    assert line.pace.reason is NoPace.OTHER_CURRENCY
    assert line.status is Status.UNKNOWN
    assert [said.code for said in card.finding] == ["person.no-attainment"]
    assert [steps.aim for steps in card.ladders] == [None]
    for metric in (MetricId.ATTAINMENT, MetricId.PACE, MetricId.COVERAGE):
        asked = Question(metric, Scope(ScopeKind.REP, house.ana.id), as_of, Q4)
        found = figure(session, organisation, asked).reading
        assert found.value is None
        assert found.reason is not None
        assert found.reason.facts == {"target": "EUR", "actual": "USD"}


def test_targets_below_in_one_other_currency_are_added_up_in_it(
    house: House, organisation: Organisation
) -> None:
    house.target(house.ana, "6000")
    house.target(house.bo, "4000")
    house.won(house.ana, date(2026, 10, 5), 400_000)
    in_euros(house, house.ana, house.bo)
    session, as_of = house.work.session, AsOf.at(NOW)
    for team in (TeamId(house.north.id), TeamId(house.top.id), None):
        card = team_scorecard(session, CONSOLE, organisation, team, Q4, as_of)
        assert (card.total[0].below, card.total[0].currency) == (Decimal(10_000), "EUR")
        assert (card.roll_ups[0].total, card.roll_ups[0].currency) == (Decimal(10_000), "EUR")
    house.target(house.north, "8000")
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, as_of)
    assert card.roll_ups[0].over_assignment is None
    in_euros(house, house.north)
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, as_of)
    assert card.roll_ups[0].over_assignment == Decimal("0.25")


def test_a_range_is_in_the_organisation_s_currency(
    house: House, organisation: Organisation
) -> None:
    house.ranged("Deal size", MetricId.AVERAGE_DEAL_SIZE, 1_000, 5_000)
    house.won(house.ana, date(2026, 10, 5), 400_000)
    for row in house.work.session.scalars(select(DealStateRow)):
        row.currency = "EUR"
    house.work.session.flush()
    card = rep_scorecard(
        house.work.session, CONSOLE, organisation, PersonId(house.ana.id), Q4, AsOf.at(NOW)
    )
    (line,) = (one for one in card.lines if one.kpi.name == "Deal size")
    assert (line.actual.value, line.actual.currency) == (Decimal(4000), "EUR")
    assert (line.attained.ratio, line.attained.reason) == (None, Missing.OTHER_CURRENCY)


def test_card_and_command_line_name_a_gap_of_two_months_alike(
    house: House, organisation: Organisation
) -> None:
    house.target(house.ana, "1000", "2026-11")
    session, as_of, person_id = house.work.session, AsOf.at(NOW), PersonId(house.ana.id)
    card = rep_scorecard(session, CONSOLE, organisation, person_id, Q4, as_of)
    asked = Question(MetricId.TARGET, Scope(ScopeKind.REP, person_id), as_of, Q4)
    said = figure(session, organisation, asked).reading.gaps
    assert said == card.lines[0].target.missing == ("2026-10", "2026-12")


def test_the_ladder_of_a_team_without_a_stage_target_needs_what_those_below_need(
    house: House, organisation: Organisation
) -> None:
    qualified = house.kpi("Qualified", MetricId.DEALS_REACHING_STAGE, "Qualification")
    house.target(house.ana, "4", kpi=qualified)
    house.target(house.bo, "6", kpi=qualified)
    house.open(house.ana, "Qualification", date(2026, 10, 12))
    session, as_of = house.work.session, AsOf.at(NOW)
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, as_of)
    rung = card.ladders[0].rungs[1]
    assert rung.is_added_up
    assert (rung.needed, rung.gap) == (Decimal(10), Decimal(-9))
    assert rung.expected == Decimal(10) * 35 / 66
    house.target(house.north, "8", kpi=qualified)
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, as_of)
    rung = card.ladders[0].rungs[1]
    assert rung.needed == 8
    assert not rung.is_added_up


def test_whoever_belongs_to_no_team_stands_in_the_organisation(
    house: House, organisation: Organisation
) -> None:
    loner = builders.a_person(house.work.session, "Lone Wolf")
    house.won(loner, date(2026, 10, 5), 100_000)
    card = team_scorecard(house.work.session, CONSOLE, organisation, None, Q4, AsOf.at(NOW))
    assert [row.subject.name for row in card.rows] == ["Sales", "Lone Wolf"]
    assert card.total[0].actual.value == 1000


def test_whoever_had_left_before_the_period_stands_there_only_for_what_closed_in_it(
    house: House, organisation: Organisation
) -> None:
    session = house.work.session
    gone, late = (builders.a_person(session, name) for name in ("Gerd Gone", "Lale Late"))
    gone.left_on = late.left_on = date(2026, 9, 15)
    for owner, closed_on in ((gone, date(2026, 9, 1)), (late, date(2026, 10, 2))):
        builders.a_dated_deal(
            session,
            owner,
            house.stages["Won"],
            opened_on=date(2026, 6, 1),
            closed_on=closed_on,
        )
    card = team_scorecard(session, CONSOLE, organisation, None, Q4, AsOf.at(NOW))
    assert [row.subject.name for row in card.rows] == ["Sales", "Lale Late"]


def test_who_moved_counts_for_the_team_while_a_member_and_is_hidden_from_who_lost_sight(
    house: House, organisation: Organisation, work_as: Callable[[int], Work]
) -> None:
    """Bo left the north on the 1st of November: 31 of 92 days."""
    session = house.work.session
    membership = session.query(MembershipRow).filter_by(person_id=house.bo.id).one()
    membership.end_on = date(2026, 11, 1)
    house.target(house.bo, "9200")
    house.won(house.bo, date(2026, 10, 5), 100_000)
    house.won(house.bo, date(2026, 11, 5), 700_000)
    team_id = TeamId(house.north.id)
    card = team_scorecard(session, CONSOLE, organisation, team_id, Q4, AsOf.at(NOW))
    cell = card.rows[1].cells[0]
    assert (cell.actual.value, cell.target.value) == (Decimal(1000), Decimal(3100))
    session.query(ReportingLineRow).filter_by(person_id=house.bo.id).delete()
    manager = work_as(house.manager.id).actor
    card = team_scorecard(session, manager, organisation, team_id, Q4, AsOf.at(NOW))
    assert ([row.subject.name for row in card.rows], card.hidden) == (["Ana Rep"], 1)
    assert card.total[0].actual.value == 1000


def test_a_retired_kpi_stays_on_the_cards_of_who_had_it(
    house: House, organisation: Organisation
) -> None:
    kpi = house.kpi("Deals won", MetricId.WON_DEALS)
    house.target(house.ana, "4", kpi=kpi)
    house.work.session.get_one(KpiRow, kpi).state = "retired"
    for person, n in ((house.ana, 2), (house.bo, 1)):
        card = rep_scorecard(
            house.work.session, CONSOLE, organisation, PersonId(person.id), Q4, AsOf.at(NOW)
        )
        assert len(card.lines) == n


def test_out_of_sight_is_not_found(
    house: House, organisation: Organisation, work_as: Callable[[int], Work]
) -> None:
    ana = work_as(house.ana.id).actor
    at = (organisation, PersonId(house.bo.id), Q4, AsOf.at(NOW))
    with pytest.raises(NotFound):
        rep_scorecard(house.work.session, ana, *at)
    for actor in (ana, work_as(house.manager.id).actor):
        with pytest.raises(NotFound):
            team_scorecard(
                house.work.session, actor, organisation, TeamId(house.top.id), Q4, AsOf.at(NOW)
            )
    with pytest.raises(NotFound):
        rep_scorecard(house.work.session, CONSOLE, organisation, PersonId(99), Q4, AsOf.at(NOW))


def test_a_team_of_any_size_takes_the_same_number_of_statements(
    house: House, organisation: Organisation
) -> None:
    session, team_id = house.work.session, TeamId(house.north.id)

    def statements() -> int:
        seen: list[str] = []
        session.flush()
        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", lambda *args: seen.append(args[2]))
        team_scorecard(session, CONSOLE, organisation, team_id, Q4, AsOf.at(NOW))
        return len(seen)

    house.won(house.ana, date(2026, 10, 5))
    first = statements()
    for _ in range(6):
        person = builders.a_person(session)
        session.add(MembershipRow(person_id=person.id, team_id=house.north.id, recorded_at=NOW))
        house.won(person, date(2026, 10, 5))
    assert statements() == first


def test_the_page_and_the_command_line_hold_figures_against_targets_alike(
    house: House, organisation: Organisation
) -> None:
    """Of a member who left on the 1st of November too: what adds up is prorated, a rate is not."""
    session = house.work.session
    kpis = {
        "won_revenue": house.revenue,
        "win_rate": house.kpi("Win rate", MetricId.WIN_RATE),
        "cycle": house.kpi("Cycle", MetricId.SALES_CYCLE_DAYS),
        "won_deals": house.ranged("Won deals", MetricId.WON_DEALS, 2, 3),
    }
    for row in session.scalars(select(MembershipRow).where(MembershipRow.person_id == house.bo.id)):
        row.end_on = date(2026, 11, 1)
    for whom in (house.ana, house.bo, house.north):
        for kpi_id, value in zip(kpis.values(), ("9200", "0.5", "30", "4"), strict=True):
            house.target(whom, value, kpi=kpi_id)
    house.won(house.ana, date(2026, 10, 5), 350_000)
    house.won(house.bo, date(2026, 10, 6), 100_000)
    as_of = AsOf.at(NOW)
    card = team_scorecard(session, CONSOLE, organisation, TeamId(house.north.id), Q4, as_of)
    team = Scope(ScopeKind.TEAM, house.north.id)
    for place, head in enumerate(card.kpis):

        def said(metric: MetricId, by: Dimension | None = None, key: str = head.key) -> Figure:
            question = Question(metric, team, as_of, Q4, by=by, kpi=key)
            return figure(session, organisation, question)

        for metric, of in HELD.items():
            assert said(metric).value == of(card.total[place]), (head.key, metric)
            people = {group.id: group.value for group in said(metric, Dimension.REP).groups}
            cells = {row.subject.person_id: of(row.cells[place]) for row in card.rows}
            assert people == cells, (head.key, metric)
    shares = {row.subject.name: [cell.target.value for cell in row.cells] for row in card.rows}
    assert shares == {
        "Ana Rep": [9200, Decimal("0.5"), 30, 4],
        "Bo Rep": [Decimal(9200) * 31 / 92, Decimal("0.5"), 30, Decimal(4) * 31 / 92],
    }


def test_a_team_is_seen_as_it_was_and_as_it_is_now(
    house: House, organisation: Organisation
) -> None:
    """Bo left the North for the South on the 1st of November; his deal of October stays or goes."""
    session, moved = house.work.session, date(2026, 11, 1)
    south = builders.a_team(session, "South", parent=house.top)
    was = session.scalars(select(MembershipRow).where(MembershipRow.person_id == house.bo.id)).one()
    was.end_on = moved
    session.add(
        MembershipRow(
            person_id=house.bo.id,
            team_id=south.id,
            start_on=moved,
            end_on=date.max,
            recorded_at=NOW,
        )
    )
    house.target(house.bo, "9200")
    house.won(house.ana, date(2026, 10, 5), 100_000)
    house.won(house.bo, date(2026, 10, 5), 300_000)
    today = organisation.business_date(NOW)

    def card(team: TeamRow, on: date | None) -> TeamScorecard:
        return team_scorecard(
            session, CONSOLE, organisation, TeamId(team.id), Q4, AsOf.at(NOW), on=on
        )

    assert [card(house.north, on).total[0].actual.value for on in (None, today)] == [4000, 1000]
    assert [card(south, on).total[0].actual.value for on in (None, today)] == [0, 3000]
    then, now = card(south, None).rows[0], card(south, today).rows[0]
    assert then.share is not None
    assert now.share is None
    assert [then.cells[0].target.value, now.cells[0].target.value] == [Decimal(6100), Decimal(9200)]
    assert [row.subject.name for row in card(house.north, today).rows] == ["Ana Rep"]
    for on in (None, today):
        scope = Scope(ScopeKind.TEAM, house.north.id, on=on)
        asked = Question(MetricId.WON_REVENUE, scope, AsOf.at(NOW), Q4)
        assert (
            figure(session, organisation, asked).value
            == card(house.north, on).total[0].actual.value
        )
