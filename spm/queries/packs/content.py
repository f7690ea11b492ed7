"""What a review pack shows, put together from the same reads as the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.analytics.ladder import Ladder as CardLadder
from spm.domain.analytics.scorecard import (
    TREND,
    KpiLine,
    Scorecard,
    TeamScorecard,
    TrendPoint,
    answer_of,
    trend_of,
)
from spm.domain.ids import KpiId, PersonId, TargetId, TeamId
from spm.domain.metrics.figure import Question, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import METRICS, MetricId
from spm.domain.money import Money, minor_digits
from spm.domain.organisation import LinkKind, Organisation
from spm.domain.packs.content import (
    Composed,
    Crew,
    Decision,
    Definition,
    Figure,
    KpiSheet,
    Ladder,
    LineFigure,
    Member,
    MemberCell,
    NextTarget,
    PackContent,
    PeriodPoint,
    Rung,
    TargetNote,
)
from spm.domain.packs.forecast import Forecast
from spm.domain.period import AsOf, NamedPeriod, Period, PeriodKind, name_of, previous
from spm.domain.targets.kpi import Measure
from spm.domain.targets.resolve import Resolved, resolve
from spm.domain.targets.target import Owner
from spm.domain.workdays import Calendar
from spm.queries.analytics.scorecard import rep_scorecard, team_scorecard
from spm.queries.metrics.figures import figure
from spm.queries.metrics.spans import Set, set_for
from spm.queries.organisation.links import links_of
from spm.queries.organisation.people import get_person
from spm.queries.organisation.teams import get_team
from spm.queries.packs.beside import Team, colleagues_of, days_by_stage, stage_times
from spm.queries.packs.deals import closed_deals, falls, find_recorded_until
from spm.queries.packs.funnel import funnel, passages
from spm.queries.packs.known import Known
from spm.queries.packs.standing import Standing, expected, open_counts, open_deals, outlook
from spm.queries.targets.actuals import actuals, earlier
from spm.queries.targets.owners import Tree
from spm.queries.targets.targets import answers, revisions

BESIDE = (
    MetricId.WON_REVENUE,
    MetricId.WON_DEALS,
    MetricId.LOST_DEALS,
    MetricId.WIN_RATE,
    MetricId.AVERAGE_DEAL_SIZE,
    MetricId.SALES_CYCLE_DAYS,
)
"""Figures that a pack shows beside the KPIs, unless one of them is a KPI."""

YEAR_BACK = {
    PeriodKind.MONTH: 12,
    PeriodKind.QUARTER: 4,
    PeriodKind.HALF: 2,
    PeriodKind.YEAR: 1,
}
"""Periods of a kind in a year."""

_TICK = timedelta(microseconds=1)

TEAM_TREND = 4
"""Earlier periods in the trend of a team: each is a card of its own."""

MOST_NOTES = 16
"""Entries of a KPI's target log that a pack keeps, the latest ones."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose pack, for when, as of when."""

    session: Session
    actor: Actor
    organisation: Organisation
    owner: Owner
    period: NamedPeriod
    as_of: AsOf

    @property
    def next_period(self) -> NamedPeriod:
        """The period that follows."""
        return previous(self.period, -1)

    @property
    def scope(self) -> Scope:
        """The person's own credit, or that of who belonged to the team."""
        if self.owner.team_id is not None:
            return Scope(ScopeKind.TEAM, self.owner.team_id)
        return Scope(ScopeKind.REP, self.owner.person_id)

    @property
    def known(self) -> Known:
        """What its deals are read for."""
        zone, root = self.organisation.zone, self.owner.team_id
        end = AsOf(self.organisation.start_of(self.period.period.end))
        open_as_of = min(self.as_of, end)
        return Known(
            self.scope,
            () if root is None else tuple(Tree(self.session).below(root)),
            self.period.period,
            self.as_of.cutoff,
            open_as_of.cutoff,
            open_as_of.day(zone),
        )


