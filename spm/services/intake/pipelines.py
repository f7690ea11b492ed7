"""The pipeline that a source's deals go through."""

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.ids import PipelineId, StageId
from spm.domain.intake.layouts import PipelineLayout, StageLayout
from spm.domain.intake.records import NAME, ExternalKey
from spm.domain.intake.stages import NOWHERE, SeenStage
from spm.domain.text import fold
from spm.models.intake import ExternalRefRow
from spm.models.pipeline import PipelineRow, StageRow
from spm.services.intake.references import References
from spm.services.intake.run import Run

STAGE = "stage"
PIPELINE = "pipeline"


def known_stages(session: Session, source: str) -> tuple[SeenStage, ...]:
    """Return the stages that a source has named before, pipeline by pipeline, in their order."""
    rows = session.execute(
        select(ExternalRefRow.external_id, StageRow.pipeline_id, StageRow.kind)
        .join(StageRow, StageRow.id == ExternalRefRow.object_id)
        .where(ExternalRefRow.source == source, ExternalRefRow.object_type == STAGE)
        .order_by(StageRow.pipeline_id, StageRow.position, StageRow.id)
    )
    names = dict(
        session.execute(
            select(ExternalRefRow.object_id, ExternalRefRow.external_id).where(
                ExternalRefRow.source == source, ExternalRefRow.object_type == PIPELINE
            )
        )
        .tuples()
        .all()
    )
    return tuple(
        SeenStage(names[row.pipeline_id], row.external_id, NOWHERE, kind=row.kind)
        for row in rows
        if row.pipeline_id in names
    )


def ensure_pipeline(
    run: Run, refs: References, layout: PipelineLayout
) -> tuple[PipelineId, dict[str, StageId]]:
    """Return the source's pipeline and its stages by their names in the layout; made if missing.

    A pipeline of that name that people have made is taken if it has all of the stages, or if the
    layout joins it; then it gets those that it lacks. Stages may
    have been renamed since: they are found by what they were called when they came.
    """
    known = refs.find(PIPELINE, ExternalKey(NAME, layout.name))
    if known is None:
        found = _adopted(run, layout) or _made(run, layout)
        refs.add(PIPELINE, ExternalKey(NAME, layout.name), found.id)
        pipeline_id = found.id
    else:
        pipeline_id = known.object_id
    rows = list(run.session.scalars(select(StageRow).where(StageRow.pipeline_id == pipeline_id)))
    stages: dict[str, StageId] = {}
    before: StageRow | None = None
    for stage in layout.stages:
        key = ExternalKey(_space(layout.name), stage.name)
        ref = refs.find(STAGE, key)
        row = next((row for row in rows if ref is not None and row.id == ref.object_id), None)
        if row is None:
            row = next((row for row in rows if row.name_key == fold(stage.name)), None)
            if row is None:
                row = _added(run, pipeline_id, stage, _room(run, rows, before, stage))
                rows.append(row)
            if ref is None:
                refs.add(STAGE, key, row.id)
        stages[stage.name] = StageId(row.id)
        before = row
    return PipelineId(pipeline_id), stages


def _space(pipeline: str) -> str:
    """The key space of a pipeline's stages: its name, or a short name of a long one."""
    if len(pipeline) <= _LONGEST_SPACE:
        return pipeline
    return f"{pipeline[:_LONGEST_SPACE]}~{sha256(pipeline.encode()).hexdigest()[:8]}"


_LONGEST_SPACE = 20


def _room(run: Run, rows: list[StageRow], before: StageRow | None, stage: StageLayout) -> int:
    """Make room for a stage behind the one that comes before it; return its position."""
    if not rows:
        return 1
    if before is not None:
        position = before.position + 1
    elif stage.kind == "open":
        position = min(row.position for row in rows)
    else:
        position = max(row.position for row in rows) + 1
    for row in rows:
        if row.position >= position:
            row.position += 1
    run.session.flush()
    return position


def _adopted(run: Run, layout: PipelineLayout) -> PipelineRow | None:
    row = run.session.scalar(select(PipelineRow).where(PipelineRow.name_key == fold(layout.name)))
    if row is None:
        return None
    there = set(
        run.session.execute(
            select(StageRow.name_key, StageRow.kind).where(StageRow.pipeline_id == row.id)
        ).tuples()
    )
    wanted = {(fold(stage.name), stage.kind) for stage in layout.stages}
    return row if layout.joins or wanted <= there else None


def _made(run: Run, layout: PipelineLayout) -> PipelineRow:
    taken = set(run.session.scalars(select(PipelineRow.name_key)))
    names = (layout.name, *(f"{layout.name} ({number})" for number in range(2, 1000)))
    name = next(name for name in names if fold(name) not in taken)
    row = PipelineRow(name=name, name_key=fold(name), is_active=True)
    run.session.add(row)
    run.session.flush([row])
    for position, stage in enumerate(layout.stages, 1):
        _added(run, row.id, stage, position)
    run.tally(PIPELINE).created += 1
    return row


def _added(run: Run, pipeline_id: int, stage: StageLayout, position: int) -> StageRow:
    row = StageRow(
        pipeline_id=pipeline_id,
        position=position,
        name=stage.name,
        name_key=fold(stage.name),
        kind=stage.kind,
        probability_bp=stage.probability_bp,
        expected_days=stage.expected_days,
    )
    run.session.add(row)
    run.session.flush([row])
    return row
