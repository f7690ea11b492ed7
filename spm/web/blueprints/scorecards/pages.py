"""What the pages of scorecards show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from flask import url_for

from spm.domain.access import Actor, Permission, Subject, may, reach
from spm.domain.analytics.ladder import Ladder, Rung
from spm.domain.analytics.scorecard import (
    KpiHead,
    KpiLine,
    Named,
    Scorecard,
    TeamRow,
    TeamScorecard,
    TrendPoint,
    WeightedPart,
)
from spm.domain.analytics.tree import Node, TeamTree
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import EVERYTHING, Question, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import NamedPeriod
from spm.domain.targets.target import Target
from spm.i18n import readings
from spm.queries.analytics import coverage
from spm.queries.analytics.next_acts import NextAct, of_person, of_team
from spm.queries.analytics.quotas import Asked
from spm.queries.analytics.scorecard import rep_scorecard, team_scorecard
from spm.queries.analytics.tree import team_tree
from spm.queries.metrics.sight import may_see
from spm.queries.targets.owners import Standing, Tree, allowed, people, teams
from spm.queries.targets.targets import waiting_for
from spm.services.work import Work
from spm.web.charts import reader
from spm.web.figures import explain_address, thin
from spm.web.looking import Look
from spm.web.navigation import exists
from spm.web.rendering import current_viewer


def explained(
    kpi: KpiHead,
    scope: Scope,
    at: Look,
    organisation: Organisation,
    by: Dimension | None = None,
) -> str | None:
    """Return the address of the page that explains a figure; None where there is no such page."""
    if not exists("metrics.explain"):
        return None
    question = Question(
        metric=kpi.metric,
        subject=scope,
        as_of=at.as_of,
        period=at.period,
        by=by,
        stage_id=kpi.stage_id,
        basis=kpi.basis,
    )
    return explain_address(question, organisation)


class Opening:
    """What the figures of a card open: each its definition card, under the same filter."""

    __slots__ = ()

    scope: Scope
    look: Look
    organisation: Organisation
    actor: Actor

    def opens(self, line: KpiLine, metric: str) -> str | None:
        """Return the address of ``target``, ``attainment`` or ``pace`` of a line."""
        return self._address(
            Question(
                MetricId(metric), self.scope, self.look.as_of, self.look.period, kpi=line.kpi.key
            )
        )

    def weighed(self, part: WeightedPart) -> str | None:
        """Return the address of the attainment of a part of the weighted one."""
        look = self.look
        return self._address(
            Question(MetricId.ATTAINMENT, self.scope, look.as_of, look.period, kpi=part.kpi.key)
        )

    def agreed(self, rung: Rung) -> str | None:
        """Return the address of what was agreed for a stage."""
        if rung.agreed_key is None:
            return None
        look = self.look
        return self._address(
            Question(MetricId.TARGET, self.scope, look.as_of, look.period, kpi=rung.agreed_key)
        )

    def past_attained(self, line: KpiLine, point: TrendPoint) -> str | None:
        """Return the address of the attainment of an earlier period."""
        asked = Question(
            MetricId.ATTAINMENT, self.scope, self.look.as_of, point.period, kpi=line.kpi.key
        )
        return self._address(asked)

    def behind(self, line: KpiLine) -> str | None:
        """Return the address of the deals behind the figure of ``line``."""
        return explained(line.kpi, self.scope, self.look, self.organisation)

    def past(self, line: KpiLine, point: TrendPoint) -> str | None:
        """Return the address of what is behind the figure of an earlier period."""
        at = replace(self.look, period=point.period)
        return explained(line.kpi, self.scope, at, self.organisation)

    def covers(self, key: str, scope: Scope, by: Dimension | None = None) -> str | None:
        """Return the address of how often the open pipeline of ``scope`` covers what is missing."""
        look = self.look
        return self._address(
            Question(MetricId.COVERAGE, scope, look.as_of, look.period, by=by, kpi=key)
        )

    def reached(self, rung: Rung) -> str | None:
        """Return the address of what reached a stage."""
        metric = MetricId.DEALS_REACHING_STAGE
        if rung.unit is Unit.MONEY:
            metric = MetricId.VALUE_REACHING_STAGE
        return self._staged(metric, rung, self.scope, self.look.period)

    def standing(self, rung: Rung) -> str | None:
        """Return the address of what stands in a stage: the open deals, by stage."""
        asked = Question(
            MetricId.OPEN_PIPELINE,
            self.scope,
            self.look.as_of,
            self.look.period,
            by=Dimension.STAGE,
        )
        return self._address(asked) if rung.open_deals else None

    def converted(self, steps: Ladder, rung: Rung, *, beside: bool = False) -> str | None:
        """Return the address of the rate at which deals went on from a stage, own or beside."""
        scope = steps.beside if beside else self.scope
        if scope is None or steps.year is None or not self._sees(scope):
            return None
        return self._staged(MetricId.STAGE_CONVERSION, rung, scope, steps.year)

    def sized(self, steps: Ladder) -> str | None:
        """Return the address of the average won deal of the year."""
        asked = Question(MetricId.AVERAGE_DEAL_SIZE, self.scope, self.look.as_of, steps.year)
        return self._address(asked)

    def thin(self, reading: Reading | None) -> str:
        """Return why a rate is shown in grey: it is over fewer cases than the organisation asks."""
        if reading is None or reading.value is None:
            return ""
        return thin(reading, self.organisation)

    def _staged(
        self, metric: MetricId, rung: Rung, scope: Scope, period: NamedPeriod
    ) -> str | None:
        return self._address(
            Question(metric, scope, self.look.as_of, period, stage_id=rung.stage_id)
        )

    def _address(self, question: Question) -> str | None:
        return explain_address(question, self.organisation) if exists("metrics.explain") else None

    def _sees(self, scope: Scope) -> bool:
        return may_see(self.actor, scope)


@dataclass(frozen=True, slots=True)
class RepPage(Opening):
    """One person's card.

    Attributes:
        coverage: How often what is open covers what is missing; None where that is not asked.
        acts: What waits for the person now.
        waiting: The person's targets that want an answer; only on one's own card.
        has_others: The reader can see more cards than one.
    """

    card: Scorecard
    scope: Scope
    look: Look
    coverage: Reading | None
    acts: tuple[NextAct, ...]
    waiting: tuple[Target, ...]
    has_others: bool
    is_own: bool
    organisation: Organisation
    actor: Actor
    today: date

    @property
    def headline(self) -> KpiLine | None:
        """The line that stands large above the others."""
        return self.card.headline

    @property
    def before(self) -> tuple[NamedPeriod, ...]:
        """Earlier periods that any line has, oldest first."""
        found = {point.period.name: point.period for one in self.card.lines for point in one.trend}
        return tuple(sorted(found.values(), key=lambda named: named.period))

    @property
    def pack_url(self) -> str | None:
        """Where the person's review pack is made by a reader who may, else where they are read."""
        person_id, period = self.card.subject.person_id, self.card.period.name
        if self.is_own or not _may_issue():
            return url_for("packs.list", person=person_id)
        return url_for("packs.issue", person=person_id, period=period)

    def reason(self, line: KpiLine) -> str | None:
        """Return why the figure of ``line`` is unknown, as a sentence."""
        return readings.reason(line.actual.reason, reader().locale)


