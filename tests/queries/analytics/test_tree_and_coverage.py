"""The tree of teams and the coverage of each row say what the command line says of the same."""

from datetime import date
from decimal import Decimal

import pytest

from spm.domain.access import Actor, Role
from spm.domain.analytics.tree import TeamTree
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, PersonId, TeamId
from spm.domain.metrics.figure import EVERYTHING, Question, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, parse
from spm.domain.targets.target import Owner
from spm.models.organisation import MembershipRow, PersonRow, TeamRow
from spm.queries.analytics import coverage
from spm.queries.analytics.quotas import Asked
from spm.queries.analytics.scorecard import rep_scorecard, team_scorecard
from spm.queries.analytics.tree import team_tree
from spm.queries.metrics.figures import figure
from spm.queries.organisation.actor import get_actor
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Q4 = parse("2026-Q4")
CONSOLE = Actor.console()
MOVED = date(2026, 11, 2)


class Company:
    """Sales above North (Ana, Bo) and South (Cy); Dee went from South to North in November."""

    def __init__(self, work: Work) -> None:
        self.work, session = work, work.session
        builders.an_organisation(session)
        self.boss = builders.a_person(session, "Boss", Role.MANAGER)
        self.ana, self.bo, self.cy, self.dee = (
            builders.a_person(session, name) for name in ("Ana", "Bo", "Cy", "Dee")
        )
        self.sales = builders.a_team(session, "Sales")
        self.north = builders.a_team(
            session, "North", self.ana, self.bo, head=self.boss, parent=self.sales
        )
        self.south = builders.a_team(session, "South", self.cy, parent=self.sales)
        for team, start, end in (
            (self.south, date.min, MOVED),
            (self.north, MOVED, date.max),
        ):
            session.add(
                MembershipRow(
                    person_id=self.dee.id,
                    team_id=team.id,
                    start_on=start,
                    end_on=end,
                    recorded_at=NOW,
                )
            )
        _, self.stages = builders.a_pipeline(session, "House")
        self.kpi = ensure_won_revenue_kpi(session, NOW)
        for whom, value in (
            (self.sales, 20_000), (self.north, 10_000), (self.ana, 6_000), (self.bo, 5_000),
            (self.dee, 9_200),
        ):  # fmt: skip
            self.target(whom, value)
        for owner, stage, on, minor in (
            (self.ana, "Won", date(2026, 10, 5), 250_000),
            (self.dee, "Won", date(2026, 10, 5), 100_000),
            (self.dee, "Won", date(2026, 11, 5), 30_000),
            (self.ana, "Lost", date(2026, 10, 6), 10_000),
            (self.cy, "Won", date(2026, 3, 5), 70_000),
            (self.bo, "Lost", date(2026, 3, 5), 70_000),
            (self.bo, "Won", date(2025, 11, 5), 70_000),
        ):
            builders.a_dated_deal(
                session, owner, self.stages[stage], opened_on=on, closed_on=on, amount_minor=minor
            )
        for owner, expected, amount in (
            (self.ana, date(2026, 12, 1), 500_000),
            (self.bo, date(2026, 12, 31), 80_000),
            (self.bo, date(2027, 1, 1), 999_900),
            (self.bo, date(2026, 12, 2), None),
            (self.cy, date(2026, 12, 1), 440_000),
            (self.dee, date(2026, 12, 1), 120_000),
        ):
            builders.a_dated_deal(
                session,
                owner,
                self.stages["Proposal"],
                opened_on=date(2026, 10, 1),
                expected_close_on=expected,
                amount_minor=amount,
            )

    def target(self, whom: PersonRow | TeamRow, value: int) -> None:
        owner = (
            Owner(team_id=TeamId(whom.id))
            if isinstance(whom, TeamRow)
            else Owner(person_id=PersonId(whom.id))
        )
        set_target(self.work, self.kpi, owner, Q4, value=Decimal(value), rationale="Plan")


@pytest.fixture
def company(work: Work) -> Company:
    return Company(work)


@pytest.fixture
def tree(company: Company, organisation: Organisation) -> TeamTree:
    asked = Asked(company.work.session, organisation, Q4, AsOf.at(NOW))
    return team_tree(asked, CONSOLE, None, KpiId(company.kpi))


def said(company: Company, organisation: Organisation, metric: MetricId, scope: Scope) -> Reading:
    """What the command line says."""
    question = Question(metric, scope, AsOf.at(NOW), Q4)
    return figure(company.work.session, organisation, question).reading


def same(page: Reading | None, line: Reading) -> None:
    """The parts of a coverage that a page shows."""
    assert page is not None
    assert (page.value, page.reason) == (line.value, line.reason)
    if page.value is None:
        return
    for name in ("needed", "numerator", "denominator", "n", "excluded"):
        assert getattr(page, name) == getattr(line, name), name


