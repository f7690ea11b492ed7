"""The stage ladder: what reached each stage, what stands there, and what was needed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.analytics.ladder import Ladder, Rung, ladder
from spm.domain.analytics.scorecard import KpiLine
from spm.domain.ids import PipelineId, StageId
from spm.domain.metrics.figure import Group, Question, Scope
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod
from spm.models.pipeline import PipelineRow, StageRow
from spm.queries.metrics.figures import figure

STAGE_METRICS = (MetricId.DEALS_REACHING_STAGE, MetricId.VALUE_REACHING_STAGE)
"""Stage-aligned KPIs; where a stage has both, its number is what the ladder shows."""


def ladders(
    session: Session,
    organisation: Organisation,
    scope: Scope,
    period: NamedPeriod,
    as_of: AsOf,
    lines: Sequence[KpiLine],
    *,
    elapsed: Decimal,
) -> tuple[Ladder, ...]:
    """Return a ladder per pipeline in which something happened, stands, or was due; in their order.

    ``lines`` are the card's: those bound to a stage say what was needed there; for a team without
    a target of its own there it is what those below it need. ``elapsed`` of the period is over.
    """
    bound = _bound(lines)

    def by_stage(metric: MetricId) -> Mapping[int | None, Group]:
        asked = Question(metric, scope, as_of, period, by=Dimension.STAGE)
        groups = figure(session, organisation, asked).groups
        return {group.id: group for group in groups}

    reached = by_stage(MetricId.DEALS_REACHING_STAGE)
    worth = (
        by_stage(MetricId.VALUE_REACHING_STAGE)
        if any(line.kpi.unit is Unit.MONEY for line in bound.values())
        else {}
    )
    standing, value = by_stage(MetricId.OPEN_DEALS), by_stage(MetricId.OPEN_PIPELINE)
    found = []
    for (pipeline_id, pipeline), stages in _stages(session).items():
        if not any(
            stage_id in reached or stage_id in standing or stage_id in bound
            for stage_id, _ in stages
        ):
            continue
        rungs = [
            _rung(
                stage_id,
                name,
                bound.get(stage_id),
                (worth if _is_money(bound.get(stage_id)) else reached).get(stage_id),
                standing.get(stage_id),
                value.get(stage_id),
                elapsed=elapsed,
            )
            for stage_id, name in stages
        ]
        found.append(ladder(pipeline_id, pipeline, rungs))
    return tuple(found)


def _bound(lines: Sequence[KpiLine]) -> dict[StageId, KpiLine]:
    found: dict[StageId, KpiLine] = {}
    for metric in reversed(STAGE_METRICS):
        for line in lines:
            stage_id = line.kpi.stage_id
            is_needed = line.target.value is not None or line.below is not None
            if line.kpi.metric is metric and stage_id is not None and is_needed:
                found[stage_id] = line
    return found


def _is_money(line: KpiLine | None) -> bool:
    return line is not None and line.kpi.unit is Unit.MONEY


def _rung(
    stage_id: StageId,
    name: str,
    line: KpiLine | None,
    have: Group | None,
    standing: Group | None,
    value: Group | None,
    *,
    elapsed: Decimal,
) -> Rung:
    has = None if have is None else have.value
    needed = None if line is None else line.target.value
    expected = None if line is None else line.pace.expected
    is_added_up = line is not None and needed is None
    if line is not None and needed is None and line.below is not None:
        needed, expected = line.below, line.below * elapsed
    return Rung(
        stage_id=stage_id,
        stage=name,
        unit=Unit.COUNT if line is None else line.kpi.unit,
        have=Decimal(0) if has is None else has,
        needed=needed,
        expected=expected,
        open_deals=0 if standing is None else standing.n,
        open_value=None if value is None else value.value,
        currency=_currency(line, value),
        kpi_id=None if line is None else line.kpi.id,
        is_added_up=is_added_up,
    )


def _currency(line: KpiLine | None, value: Group | None) -> str | None:
    if line is not None and line.kpi.currency is not None:
        return line.kpi.currency
    return None if value is None else value.reading.currency


def _stages(session: Session) -> dict[tuple[PipelineId, str], list[tuple[StageId, str]]]:
    """Return the open and won stages of every pipeline, in their order."""
    rows = session.execute(
        select(PipelineRow.id, PipelineRow.name, StageRow.id, StageRow.name)
        .join(StageRow, StageRow.pipeline_id == PipelineRow.id)
        .where(StageRow.kind != "lost")
        .order_by(PipelineRow.id, StageRow.position, StageRow.id)
    )
    found: dict[tuple[PipelineId, str], list[tuple[StageId, str]]] = {}
    for pipeline_id, pipeline, stage_id, stage in rows:
        found.setdefault((PipelineId(pipeline_id), pipeline), []).append((StageId(stage_id), stage))
    return found
