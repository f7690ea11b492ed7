"""What happens when sales operations starts a pipeline and changes its stages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, SpmError
from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.pipeline.deals import Facts, Move
from spm.domain.pipeline.stages import (
    Pipeline,
    Stage,
    StageDraft,
    StageInUse,
    StageKind,
    stages_from,
)
from spm.models.audit import AuditEntryRow
from spm.models.pipeline import DealReachRow
from spm.queries.pipeline.deals import get_deal
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.pipeline import deals, pipelines
from spm.services.work import StaleEdit, Work
from tests.builders import a_person


@pytest.fixture
def pipeline(work: Work) -> Pipeline:
    pipeline_id = pipelines.create(work, "New business", stages_from("simple"))
    return get_pipeline(work.session, pipeline_id)


def drafts(*stages: Stage) -> list[StageDraft]:
    return [
        StageDraft(
            stage.name,
            stage.kind,
            stage.probability_bp,
            stage.expected_days,
            stage.entry_criteria,
            stage.exit_criteria,
            stage.id,
        )
        for stage in stages
    ]


def edit(work: Work, pipeline: Pipeline, stages: list[StageDraft], **changes: object) -> Pipeline:
    values: dict[str, object] = {"version": pipeline.version, "name": pipeline.name} | changes
    pipelines.edit(work, pipeline.id, stages=stages, **values)  # type: ignore[arg-type]
    return get_pipeline(work.session, pipeline.id)


def a_deal_in(work: Work, pipeline: Pipeline, stage: Stage | None = None) -> DealId:
    person = a_person(work.session)
    new = deals.NewDeal(
        Facts("A", "USD"), PersonId(person.id), pipeline.id, None, date(2026, 11, 2)
    )
    deal_id = deals.create(work, new)
    if stage is not None:
        move = Move(stage.id, date(2026, 11, 4), reason="because")
        version = get_deal(work.session, work.actor, deal_id).version
        deals.move(work, deal_id, move, version=version)
    return deal_id


def test_a_pipeline_starts_with_its_template_s_stages(pipeline: Pipeline, session: Session) -> None:
    assert [stage.name for stage in pipeline.stages] == [
        "Prospecting",
        "Pricing",
        "Negotiation",
        "Closing",
        "Won",
        "Lost",
    ]
    assert [stage.position for stage in pipeline.stages] == [1, 2, 3, 4, 5, 6]
    assert pipeline.stages[1].entry_criteria == ("The need is understood",)
    entry = session.scalars(select(AuditEntryRow)).one()
    assert (entry.act, entry.object) == ("pipelines.edit", f"pipeline:{pipeline.id}")


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_operations_changes_pipelines(
    session: Session, work_as: Callable[[int], Work], role: Role
) -> None:
    with pytest.raises(Forbidden):
        pipelines.create(work_as(a_person(session, "", role).id), "Mine", stages_from("simple"))


def test_two_stages_swap_names_and_keep_their_ids(work: Work, pipeline: Pipeline) -> None:
    first, second, *rest = drafts(*pipeline.stages)
    swapped = [replace(first, name=second.name), replace(second, name=first.name), *rest]
    after = edit(work, pipeline, swapped)
    assert [(stage.id, stage.name) for stage in after.stages[:2]] == [
        (pipeline.stages[0].id, "Pricing"),
        (pipeline.stages[1].id, "Prospecting"),
    ]
    assert after.version > pipeline.version


def test_changing_only_a_stage_makes_older_forms_stale(work: Work, pipeline: Pipeline) -> None:
    first, *rest = drafts(*pipeline.stages)
    edit(work, pipeline, [replace(first, probability_bp=1234), *rest])
    with pytest.raises(StaleEdit):
        edit(work, pipeline, drafts(*pipeline.stages))


def test_a_stage_with_deals_in_it_is_not_left_out(work: Work, pipeline: Pipeline) -> None:
    a_deal_in(work, pipeline)
    with pytest.raises(StageInUse) as caught:
        edit(work, pipeline, drafts(*pipeline.stages[1:]))
    assert caught.value.facts["deals"] == 1


def test_a_stage_that_deals_have_been_in_keeps_its_kind(work: Work, pipeline: Pipeline) -> None:
    a_deal_in(work, pipeline, pipeline.stages[3])
    changed = drafts(*pipeline.stages)
    changed[0] = replace(changed[0], kind=StageKind.LOST)
    with pytest.raises(StageInUse):
        edit(work, pipeline, changed)


def test_what_is_left_out_is_retired_and_what_deals_passed_stays(
    work: Work, pipeline: Pipeline
) -> None:
    deal_id = a_deal_in(work, pipeline, pipeline.stages[2])
    after = edit(work, pipeline, drafts(pipeline.stages[0], *pipeline.stages[2:]))
    retired = after.stages[1]
    assert (retired.id, retired.is_active) == (pipeline.stages[1].id, False)
    assert retired.id not in {stage.id for stage in after.active_stages}
    assert work.session.get(DealReachRow, (deal_id, retired.id)) is not None


def test_a_new_stage_counts_as_passed_by_the_deals_beyond_it(
    work: Work, pipeline: Pipeline
) -> None:
    deal_id = a_deal_in(work, pipeline, pipeline.stages[2])
    stages = drafts(*pipeline.stages)
    stages.insert(1, StageDraft("Demonstration", probability_bp=2000))
    after = edit(work, pipeline, stages)
    reach = work.session.get(DealReachRow, (deal_id, after.stages[1].id))
    assert reach is not None
    assert reach.reached_on == date(2026, 11, 4)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, pipelines.PipelineNameEmpty),
        ({"name": "OTHER"}, pipelines.PipelineNameTaken),
        ({"is_active": False}, pipelines.PipelineInUse),
    ],
)
def test_an_edit_is_refused(
    work: Work, pipeline: Pipeline, changes: dict[str, object], error: type[SpmError]
) -> None:
    pipelines.create(work, "Other", stages_from("proposal"))
    a_deal_in(work, pipeline)
    with pytest.raises(error):
        edit(work, pipeline, drafts(*pipeline.stages), **changes)


def test_a_pipeline_without_open_deals_is_switched_off(work: Work, pipeline: Pipeline) -> None:
    assert not edit(work, pipeline, drafts(*pipeline.stages), is_active=False).is_active
    with pytest.raises(deals.ReferenceUnknown):
        a_deal_in(work, pipeline)
    assert PipelineId(pipeline.id)
