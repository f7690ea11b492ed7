"""Cohorts of deals that stood in a stage themselves: the strict and the any-order conversion.

Each narrows the cohort of the furthest stage reached, whose days and owners hold in every one.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_, select

from spm.domain.metrics.registry import Basis
from spm.models.pipeline import DealReachRow, DealStateRow, StageRow
from spm.queries.metrics.facts import Facts

WENT_ON, LOST, OPEN = "won", "lost", "open"


def narrowed(facts: Facts, basis: Basis | None, cutoff: datetime) -> Facts:
    """Return the cohort ``facts`` as ``basis`` counts it; all of it for the furthest stage reached.

    Strict: the deals that stood in every open stage up to theirs, entering each before those beyond
    it; only those that then stood in the very next stage went on, who passed over it did not.
    Any order: the deals that stood in the stage, whenever that was.
    """
    match basis:
        case Basis.STRICT:
            return _strict(facts, cutoff)
        case Basis.ANY_ORDER:
            return facts.only(_stood_in(facts, facts.stage_id, cutoff))
        case _:
            return facts


def _strict(facts: Facts, cutoff: datetime) -> Facts:
    stage, before = (StageRow.__table__.alias(name) for name in ("strict_stage", "strict_before"))
    on_the_way = (
        stage.c.id == facts.stage_id,
        before.c.pipeline_id == stage.c.pipeline_id,
        before.c.kind == "open",
        before.c.position <= stage.c.position,
        ~_came_to(facts, before.c.id, cutoff),
    )
    following = _came_to(facts, _next_stage(facts), cutoff)
    return replace(
        facts.only(~exists().where(*on_the_way)),
        kind=case((following, WENT_ON), (facts.kind == OPEN, OPEN), else_=LOST),
    )


def _next_stage(facts: Facts) -> ColumnElement[int]:
    """Return the id of the open stage after that of ``facts``, of the won one after the last."""
    stage, after = (StageRow.__table__.alias(name) for name in ("strict_here", "strict_after"))
    return (
        select(after.c.id)
        .where(
            stage.c.id == facts.stage_id,
            after.c.pipeline_id == stage.c.pipeline_id,
            or_(
                after.c.kind == "won",
                (after.c.kind == "open") & (after.c.position > stage.c.position),
            ),
        )
        .order_by(case((after.c.kind == "won", 1), else_=0), after.c.position, after.c.id)
        .limit(1)
        .correlate_except(stage, after)
        .scalar_subquery()
    )


def _came_to(facts: Facts, stage_id: ColumnElement[int], cutoff: datetime) -> ColumnElement[bool]:
    """Return whether a deal entered a stage itself when it first came as far as it.

    A stage that was passed over is reached with a later one, and entered after that or never.
    """
    visit = DealStateRow.__table__.alias("strict_visit")
    reach = DealReachRow.__table__.alias("strict_reach")
    entered = exists().where(
        visit.c.deal_id == facts.deal_id,
        visit.c.stage_id == stage_id,
        visit.c.from_at < cutoff,
        reach.c.deal_id == facts.deal_id,
        reach.c.stage_id == stage_id,
        visit.c.from_at == func.coalesce(reach.c.reached_at, visit.c.from_at),
    )
    # It stands within another subquery, and asks of what stands around that one too.
    return entered.correlate_except(visit, reach)


def _stood_in(facts: Facts, stage_id: ColumnElement[int], cutoff: datetime) -> ColumnElement[bool]:
    visit = DealStateRow.__table__.alias("any_visit")
    return exists().where(
        visit.c.deal_id == facts.deal_id,
        visit.c.stage_id == stage_id,
        visit.c.from_at < cutoff,
    )
