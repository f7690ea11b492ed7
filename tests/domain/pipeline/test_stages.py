"""Pipelines: what a valid one is, and the templates."""

import pytest

from spm.domain.errors import SpmError
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
    TemplateUnknown,
    TooManyStages,
    arrange,
    options_for,
    stages_from,
)

OPEN = StageDraft("Prospecting", probability_bp=1000)
WON = StageDraft("Won", StageKind.WON)
LOST = StageDraft("Lost", StageKind.LOST)


def test_stages_stand_open_then_won_then_lost_each_in_the_given_order() -> None:
    later = StageDraft("Closing", probability_bp=9000)
    arranged = arrange([LOST, OPEN, WON, later])
    assert [stage.name for stage in arranged] == ["Prospecting", "Closing", "Won", "Lost"]


def test_a_closed_stage_has_the_probability_that_it_means() -> None:
    arranged = arrange(
        [OPEN, StageDraft("Won", StageKind.WON, 10), StageDraft("Lost", StageKind.LOST, 10)]
    )
    assert [stage.probability_bp for stage in arranged] == [1000, 10_000, 0]


@pytest.mark.parametrize(
    ("drafts", "error"),
    [
        ([WON, LOST], StageMissing),
        ([OPEN, LOST], StageMissing),
        ([OPEN, WON], StageMissing),
        ([], StageMissing),
        ([OPEN, StageDraft("PROSPECTING"), WON, LOST], StageNameTaken),
        ([OPEN, StageDraft("Ｗon"), WON, LOST], StageNameTaken),
        ([OPEN, StageDraft("  "), WON, LOST], StageNameEmpty),
        ([StageDraft("A", probability_bp=-1), WON, LOST], StageOutOfRange),
        ([StageDraft("A", probability_bp=10_001), WON, LOST], StageOutOfRange),
        ([StageDraft("A", expected_days=0), WON, LOST], StageOutOfRange),
        ([StageDraft("A", expected_days=3_651), WON, LOST], StageOutOfRange),
        ([*(StageDraft(str(n)) for n in range(MAX_STAGES)), WON, LOST], TooManyStages),
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