def pack_content(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    person_id: PersonId,
    period: NamedPeriod,
    as_of: AsOf,
    *,
    decisions: Sequence[Decision] = (),
) -> PackContent:
    """Return what a person's pack shows.

    Raises:
        NotFound: There is no such person, or none whose figures ``actor`` may see.
    """
    owner = Owner(person_id=person_id)
    asked = Asked(session, actor, organisation, owner, period, as_of)
    card = rep_scorecard(session, actor, organisation, person_id, period, as_of)
    day = period.period.nearest(card.as_of_day)
    managers = links_of(session, LinkKind.LINE, person_id=person_id, day=day)
    team_id = card.subject.team_id
    heading = _Heading(
        card.subject.name,
        get_person(session, person_id).title,
        "" if team_id is None else get_team(session, team_id).name,
        managers[0].target if managers else "",
    )
    return _content(asked, card, heading, _year_before(asked, card), decisions)


def team_content(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    team_id: TeamId,
    period: NamedPeriod,
    as_of: AsOf,
    *,
    decisions: Sequence[Decision] = (),
) -> PackContent:
    """Return what a team's pack shows: the team's own figures, and who makes them up.

    Raises:
        NotFound: There is no such team, or none whose figures ``actor`` may see.
    """
    asked = Asked(session, actor, organisation, Owner(team_id=team_id), period, as_of)
    team = team_scorecard(session, actor, organisation, team_id, period, as_of)
    card = _card_of(asked, team)
    day = period.period.nearest(card.as_of_day)
    heads = links_of(session, LinkKind.HEAD, target_id=team_id, day=day)
    parent_id = get_team(session, team_id).parent_id
    above = "" if parent_id is None else get_team(session, parent_id).name
    heading = _Heading(card.subject.name, "", above, ", ".join(one.person for one in heads))
    wanted = YEAR_BACK.get(period.kind, 0)
    year_before = {
        line.kpi.id: _point(card, line, point)
        for line in card.lines
        for point in line.trend
        if wanted and point.period == previous(period, wanted)
    }
    content = _content(asked, card, heading, year_before, decisions)
    return replace(content, crew=_crew(asked, team))


@dataclass(frozen=True, slots=True)
class _Heading:
    """Whose pack it is, in words; of a team: the team above it, and who heads it."""

    name: str
    title: str
    team: str
    manager: str


def _content(
    asked: Asked,
    card: Scorecard,
    heading: _Heading,
    year_before: Mapping[KpiId, PeriodPoint],
    decisions: Sequence[Decision],
) -> PackContent:
    session, organisation, period = asked.session, asked.organisation, asked.period
    known = asked.known
    there = open_deals(session, organisation, known)
    closed = closed_deals(session, known)
    fell, slipped = falls(session, organisation, known, there.crossings)
    coming = _next(asked, card)
    team = _team(asked, card)
    return PackContent(
        organisation=organisation.name,
        person=heading.name,
        title=heading.title,
        team=heading.team,
        manager=heading.manager,
        period=period.name,
        start=period.period.start,
        end=period.period.end,
        next_period=asked.next_period.name,
        as_of=asked.as_of.cutoff - _TICK,
        as_of_day=card.as_of_day,
        zone=organisation.time_zone,
        recorded_until=find_recorded_until(session, known),
        elapsed=card.elapsed,
        kpis=tuple(
            _sheet(asked, card, line, year_before.get(line.kpi.id), team) for line in card.lines
        ),
        figures=_beside(asked, card, team),
        ladders=_ladders(asked, card.ladders, there.deals, team),
        open=there.named,
        won=closed.won,
        lost=closed.lost,
        lessons=closed.lessons,
        shares=closed.shares,
        hygiene=there.hygiene,
        next_targets=coming,
        decisions=tuple(decisions),
        falls=fell,
        slippage=slipped,
        outlook=outlook(
            there.deals,
            asked.next_period.period,
            organisation.currency,
            _revenue_wanted(card, coming, organisation.currency),
        ),
        forecasts=_forecasts(asked, card, coming, there.deals),
        composed=_composed(card),
    )


def _composed(card: Scorecard) -> Composed | None:
    found = card.weighted
    return None if found is None else Composed(found.ratio, len(found.parts), found.left_out)


