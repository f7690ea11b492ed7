"""What was set: the targets of people and teams, and for which part of a period a member counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from spm.domain.ids import KpiId, PersonId, StageId, TeamId
from spm.domain.metrics.registry import Basis, MetricId
from spm.domain.period import Period, PeriodKind
from spm.domain.targets.kpi import Measure
from spm.domain.targets.resolve import Span
from spm.domain.targets.state import TargetState
from spm.domain.targets.target import Owner
from spm.models.organisation import MembershipRow
from spm.models.targets import KpiRow, TargetRow


@dataclass(frozen=True, slots=True)
class Set:
    """The targets of one owner and KPI: their spans, and the answer to each by its id."""

    spans: tuple[Span, ...] = ()
    states: tuple[tuple[int, TargetState], ...] = ()


Key = tuple[KpiId, PersonId | None, TeamId | None]


def set_for(
    session: Session, kpis: Collection[KpiId], owners: Sequence[Owner], period: Period
) -> dict[Key, Set]:
    """Return the targets that touch ``period``, by KPI, person and team; one statement.

    What was asked for and has none is left out.
    """
    if not kpis or not owners:
        return {}
    return set_where(session, kpis, owned_by(owners), period)


def set_where(
    session: Session, kpis: Collection[KpiId], whose: ColumnElement[bool], period: Period
) -> dict[Key, Set]:
    """Return the same of the owners that ``whose``, a condition on targets, holds for."""
    rows = session.execute(
        select(
            TargetRow.id,
            TargetRow.kpi_id,
            TargetRow.person_id,
            TargetRow.team_id,
            TargetRow.period_start,
            TargetRow.period_end,
            TargetRow.value,
            TargetRow.currency,
            TargetRow.state,
        )
        .where(
            TargetRow.kpi_id.in_(kpis),
            whose,
            TargetRow.period_start < period.end,
            TargetRow.period_end > period.start,
        )
        .order_by(TargetRow.id)
    )
    spans: dict[Key, list[Span]] = {}
    states: dict[Key, list[tuple[int, TargetState]]] = {}
    for target_id, kpi_id, person_id, team_id, start, end, value, currency, state in rows:
        key = (kpi_id, person_id, team_id)
        span = Span(Period(start, end), value, currency, target_id)
        spans.setdefault(key, []).append(span)
        states.setdefault(key, []).append((target_id, TargetState(state)))
    return {key: Set(tuple(found), tuple(states[key])) for key, found in spans.items()}


def owned_by(owners: Sequence[Owner]) -> ColumnElement[bool]:
    """Return the condition that a target is that of one of ``owners``."""
    people = [owner.person_id for owner in owners if owner.person_id is not None]
    teams = [owner.team_id for owner in owners if owner.team_id is not None]
    return or_(TargetRow.person_id.in_(people), TargetRow.team_id.in_(teams))


def shares_of(
    session: Session, teams: Collection[int], period: Period, day: date, *, on: date | None = None
) -> Mapping[int, Period | None]:
    """Return who belonged to ``teams`` in ``period``, and during which part; None is all of it.

    Args:
        session: Where to read.
        teams: The teams that are taken as one.
        period: Within which.
        day: The as-of day; who joins after it, or after the first day where that comes later, is
            not among them yet.
        on: Ask who belongs to them on this day instead; each counts for all of the period.
    """
    stays = _stays(session, teams, period, day, on)
    return _shares([stay for there in stays.values() for stay in there], period)


def shares_by_team(
    session: Session, teams: Collection[int], period: Period, day: date, *, on: date | None = None
) -> Mapping[int, Mapping[int, Period | None]]:
    """Return the same of each of ``teams`` by itself; a team that nobody belonged to is left out."""
    stays = _stays(session, teams, period, day, on)
    return {team: _shares(there, period) for team, there in stays.items()}


def _stays(
    session: Session, teams: Collection[int], period: Period, day: date, on: date | None
) -> Mapping[int, list[tuple[int, Period]]]:
    """Return who belonged to each of ``teams`` in which parts of ``period``."""
    rows = session.execute(
        select(
            MembershipRow.team_id,
            MembershipRow.person_id,
            MembershipRow.start_on,
            MembershipRow.end_on,
        ).where(
            MembershipRow.team_id.in_(teams),
            MembershipRow.start_on <= (on or period.nearest(day)),
            MembershipRow.end_on > (on or period.start),
        )
    )
    stays: dict[int, list[tuple[int, Period]]] = {}
    for team, person, start, end in rows:
        span = period if on else Period(max(start, period.start), min(end, period.end))
        stays.setdefault(team, []).append((person, span))
    return stays


def _shares(stays: Sequence[tuple[int, Period]], period: Period) -> dict[int, Period | None]:
    spans: dict[int, Period] = {}
    for person, span in stays:
        known = spans.get(person, span)
        spans[person] = Period(min(known.start, span.start), max(known.end, span.end))
    return {person: None if span == period else span for person, span in spans.items()}


def measure_of(row: KpiRow) -> Measure:
    """Return what a KPI measures."""
    low, high = row.range_low, row.range_high
    return Measure(
        metric=None if row.metric is None else MetricId(row.metric),
        stage_id=None if row.stage_id is None else StageId(row.stage_id),
        basis=None if row.basis is None else Basis(row.basis),
        team_id=None if row.team_id is None else TeamId(row.team_id),
        bounds=None if low is None or high is None else (low, high),
        start=row.baseline,
        period_kind=None if row.period_kind is None else PeriodKind(row.period_kind),
    )
