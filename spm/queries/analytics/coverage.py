"""Pipeline coverage of a whole card at once: each row says what ``spm metric coverage`` says."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from spm.domain.analytics.scorecard import KpiLine, Scorecard, TeamRow, TeamScorecard
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.arithmetic import reading
from spm.domain.metrics.figure import (
    EVERYTHING,
    Question,
    Reading,
    Reason,
    Scope,
    ScopeKind,
)
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, of_dates
from spm.domain.ratio import quotient
from spm.domain.targets.comparison import coverage_of
from spm.queries.metrics.cells import STATE
from spm.queries.metrics.counted import open_expected, twelve_months_to
from spm.queries.metrics.figures import figure
from spm.queries.metrics.rolled import Wanted, rolled
from spm.queries.targets.owners import Tree


def of_subject(
    session: Session, organisation: Organisation, card: Scorecard | TeamScorecard, scope: Scope
) -> Reading | None:
    """Return the coverage of a card's own line; None without won revenue, or once the period is over."""
    lines = card.lines if isinstance(card, Scorecard) else card.total
    line = _revenue(lines)
    if line is None or card.elapsed >= 1:
        return None
    there = Coverage(session, organisation, card.period, card.as_of)
    missing = "no-target-organisation" if scope == EVERYTHING else "no-target"
    return coverage_of(line.actual, line.target, there.pipeline(scope), there.rate(scope), missing)


def of_rows(
    session: Session,
    organisation: Organisation,
    card: TeamScorecard,
    scope: Scope,
    on: date | None = None,
) -> tuple[Reading | None, ...]:
    """Return the coverage of each row of a card, in their order.

    None as above, and for who no longer belonged to the team on the as-of day: what is open with them
    is another team's by now.
    """
    if card.elapsed >= 1:
        return tuple(None for _ in card.rows)
    there = Coverage(session, organisation, card.period, card.as_of)
    teams = [row.subject.team_id for row in card.rows if row.subject.team_id is not None]
    of_team = there.of_teams(Tree(session), teams, on)
    people = [row.subject.person_id for row in card.rows if row.subject.person_id is not None]
    pipelines = there.pipelines(scope, Dimension.REP) if people else {}
    rates = there.rates_of(people) if people else {}
    found: list[Reading | None] = []
    for row in card.rows:
        line = _revenue(row.cells)
        if line is None or _has_left(card, row):
            found.append(None)
        elif row.subject.team_id is not None:
            pipeline, rate = of_team[row.subject.team_id]
            found.append(coverage_of(line.actual, line.target, pipeline, rate))
        else:
            who = row.subject.person_id
            pipeline = pipelines.get(who, there.nothing)
            rate = rates[who].value if who in rates else None
            found.append(coverage_of(line.actual, line.target, pipeline, rate))
    return tuple(found)


class Coverage:
    """The two things that a coverage takes beside a line: what is open, and the win rate of a year."""

    def __init__(
        self, session: Session, organisation: Organisation, period: NamedPeriod, as_of: AsOf
    ) -> None:
        self.session, self.organisation = session, organisation
        self.period, self.as_of = period, as_of
        self.year = of_dates(twelve_months_to(as_of.day(organisation.zone)))

    @property
    def nothing(self) -> Reading:
        """What is open where nothing is."""
        return Reading(unit=Unit.MONEY, value=Decimal(0), currency=self.organisation.currency)

    def pipeline(self, scope: Scope) -> Reading:
        """Return what is open of ``scope`` and expected in the period."""
        return self.pipelines(scope).get(None, self.nothing)

    def pipelines(self, scope: Scope, by: Dimension | None = None) -> Mapping[Hashable, Reading]:
        """Return the same by person or team; whoever has nothing open is left out."""
        asked = Question(MetricId.WEIGHTED_PIPELINE, scope, self.as_of, self.period, by=by)
        return open_expected(self.session, self.organisation, asked)

    def rate(self, scope: Scope) -> Decimal | None:
        """Return the win rate of ``scope`` in the twelve months to the as-of."""
        asked = Question(MetricId.WIN_RATE, scope, self.as_of, self.year)
        return figure(self.session, self.organisation, asked).reading.value

    def rates(self, scope: Scope, by: Dimension) -> Mapping[int | None, Reading]:
        """Return the same by person or team."""
        asked = Question(MetricId.WIN_RATE, scope, self.as_of, self.year, by=by)
        groups = figure(self.session, self.organisation, asked).groups
        return {group.id: group.reading for group in groups}

    def rates_of(self, people: Iterable[PersonId]) -> Mapping[int | None, Reading]:
        """Return the same of some people, wherever they sold; whoever decided nothing is left out."""
        asked = Question(MetricId.WIN_RATE, EVERYTHING, self.as_of, self.year)
        wanted = Wanted(STATE, ("won", "lost"), None, self.year.period, against_lost=True)
        by_rep, owners = Dimension.REP, frozenset(people)
        known = rolled(self.session, self.organisation, asked, by_rep, wanted, owners=owners)
        if known is None:
            return self.rates(EVERYTHING, by_rep)
        return {
            who: reading(MetricId.WIN_RATE, tally, self.organisation.currency)
            for who, tally in known[0].items()
            if isinstance(who, int)
        }

    def of_teams(
        self, tree: Tree, teams: Iterable[TeamId], on: date | None
    ) -> Mapping[TeamId, tuple[Reading, Decimal | None]]:
        """Return what is open and the win rate of each team with those below it.

        As it was, all teams are read at once and added up along the tree: a person belongs to one
        team at a time. As it is now, one by one.
        """
        wanted = tuple(teams)
        if on is not None:
            scopes = {one: Scope(ScopeKind.TEAM, one, on=on) for one in wanted}
            return {one: (self.pipeline(there), self.rate(there)) for one, there in scopes.items()}
        if not wanted:
            return {}
        opened = self.pipelines(EVERYTHING, Dimension.TEAM)
        decided = self.rates(EVERYTHING, Dimension.TEAM)
        found = {}
        for team in wanted:
            below = tree.below(team)
            won = [decided[one] for one in below if one in decided]
            rate = quotient(
                sum((one.numerator or Decimal(0) for one in won), Decimal(0)),
                sum((one.denominator or Decimal(0) for one in won), Decimal(0)),
            )
            found[team] = (self._together([opened[one] for one in below if one in opened]), rate)
        return found

    def _together(self, parts: Sequence[Reading]) -> Reading:
        """Return the sum of what is open in several teams; unknown where that cannot be said."""
        n, excluded = sum(one.n for one in parts), sum(one.excluded for one in parts)
        priced = [one for one in parts if one.n]
        currencies = sorted({one.currency for one in priced if one.currency})
        reason = next((one.reason for one in priced if one.value is None), None)
        if len(currencies) > 1:
            reason = Reason("several-currencies", {"currencies": ", ".join(currencies)})
        elif excluded and not priced:
            reason = Reason("no-amounts", {"deals": excluded})
        if reason is not None:
            return Reading(unit=Unit.MONEY, n=n, excluded=excluded, reason=reason)
        value = sum((one.value or Decimal(0) for one in priced), Decimal(0))
        currency = currencies[0] if currencies else self.organisation.currency
        return Reading(unit=Unit.MONEY, value=value, currency=currency, n=n, excluded=excluded)


def _revenue(lines: Iterable[KpiLine]) -> KpiLine | None:
    return next((one for one in lines if one.kpi.metric is MetricId.WON_REVENUE), None)


def _has_left(card: TeamScorecard, row: TeamRow) -> bool:
    return row.share is not None and row.share.end <= card.period.period.nearest(card.as_of_day)