def _team(asked: Asked, card: Scorecard) -> Team | None:
    """Return whom a person stands beside; None of a team, and without one."""
    person_id, team_id = asked.owner.person_id, card.subject.team_id
    if person_id is None or team_id is None:
        return None
    day = asked.period.period.nearest(card.as_of_day)
    colleagues = colleagues_of(asked.session, team_id, person_id, day)
    there = (asked.session, asked.organisation, asked.period, asked.as_of)
    return Team(*there, team_id, colleagues)


def _forecasts(
    asked: Asked, card: Scorecard, coming: Sequence[NextTarget], there: Sequence[Standing]
) -> tuple[Forecast, ...]:
    """Return what is expected of the period, unless it is over, and of the next."""
    home = asked.organisation.currency
    line = next((one for one in card.lines if one.kpi.metric is MetricId.WON_REVENUE), None)
    key = None if line is None else line.kpi.key
    targets = (
        None if line is None else _in_home(line.target.value, line.target.currency, home),
        _revenue_wanted(card, coming, home),
    )
    spans = (asked.period, asked.next_period)
    is_over = card.as_of_day >= asked.period.period.last_day
    return tuple(
        _forecast(asked, span, target, key, there)
        for span, target in zip(spans, targets, strict=True)
        if not (is_over and span is asked.period)
    )


def _forecast(
    asked: Asked,
    span: NamedPeriod,
    target: Money | None,
    key: str | None,
    there: Sequence[Standing],
) -> Forecast:
    home = asked.organisation.currency
    lines, others = expected(there, span.period, home)
    won = figure(
        asked.session,
        asked.organisation,
        Question(MetricId.WON_REVENUE, asked.scope, asked.as_of, span),
    ).reading
    covered = None
    if target is not None and key is not None:
        question = Question(MetricId.COVERAGE, asked.scope, asked.as_of, span, kpi=key)
        covered = figure(asked.session, asked.organisation, question).reading
    return Forecast(
        period=span.name,
        won=_in_home(won.value, won.currency, home),
        won_deals=won.n,
        lines=lines,
        target=target,
        coverage=None if covered is None else covered.value,
        needed=None if covered is None else covered.needed,
        others=others,
    )


def _in_home(value: Decimal | None, currency: str | None, home: str) -> Money | None:
    """Return an amount in the organisation's currency; None where it is unknown or in another."""
    if value is None or currency not in {None, home}:
        return None
    return Money.of(home, value.quantize(Decimal(1).scaleb(-minor_digits(home)), ROUND_HALF_EVEN))


def _revenue_wanted(card: Scorecard, coming: Sequence[NextTarget], currency: str) -> Money | None:
    """Return the target of won revenue in the next period; None without one in that currency."""
    for line, target in zip(card.lines, coming, strict=True):
        is_revenue = line.kpi.metric is MetricId.WON_REVENUE
        if is_revenue and target.currency == currency:
            return _in_home(target.value, target.currency, currency)
    return None


def _card_of(asked: Asked, team: TeamScorecard) -> Scorecard:
    """Return a team's own lines as a card, with those of earlier periods as their trend."""
    return Scorecard(
        team.subject,
        team.period,
        team.as_of,
        team.as_of_day,
        team.elapsed,
        tuple(replace(line, trend=_trend(asked, line)) for line in team.total),
        team.ladders,
        team.finding,
    )


def _trend(asked: Asked, line: KpiLine) -> tuple[TrendPoint, ...]:
    """Return the earlier periods of a team's line; without those before the first in which anything
    was or was due.
    """
    kpi = line.kpi
    periods = earlier(asked.period, TEAM_TREND)
    if not periods:
        return ()
    measure = Measure(kpi.metric, stage_id=kpi.stage_id, basis=kpi.basis)
    readings = actuals(
        asked.session, asked.organisation, measure, asked.scope, periods, asked.as_of
    )
    span = Period(periods[0].period.start, periods[-1].period.end)
    sets = set_for(asked.session, [kpi.id], [asked.owner], span)
    known = sets.get((kpi.id, None, asked.owner.team_id), Set())
    calendar = Calendar(asked.organisation.holidays)

    def target_in(period: NamedPeriod) -> Resolved:
        return resolve(period.period, known.spans, calendar, is_additive=kpi.adds_up)

    return trend_of(periods, readings, target_in, kpi.yardstick)


