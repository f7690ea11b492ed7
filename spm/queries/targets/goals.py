"""Reads of company goals."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from spm.domain.errors import NotFound
from spm.domain.ids import GoalId
from spm.domain.targets.kpi import Goal
from spm.models.targets import GoalRow, KpiRow


def goals(session: Session, *, only_active: bool = False) -> tuple[Goal, ...]:
    """Return the company goals, the active ones first, then by name."""
    wanted = _goals().order_by(GoalRow.is_active.desc(), GoalRow.name_key)
    if only_active:
        wanted = wanted.where(GoalRow.is_active)
    return tuple(_record(row, number) for row, number in session.execute(wanted))


def get_goal(session: Session, goal_id: GoalId) -> Goal:
    """Return one goal.

    Raises:
        NotFound: There is none.
    """
    found = session.execute(_goals().where(GoalRow.id == goal_id)).first()
    if found is None:
        raise NotFound(what="goal", id=goal_id)
    return _record(*found)


def _goals() -> Select[tuple[GoalRow, int]]:
    number = (
        select(func.count())
        .where(KpiRow.goal_id == GoalRow.id)
        .correlate(GoalRow)
        .scalar_subquery()
    )
    return select(GoalRow, number)


def _record(row: GoalRow, kpis: int) -> Goal:
    return Goal(GoalId(row.id), row.name, row.description, row.is_active, row.version, kpis)
