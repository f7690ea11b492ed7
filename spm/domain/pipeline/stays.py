"""What became of deals in the stages that they reached, and since when that is so.

A deal that reached an open stage has gone on from there ("won") since it reached one beyond it, was
lost there ("lost") while it is lost and has not gone on, and else is still there ("open").
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from spm.domain.period import NEVER
from spm.domain.pipeline.history import FOREVER, History
from spm.domain.pipeline.stages import Pipeline, StageKind

WON, LOST, OPEN = StageKind.WON.value, StageKind.LOST.value, StageKind.OPEN.value


class Order(NamedTuple):
    """What a stage is and where it stands in its pipeline."""

    kind: str
    position: int


class Entry(NamedTuple):
    """A deal's first reach of a stage: from when on it counts, and its date where it has one."""

    stage_id: int
    known_at: datetime
    reached_on: date | None


class Loss(NamedTuple):
    """When a deal was lost, from ``from_at`` up to ``to_at``, and its date where it has one."""

    from_at: datetime
    to_at: datetime
    closed_on: date | None


class Span(NamedTuple):
    """What has become of a deal in a stage from ``from_at`` on.

    ``days`` run from its entry to the first later one or to the loss; None for an open one, without
    both dates, and where the stage was only passed, never stood in.
    """

    from_at: datetime
    outcome: str
    days: int | None


class Stay(NamedTuple):
    """A deal's way through one open stage: ``spans`` in the order of time, at least one."""

    stage_id: int
    reached_on: date | None
    spans: tuple[Span, ...]

    @property
    def now(self) -> Span:
        """What holds after everything that is known."""
        return self.spans[-1]


def stays(
    entries: Sequence[Entry],
    losses: Sequence[Loss],
    visited: Collection[int],
    order: Mapping[int, Order],
) -> tuple[Stay, ...]:
    """Return a deal's stay in each open stage that it reached.

    Args:
        entries: Its first reaches of all stages, in any order.
        losses: When it was lost.
        visited: The stages that it stood in at any time.
        order: Every stage of its pipeline.
    """
    placed = [(order[entry.stage_id], entry) for entry in entries]
    found = []
    for (kind, position), entry in placed:
        if kind != OPEN:
            continue
        known_at = entry.known_at
        beyond = sorted(
            (max(one.known_at, known_at), one.reached_on or NEVER)
            for (other, place), one in placed
            if other == WON or (other == OPEN and place > position)
        )
        began = entry.reached_on if entry.stage_id in visited else None
        spans = _spans(known_at, began, beyond, losses)
        found.append(Stay(entry.stage_id, entry.reached_on, spans))
    return tuple(found)


def _spans(
    known_at: datetime,
    began: date | None,
    beyond: Sequence[tuple[datetime, date]],
    losses: Sequence[Loss],
) -> tuple[Span, ...]:
    """Return what it was up to where it went on, and how long it stayed, as far as that is known then.

    ``beyond`` is when it is known from to have gone on, in order, each with its day (NEVER: without one).
    """
    spans: list[Span] = []
    gone_at = beyond[0][0] if beyond else FOREVER
    if known_at < gone_at:
        bounds = {at for loss in losses for at in (loss.from_at, loss.to_at)}
        for at in (known_at, *sorted(at for at in bounds if known_at < at < gone_at)):
            lost = _loss_at(losses, at)
            outcome, end = (OPEN, None) if lost is None else (LOST, lost.closed_on)
            _put(spans, at, outcome, began, end)
    first_on = NEVER
    for n, (at, on) in enumerate(beyond, 1):
        first_on = min(first_on, on)
        if n == len(beyond) or beyond[n][0] != at:
            _put(spans, at, WON, began, None if first_on == NEVER else first_on)
    return tuple(spans)


def _put(
    spans: list[Span], at: datetime, outcome: str, began: date | None, end: date | None
) -> None:
    """Begin a span where something has changed."""
    days = None if began is None or end is None else (end - began).days
    if not spans or spans[-1][1:] != (outcome, days):
        spans.append(Span(at, outcome, days))


def _loss_at(losses: Sequence[Loss], at: datetime) -> Loss | None:
    """Return the loss that holds from ``at`` on."""
    return next((loss for loss in losses if loss.from_at <= at < loss.to_at), None)


def of_history(
    history: History, order: Mapping[int, Order], written_at: datetime
) -> tuple[Stay, ...]:
    """Return the stays that a replay says; an undated reach counts from when the deal was written down."""
    entries = [
        Entry(reach.stage_id, reach.reached_at or written_at, reach.reached_on)
        for reach in history.reaches
    ]
    losses = [
        Loss(one.from_at, one.to_at, one.state.closed_on)
        for one in history.intervals
        if one.state.stage_kind is StageKind.LOST
    ]
    visited = {one.state.stage_id for one in history.intervals}
    return stays(entries, losses, visited, order)


def order_of(pipelines: Iterable[Pipeline]) -> dict[int, Order]:
    """Return the order of every stage of ``pipelines``."""
    return {
        stage.id: Order(stage.kind.value, stage.position)
        for pipeline in pipelines
        for stage in pipeline.stages
    }