def _crew(asked: Asked, team: TeamScorecard) -> Crew:
    counts = open_counts(asked.session, asked.known)
    return Crew(
        tuple(
            Member(
                row.subject.name,
                tuple(
                    MemberCell(
                        cell.actual.value,
                        cell.target.value,
                        cell.attained.ratio,
                        cell.status.value,
                    )
                    for cell in row.cells
                ),
                None if row.subject.person_id is None else counts.get(row.subject.person_id, 0),
                is_team=row.subject.person_id is None,
            )
            for row in team.rows
        ),
        team.hidden,
    )


def _year_before(asked: Asked, card: Scorecard) -> Mapping[KpiId, PeriodPoint]:
    """Return each KPI a year before: from the trend where it reaches back that far."""
    back = YEAR_BACK.get(asked.period.kind)
    if back is None:
        return {}
    wanted = previous(asked.period, back)
    found = {
        line.kpi.id: _point(card, line, point)
        for line in card.lines
        for point in line.trend
        if point.period == wanted
    }
    if back <= TREND:
        return found
    person_id = asked.owner.person_id or PersonId(0)
    before = rep_scorecard(
        asked.session, asked.actor, asked.organisation, person_id, wanted, asked.as_of
    )
    return {
        line.kpi.id: _now(before, line)
        for line in before.lines
        if line.actual.n or line.target.value is not None
    }


def _sheet(
    asked: Asked,
    card: Scorecard,
    line: KpiLine,
    year_before: PeriodPoint | None,
    team: Team | None,
) -> KpiSheet:
    kpi, pace = line.kpi, line.pace
    median = None
    if team is not None:
        median = team.median(line.actual, kpi.metric, kpi.stage_id, kpi.basis)
    return KpiSheet(
        key=kpi.key,
        name=kpi.name,
        metric=kpi.metric.value,
        definition=_definition(kpi.metric),
        unit=kpi.unit,
        currency=_currency_of(line),
        direction=kpi.direction,
        now=_now(card, line),
        expected=pace.expected,
        pace=pace.ratio,
        gap=pace.gap,
        status=line.status.value,
        answer=None if line.answer is None else line.answer.value,
        missing=line.target.missing if line.target.value is not None else (),
        trend=tuple(_point(card, line, point) for point in line.trend),
        prior_year=year_before,
        log=_log(asked, line),
        median=median,
        bounds=kpi.yardstick.bounds,
    )


def _definition(metric: MetricId) -> Definition:
    found = METRICS[metric]
    return Definition(found.label, found.formula, found.rules, found.source)


def _currency_of(line: KpiLine) -> str | None:
    return line.actual.currency or line.kpi.currency


def _now(card: Scorecard, line: KpiLine) -> PeriodPoint:
    return _point(card, line, TrendPoint(card.period, line.actual, line.target, line.attained))


def _point(card: Scorecard, line: KpiLine, point: TrendPoint) -> PeriodPoint:
    period = point.period
    return PeriodPoint(
        period.name,
        period.period.start,
        period.period.end,
        _figure(point.actual),
        point.target.value,
        point.attained.ratio,
        is_over=card.as_of_day >= period.period.last_day,
        target_currency=_other_than(_currency_of(line), point.target.currency),
    )


def _other_than(currency: str | None, other: str | None) -> str | None:
    return None if other == currency else other


def _figure(reading: Reading) -> Figure:
    low, high = reading.interval or (None, None)
    reason = reading.reason
    return Figure(
        value=reading.value,
        n=reading.n,
        excluded=reading.excluded,
        low=None if low is None else _bound(low),
        high=None if high is None else _bound(high),
        median=reading.median,
        reason=None if reason is None else reason.code,
        facts=() if reason is None else tuple((k, str(v)) for k, v in reason.facts.items()),
    )


