"""Scorecards: every KPI of a person or a team, read in a few statements each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, Subject, may
from spm.domain.analytics import finding
from spm.domain.analytics.ladder import Ladder
from spm.domain.analytics.scorecard import (
    GOOD,
    TREND,
    KpiHead,
    KpiLine,
    Named,
    Scorecard,
    Status,
    TeamRow,
    TeamScorecard,
    TrendPoint,
    answer_of,
    head_of,
    line,
)
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, PersonId, TeamId
from spm.domain.metrics.arithmetic import Tally, reading, velocity
from spm.domain.metrics.figure import EVERYTHING, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, Period
from spm.domain.targets.comparison import attained_of
from spm.domain.targets.kpi import Kpi, KpiState
from spm.domain.targets.pace import elapsed_share
from spm.domain.targets.resolve import Resolved, Rule, resolve
from spm.domain.targets.rollup import roll_up
from spm.domain.targets.target import Owner
from spm.domain.workdays import Calendar
from spm.models.organisation import MembershipRow, PersonRow
from spm.models.pipeline import DealRow
from spm.models.targets import TargetRow
from spm.queries.analytics.ladder import ladders
from spm.queries.metrics.figures import figure
from spm.queries.metrics.spans import Key, Set, set_for, shares_of
from spm.queries.targets.actuals import actuals, earlier, question_of
from spm.queries.targets.kpis import kpis as all_kpis
from spm.queries.targets.owners import Tree, find_standing

NONE_SET = Set()


@dataclass(frozen=True, slots=True)
class Asked:
    """What every part of a card is read for."""

    session: Session
    organisation: Organisation
    period: NamedPeriod
    as_of: AsOf

    @property
    def day(self) -> date:
        """The last business date that counts."""
        return self.as_of.day(self.organisation.zone)

    @property
    def calendar(self) -> Calendar:
        """Which days are worked."""
        return Calendar(self.organisation.holidays)

    @property
    def elapsed(self) -> Decimal:
        """Share of the period that is over."""
        return elapsed_share(self.period.period, self.day, self.calendar)

    @property
    def standing_day(self) -> date:
        """The day on which it is asked who belongs where: the as-of day within the period."""
        return self.period.period.nearest(self.day)


def rep_scorecard(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    person_id: PersonId,
    period: NamedPeriod,
    as_of: AsOf,
) -> Scorecard:
    """Return one person's card: own credit against own targets.

    Raises:
        NotFound: There is no such person, or none whose figures ``actor`` may see.
    """
    if not may(actor, Permission.FIGURES_VIEW, Subject(owner_id=person_id)):
        raise NotFound(what="person", id=person_id)
    asked = Asked(session, organisation, period, as_of)
    owner = Owner(person_id=person_id)
    standing = find_standing(session, owner, asked.standing_day)
    if standing is None:
        raise NotFound(what="person", id=person_id)
    scope = Scope(ScopeKind.REP, person_id, label=standing.name)
    lines = _lines(asked, scope, owner, standing.teams)
    steps = ladders(session, organisation, scope, period, as_of, lines)
    return Scorecard(
        subject=Named(standing.name, person_id=person_id, team_id=standing.team_id),
        period=period,
        as_of=as_of,
        as_of_day=asked.day,
        elapsed=asked.elapsed,
        lines=lines,
        ladders=steps,
        finding=_said_of(lines, steps, is_over=asked.elapsed >= 1),
    )


def team_scorecard(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    team_id: TeamId | None,
    period: NamedPeriod,
    as_of: AsOf,
) -> TeamScorecard:
    """Return a team's card; a team's figures are those of its members at each crediting event.

    Without a team it is the whole organisation's: the teams at the top, and who sells without
    belonging to any. A team without a target of its own is held against those below it, added up.

    Raises:
        NotFound: There is no such team, or none whose figures ``actor`` may see.
    """
    tree = Tree(session)
    is_there = team_id is None or team_id in tree.names
    if not is_there or not may(actor, Permission.TEAM_FIGURES_VIEW, Subject(team_id=team_id)):
        raise NotFound(what="team", id=team_id)
    asked = Asked(session, organisation, period, as_of)
    name = organisation.name if team_id is None else tree.names[team_id]
    scope = EVERYTHING if team_id is None else Scope(ScopeKind.TEAM, team_id, label=name)
    members = _teamless(asked) if team_id is None else _members(asked, team_id)
    seen = [one for one in members if _sees(actor, one.person_id)]
    children = tree.children(team_id)
    chosen = _chosen(session, tree.upward(team_id))
    below = tuple(tree.parents) if team_id is None else tuple(tree.below(team_id))
    crew = _crew(asked, below)
    owners = [Owner(team_id=TeamId(one)) for one in below]
    people = {one.person_id for one in members} | {one for there in crew.values() for one in there}
    owners += [Owner(person_id=one) for one in sorted(people)]
    sets = set_for(session, [kpi.id for kpi in chosen], owners, period.period)
    chosen = _in_use(chosen, sets)
    quotas = Quotas(asked, tree, crew, sets)
    lines = tuple(
        _line_of(asked, kpi, _reading(asked, kpi, scope), quotas.of(kpi, team_id)) for kpi in chosen
    )
    teams = tuple(
        TeamRow(
            Named(tree.names[child], team_id=child),
            _of_child(asked, chosen, child, tree.names[child], quotas),
        )
        for child in children
    )
    rows = teams + _of_members(asked, chosen, scope, seen, sets)
    steps = ladders(session, organisation, scope, period, as_of, lines)
    heads = tuple(line.kpi for line in lines)
    return TeamScorecard(
        subject=Named(name, team_id=team_id),
        period=period,
        as_of=as_of,
        as_of_day=asked.day,
        elapsed=asked.elapsed,
        kpis=heads,
        rows=rows,
        total=lines,
        roll_ups=tuple(
            roll_up(
                (row.cells[i].target.value for row in rows),
                None if line.is_added_up else line.target.value,
            )
            for i, line in enumerate(lines)
        ),
        ladders=steps,
        finding=_said_of_team(heads, rows, steps, is_over=asked.elapsed >= 1),
        hidden=len(members) - len(seen),
    )


def _lines(
    asked: Asked, scope: Scope, owner: Owner, teams: Sequence[TeamId]
) -> tuple[KpiLine, ...]:
    past = earlier(asked.period, TREND)
    first = past[0].period.start if past else asked.period.period.start
    chosen = _chosen(asked.session, teams)
    span = Period(first, asked.period.period.end)
    sets = set_for(asked.session, [kpi.id for kpi in chosen], [owner], span)
    return tuple(
        _line(
            asked,
            kpi,
            _reading(asked, kpi, scope),
            sets,
            owner,
            trend=_trend(asked, kpi, scope, past, sets.get(_key(kpi, owner), NONE_SET)),
        )
        for kpi in _in_use(chosen, sets)
    )


def _chosen(session: Session, teams: Sequence[TeamId]) -> tuple[Kpi, ...]:
    """Return the KPIs that are or were for ``teams``: won revenue first, then as they were made."""
    there = all_kpis(session, states=(KpiState.ACTIVE, KpiState.RETIRED))
    mine = [
        kpi
        for kpi in there
        if kpi.measure.metric is not None
        and (kpi.measure.team_id is None or kpi.measure.team_id in teams)
    ]
    return tuple(sorted(mine, key=lambda kpi: kpi.measure.metric is not MetricId.WON_REVENUE))


def _in_use(chosen: Sequence[Kpi], sets: Mapping[Key, Set]) -> tuple[Kpi, ...]:
    """Return ``chosen`` without the retired ones that nobody here has a target of."""
    used = {key[0] for key in sets}
    return tuple(kpi for kpi in chosen if kpi.state is KpiState.ACTIVE or kpi.id in used)


def _reading(asked: Asked, kpi: Kpi, scope: Scope) -> Reading:
    question = question_of(kpi.measure, scope, asked.period, asked.as_of)
    return figure(asked.session, asked.organisation, question).reading


def _line(
    asked: Asked,
    kpi: Kpi,
    actual: Reading,
    sets: Mapping[Key, Set],
    owner: Owner,
    *,
    share: Period | None = None,
    trend: Sequence[TrendPoint] = (),
) -> KpiLine:
    known = sets.get(_key(kpi, owner), NONE_SET)
    target = _target(asked, kpi, asked.period, known, share)
    parts = {part.span.key for part in target.parts}
    answer = answer_of(state for target_id, state in known.states if target_id in parts)
    head = head_of(kpi, asked.organisation.currency)
    return line(head, actual, target, asked.elapsed, answer=answer, trend=trend)


def _target(
    asked: Asked, kpi: Kpi, period: NamedPeriod, known: Set, share: Period | None = None
) -> Resolved:
    return resolve(period.period, known.spans, asked.calendar, is_additive=kpi.adds_up, share=share)


def _trend(
    asked: Asked, kpi: Kpi, scope: Scope, past: Sequence[NamedPeriod], known: Set
) -> tuple[TrendPoint, ...]:
    """Return the earlier periods, without those before the first in which anything was or was due."""
    read = actuals(asked.session, asked.organisation, kpi.measure, scope, past, asked.as_of)
    points: list[TrendPoint] = []
    for period, actual in zip(past, read, strict=True):
        target = _target(asked, kpi, period, known)
        if points or actual.n or target.value is not None:
            attained = attained_of(actual, target, kpi.yardstick)
            points.append(TrendPoint(period, actual, target.value, attained))
    return tuple(points)


@dataclass(frozen=True, slots=True)
class _Member:
    person_id: PersonId
    name: str
    share: Period | None


def _members(asked: Asked, team_id: TeamId) -> tuple[_Member, ...]:
    """Return who belonged to the team in the period up to the as-of day, by name."""
    shares = shares_of(asked.session, (team_id,), asked.period.period, asked.day)
    rows = asked.session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(PersonRow.id.in_(shares))
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple(_Member(PersonId(row.id), row.name, shares[row.id]) for row in rows)


def _teamless(asked: Asked) -> tuple[_Member, ...]:
    """Return who has a deal or a target but belonged to no team in the period, by name."""
    period = asked.period.period
    rows = asked.session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(
            ~exists().where(
                MembershipRow.person_id == PersonRow.id,
                MembershipRow.start_on < period.end,
                MembershipRow.end_on > period.start,
            ),
            or_(
                exists().where(DealRow.owner_id == PersonRow.id),
                exists().where(
                    TargetRow.person_id == PersonRow.id,
                    TargetRow.period_start < period.end,
                    TargetRow.period_end > period.start,
                ),
            ),
        )
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple(_Member(PersonId(row.id), row.name, None) for row in rows)


def _of_members(
    asked: Asked,
    chosen: Sequence[Kpi],
    scope: Scope,
    members: Sequence[_Member],
    sets: Mapping[Key, Set],
) -> tuple[TeamRow, ...]:
    """Return the members' rows: one question per KPI for all of them."""
    if not members:
        return ()
    read: dict[KpiId, dict[int | None, Reading]] = {}
    nothing: dict[KpiId, Reading] = {}
    for kpi in chosen:
        question = question_of(kpi.measure, scope, asked.period, asked.as_of)
        by_rep = figure(asked.session, asked.organisation, replace(question, by=Dimension.REP))
        read[kpi.id] = {group.id: group.reading for group in by_rep.groups}
        nothing[kpi.id] = _nothing(asked, kpi.measure.metric)
    return tuple(
        TeamRow(
            Named(member.name, person_id=member.person_id),
            tuple(
                _line(
                    asked,
                    kpi,
                    read[kpi.id].get(member.person_id, nothing[kpi.id]),
                    sets,
                    Owner(person_id=member.person_id),
                    share=member.share,
                )
                for kpi in chosen
            ),
            member.share,
        )
        for member in members
    )


