"""What the values of a file mean, said one by one: stages, outcomes, people; kept in its layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spm.domain.errors import Invalid
from spm.domain.intake.layouts import (
    KINDS_OF_STAGE,
    ColumnLayout,
    Layout,
    PipelineLayout,
    StageLayout,
    TableLayout,
)
from spm.domain.intake.sampling import OUTCOMES, PEOPLE
from spm.domain.intake.schema import FIELDS, Kind, Type
from spm.domain.text import fold, squeeze

CHANCE = 5_000
"""The probability, in basis points, of an open stage of which nothing is known."""


class StageUnknown(Invalid):
    """A value is to mean a stage that the pipeline has not got; ``value`` is the value."""

    code = "import.stage-unknown"


class NothingWon(Invalid):
    """A pipeline needs a stage that is won."""

    code = "import.nothing-won"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a value of a stage column means.

    Attributes:
        stage: The stage of the pipeline; None for one that is called as the file calls it.
        kind: Of one called so: open, won, lost; empty where the files' rows and words say it.
    """

    stage: str | None = None
    kind: str = ""


def with_stages(
    layout: Layout, pipeline: PipelineLayout | None, meant: Mapping[str, Meant]
) -> Layout:
    """Return a layout in which values of its stage columns mean what was said.

    Args:
        layout: The layout.
        pipeline: The pipeline that its deals go into, with its stages; None for the layout's own.
        meant: Value of the file → what it means.

    Raises:
        StageUnknown: The pipeline has no such stage.
        NothingWon: No stage is won.
    """
    base = pipeline or layout.pipeline
    if base is None:
        return layout
    mine = layout.pipeline or base
    values = {_spelled(value) for value in meant}
    stages = [
        replace(stage, spellings=tuple(s for s in stage.spellings if _spelled(s) not in values))
        for stage in base.stages
        if pipeline is not None or not _is_freed(stage, meant)
    ]
    for value, what in meant.items():
        _let_mean(stages, value, what)
    if not any(stage.kind == "won" for stage in stages):
        raise NothingWon
    entered = {_spelled(s.name): s.entered for s in mine.stages if s.entered}
    for at, stage in enumerate(stages):
        columns = [
            column
            for word in (stage.name, *stage.spellings)
            for column in entered.pop(_spelled(word), ())
        ]
        stages[at] = replace(stage, entered=tuple(dict.fromkeys((*stage.entered, *columns))))
    begins_in = base.begins_in if any(s.name == base.begins_in for s in stages) else None
    return replace(
        layout,
        grade="",
        pipeline=replace(
            mine,
            name=base.name,
            stages=tuple(stages),
            begins_in=begins_in,
            joins=mine.joins or pipeline is not None,
        ),
    )


def _is_freed(stage: StageLayout, meant: Mapping[str, Meant]) -> bool:
    """Return whether a listed stage is one that is now to be as the files say."""
    return any(
        _spelled(value) == _spelled(stage.name) and what == Meant() and stage.kind == "open"
        for value, what in meant.items()
    )


def _let_mean(stages: list[StageLayout], value: str, what: Meant) -> None:
    if what.stage is not None:
        for at, stage in enumerate(stages):
            if fold(stage.name) == fold(what.stage):
                if _spelled(value) != _spelled(stage.name):
                    stages[at] = replace(stage, spellings=(*stage.spellings, value))
                return
        raise StageUnknown(value=value)
    if what.kind not in KINDS_OF_STAGE:
        return
    there = next((at for at, s in enumerate(stages) if _spelled(s.name) == _spelled(value)), None)
    chance = {"won": 10_000, "lost": 0}.get(what.kind, CHANCE)
    if there is None:
        stages.append(StageLayout(value[:120], what.kind, chance, None))
    elif stages[there].kind != what.kind:
        stages[there] = replace(stages[there], kind=what.kind, probability_bp=chance)


def meant_by(layout: Layout, value: str) -> Meant:
    """Return what a layout says that a value of a stage column means."""
    for stage in layout.pipeline.stages if layout.pipeline else ():
        if _spelled(value) == _spelled(stage.name):
            return Meant(stage=stage.name)
        if _spelled(value) in map(_spelled, stage.spellings):
            return Meant(stage=stage.name)
    return Meant()


def with_outcomes(layout: Layout, meant: Mapping[str, str]) -> Layout:
    """Return a layout in which values of its status columns are open, won or lost, as was said."""
    return _with_means(layout, OUTCOMES, meant, ())


def with_people(layout: Layout, meant: Mapping[str, str], new: Sequence[str]) -> Layout:
    """Return a layout in which texts that name people mean those who were said.

    Args:
        layout: The layout.
        meant: Text of the file → a name, an e-mail address, or ``#`` and the person's number here.
        new: Texts that stand for people who are not here yet.
    """
    return _with_means(layout, PEOPLE, meant, new)


def _with_means(layout: Layout, what: str, meant: Mapping[str, str], new: Sequence[str]) -> Layout:
    said = {fold(text) for text in meant} | {fold(text) for text in new}

    def changed(table: TableLayout, column: ColumnLayout) -> ColumnLayout:
        if not _is_of(what, table.kind, column.field):
            return column
        others = {text: ours for text, ours in column.means.items() if fold(text) not in said}
        return replace(column, means={**others, **meant}, new=tuple(new))

    tables = tuple(
        replace(table, columns=tuple(changed(table, column) for column in table.columns))
        for table in layout.tables
    )
    return layout if tables == layout.tables else replace(layout, tables=tables, grade="")


def means_of(layout: Layout, what: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what a layout says of the people, or of the outcomes, in its files, and who is new."""
    means: dict[str, str] = {}
    new: list[str] = []
    for table in layout.tables:
        for column in table.columns:
            if _is_of(what, table.kind, column.field):
                means |= column.means
                new += [text for text in column.new if text not in new]
    return means, tuple(new)


def _is_of(what: str, kind: Kind, field: str) -> bool:
    spec = FIELDS[kind][field]
    if what == OUTCOMES:
        return spec.type is Type.OUTCOME
    return spec.type is Type.REFERENCE and spec.refers_to is Kind.PERSON


def _spelled(name: str) -> str:
    return squeeze(name) or fold(name)
