"""What sales operations does with pipelines: start one from a template, change its stages."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from spm.adapters.database import LOCK
from spm.domain.access import Permission
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import DealId, PipelineId
from spm.domain.pipeline.stages import (
    Pipeline,
    Plan,
    Stage,
    StageDraft,
    StageInUse,
    arrange,
    plan,
)
from spm.domain.text import fold
from spm.models.pipeline import DealRow, PipelineRow, StageRow
from spm.queries.pipeline import pipelines as queries
from spm.services.pipeline import history, rollup
from spm.services.work import Work


class PipelineNameEmpty(Invalid):
    """A pipeline has no name."""

    code = "pipelines.name-empty"


class PipelineNameTaken(Invalid):
    """Another pipeline is called so."""

    code = "pipelines.name-taken"


class PipelineInUse(Conflict):
    """``deals`` open deals are in the pipeline that is to be switched off."""

    code = "pipelines.in-use"


def create(
    work: Work, name: str, stages: Sequence[StageDraft], *, description: str = ""
) -> PipelineId:
    """Start a pipeline with these stages (``stages_from`` gives a template's).

    Raises:
        Forbidden: The actor changes no pipelines.
        Invalid: The name is empty or taken, or the stages are no pipeline.
    """
    work.require(Permission.PIPELINES_EDIT)
    arranged = arrange(stages)
    _check_name(work, name, None)
    row = PipelineRow(name=name, name_key=fold(name), description=description)
    work.session.add(row)
    work.session.flush()
    for position, draft in enumerate(arranged, start=1):
        stage = StageRow(pipeline_id=row.id)
        _put(stage, draft, position)
        work.session.add(stage)
    work.session.flush()
    work.record(
        Permission.PIPELINES_EDIT,
        f"pipeline:{row.id}",
        after={
            "name": name,
            "description": description,
            "stages": [_text(draft) for draft in arranged],
        },
    )
    return PipelineId(row.id)


def edit(
    work: Work,
    pipeline_id: PipelineId,
    name: str,
    stages: Sequence[StageDraft],
    *,
    version: int,
    description: str = "",
    is_active: bool = True,
) -> None:
    """Change a pipeline and its stages; what is left out is retired and keeps its history.

    Stages keep their ids, so that every deal's past stays what it was. Where the order changes, the
    caches of the pipeline's deals are brought up to it.

    Raises:
        NotFound: There is no such pipeline, or a stage is another's.
        Forbidden: The actor changes no pipelines.
        StaleEdit: Somebody changed it since the form was filled.
        StageInUse: Deals are in a stage that is left out, or have been in one whose kind changes.
        PipelineInUse: Open deals are in a pipeline that is switched off.
        Invalid: The name is empty or taken, or the stages are no pipeline.
    """
    row = work.session.get(PipelineRow, pipeline_id, with_for_update=LOCK, populate_existing=True)
    pipeline = queries.get_pipeline(work.session, pipeline_id)
    work.require(Permission.PIPELINES_EDIT)
    assert row is not None  # noqa: S101 get_pipeline has raised where there is none
    before = _texts(pipeline.name, pipeline.description, pipeline.active_stages)
    after = _texts(name, description, arrange(stages))
    work.expect_version(row, version, theirs=before, yours=after)
    _check_name(work, name, pipeline_id)
    planned = plan(pipeline, stages)
    _check_use(work, pipeline, planned, is_active=is_active)
    row.name, row.name_key = name, fold(name)
    row.description, row.is_active = description, is_active
    # The stages are part of the pipeline's text: changing them alone makes a new version too.
    flag_modified(row, "description")
    _apply(work, pipeline, planned)
    names = [field for field in after if after[field] != before[field]]
    work.record(
        Permission.PIPELINES_EDIT,
        f"pipeline:{pipeline_id}",
        before={field: before[field] for field in names} | {"is_active": pipeline.is_active},
        after={field: after[field] for field in names} | {"is_active": is_active},
    )
    if _order(queries.get_pipeline(work.session, pipeline_id)) != _order(pipeline):
        deal_ids = work.session.scalars(
            select(DealRow.id).where(DealRow.pipeline_id == pipeline_id)
        )
        # What the rollup knows is by the order before: it is counted anew, not changed deal by deal.
        unwritten = rollup.Ledger.of(work.session)
        history.store(work.session, [DealId(deal_id) for deal_id in deal_ids], ledger=unwritten)
        rollup.rebuild(work.session)


def _order(pipeline: Pipeline) -> list[tuple[int, str, int]]:
    return [(stage.id, stage.kind.value, stage.position) for stage in pipeline.stages]


def _check_name(work: Work, name: str, pipeline_id: PipelineId | None) -> None:
    if not name:
        raise PipelineNameEmpty(field="name")
    other = work.session.scalar(select(PipelineRow.id).where(PipelineRow.name_key == fold(name)))
    if other is not None and other != pipeline_id:
        raise PipelineNameTaken(field="name", name=name)


def _check_use(work: Work, pipeline: Pipeline, planned: Plan, *, is_active: bool) -> None:
    uses = queries.stage_uses(work.session, pipeline.id)
    for stage in planned.retired:
        if uses[stage.id].deals:
            raise StageInUse(stage=stage.name, deals=uses[stage.id].deals)
    for stage in planned.reclassified:
        if uses[stage.id].events:
            raise StageInUse(stage=stage.name, deals=uses[stage.id].deals)
    open_deals = sum(uses[stage.id].deals for stage in pipeline.stages if not stage.is_closed)
    if pipeline.is_active and not is_active and open_deals:
        raise PipelineInUse(name=pipeline.name, deals=open_deals)


def _apply(work: Work, pipeline: Pipeline, planned: Plan) -> None:
    rows = {
        row.id: row
        for row in work.session.scalars(
            select(StageRow).where(StageRow.pipeline_id == pipeline.id).with_for_update(**LOCK)
        )
    }
    # Names are unique at every moment, so those that change step aside before two can swap.
    for stage in planned.placed:
        if isinstance(stage, StageDraft) and stage.id is not None:
            row = rows[stage.id]
            if row.name_key != fold(stage.name):
                row.name_key = f"#{row.id}"
    work.session.flush()
    for position, stage in enumerate(planned.placed, start=1):
        if isinstance(stage, Stage):
            rows[stage.id].position = position
            rows[stage.id].is_active = False
            continue
        row = StageRow(pipeline_id=pipeline.id) if stage.id is None else rows[stage.id]
        _put(row, stage, position)
        work.session.add(row)
    work.session.flush()


def _put(row: StageRow, draft: StageDraft, position: int) -> None:
    row.position, row.name, row.name_key = position, draft.name, fold(draft.name)
    row.kind, row.is_active = draft.kind.value, True
    row.probability_bp, row.expected_days = draft.probability_bp, draft.expected_days
    row.entry_criteria = "\n".join(draft.entry_criteria)
    row.exit_criteria = "\n".join(draft.exit_criteria)
    row.is_gated = draft.is_gated


def _texts(name: str, description: str, stages: Sequence[Stage | StageDraft]) -> dict[str, object]:
    return {
        "name": name,
        "description": description,
        "stages": [_text(stage) for stage in stages],
    }


def _text(stage: Stage | StageDraft) -> dict[str, object]:
    return {
        "name": stage.name,
        "kind": stage.kind.value,
        "probability_bp": stage.probability_bp,
        "expected_days": stage.expected_days,
        "entry_criteria": list(stage.entry_criteria),
        "exit_criteria": list(stage.exit_criteria),
        "is_gated": stage.is_gated,
    }
