"""Forms of pipelines: which template, and the stages as rows that can be reordered."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from wtforms import FieldList, FormField
from wtforms import Form as PlainForm

from spm.domain.ids import StageId
from spm.domain.pipeline.stages import (
    MAX_EXPECTED_DAYS,
    MAX_STAGES,
    TEMPLATES,
    Pipeline,
    StageDraft,
    StageKind,
    options_for,
)
from spm.i18n import labels
from spm.i18n.words import N_, gettext
from spm.web.fields import (
    BlockField,
    BoolField,
    ChoiceField,
    ChoicesField,
    Form,
    IdField,
    LineField,
    RatioField,
    WholeField,
)

EMPTY_ROWS = 2
"""Rows for new stages that the form offers at its end."""


class NewPipelineForm(Form):
    """A pipeline that starts from a template."""

    name = LineField(N_("Name"), max_length=120)
    description = BlockField(N_("What it is for"), required=False, max_length=2000)
    template = ChoiceField(N_("Template"))
    optional = ChoicesField(N_("Further stages"), required=False)

    def offer(self) -> None:
        """Fill in the templates and the stages that some of them can take."""
        self.template.choices = [
            (
                template.key,
                f"{gettext(template.name)}: "
                + " → ".join(
                    gettext(stage.name) for stage in template.stages if stage.kind is StageKind.OPEN
                ),
            )
            for template in TEMPLATES.values()
        ]
        options = {option.key: option for key in TEMPLATES for option in options_for(key)}
        self.optional.choices = [
            (key, gettext(option.stage.name)) for key, option in options.items()
        ]


class StageForm(PlainForm):
    """One stage, as a row of the pipeline's form."""

    stage = IdField(N_("Stage"), required=False)
    place = WholeField(N_("Order"), required=False, minimum=1, maximum=999)
    name = LineField(N_("Name"), required=False, max_length=120)
    kind = ChoiceField(N_("Kind"), required=False)
    probability = RatioField(N_("Chance, %"), required=False)
    expected_days = WholeField(
        N_("Expected days"), required=False, minimum=1, maximum=MAX_EXPECTED_DAYS
    )
    entry_criteria = BlockField(N_("What must hold to come in"), required=False, max_length=2000)
    exit_criteria = BlockField(N_("What must hold to go on"), required=False, max_length=2000)
    is_gated = BoolField(N_("Whoever moves a deal in or on ticks that they hold"))
    is_left_out = BoolField(N_("Leave out"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, labels.label(kind)) for kind in StageKind]

    @property
    def is_used(self) -> bool:
        """Whether the row says anything."""
        return bool(self.name.data or self.stage.data)


class PipelineForm(Form):
    """A pipeline with its stages."""

    name = LineField(N_("Name"), max_length=120)
    description = BlockField(N_("What it is for"), required=False, max_length=2000)
    is_active = BoolField(
        N_("In use"), hint=N_("New deals can begin in it. Its deals and their history stay.")
    )
    stages = FieldList(FormField(StageForm), max_entries=MAX_STAGES + EMPTY_ROWS)

    def offer(self, pipeline: Pipeline) -> None:
        """Let each row be one of the pipeline's stages, or a new one."""
        known = [(stage.id, stage.name) for stage in pipeline.stages]
        for row in self.rows():
            row.stage.choices = known

    def rows(self) -> Iterable[StageForm]:
        """Yield the rows in the order in which they were sent."""
        return (entry.form for entry in self.stages)

    def fill(self, pipeline: Pipeline) -> None:
        """Show a pipeline in a form that was not sent yet, with empty rows for new stages."""
        self.version.data = pipeline.version
        self.name.data, self.description.data = pipeline.name, pipeline.description
        self.is_active.data = pipeline.is_active
        for place, stage in enumerate(pipeline.active_stages, start=1):
            self.stages.append_entry(
                {
                    "stage": stage.id,
                    "place": place * 10,
                    "name": stage.name,
                    "kind": stage.kind.value,
                    "probability": Decimal(stage.probability_bp) / 10_000,
                    "expected_days": stage.expected_days,
                    "entry_criteria": "\n".join(stage.entry_criteria),
                    "exit_criteria": "\n".join(stage.exit_criteria),
                    "is_gated": stage.is_gated,
                }
            )
        for _ in range(EMPTY_ROWS):
            self.stages.append_entry({"kind": StageKind.OPEN.value})

    def drafts(self) -> list[StageDraft]:
        """Return the stages typed, in the order of their places; a row without one keeps its own."""
        placed = [
            (row.place.data or 10_000, index, row)
            for index, row in enumerate(self.rows())
            if row.is_used and not row.is_left_out.data
        ]
        return [_draft(row) for _place, _index, row in sorted(placed, key=lambda each: each[:2])]


def _draft(row: StageForm) -> StageDraft:
    return StageDraft(
        name=row.name.data,
        kind=StageKind(row.kind.data or StageKind.OPEN),
        probability_bp=int((row.probability.data or Decimal(0)) * 10_000),
        expected_days=row.expected_days.data,
        entry_criteria=_lines(row.entry_criteria.data),
        exit_criteria=_lines(row.exit_criteria.data),
        id=None if row.stage.data is None else StageId(row.stage.data),
        is_gated=bool(row.is_gated.data),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())