@dataclass(frozen=True, slots=True)
class Quotas:
    """What teams are to reach: their own targets, or where they have none those below added up."""

    asked: Asked
    tree: Tree
    crew: Mapping[TeamId, Sequence[PersonId]]
    sets: Mapping[Key, Set]

    def of(self, kpi: Kpi, team_id: TeamId | None) -> Resolved:
        """Return the target of a team (None: of everybody); without parts where it was added up."""
        own = self._own(kpi, Owner(team_id=team_id)) if team_id is not None else Resolved(None)
        if own.value is not None or not kpi.adds_up:
            return own
        below = [self.of(kpi, TeamId(one)) for one in self.tree.children(team_id)]
        people = self.crew.get(team_id, ()) if team_id is not None else ()
        below += [self._own(kpi, Owner(person_id=one)) for one in people]
        there = [one for one in below if one.value is not None]
        if not there or len({one.currency for one in there}) > 1:
            return own
        total = sum((one.value for one in there if one.value is not None), Decimal(0))
        return Resolved(total, there[0].currency, Rule.SUM)

    def _own(self, kpi: Kpi, owner: Owner) -> Resolved:
        known = self.sets.get(_key(kpi, owner), NONE_SET)
        return _target(self.asked, kpi, self.asked.period, known)


def _crew(asked: Asked, teams: Sequence[TeamId | int]) -> dict[TeamId, list[PersonId]]:
    """Return who belongs to each of ``teams`` on the day that counts."""
    found: dict[TeamId, list[PersonId]] = {}
    for row in asked.session.execute(
        select(MembershipRow.team_id, MembershipRow.person_id)
        .where(
            MembershipRow.team_id.in_(teams),
            MembershipRow.start_on <= asked.standing_day,
            MembershipRow.end_on > asked.standing_day,
        )
        .order_by(MembershipRow.person_id)
    ):
        found.setdefault(TeamId(row.team_id), []).append(PersonId(row.person_id))
    return found


