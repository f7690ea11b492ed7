"""Reads of pipelines and their stages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.errors import NotFound
from spm.domain.ids import PipelineId, StageId
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind
from spm.models.pipeline import DealEventRow, DealRow, PipelineRow, StageRow


def pipelines(session: Session) -> tuple[Pipeline, ...]:
    """Return every pipeline with its stages, the active ones first, then by name."""
    rows = session.scalars(
        select(PipelineRow).order_by(
            PipelineRow.is_active.desc(), PipelineRow.name_key, PipelineRow.id
        )
    ).all()
    stages = _stages_of(session, [row.id for row in rows])
    return tuple(_record(row, stages.get(row.id, ())) for row in rows)


def get_pipeline(session: Session, pipeline_id: PipelineId) -> Pipeline:
    """Return one pipeline with all its stages in order.

    Raises:
        NotFound: There is none.
    """
    row = session.get(PipelineRow, pipeline_id)
    if row is None:
        raise NotFound(what="pipeline", id=pipeline_id)
    return _record(row, _stages_of(session, [row.id]).get(row.id, ()))


@dataclass(frozen=True, slots=True)
class StageUse:
    """How many deals are in a stage, and how many events name it."""

    deals: int
    events: int


def stage_uses(session: Session, pipeline_id: PipelineId) -> dict[StageId, StageUse]:
    """Return the use of each stage of a pipeline, over everybody's deals."""
    deals = _counts(session, DealRow.stage_id, pipeline_id)
    events = _counts(session, DealEventRow.stage_id, pipeline_id)
    return {
        StageId(stage_id): StageUse(deals.get(stage_id, 0), events.get(stage_id, 0))
        for stage_id in session.scalars(
            select(StageRow.id).where(StageRow.pipeline_id == pipeline_id)
        )
    }


def _counts(
    session: Session, column: InstrumentedAttribute[Any], pipeline_id: PipelineId
) -> dict[int, int]:
    rows = session.execute(
        select(column, func.count())
        .join(StageRow, StageRow.id == column)
        .where(StageRow.pipeline_id == pipeline_id)
        .group_by(column)
    )
    return {row[0]: row[1] for row in rows}


def _stages_of(session: Session, pipeline_ids: Iterable[int]) -> dict[int, tuple[Stage, ...]]:
    found: dict[int, list[Stage]] = {}
    for row in session.scalars(
        select(StageRow)
        .where(StageRow.pipeline_id.in_(tuple(pipeline_ids)))
        .order_by(StageRow.position, StageRow.id)
    ):
        found.setdefault(row.pipeline_id, []).append(
            Stage(
                id=StageId(row.id),
                name=row.name,
                kind=StageKind(row.kind),
                position=row.position,
                probability_bp=row.probability_bp,
                expected_days=row.expected_days,
                entry_criteria=_lines(row.entry_criteria),
                exit_criteria=_lines(row.exit_criteria),
                is_active=row.is_active,
                is_gated=row.is_gated,
            )
        )
    return {pipeline_id: tuple(stages) for pipeline_id, stages in found.items()}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.split("\n") if line.strip())


def _record(row: PipelineRow, stages: tuple[Stage, ...]) -> Pipeline:
    return Pipeline(
        id=PipelineId(row.id),
        name=row.name,
        stages=stages,
        description=row.description,
        is_active=row.is_active,
        version=row.version,
    )
