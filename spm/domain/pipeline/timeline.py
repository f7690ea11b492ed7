"""A deal's history as entries that a person can read, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from spm.domain.ids import PersonId, StageId
from spm.domain.pipeline.history import (
    ENTRIES,
    Event,
    EventKind,
    State,
    Step,
    steps,
    taken_back,
)
from spm.domain.pipeline.stages import Pipeline, StageKind

_LATE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with what it changed.

    Attributes:
        before: The deal before it; None for the creation.
        days_in_stage: For a move, the calendar days in the stage that was left; None where a date
            is missing, and for every other event.
        skipped: For a move ahead, the open stages that were passed without a visit, in order.
        is_backward: For a move, whether it went to an earlier open stage.
        is_late: Whether it was written down more than two days after it happened.
        is_undone: For a move, whether it was taken back.
        is_undo: For a move, whether it took one back.
    """

    event_id: int
    kind: EventKind
    occurred_on: date | None
    recorded_at: datetime
    recorded_by: PersonId | None
    reason: str
    before: State | None
    after: State
    days_in_stage: int | None
    skipped: tuple[StageId, ...]
    is_backward: bool
    is_late: bool
    is_undone: bool = False
    is_undo: bool = False

    @property
    def is_closing(self) -> bool:
        """Whether the deal was decided by this event."""
        was_closed = self.before is not None and self.before.stage_kind.is_closed
        return self.after.stage_kind.is_closed and not was_closed


@dataclass(frozen=True, slots=True)
class StageVisit:
    """How a stage of the pipeline stands in a deal's life.

    Attributes:
        days: Calendar days in it so far, over all visits; None where a date is missing.
        is_current: The deal is in it.
        is_visited: The deal has been in it, at any time.
    """

    stage_id: StageId
    days: int | None
    is_current: bool
    is_visited: bool


def entries(events: Sequence[Event], pipeline: Pipeline) -> tuple[Entry, ...]:
    """Return one entry per event, the latest first.

    Raises:
        BrokenLog: The log does not have exactly one creation.
    """
    made: list[Entry] = []
    entered_on: date | None = None
    undone = taken_back(events)
    for step in steps(events, pipeline):
        if step.event.id in undone:
            is_undo = step.event.undoes_id is not None
            entry = _entry(step, None, pipeline)
            marked = replace(entry, is_undo=is_undo, is_undone=not is_undo)
            made.append(replace(marked, skipped=(), is_backward=False))
            continue
        made.append(_entry(step, entered_on, pipeline))
        if step.before is None or step.before.stage_id != step.after.stage_id:
            entered_on = step.event.occurred_on
    made.reverse()
    return tuple(made)


def visits(events: Sequence[Event], pipeline: Pipeline, today: date) -> tuple[StageVisit, ...]:
    """Return the pipeline's stages in order with the days that the deal spent in each up to ``today``.

    Raises:
        BrokenLog: The log does not have exactly one creation.
    """
    days: dict[StageId, int | None] = {}
    current: StageId | None = None
    entered_on: date | None = None
    undone = taken_back(events)
    for step in steps(events, pipeline):
        # What the move said of the amount comes at its instant: the stage then is not one of a visit.
        if step.event.id in undone or step.event.kind not in ENTRIES:
            continue
        if step.after.stage_id == current:
            continue
        if current is not None:
            days[current] = _sum(days.get(current, 0), entered_on, step.event.occurred_on)
        current, entered_on = step.after.stage_id, step.event.occurred_on
        days.setdefault(current, 0)
    if current is not None:
        days[current] = _sum(days[current], entered_on, today)
    return tuple(
        StageVisit(stage.id, days.get(stage.id), stage.id == current, stage.id in days)
        for stage in pipeline.stages
        if stage.is_active or stage.id in days
    )


def _sum(so_far: int | None, start: date | None, end: date | None) -> int | None:
    if so_far is None or start is None or end is None:
        return None
    return so_far + max((end - start).days, 0)


def _entry(step: Step, entered_on: date | None, pipeline: Pipeline) -> Entry:
    event, before, after = step.event, step.before, step.after
    is_move = before is not None and before.stage_id != after.stage_id
    return Entry(
        event_id=event.id,
        kind=event.kind,
        occurred_on=event.occurred_on,
        recorded_at=event.recorded_at,
        recorded_by=event.recorded_by,
        reason=event.reason,
        before=before,
        after=after,
        days_in_stage=_sum(0, entered_on, event.occurred_on) if is_move else None,
        skipped=_skipped(before, after, pipeline) if before is not None and is_move else (),
        is_backward=before is not None and is_move and _is_backward(before, after),
        is_late=event.occurred_at is not None and event.recorded_at - event.occurred_at > _LATE,
    )


def _skipped(before: State, after: State, pipeline: Pipeline) -> tuple[StageId, ...]:
    if before.stage_kind.is_closed or after.stage_kind is StageKind.LOST:
        return ()
    return tuple(
        stage.id
        for stage in pipeline.open_stages
        if before.stage_position < stage.position < after.stage_position
    )


def _is_backward(before: State, after: State) -> bool:
    return not after.stage_kind.is_closed and after.stage_position < before.stage_position
