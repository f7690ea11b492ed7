"""Pipelines: what a valid one is, and the templates."""

from dataclasses import replace

import pytest

from spm.domain.errors import SpmError
from spm.domain.ids import StageId
from spm.domain.pipeline.stages import (
    MAX_STAGES,
    OPTIONAL_STAGES,
    TEMPLATES,
    StageDraft,
    StageKind,
    StageMissing,
    StageNameEmpty,
    StageNameTaken,
    StageOutOfRange,
    StageUnknown,
    TemplateUnknown,
    TooManyStages,
    arrange,
    options_for,
    plan,
    stages_from,
)
from tests.domain.pipeline.logs import FIRST, LOST, ONBOARDING, PIPELINE, SECOND, THIRD
from tests.domain.pipeline.logs import WON as WON_ID

OPEN = StageDraft("Prospecting", probability_bp=1000)
WON = StageDraft("Won", StageKind.WON)
LOSS = StageDraft("Lost", StageKind.LOST)


def test_stages_stand_open_then_won_then_lost_each_in_the_given_order() -> None:
    later = StageDraft("Closing", probability_bp=9000)
    arranged = arrange([LOSS, OPEN, WON, later])
    assert [stage.name for stage in arranged] == ["Prospecting", "Closing", "Won", "Lost"]


def test_a_closed_stage_has_the_probability_that_it_means() -> None:
    arranged = arrange(
        [OPEN, StageDraft("Won", StageKind.WON, 10), StageDraft("Lost", StageKind.LOST, 10)]
    )
    assert [stage.probability_bp for stage in arranged] == [1000, 10_000, 0]


@pytest.mark.parametrize(
    ("drafts", "error"),
    [
        ([WON, LOSS], StageMissing),
        ([OPEN, LOSS], StageMissing),
        ([OPEN, WON], StageMissing),
        ([], StageMissing),
        ([OPEN, StageDraft("PROSPECTING"), WON, LOSS], StageNameTaken),
        ([OPEN, StageDraft("Ｗon"), WON, LOSS], StageNameTaken),
        ([OPEN, StageDraft("  "), WON, LOSS], StageNameEmpty),
        ([StageDraft("A", probability_bp=-1), WON, LOSS], StageOutOfRange),
        ([StageDraft("A", probability_bp=10_001), WON, LOSS], StageOutOfRange),
        ([StageDraft("A", expected_days=0), WON, LOSS], StageOutOfRange),
        ([StageDraft("A", expected_days=3_651), WON, LOSS], StageOutOfRange),
        ([*(StageDraft(str(n)) for n in range(MAX_STAGES)), WON, LOSS], TooManyStages),
    ],
)
def test_an_invalid_pipeline_is_refused(drafts: list[StageDraft], error: type[SpmError]) -> None:
    with pytest.raises(error):
        arrange(drafts)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("simple", ["Prospecting", "Pricing", "Negotiation", "Closing"]),
        ("measured", ["Prospecting", "Lead qualification", "Pitch and negotiation", "Closing"]),
        ("proposal", ["Prospecting", "Qualification", "Proposal", "Decision", "Closing"]),
    ],
)
def test_the_templates_are_those_of_the_sources(key: str, names: list[str]) -> None:
    stages = stages_from(key)
    assert [stage.name for stage in stages if stage.kind is StageKind.OPEN] == names
    assert [stage.name for stage in stages[len(names) :]] == ["Won", "Lost"]


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_template_takes_every_option_and_its_chances_grow(key: str) -> None:
    stages = stages_from(key, tuple(OPTIONAL_STAGES))
    chances = [stage.probability_bp for stage in stages if stage.kind is StageKind.OPEN]
    assert chances == sorted(chances)
    won = [stage.name for stage in stages if stage.kind is StageKind.WON]
    assert won == ["Won", "Onboarding", "Customer retention"]
    assert stages[0].name == "Lead generation"


def test_an_option_that_the_template_has_is_not_offered() -> None:
    assert "lead_qualification" in {option.key for option in options_for("simple")}
    assert "lead_qualification" not in {option.key for option in options_for("measured")}


@pytest.mark.parametrize(("key", "options"), [("none", ()), ("simple", ("none",))])
def test_an_unknown_template_or_option_is_refused(key: str, options: tuple[str, ...]) -> None:
    with pytest.raises(TemplateUnknown):
        stages_from(key, options)


def drafts_of(*ids: StageId) -> list[StageDraft]:
    stages = [PIPELINE.stage(stage_id) for stage_id in ids]
    return [StageDraft(stage.name, stage.kind, id=stage.id) for stage in stages]


def test_what_is_left_out_is_retired_at_its_place() -> None:
    planned = plan(PIPELINE, drafts_of(FIRST, THIRD, WON_ID, LOST))
    assert [stage.id for stage in planned.retired] == [SECOND, ONBOARDING]
    assert [stage.id for stage in planned.placed] == [
        FIRST,
        SECOND,
        THIRD,
        WON_ID,
        ONBOARDING,
        LOST,
    ]


def test_a_new_stage_takes_the_place_that_it_is_given() -> None:
    drafts = drafts_of(FIRST, SECOND, THIRD, WON_ID, ONBOARDING, LOST)
    planned = plan(PIPELINE, [StageDraft("Lead"), *drafts])
    assert [stage.name for stage in planned.placed][:2] == ["Lead", "Prospecting"]
    assert (planned.retired, planned.reclassified) == ((), ())


def test_the_first_stage_retires_in_first_place() -> None:
    planned = plan(PIPELINE, drafts_of(SECOND, THIRD, WON_ID, ONBOARDING, LOST))
    assert planned.placed[0].id == FIRST


def test_a_retired_stage_comes_back_under_its_id() -> None:
    stages = tuple(replace(stage, is_active=stage.id != SECOND) for stage in PIPELINE.stages)
    retired = replace(PIPELINE, stages=stages)
    drafts = [StageDraft("PROPOSAL"), *drafts_of(FIRST, THIRD, WON_ID, LOST)]
    planned = plan(retired, drafts)
    assert planned.placed[0].id == SECOND
    assert [stage.id for stage in planned.retired] == [ONBOARDING]


def test_a_stage_of_another_kind_is_told() -> None:
    drafts = [
        replace(draft, kind=StageKind.WON if draft.id == THIRD else draft.kind)
        for draft in drafts_of(FIRST, SECOND, THIRD, WON_ID, LOST)
    ]
    assert [stage.id for stage in plan(PIPELINE, drafts).reclassified] == [THIRD]


def test_a_stage_of_another_pipeline_is_refused() -> None:
    with pytest.raises(StageUnknown):
        plan(PIPELINE, [StageDraft("X", id=StageId(99)), WON, StageDraft("Lost", StageKind.LOST)])
