"""Pipelines and their ordered stages: what a valid one is, and the templates to start from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from spm.domain.errors import Conflict, Invalid, NotFound
from spm.domain.ids import PipelineId, StageId
from spm.domain.text import fold

MAX_STAGES = 30
MAX_PROBABILITY_BP = 10_000
MAX_EXPECTED_DAYS = 3_650


class StageKind(StrEnum):
    """What being in a stage says about the deal."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"

    @property
    def is_closed(self) -> bool:
        """Whether a deal in such a stage is decided."""
        return self is not StageKind.OPEN


_KIND_ORDER = {StageKind.OPEN: 0, StageKind.WON: 1, StageKind.LOST: 2}


class StageMissing(Invalid):
    """A pipeline needs at least one stage of each kind; ``kind`` says which has none."""

    code = "pipelines.stage-missing"


class StageNameTaken(Invalid):
    """Two stages of one pipeline are called the same."""

    code = "pipelines.stage-name-taken"


class StageNameEmpty(Invalid):
    """A stage has no name."""

    code = "pipelines.stage-name-empty"


class StageOutOfRange(Invalid):
    """A stage's ``what`` (probability, expected days) lies outside ``low`` .. ``high``."""

    code = "pipelines.stage-out-of-range"


class TooManyStages(Invalid):
    """A pipeline has more stages than anyone could read."""

    code = "pipelines.too-many-stages"


class TemplateUnknown(Invalid):
    """There is no pipeline template, or no optional stage, of that key."""

    code = "pipelines.template-unknown"


class StageInUse(Conflict):
    """``deals`` deals are in a stage that is to go, or were in one whose kind is to change."""

    code = "pipelines.stage-in-use"


