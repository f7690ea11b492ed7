"""Scorecards: every KPI of a person or a team, read in a few statements each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, exists, or_, select
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
    trend_of,
)
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, PersonId, TeamId
from spm.domain.metrics.arithmetic import Tally, reading, velocity
from spm.domain.metrics.figure import EVERYTHING, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, Period
from spm.domain.targets.kpi import Kpi, KpiState
from spm.domain.targets.resolve import Resolved
from spm.domain.targets.rollup import RollUp, roll_up
from spm.domain.targets.target import Owner
from spm.models.organisation import MembershipRow, PersonRow
from spm.models.pipeline import DealRow
from spm.models.targets import TargetRow
from spm.queries.analytics import ladder as steps_of
from spm.queries.analytics.ladder import ladders
from spm.queries.analytics.quotas import (
    NONE_SET,
    Asked,
    Quotas,
    crew_of,
    key_of,
    sees_figures_of,
    target_of,
)
from spm.queries.metrics.cells import read_together
from spm.queries.metrics.counted import twelve_months_to
from spm.queries.metrics.figures import figure
from spm.queries.metrics.spans import Key, Set, set_for, shares_of
from spm.queries.targets.actuals import actuals, earlier, question_of
from spm.queries.targets.kpis import kpis as all_kpis
from spm.queries.targets.owners import Tree, find_standing


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
    _read_together(asked, standing.team_id)
    lines = _lines(asked, scope, owner, standing.teams)
    beside = _beside(Tree(session), organisation, standing.team_id)
    steps = _ladders(asked, scope, beside, lines)
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
    *,
    on: date | None = None,
) -> TeamScorecard:
    """Return a team's card; a team's figures are those of its members at each crediting event.

    With ``on`` they are those of who belongs to it on that day, wherever they were before.

    Without a team it is the whole organisation's: the teams at the top, and who sells without
    belonging to any. Where a team has no target of its own, those below it stand beside its line
    added up, and it has no attainment, as ``spm metric --team`` says too (metrics-cli.md: none is
    null). Everybody's target is that of the one team at the top, where there is one.

    Raises:
        NotFound: There is no such team, or none whose figures ``actor`` may see.
    """
    tree = Tree(session)
    is_there = team_id is None or team_id in tree.names
    if not is_there or not may(actor, Permission.TEAM_FIGURES_VIEW, Subject(team_id=team_id)):
        raise NotFound(what="team", id=team_id)
    asked = Asked(session, organisation, period, as_of, on)
    _read_together(asked, team_id)
    name = organisation.name if team_id is None else tree.names[team_id]
    scope = EVERYTHING if team_id is None else Scope(ScopeKind.TEAM, team_id, label=name, on=on)
    members = _teamless(asked) if team_id is None else _members(asked, team_id)
    seen = [one for one in members if sees_figures_of(actor, one.person_id)]
    children = tree.children(team_id)
    chosen = _chosen(session, tree.upward(team_id))
    below = tuple(tree.parents) if team_id is None else tuple(tree.below(team_id))
    crew = crew_of(asked, actor, below)
    owners = [Owner(team_id=TeamId(one)) for one in below]
    people = {one.person_id for one in members} | {one for there in crew.values() for one in there}
    owners += [Owner(person_id=one) for one in sorted(people)]
    sets = set_for(session, [kpi.id for kpi in chosen], owners, period.period)
    chosen = _in_use(chosen, sets)
    quotas = Quotas(asked, tree, crew, sets)
    teams = tuple(
        TeamRow(
            Named(tree.names[child], team_id=child),
            _of_child(asked, chosen, child, tree.names[child], quotas),
        )
        for child in children
    )
    rows = teams + _of_members(asked, chosen, scope, seen, sets)
    wanted = [quotas.own(kpi, tree.root if team_id is None else team_id) for kpi in chosen]
    roll_ups = tuple(
        _rolled([row.cells[i] for row in rows], target) for i, target in enumerate(wanted)
    )
    lines = tuple(
        _line_of(asked, kpi, _reading(asked, kpi, scope), target, rolled.total, rolled.currency)
        for kpi, target, rolled in zip(chosen, wanted, roll_ups, strict=True)
    )
    beside = None
    if team_id is not None and tree.top != (team_id,):
        beside = replace(_beside(tree, organisation, tree.parents[team_id]), on=on)
    steps = _ladders(asked, scope, beside, lines)
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
        roll_ups=roll_ups,
        ladders=steps,
        finding=_said_of_team(heads, rows, steps, is_over=asked.elapsed >= 1),
        hidden=len(members) - len(seen),
    )


def _read_together(asked: Asked, team_id: TeamId | None) -> None:
    there = (asked.day, asked.period.period, twelve_months_to(asked.day))
    read_together(asked.session, team_id, *there)


def _beside(tree: Tree, organisation: Organisation, team_id: int | None) -> Scope:
    """Return beside whom somebody of ``team_id`` stands: the team, or without one everybody."""
    if team_id is None:
        return Scope(ScopeKind.ORGANISATION, label=organisation.name)
    return Scope(ScopeKind.TEAM, team_id, label=tree.names[team_id])


def _ladders(
    asked: Asked, scope: Scope, beside: Scope | None, lines: Sequence[KpiLine]
) -> tuple[Ladder, ...]:
    there = (asked.session, asked.organisation, scope, beside)
    return ladders(steps_of.Asked(*there, asked.period, asked.as_of, asked.elapsed), lines)


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
            trend=_trend(asked, kpi, scope, past, sets.get(key_of(kpi, owner), NONE_SET)),
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
    known = sets.get(key_of(kpi, owner), NONE_SET)
    target = target_of(asked, kpi, asked.period, known, share)
    parts = {part.span.key for part in target.parts}
    answer = answer_of(state for target_id, state in known.states if target_id in parts)
    head = head_of(kpi, asked.organisation.currency)
    return line(head, actual, target, asked.elapsed, answer=answer, trend=trend)


def _trend(
    asked: Asked, kpi: Kpi, scope: Scope, past: Sequence[NamedPeriod], known: Set
) -> tuple[TrendPoint, ...]:
    """Return the earlier periods, without those before the first in which anything was or was due."""
    read = actuals(asked.session, asked.organisation, kpi.measure, scope, past, asked.as_of)
    by = head_of(kpi, asked.organisation.currency).yardstick
    return trend_of(past, read, lambda period: target_of(asked, kpi, period, known), by)


@dataclass(frozen=True, slots=True)
class _Member:
    person_id: PersonId
    name: str
    share: Period | None


def _members(asked: Asked, team_id: TeamId) -> tuple[_Member, ...]:
    """Return who belonged to the team in the period up to the as-of day, by name."""
    shares = shares_of(asked.session, (team_id,), asked.period.period, asked.day, on=asked.on)
    rows = asked.session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(PersonRow.id.in_(shares))
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple(_Member(PersonId(row.id), row.name, shares[row.id]) for row in rows)


def _teamless(asked: Asked) -> tuple[_Member, ...]:
    """Return who has a deal or a target but belonged to no team in the period, by name.

    Who had left before it is among them only with a target in it or a deal that closed in it.
    """
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
                exists().where(
                    DealRow.owner_id == PersonRow.id,
                    or_(
                        PersonRow.left_on.is_(None),
                        PersonRow.left_on > period.start,
                        and_(DealRow.closed_on >= period.start, DealRow.closed_on < period.end),
                    ),
                ),
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


def _line_of(
    asked: Asked,
    kpi: Kpi,
    actual: Reading,
    target: Resolved,
    below: Decimal | None,
    currency: str | None,
) -> KpiLine:
    """Return a team's line; what is ``below`` stands beside it where it has no target."""
    head = head_of(kpi, asked.organisation.currency)
    if target.value is not None or not kpi.adds_up:
        below = currency = None
    return line(head, actual, target, asked.elapsed, below=below, below_currency=currency)