def test_each_team_of_the_tree_says_what_the_command_line_says(
    company: Company, organisation: Organisation, tree: TeamTree
) -> None:
    assert [(node.subject.name, node.depth) for node in tree.nodes] == [
        ("Sales", 0),
        ("North", 1),
        ("South", 1),
    ]
    for node in tree.nodes:
        scope = Scope(ScopeKind.TEAM, node.subject.team_id)
        line = node.line
        for metric, value in (
            (MetricId.WON_REVENUE, line.actual.value),
            (MetricId.TARGET, line.target.value),
            (MetricId.ATTAINMENT, line.attained.ratio),
            (MetricId.PACE, line.pace.ratio),
        ):
            assert said(company, organisation, metric, scope).value == value, (metric, scope)
        same(node.coverage, said(company, organisation, MetricId.COVERAGE, scope))


def test_the_people_s_targets_are_added_up_by_their_days_in_the_team(tree: TeamTree) -> None:
    """Dee: 9,200 over 92 days; 32 of them in the South, 60 in the North."""
    sales, north, south = (node.people for node in tree.nodes)
    assert (north.total, north.parent) == (Decimal(6_000 + 5_000 + 6_000), Decimal(10_000))
    assert north.over_assignment == Decimal("0.7")
    assert (south.total, south.parent, south.without) == (Decimal(3_200), None, 1)
    assert sales.total == Decimal(20_200)
    assert sales.over_assignment == Decimal("0.01")


def test_only_what_is_open_is_shown(company: Company, organisation: Organisation) -> None:
    asked = Asked(company.work.session, organisation, Q4, AsOf.at(NOW))
    closed = team_tree(asked, CONSOLE, None, KpiId(company.kpi), frozenset())
    assert [node.subject.name for node in closed.nodes] == ["Sales"]
    assert (closed.teams, closed.is_whole) == (3, False)
    sales = TeamId(company.sales.id)
    assert closed.toggled(sales) == {sales}


def test_a_manager_has_the_own_tree_and_no_other(
    company: Company, organisation: Organisation
) -> None:
    session = company.work.session
    boss = get_actor(session, PersonId(company.boss.id), NOW.date())
    asked = Asked(session, organisation, Q4, AsOf.at(NOW))
    own = team_tree(asked, boss, TeamId(company.north.id), KpiId(company.kpi))
    assert [node.subject.name for node in own.nodes] == ["North"]
    for other in (None, TeamId(company.sales.id), TeamId(company.south.id), TeamId(999_999)):
        with pytest.raises(NotFound):
            team_tree(asked, boss, other, KpiId(company.kpi))


def test_each_row_of_a_card_is_covered_as_the_command_line_says(
    company: Company, organisation: Organisation
) -> None:
    session, at = company.work.session, AsOf.at(NOW)
    for team in (company.sales, company.north, company.south):
        scope = Scope(ScopeKind.TEAM, team.id, label=team.name)
        card = team_scorecard(session, CONSOLE, organisation, TeamId(team.id), Q4, at)
        line = said(company, organisation, MetricId.COVERAGE, scope)
        same(coverage.of_subject(session, organisation, card, scope), line)
        rows = coverage.of_rows(session, organisation, card, scope)
        for row, covered in zip(card.rows, rows, strict=True):
            who = row.subject
            if row.share is not None and row.share.end == MOVED:
                assert covered is None  # gone: what is open with Dee is the North's by now
            elif row.share is None:
                kind = ScopeKind.REP if who.person_id else ScopeKind.TEAM
                alone = Scope(kind, who.person_id or who.team_id)
                same(covered, said(company, organisation, MetricId.COVERAGE, alone))
    for person in (company.ana, company.bo, company.cy):
        scope = Scope(ScopeKind.REP, person.id)
        own = rep_scorecard(session, CONSOLE, organisation, PersonId(person.id), Q4, at)
        line = said(company, organisation, MetricId.COVERAGE, scope)
        same(coverage.of_subject(session, organisation, own, scope), line)


def test_everybody_is_covered_by_all_that_is_open(
    company: Company, organisation: Organisation
) -> None:
    """5,000 + 800 + 4,400 + 1,200 open; 20,000 less the 3,800 won are missing."""
    session = company.work.session
    card = team_scorecard(session, CONSOLE, organisation, None, Q4, AsOf.at(NOW))
    found = coverage.of_subject(session, organisation, card, EVERYTHING)
    same(found, said(company, organisation, MetricId.COVERAGE, EVERYTHING))
    assert found is not None
    assert (found.numerator, found.denominator) == (Decimal(11_400), Decimal(16_200))


def test_a_period_that_is_over_is_not_covered(company: Company, organisation: Organisation) -> None:
    session = company.work.session
    card = team_scorecard(
        session, CONSOLE, organisation, TeamId(company.north.id), parse("2026-Q3"), AsOf.at(NOW)
    )
    scope = Scope(ScopeKind.TEAM, company.north.id)
    assert coverage.of_subject(session, organisation, card, scope) is None
    assert set(coverage.of_rows(session, organisation, card, scope)) <= {None}