def _bound(value: float) -> Decimal:
    return round(Decimal(value), 6)


def _log(asked: Asked, line: KpiLine) -> tuple[TargetNote, ...]:
    """Return what was set and said about the targets that the line's target is made of."""
    start = asked.organisation.fiscal_start
    notes: list[TargetNote] = []
    for part in line.target.parts:
        period, target_id = name_of(part.span.period, start), TargetId(part.span.key)
        currency = _other_than(_currency_of(line), part.span.currency)
        notes += (
            TargetNote(
                r.set_at, r.set_by or "", "set", period, r.value, r.reason or r.rationale, currency
            )
            for r in revisions(asked.session, target_id)
        )
        notes += (
            TargetNote(a.at, a.by, a.kind.value, period, None, a.words)
            for a in answers(asked.session, target_id)
        )
    return tuple(sorted(notes, key=lambda note: (note.at, note.period))[-MOST_NOTES:])


def _beside(asked: Asked, card: Scorecard, team: Team | None) -> tuple[LineFigure, ...]:
    shown = {line.kpi.metric for line in card.lines}
    return tuple(_line_figure(asked, metric, team) for metric in BESIDE if metric not in shown)


def _line_figure(asked: Asked, metric: MetricId, team: Team | None) -> LineFigure:
    now, before = (
        figure(
            asked.session,
            asked.organisation,
            Question(metric, asked.scope, asked.as_of, period),
        ).reading
        for period in (asked.period, previous(asked.period))
    )
    return LineFigure(
        metric.value,
        _definition(metric),
        now.unit,
        now.currency,
        _figure(now),
        _figure(before),
        None if team is None else team.median(now, metric),
    )


def _ladders(
    asked: Asked, ladders: Sequence[CardLadder], there: Sequence[Standing], team: Team | None
) -> tuple[Ladder, ...]:
    """Return the stages of each pipeline: what was needed, what became of it, how long it took."""
    session, known, person_id = asked.session, asked.known, asked.owner.person_id
    timed = (asked.period, asked.as_of)
    own = funnel(session, known)
    days = days_by_stage(session, asked.organisation, asked.scope, *timed)
    beside, theirs = None, {}
    if team is not None:
        below = tuple(Tree(session).below(team.team_id))
        beside = funnel(session, known.of_team(team.team_id, below))
        theirs = dict(days_by_stage(session, asked.organisation, team.scope, *timed))
    became = passages(own, beside, person_id)
    times = stage_times(own, days, there, beside, theirs, person_id)
    return tuple(
        Ladder(
            ladder.pipeline,
            tuple(
                Rung(
                    rung.stage,
                    rung.unit,
                    rung.have,
                    rung.needed,
                    rung.open_deals,
                    rung.open_value,
                    rung.currency,
                    rung.is_limit,
                )
                for rung in ladder.rungs
            ),
            became.get(ladder.pipeline_id, ()),
            times.get(ladder.pipeline_id, ()),
        )
        for ladder in ladders
    )


def _next(asked: Asked, card: Scorecard) -> tuple[NextTarget, ...]:
    """Return the targets of the period that follows, a KPI of the card each."""
    period = asked.next_period.period
    owner = asked.owner
    kpis = [line.kpi.id for line in card.lines]
    sets = set_for(asked.session, kpis, [owner], period)
    found: list[NextTarget] = []
    for line in card.lines:
        known = sets.get((line.kpi.id, owner.person_id, owner.team_id), Set())
        target = resolve(
            period,
            known.spans,
            Calendar(asked.organisation.holidays),
            is_additive=line.kpi.adds_up,
        )
        used = {part.span.key for part in target.parts}
        answer = answer_of(state for target_id, state in known.states if target_id in used)
        found.append(
            NextTarget(
                line.kpi.name,
                line.kpi.unit,
                target.currency or line.kpi.currency,
                target.value,
                None if answer is None else answer.value,
                target.missing if target.value is not None else (),
            )
        )
    return tuple(found)
