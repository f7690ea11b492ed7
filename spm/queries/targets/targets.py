"""Reads of targets."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from spm.domain.access import Actor, Permission, may, reach
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, PersonId, TargetId, TeamId
from spm.domain.metrics.registry import METRICS, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import NamedPeriod, Period, of_dates
from spm.domain.targets.kpi import KpiState
from spm.domain.targets.state import AnswerKind, TargetState
from spm.domain.targets.target import Answer, Owner, Revision, Target
from spm.models.organisation import MembershipRow, PersonRow, TeamRow
from spm.models.targets import KpiRow, TargetAnswerRow, TargetRevisionRow, TargetRow
from spm.queries.access import sees
from spm.queries.metrics.spans import owned_by

SETTER = aliased(PersonRow)
PAGE = 50


class Sort(StrEnum):
    """What a list of targets is sorted by."""

    PERIOD = "period"
    OWNER = "owner"
    KPI = "kpi"
    VALUE = "value"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of targets is narrowed to; None does not narrow.

    Attributes:
        period: Targets that touch it.
        team_id: The team's own targets and those of who belongs to it today.
        words: Part of the owner's name.
        page: From 1; beyond the last is the last.
        size: How many are on a page.
    """

    state: TargetState | None = None
    kpi_id: KpiId | None = None
    person_id: PersonId | None = None
    team_id: TeamId | None = None
    period: Period | None = None
    words: str = ""
    sort: Sort = Sort.PERIOD
    is_descending: bool = True
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list: ``total`` is how many there are in all."""

    targets: tuple[Target, ...]
    total: int
    page: int
    pages: int


def get_target(
    session: Session, actor: Actor, organisation: Organisation, target_id: TargetId
) -> Target:
    """Return one target.

    Raises:
        NotFound: There is none, or none that ``actor`` may see.
    """
    found = session.execute(_targets().where(TargetRow.id == target_id)).first()
    target = None if found is None else _record(organisation, found)
    if target is None or not may(actor, Permission.TARGETS_VIEW, target.subject):
        raise NotFound(what="target", id=target_id)
    return target


def targets(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    today: date,
    filters: Filters,
) -> Page:
    """Return a page of the targets in sight; the latest period first unless sorted otherwise."""
    where = and_(
        sees(reach(actor, Permission.TARGETS_VIEW), TargetRow.person_id, TargetRow.team_id),
        *_narrowed(filters, today),
    )
    wanted = _targets().where(where)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    pages = max(1, -(-total // filters.size))
    page = min(max(1, filters.page), pages)
    rows = session.execute(
        wanted.order_by(*_order(filters.sort, is_descending=filters.is_descending))
        .limit(filters.size)
        .offset((page - 1) * filters.size)
    )
    return Page(tuple(_record(organisation, row) for row in rows), total, page, pages)


def waiting_for(
    session: Session, organisation: Organisation, person_id: PersonId, today: date
) -> tuple[Target, ...]:
    """Return the targets of periods not yet over that a person has not answered, by period.

    Those of a KPI that was retired meanwhile ask nothing of anybody.
    """
    rows = session.execute(
        _targets()
        .where(
            TargetRow.person_id == person_id,
            TargetRow.state == TargetState.SET.value,
            TargetRow.period_end > today,
            KpiRow.state == KpiState.ACTIVE.value,
        )
        .order_by(TargetRow.period_start, TargetRow.kpi_id)
    )
    return tuple(_record(organisation, row) for row in rows)


def find_exact(
    session: Session, organisation: Organisation, kpi_id: KpiId, owner: Owner, period: Period
) -> Target | None:
    """Return the target set for exactly this, None where there is none."""
    found = session.execute(
        _targets().where(
            TargetRow.kpi_id == kpi_id,
            owned_by([owner]),
            TargetRow.period_start == period.start,
            TargetRow.period_end == period.end,
        )
    ).first()
    return None if found is None else _record(organisation, found)


def exact(
    session: Session, organisation: Organisation, kpi_id: KpiId, period: Period
) -> dict[Owner, Target]:
    """Return the targets set for exactly this KPI and period, by owner."""
    rows = session.execute(
        _targets().where(
            TargetRow.kpi_id == kpi_id,
            TargetRow.period_start == period.start,
            TargetRow.period_end == period.end,
        )
    )
    found = (_record(organisation, row) for row in rows)
    return {Owner(t.owner.person_id, t.owner.team_id): t for t in found}


def revisions(session: Session, target_id: TargetId) -> tuple[Revision, ...]:
    """Return the values that a target had, the latest first."""
    rows = session.execute(
        select(TargetRevisionRow, SETTER.name)
        .outerjoin(SETTER, SETTER.id == TargetRevisionRow.set_by)
        .where(TargetRevisionRow.target_id == target_id)
        .order_by(TargetRevisionRow.revision.desc())
    )
    return tuple(
        Revision(row.revision, row.value, row.rationale, row.reason, row.set_at, name)
        for row, name in rows
    )


def answers(session: Session, target_id: TargetId) -> tuple[Answer, ...]:
    """Return what was said about a target, the earliest first."""
    rows = session.execute(
        select(TargetAnswerRow, PersonRow.name)
        .join(PersonRow, PersonRow.id == TargetAnswerRow.by_id)
        .where(TargetAnswerRow.target_id == target_id)
        .order_by(TargetAnswerRow.id)
    )
    return tuple(
        Answer(row.revision, AnswerKind(row.kind), row.words, PersonId(row.by_id), name, row.at)
        for row, name in rows
    )


def _narrowed(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if filters.state is not None:
        where.append(TargetRow.state == filters.state.value)
    if filters.kpi_id is not None:
        where.append(TargetRow.kpi_id == filters.kpi_id)
    if filters.person_id is not None:
        where.append(TargetRow.person_id == filters.person_id)
    if filters.team_id is not None:
        member = select(MembershipRow.person_id).where(
            MembershipRow.team_id == filters.team_id,
            MembershipRow.start_on <= today,
            MembershipRow.end_on > today,
        )
        where.append(or_(TargetRow.team_id == filters.team_id, TargetRow.person_id.in_(member)))
    if filters.period is not None:
        where.append(TargetRow.period_start < filters.period.end)
        where.append(TargetRow.period_end > filters.period.start)
    if filters.words:
        where.append(_owner_name().icontains(filters.words, autoescape=True))
    return where


def _owner_name() -> ColumnElement[str]:
    return func.coalesce(PersonRow.name, TeamRow.name, "")


def _order(sort: Sort, *, is_descending: bool) -> list[Any]:
    column: Any = {
        Sort.PERIOD: TargetRow.period_start,
        Sort.OWNER: func.lower(_owner_name()),
        Sort.KPI: func.lower(KpiRow.name),
        Sort.VALUE: TargetRow.value,
        Sort.STATE: TargetRow.state,
    }[sort]
    first = column.desc() if is_descending else column.asc()
    return [first, TargetRow.period_start.desc(), func.lower(_owner_name()), TargetRow.id]


def _targets() -> Select[Any]:
    return (
        select(
            TargetRow, KpiRow.name, KpiRow.metric, PersonRow.name, TeamRow.name, TeamRow.parent_id,
            SETTER.name,
        )
        .join(KpiRow, KpiRow.id == TargetRow.kpi_id)
        .outerjoin(PersonRow, PersonRow.id == TargetRow.person_id)
        .outerjoin(TeamRow, TeamRow.id == TargetRow.team_id)
        .outerjoin(SETTER, SETTER.id == TargetRow.set_by)
    )  # fmt: skip


def _record(organisation: Organisation, found: Row[Any]) -> Target:
    row, kpi, metric, person, team, parent_id, setter = found
    return Target(
        id=TargetId(row.id),
        kpi_id=KpiId(row.kpi_id),
        kpi=kpi,
        unit=unit_of(metric),
        owner=owner_of(row, is_top_level=row.team_id is not None and parent_id is None),
        owner_name=person or team or "",
        period=named(organisation, Period(row.period_start, row.period_end)),
        value=row.value,
        currency=row.currency,
        rationale=row.rationale,
        revision=row.revision,
        set_at=row.set_at,
        set_by=setter,
        state=TargetState(row.state),
        answered_at=row.answered_at,
        version=row.version,
    )


def owner_of(row: TargetRow, *, is_top_level: bool = False) -> Owner:
    """Return whose target a row is."""
    return Owner(
        None if row.person_id is None else PersonId(row.person_id),
        None if row.team_id is None else TeamId(row.team_id),
        is_top_level=is_top_level,
    )


def unit_of(metric: str | None) -> Unit:
    """Return what a stored metric is counted in; a count where it is unbound."""
    unit = None if metric is None else METRICS[MetricId(metric)].unit
    return unit or Unit.COUNT


def named(organisation: Organisation, period: Period) -> NamedPeriod:
    """Return a period with its name in the organisation's calendar."""
    return of_dates(period, organisation.fiscal_start)
