"""Reads of KPIs."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from spm.domain.errors import NotFound
from spm.domain.ids import GoalId, KpiId, PersonId
from spm.domain.targets.kpi import Kpi, KpiState
from spm.models.organisation import PersonRow, TeamRow
from spm.models.pipeline import StageRow
from spm.models.targets import GoalRow, KpiRow
from spm.queries.metrics.spans import measure_of

AUTHOR = aliased(PersonRow)
CONFIRMER = aliased(PersonRow)


def kpis(
    session: Session,
    *,
    states: Collection[KpiState] = tuple(KpiState),
    goal_id: GoalId | None = None,
) -> tuple[Kpi, ...]:
    """Return the KPIs in ``states``, those for everybody first, then in the order of their making."""
    wanted = _kpis().where(KpiRow.state.in_([state.value for state in states]))
    if goal_id is not None:
        wanted = wanted.where(KpiRow.goal_id == goal_id)
    rows = session.execute(wanted.order_by(KpiRow.team_id.is_not(None), KpiRow.id))
    return tuple(_record(*row) for row in rows)


def get_kpi(session: Session, kpi_id: KpiId) -> Kpi:
    """Return one KPI.

    Raises:
        NotFound: There is none.
    """
    found = session.execute(_kpis().where(KpiRow.id == kpi_id)).first()
    if found is None:
        raise NotFound(what="kpi", id=kpi_id)
    return _record(*found)


def find_kpi(session: Session, key: str) -> Kpi | None:
    """Return the KPI called ``key``, None where there is none."""
    found = session.execute(_kpis().where(KpiRow.key == key)).first()
    return None if found is None else _record(*found)


def taken_keys(session: Session) -> frozenset[str]:
    """Return the keys that KPIs have, retired ones among them."""
    return frozenset(session.scalars(select(KpiRow.key)))


def _kpis() -> Select[Any]:
    return (
        select(KpiRow, GoalRow.name, TeamRow.name, StageRow.name, AUTHOR.name, CONFIRMER.name)
        .outerjoin(GoalRow, GoalRow.id == KpiRow.goal_id)
        .outerjoin(TeamRow, TeamRow.id == KpiRow.team_id)
        .outerjoin(StageRow, StageRow.id == KpiRow.stage_id)
        .outerjoin(AUTHOR, AUTHOR.id == KpiRow.author_id)
        .outerjoin(CONFIRMER, CONFIRMER.id == KpiRow.attainable_confirmed_by)
    )


def _record(
    row: KpiRow,
    goal: str | None,
    team: str | None,
    stage: str | None,
    author: str | None,
    confirmer: str | None,
) -> Kpi:
    return Kpi(
        id=KpiId(row.id),
        key=row.key,
        name=row.name,
        state=KpiState(row.state),
        specific=row.specific,
        measure=measure_of(row),
        version=row.version,
        note=row.attainable_note,
        confirmed_at=row.attainable_confirmed_at,
        confirmed_by=confirmer,
        goal_id=None if row.goal_id is None else GoalId(row.goal_id),
        goal=goal,
        relevance=row.relevance,
        weight=None if row.weight_bp is None else Decimal(row.weight_bp).scaleb(-4),
        team=team,
        stage=stage,
        author_id=None if row.author_id is None else PersonId(row.author_id),
        author=author,
        activated_at=row.activated_at,
    )