def _line_of(asked: Asked, kpi: Kpi, actual: Reading, target: Resolved) -> KpiLine:
    return line(head_of(kpi, asked.organisation.currency), actual, target, asked.elapsed)


def _of_child(
    asked: Asked, chosen: Sequence[Kpi], child: TeamId, name: str, quotas: Quotas
) -> tuple[KpiLine, ...]:
    scope = Scope(ScopeKind.TEAM, child, label=name)
    return tuple(
        _line_of(asked, kpi, _reading(asked, kpi, scope), quotas.of(kpi, child)) for kpi in chosen
    )


def _nothing(asked: Asked, metric: MetricId | None) -> Reading:
    """Return what a metric says of somebody without a deal."""
    if metric is None or metric is MetricId.SALES_VELOCITY:
        return velocity(0, Tally())
    return reading(metric, Tally(), asked.organisation.currency)


def _sees(actor: Actor, person_id: PersonId) -> bool:
    return may(actor, Permission.FIGURES_VIEW, Subject(owner_id=person_id))


def _key(kpi: Kpi, owner: Owner) -> Key:
    return (kpi.id, owner.person_id, owner.team_id)


def _said_of(
    lines: Sequence[KpiLine], steps: Sequence[Ladder], *, is_over: bool
) -> tuple[finding.Said, ...]:
    if not lines:
        return (finding.Said("person.no-kpi"),)
    first = lines[0]
    return finding.of_person(
        first.attained.ratio,
        first.pace.gap,
        kpi=first.kpi.name,
        is_over=is_over,
        limit=_limit(steps),
    )


def _said_of_team(
    heads: Sequence[KpiHead], rows: Sequence[TeamRow], steps: Sequence[Ladder], *, is_over: bool
) -> tuple[finding.Said, ...]:
    if not heads:
        return (finding.Said("person.no-kpi"),)
    states = [row.cells[0].status for row in rows]
    known = [state for state in states if state is not Status.UNKNOWN]
    good = sum(1 for state in known if state in GOOD)
    return finding.of_team(
        good, len(known), len(rows), kpi=heads[0].name, is_over=is_over, limit=_limit(steps)
    )


def _limit(steps: Sequence[Ladder]) -> str | None:
    rungs = (step.limit for step in steps)
    return next((rung.stage for rung in rungs if rung is not None), None)