def rep_page(work: Work, person_id: PersonId, look: Look) -> RepPage:
    """Return the page of one person's card.

    Raises:
        NotFound: Nobody, or nobody whose figures the reader may see.
    """
    there = (work.session, work.actor, work.organisation)
    card = rep_scorecard(*there, person_id, look.period, look.as_of)
    is_own = person_id == work.actor.person_id
    scope = Scope(ScopeKind.REP, person_id, label=card.subject.name)
    return RepPage(
        card=card,
        scope=scope,
        look=look,
        coverage=coverage.of_subject(work.session, work.organisation, card, scope),
        acts=of_person(work.session, person_id, work.today),
        waiting=(
            waiting_for(work.session, work.organisation, person_id, work.today) if is_own else ()
        ),
        has_others=_has_others(work),
        is_own=is_own,
        organisation=work.organisation,
        actor=work.actor,
        today=work.today,
    )


@dataclass(frozen=True, slots=True)
class TeamPage(Opening):
    """One team's card.

    Attributes:
        coverage: How often what is open covers what is missing; None where that is not asked.
        covered: The same of each row.
        tree: The teams below with one KPI; None where there are none.
        teams: Whose cards the reader can see, by name.
        may_plan: The reader sets targets for somebody here.
    """

    card: TeamScorecard
    scope: Scope
    look: Look
    coverage: Reading | None
    covered: tuple[Reading | None, ...]
    tree: TeamTree | None
    acts: tuple[NextAct, ...]
    teams: tuple[Standing, ...]
    may_plan: bool
    organisation: Organisation
    actor: Actor
    today: date

    @property
    def pack_url(self) -> str | None:
        """Where the review packs of the team are made, if they can be."""
        team_id, period = self.card.subject.team_id, self.card.period.name
        if team_id is None or not _may_issue():
            return None
        if may(self.actor, Permission.PACKS_ISSUE, Subject(team_id=team_id)):
            return url_for("packs.issue", team=team_id, period=period)
        return url_for("packs.issue", within=team_id, period=period)

    def behind_cell(self, row: TeamRow, cell: KpiLine) -> str | None:
        """Return the address of the deals behind a cell: those credited while in the team."""
        subject = row.subject
        if row.share is not None:
            # A part of the person's own figure only: the team's, broken down to the people.
            return explained(cell.kpi, self.scope, self.look, self.organisation, Dimension.REP)
        kind = ScopeKind.TEAM if subject.person_id is None else ScopeKind.REP
        on = self.look.teams_on if subject.person_id is None else None
        scope = Scope(kind, subject.person_id or subject.team_id, label=subject.name, on=on)
        return explained(cell.kpi, scope, self.look, self.organisation)

    def attained_cell(self, row: TeamRow, cell: KpiLine) -> str | None:
        """Return the address of the attainment in a cell."""
        if row.share is not None:
            scope, by = self.scope, Dimension.REP
        else:
            scope, by = self._scope_of(row.subject), None
        look = self.look
        return self._address(
            Question(MetricId.ATTAINMENT, scope, look.as_of, look.period, by=by, kpi=cell.kpi.key)
        )

    @property
    def has_coverage(self) -> bool:
        """Whether any row, or the team itself, has a coverage to show."""
        return self.coverage is not None or any(self.covered)

    def covers_row(self, row: TeamRow) -> str | None:
        """Return the address of a row's coverage."""
        key = row.cells[self.card.headline or 0].kpi.key
        if row.share is not None:
            return self.covers(key, self.scope, Dimension.REP)
        return self.covers(key, self._scope_of(row.subject))

    def of_node(self, node: Node, metric: str) -> str | None:
        """Return the address of ``target``, ``attainment``, ``pace`` or ``coverage`` of a team."""
        scope, look = self._scope_of(node.subject), self.look
        return self._address(
            Question(MetricId(metric), scope, look.as_of, look.period, kpi=node.line.kpi.key)
        )

    def behind_node(self, node: Node) -> str | None:
        """Return the address of the deals behind the figure of a team."""
        return explained(node.line.kpi, self._scope_of(node.subject), self.look, self.organisation)

    def people_of(self, node: Node) -> str | None:
        """Return the address of the targets of the people of a team, one by one."""
        return self._address(
            Question(
                MetricId.TARGET,
                self._scope_of(node.subject),
                self.look.as_of,
                self.look.period,
                by=Dimension.REP,
                kpi=node.line.kpi.key,
            )
        )

    def toggled(self, node: Node) -> str:
        """Return the open teams, as an address says them, once ``node`` is opened or closed."""
        if self.tree is None or node.subject.team_id is None:
            return NONE_OPEN
        return _said(self.tree.toggled(node.subject.team_id))

    def _scope_of(self, subject: Named) -> Scope:
        if subject.person_id is not None:
            return Scope(ScopeKind.REP, subject.person_id, label=subject.name)
        on = self.look.teams_on
        return Scope(ScopeKind.TEAM, subject.team_id, label=subject.name, on=on)