class StageUnknown(NotFound):
    """The pipeline has no such stage."""

    code = "pipelines.stage-unknown"


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage as somebody describes it; ``id`` is that of the stage it changes, None for a new one.

    Attributes:
        probability_bp: Chance of winning from here, in basis points (0 to 10 000).
        expected_days: How long a deal should stay, in calendar days; None where nobody said.
        entry_criteria: What must hold before a deal comes in, one fact a line.
        exit_criteria: What must hold before it goes on.
        is_gated: Whoever moves a deal in or on ticks that each of its criteria holds.
    """

    name: str
    kind: StageKind = StageKind.OPEN
    probability_bp: int = 0
    expected_days: int | None = None
    entry_criteria: tuple[str, ...] = ()
    exit_criteria: tuple[str, ...] = ()
    id: StageId | None = None
    is_gated: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a pipeline. Its id is stable: renaming or moving it keeps its history."""

    id: StageId
    name: str
    kind: StageKind
    position: int
    probability_bp: int = 0
    expected_days: int | None = None
    entry_criteria: tuple[str, ...] = ()
    exit_criteria: tuple[str, ...] = ()
    is_active: bool = True
    is_gated: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether a deal here is decided."""
        return self.kind.is_closed


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline and all its stages in order, retired ones included."""

    id: PipelineId
    name: str
    stages: tuple[Stage, ...]
    description: str = ""
    is_active: bool = True
    version: int = 1
    _passed: dict[StageId, tuple[Stage, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def active_stages(self) -> tuple[Stage, ...]:
        """The stages that a deal can be moved to, in order."""
        return tuple(stage for stage in self.stages if stage.is_active)

    @property
    def open_stages(self) -> tuple[Stage, ...]:
        """The active stages before the decision, in order."""
        return tuple(stage for stage in self.active_stages if stage.kind is StageKind.OPEN)

    @property
    def first(self) -> Stage:
        """The stage in which a new deal begins."""
        return self.open_stages[0]

    def stage(self, stage_id: StageId) -> Stage:
        """Return the stage of that id, active or retired.

        Raises:
            StageUnknown: It is not one of this pipeline's.
        """
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise StageUnknown(stage_id=stage_id)

    def passed(self, stage_id: StageId) -> tuple[Stage, ...]:
        """Return the stages that being in one says were reached: skipped is passed, lost passes nothing.

        Raises:
            StageUnknown: It is not one of this pipeline's.
        """
        found = self._passed.get(stage_id)
        if found is None:  # worked out once: a replay asks for every move of every deal
            found = self._passed[stage_id] = self._all_passed(self.stage(stage_id))
        return found

    def _all_passed(self, present: Stage) -> tuple[Stage, ...]:
        if present.kind is StageKind.LOST:
            return (present,)
        return tuple(
            stage
            for stage in self.stages
            if stage.kind is not StageKind.LOST
            and (stage.position <= present.position or stage.id == present.id)
            and (stage.kind is StageKind.OPEN or present.kind is StageKind.WON)
        )


def arrange(drafts: Sequence[StageDraft]) -> tuple[StageDraft, ...]:
    """Return ``drafts`` as a valid pipeline's stages, in order.

    Open stages come first, then the won, then the lost ones; inside a kind the given order holds.
    A closed stage has the probability that it means: won 100 %, lost 0 %.

    Raises:
        TooManyStages: There are more than ``MAX_STAGES``.
        StageMissing: No open, no won or no lost stage.
        StageNameEmpty: A stage is not named.
        StageNameTaken: Two names differ in case or width at most.
        StageOutOfRange: A probability or a number of days is out of range.
    """
    if len(drafts) > MAX_STAGES:
        raise TooManyStages(most=MAX_STAGES)
    names: set[str] = set()
    for draft in drafts:
        _check_draft(draft)
        key = fold(draft.name)
        if key in names:
            raise StageNameTaken(name=draft.name)
        names.add(key)
    for kind in StageKind:
        if all(draft.kind is not kind for draft in drafts):
            raise StageMissing(kind=kind)
    ordered = sorted(drafts, key=lambda draft: _KIND_ORDER[draft.kind])
    return tuple(_with_certain_probability(draft) for draft in ordered)


def _check_draft(draft: StageDraft) -> None:
    if not draft.name.strip():
        raise StageNameEmpty
    if not 0 <= draft.probability_bp <= MAX_PROBABILITY_BP:
        raise StageOutOfRange(
            what="probability", name=draft.name, low=0, high=MAX_PROBABILITY_BP // 100
        )
    if draft.expected_days is not None and not 1 <= draft.expected_days <= MAX_EXPECTED_DAYS:
        raise StageOutOfRange(what="expected_days", name=draft.name, low=1, high=MAX_EXPECTED_DAYS)


def _with_certain_probability(draft: StageDraft) -> StageDraft:
    if draft.kind is StageKind.WON:
        return replace(draft, probability_bp=MAX_PROBABILITY_BP)
    if draft.kind is StageKind.LOST:
        return replace(draft, probability_bp=0)
    return draft


@dataclass(frozen=True, slots=True)
class Plan:
    """How a pipeline is to stand after an edit.

    Attributes:
        placed: Active drafts (with the id of the stage that each one is, None for a new one) and
            retired stages, together in the order of their positions from 1 on.
        retired: Stages that were active and are left out now.
        reclassified: Stages whose kind changes.
    """

    placed: tuple[StageDraft | Stage, ...]
    retired: tuple[Stage, ...]
    reclassified: tuple[Stage, ...]


def plan(pipeline: Pipeline, drafts: Sequence[StageDraft]) -> Plan:
    """Return how ``pipeline`` stands once its stages are those of ``drafts``.

    Whatever is left out is retired, not deleted: it keeps its id, and its place after the stage that
    it followed, so that what deals passed stays true. A new stage of a retired one's name is that one.

    Raises:
        StageUnknown: A draft names a stage of another pipeline.
        Invalid: The stages are no pipeline (see ``arrange``).
    """
    arranged = [_revived(draft, pipeline) for draft in arrange(drafts)]
    kept = {draft.id: draft for draft in arranged if draft.id is not None}
    if len(kept) != sum(draft.id is not None for draft in arranged):
        raise StageNameTaken(name="")
    placed: list[StageDraft | Stage] = list(arranged)
    for index, stage in enumerate(pipeline.stages):
        if stage.id not in kept:
            before = pipeline.stages[index - 1].id if index else None
            at = next((n for n, other in enumerate(placed) if before and other.id == before), -1)
            placed.insert(at + 1, stage)
    placed.sort(key=lambda stage: _KIND_ORDER[stage.kind])
    return Plan(
        tuple(placed),
        tuple(stage for stage in pipeline.active_stages if stage.id not in kept),
        tuple(
            stage
            for stage in pipeline.stages
            if stage.id in kept and kept[stage.id].kind is not stage.kind
        ),
    )


def _revived(draft: StageDraft, pipeline: Pipeline) -> StageDraft:
    if draft.id is not None:
        pipeline.stage(draft.id)
        return draft
    for stage in pipeline.stages:
        if not stage.is_active and fold(stage.name) == fold(draft.name):
            return replace(draft, id=stage.id)
    return draft


@dataclass(frozen=True, slots=True)
class Template:
    """Stages to start a pipeline from; ``source`` names the item of the scope it comes from."""

    key: str
    name: str
    stages: tuple[StageDraft, ...]
    source: str


@dataclass(frozen=True, slots=True)
class OptionalStage:
    """A stage that can be added to any template: ahead of its stages, or after the win."""

    key: str
    stage: StageDraft


def _open(
    name: str, probability_bp: int, days: int, entry: str | None, leave: str | None
) -> StageDraft:
    return StageDraft(
        name=name,
        probability_bp=probability_bp,
        expected_days=days,
        entry_criteria=() if entry is None else (entry,),
        exit_criteria=() if leave is None else (leave,),
    )


_CLOSED = (
    StageDraft("Won", StageKind.WON, entry_criteria=("The customer has signed",)),
    StageDraft("Lost", StageKind.LOST, entry_criteria=("The reason is written down",)),
)

TEMPLATES: dict[str, Template] = {
    template.key: template
    for template in (
        Template(
            "simple",
            "Simple, four stages",
            (
                _open("Prospecting", 1000, 14, None, "A contact with a need is known by name"),
                _open("Pricing", 3000, 14, "The need is understood", "A price has been given"),
                _open("Negotiation", 6000, 21, "The price is with the customer", "Terms agreed"),
                _open("Closing", 8500, 10, "Both sides agree on the terms", "Contract sent"),
                *_CLOSED,
            ),
            "scope 5",
        ),
        Template(
            "measured",
            "Four stages to measure by",
            (
                _open("Prospecting", 1000, 14, None, "Fits the ideal customer profile"),
                _open(
                    "Lead qualification",
                    2500,
                    14,
                    "Fits the ideal customer profile",
                    "Need, budget and decision maker are known",
                ),
                _open(
                    "Pitch and negotiation",
                    5500,
                    28,
                    "Need, budget and decision maker are known",
                    "Value and price are agreed",
                ),
                _open("Closing", 8500, 10, "Value and price are agreed", "Contract sent"),
                *_CLOSED,
            ),
            "scope 7",
        ),
        Template(
            "proposal",
            "Five stages with a proposal",
            (
                _open("Prospecting", 1000, 14, None, "The source of the lead is recorded"),
                _open(
                    "Qualification",
                    2000,
                    14,
                    "The source of the lead is recorded",
                    "The company's criteria are met",
                ),
                _open(
                    "Proposal",
                    4500,
                    21,
                    "The company's criteria are met",
                    "Product and price questions are settled",
                ),
                _open("Decision", 7000, 21, "The proposal is with the decision maker", "A yes"),
                _open("Closing", 9000, 7, "The decision maker said yes", "Contract sent"),
                *_CLOSED,
            ),
            "scope 8",
        ),
    )
}
"""The templates to start from, by key (scope.md 5, 7 and 8)."""

OPTIONAL_STAGES: dict[str, OptionalStage] = {
    option.key: option
    for option in (
        OptionalStage("lead_generation", _open("Lead generation", 200, 14, None, "A lead exists")),
        OptionalStage(
            "lead_qualification",
            _open("Lead qualification", 500, 10, "A lead exists", "Need and budget are known"),
        ),
        OptionalStage(
            "lead_engagement",
            _open("Lead engagement", 800, 14, "Need and budget are known", "The lead answers"),
        ),
        OptionalStage("onboarding", StageDraft("Onboarding", StageKind.WON, expected_days=30)),
        OptionalStage(
            "customer_retention",
            StageDraft("Customer retention", StageKind.WON, expected_days=365),
        ),
    )
}
"""Optional stages, in the order in which they stand (scope.md 6). What follows the win is a won stage."""


def options_for(template_key: str) -> tuple[OptionalStage, ...]:
    """Return the optional stages that the template does not have already, in order.

    Raises:
        TemplateUnknown: There is no such template.
    """
    present = {fold(stage.name) for stage in _template(template_key).stages}
    return tuple(
        option for option in OPTIONAL_STAGES.values() if fold(option.stage.name) not in present
    )


def stages_from(template_key: str, optional_keys: Sequence[str] = ()) -> tuple[StageDraft, ...]:
    """Return the template's stages with the chosen optional ones, arranged.

    An option that the template has already changes nothing.

    Raises:
        TemplateUnknown: There is no such template or option.
    """
    template = _template(template_key)
    for key in optional_keys:
        if key not in OPTIONAL_STAGES:
            raise TemplateUnknown(field="optional", key=key)
    chosen = [
        option.stage for option in options_for(template_key) if option.key in set(optional_keys)
    ]
    before = [stage for stage in chosen if stage.kind is StageKind.OPEN]
    after = [stage for stage in chosen if stage.kind is not StageKind.OPEN]
    return arrange([*before, *template.stages, *after])


def _template(key: str) -> Template:
    if key not in TEMPLATES:
        raise TemplateUnknown(field="template", key=key)
    return TEMPLATES[key]