def _of_child(
    asked: Asked, chosen: Sequence[Kpi], child: TeamId, name: str, quotas: Quotas
) -> tuple[KpiLine, ...]:
    scope = Scope(ScopeKind.TEAM, child, label=name, on=asked.on)
    found = []
    for kpi in chosen:
        below = quotas.below(kpi, child)
        read, own = _reading(asked, kpi, scope), quotas.own(kpi, child)
        found.append(_line_of(asked, kpi, read, own, below.value, below.currency))
    return tuple(found)


def _rolled(cells: Sequence[KpiLine], target: Resolved) -> RollUp:
    """Return the targets of the rows against the team's, each of a team without one by those below."""
    there = [
        (cell.below, cell.below_currency)
        if cell.target.value is None
        else (cell.target.value, cell.target.currency)
        for cell in cells
    ]
    currencies = {currency for value, currency in there if value is not None}
    parent = target.value if currencies <= {target.currency} else None
    return roll_up(
        [value for value, _ in there],
        parent,
        in_one_currency=len(currencies) <= 1,
        currency=min(currencies, key=str) if len(currencies) == 1 else target.currency,
    )


def _nothing(asked: Asked, metric: MetricId | None) -> Reading:
    """Return what a metric says of somebody without a deal."""
    if metric is None or metric is MetricId.SALES_VELOCITY:
        return velocity(0, Tally())
    return reading(metric, Tally(), asked.organisation.currency)


def _said_of(
    lines: Sequence[KpiLine], steps: Sequence[Ladder], *, is_over: bool
) -> tuple[finding.Said, ...]:
    if not lines:
        return (finding.Said("person.no-kpi"),)
    first = lines[0]
    return finding.of_person(
        first.attained.shown,
        first.pace.gap,
        kpi=first.kpi.name,
        is_over=is_over,
        limit=_limit(steps),
        has_target=first.target.value is not None,
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