NONE_OPEN, ALL_OPEN = "0", "all"
"""What an address says where every team is closed, or every one is open."""


def _said(opened: Collection[TeamId]) -> str:
    return "-".join(str(one) for one in sorted(opened)) or NONE_OPEN


def _opened(text: str | None, teams: Mapping[int, str]) -> frozenset[TeamId] | None:
    """Return the teams that an address says are open; what it does not know is left out."""
    if text is None:
        return None
    if text == ALL_OPEN:
        return frozenset(TeamId(one) for one in teams)
    asked = {
        int(one) for one in text.split("-") if one.isascii() and one.isdigit() and len(one) < 18
    }
    return frozenset(TeamId(one) for one in asked if one in teams)


def _tree_of(work: Work, card: TeamScorecard, look: Look, opened: str | None) -> TeamTree | None:
    """Return the tree of teams with the card's first KPI; None where no team is below."""
    if card.headline is None or not any(row.subject.team_id for row in card.rows):
        return None
    asked = Asked(work.session, work.organisation, look.period, look.as_of, look.teams_on)
    return team_tree(
        asked,
        work.actor,
        card.subject.team_id,
        card.kpis[card.headline].id,
        _opened(opened, Tree(work.session).names),
    )


def team_page(
    work: Work, team_id: TeamId | None, look: Look, opened: str | None = None
) -> TeamPage:
    """Return the page of one team's card, or of the organisation's.

    Args:
        work: Of whom.
        team_id: Which team; None for the organisation.
        look: Which period, as of when.
        opened: Which teams of the tree are open, as an address says them.

    Raises:
        NotFound: No team, or none whose figures the reader may see.
    """
    there = (work.session, work.actor, work.organisation)
    card = team_scorecard(*there, team_id, look.period, look.as_of, on=look.teams_on)
    scope = EVERYTHING
    if team_id is not None:
        scope = Scope(ScopeKind.TEAM, team_id, label=card.subject.name, on=look.teams_on)
    return TeamPage(
        card=card,
        scope=scope,
        look=look,
        coverage=coverage.of_subject(work.session, work.organisation, card, scope),
        covered=coverage.of_rows(work.session, work.organisation, card, scope, look.teams_on),
        tree=_tree_of(work, card, look, opened),
        acts=of_team(work.session, card, work.today),
        teams=_seen_teams(work),
        may_plan=any(
            may(work.actor, Permission.TARGETS_SET, one.owner.subject)
            for one in people(work.session, work.today)
            if team_id is None or team_id in one.teams
        ),
        organisation=work.organisation,
        actor=work.actor,
        today=work.today,
    )


@dataclass(frozen=True, slots=True)
class ListPage:
    """Whose cards the reader can open."""

    teams: tuple[Standing, ...]
    people: tuple[Standing, ...]
    has_all: bool


def list_page(work: Work) -> ListPage:
    """Return the page of all cards in sight."""
    return ListPage(_seen_teams(work), _seen(work), may(work.actor, Permission.TEAM_FIGURES_VIEW))


def _may_issue() -> bool:
    return current_viewer().may(Permission.PACKS_ISSUE.value)


def _seen(work: Work) -> tuple[Standing, ...]:
    return allowed(work.actor, Permission.FIGURES_VIEW, people(work.session, work.today))


def _has_others(work: Work) -> bool:
    """Return whether the reader can see more cards of people than one."""
    sight = reach(work.actor, Permission.FIGURES_VIEW)
    return (sight.is_everybody or len(sight.people) > 1) and len(_seen(work)) > 1


def _seen_teams(work: Work) -> tuple[Standing, ...]:
    return allowed(work.actor, Permission.TEAM_FIGURES_VIEW, teams(work.session))
