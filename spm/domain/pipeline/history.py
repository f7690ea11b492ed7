"""A deal's log of events, and the states that follow from it.

The log is the truth; states, reaches and the current deal are what a replay of it says (metrics.md,
rule 0). Dated events happen at their instant, in the order of their ids where they share one.
An undated event is one of which nobody knows when it happened: it is replayed ahead of all dated
ones, and its state counts from the instant at which it was written down, or from the first dated
event if that is earlier. The creation says what the deal had to begin with, so it is replayed
first even where something that happened earlier was written down later.

An event that takes a move back happens at the instant of that move and brings the deal to where it
was before it: for figures, whatever their as-of, the move was never made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from spm.domain.errors import SpmError
from spm.domain.ids import AccountId, DealId, PersonId, StageId, TerritoryId
from spm.domain.money import Money
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of the state that still holds."""


class EventKind(StrEnum):
    """What an event changed; each kind reads only its own fields, a creation reads all."""

    CREATED = "created"
    STAGE = "stage"
    REOPENED = "reopened"
    AMOUNT = "amount"
    CLOSE_DATE = "close_date"
    OWNER = "owner"
    TERRITORY = "territory"
    ACCOUNT = "account"


class BrokenLog(SpmError):
    """A deal's log has no creation, several, or an event without the value that it sets."""

    code = "history.broken-log"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a deal.

    Attributes:
        occurred_at: When it happened; None where nobody knows.
        occurred_on: The business date of that instant; None with it.
        recorded_at: When it was written down.
        recorded_by: Who wrote it down; None for an import or the command line.
        reason: Why, where one had to be given.
        undoes_id: The move that it takes back; None for everything else.
    """

    id: int
    deal_id: DealId
    kind: EventKind
    occurred_at: datetime | None
    occurred_on: date | None
    recorded_at: datetime
    stage_id: StageId | None = None
    owner_id: PersonId | None = None
    amount: Money | None = None
    expected_close_on: date | None = None
    territory_id: TerritoryId | None = None
    account_id: AccountId | None = None
    recorded_by: PersonId | None = None
    reason: str = ""
    undoes_id: int | None = None

    @property
    def is_dated(self) -> bool:
        """Whether it is known when it happened."""
        return self.occurred_at is not None


@dataclass(frozen=True, slots=True)
class State:
    """What a deal was at some time.

    Attributes:
        credited_owner_id: Who is credited: the owner, or, while closed, the owner at the close.
        opened_on: Business date of the first dated event; None while there is none.
        closed_on: Business date of the close; None while open, and where nobody knows.
    """

    stage_id: StageId
    stage_kind: StageKind
    stage_position: int
    owner_id: PersonId
    credited_owner_id: PersonId
    amount: Money | None
    expected_close_on: date | None
    territory_id: TerritoryId | None
    account_id: AccountId | None
    opened_on: date | None
    closed_on: date | None

    @property
    def is_dated(self) -> bool:
        """Whether any event so far has a date."""
        return self.opened_on is not None


@dataclass(frozen=True, slots=True)
class Interval:
    """A state and the instants between which it held: from ``from_at`` up to ``to_at``."""

    from_at: datetime
    to_at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Reach:
    """A deal's first entry to a stage or to one beyond it.

    Attributes:
        reached_at: When; None where only undated entries are known.
        owner_id: Who owned the deal then.
        amount: What it was worth after all that happened at that instant.
    """

    stage_id: StageId
    position: int
    reached_at: datetime | None
    reached_on: date | None
    owner_id: PersonId
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a replay with the state before (None for the creation) and after it.

    Attributes:
        at: The instant from which the state after it counts.
    """

    event: Event
    at: datetime
    before: State | None
    after: State


@dataclass(frozen=True, slots=True)
class History:
    """What the log says: states that tile the time from the deal's beginning on, and reaches.

    Attributes:
        stage_since_at: When the current stage was entered; None where that has no date.
    """

    intervals: tuple[Interval, ...]
    reaches: tuple[Reach, ...]
    stage_since_at: datetime | None

    @property
    def current(self) -> State:
        """The state after everything that is in the log."""
        return self.intervals[-1].state

    def at(self, cutoff: datetime) -> State | None:
        """Return the state that follows from all that lies before ``cutoff``; None before the deal."""
        for interval in reversed(self.intervals):
            if interval.from_at < cutoff:
                return interval.state
        return None


def in_order(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events in the order of their replay: creation, undated, dated; then by id.

    Raises:
        BrokenLog: There is not exactly one creation.
    """
    creations = sum(event.kind is EventKind.CREATED for event in events)
    if creations != 1:
        raise BrokenLog(creations=creations, deal_id=events[0].deal_id if events else None)
    return tuple(sorted(events, key=_place))


_EARLIEST = datetime.min.replace(tzinfo=UTC)


def _place(event: Event) -> tuple[bool, bool, datetime, int]:
    return (
        event.kind is not EventKind.CREATED,
        event.occurred_at is not None,
        event.occurred_at or _EARLIEST,
        event.id,
    )


def taken_back(events: Sequence[Event]) -> frozenset[int]:
    """Return the ids of the moves that were taken back, and of the events that did so.

    One whose move is no longer in the log (an import voided it) is a move like any other.
    """
    undoing = {event.undoes_id: event.id for event in events if event.undoes_id is not None}
    known = undoing.keys() & {event.id for event in events} if undoing else ()
    return frozenset(known) | {undoing[event_id] for event_id in known}


def steps(events: Sequence[Event], pipeline: Pipeline) -> Iterator[Step]:
    """Yield the replay of one deal's log, event by event.

    Raises:
        BrokenLog: The log does not have exactly one creation.
        StageUnknown: An event names a stage of another pipeline.
    """
    ordered = in_order(events)
    stages = {stage.id: stage for stage in pipeline.stages}
    dated = [event for event in ordered if event.occurred_at is not None]
    first = min(dated, key=lambda event: event.occurred_at or FOREVER, default=None)
    begin = (first and first.occurred_at) or FOREVER
    at = _EARLIEST
    state: State | None = None
    befores: dict[int | None, State | None] = dict.fromkeys(
        event.undoes_id for event in events if event.undoes_id is not None
    )
    for event in ordered:
        if event.kind is EventKind.CREATED and event.is_dated:
            at = begin
        else:
            at = max(at, event.occurred_at or min(event.recorded_at, begin))
        before = state
        stage = _stage(event, pipeline, stages)
        if before is None:
            after = _created(event, stage)
        else:
            after = befores.get(event.undoes_id) or _changed(before, event, stage)
        if event.id in befores:
            befores[event.id] = before
        if after.opened_on is None and first is not None and at >= begin:
            after = replace(after, opened_on=first.occurred_on)
        state = after
        yield Step(event, at, before, after)


ENTRIES = frozenset({EventKind.CREATED, EventKind.STAGE, EventKind.REOPENED})
"""The kinds of event that say in which stage a deal is."""


def _stage(event: Event, pipeline: Pipeline, stages: dict[StageId, Stage]) -> Stage | None:
    if event.kind not in ENTRIES:
        return None
    stage_id = event.stage_id or StageId(0)
    return stages.get(stage_id) or pipeline.stage(stage_id)


def _created(event: Event, stage: Stage | None) -> State:
    if event.owner_id is None or stage is None:
        raise BrokenLog(creations=1, deal_id=event.deal_id, event_id=event.id)
    return State(
        stage_id=stage.id,
        stage_kind=stage.kind,
        stage_position=stage.position,
        owner_id=event.owner_id,
        credited_owner_id=event.owner_id,
        amount=event.amount,
        expected_close_on=event.expected_close_on,
        territory_id=event.territory_id,
        account_id=event.account_id,
        opened_on=None,
        closed_on=event.occurred_on if stage.is_closed else None,
    )


def _changed(state: State, event: Event, stage: Stage | None) -> State:
    if stage is not None:
        return _moved(state, event, stage)
    match event.kind:
        case EventKind.AMOUNT:
            return replace(state, amount=event.amount)
        case EventKind.CLOSE_DATE:
            return replace(state, expected_close_on=event.expected_close_on)
        case EventKind.TERRITORY:
            return replace(state, territory_id=event.territory_id)
        case EventKind.ACCOUNT:
            return replace(state, account_id=event.account_id)
        case _:
            return _handed_over(state, event)


def _moved(state: State, event: Event, stage: Stage) -> State:
    # From one won stage to the next (onboarding, say) the deal stays won on the day it was won.
    stays_closed = stage.is_closed and stage.kind is state.stage_kind
    if stays_closed:
        closed_on, credited = state.closed_on, state.credited_owner_id
    else:
        closed_on = event.occurred_on if stage.is_closed else None
        credited = state.owner_id
    # Written out, since it is done once a move: ``replace`` takes several times as long.
    return State(
        stage_id=stage.id,
        stage_kind=stage.kind,
        stage_position=stage.position,
        owner_id=state.owner_id,
        credited_owner_id=credited,
        amount=state.amount,
        expected_close_on=state.expected_close_on,
        territory_id=state.territory_id,
        account_id=state.account_id,
        opened_on=state.opened_on,
        closed_on=closed_on,
    )


def _handed_over(state: State, event: Event) -> State:
    if event.owner_id is None:
        raise BrokenLog(creations=1, deal_id=event.deal_id, event_id=event.id)
    credited = state.credited_owner_id if state.stage_kind.is_closed else event.owner_id
    return replace(state, owner_id=event.owner_id, credited_owner_id=credited)


def replay(events: Sequence[Event], pipeline: Pipeline) -> History:
    """Return what one deal's log says: its states through time and its first reaches.

    Raises:
        BrokenLog: The log does not have exactly one creation.
        StageUnknown: An event names a stage of another pipeline.
    """
    taken = tuple(steps(events, pipeline))
    undone = taken_back(events)
    stood = [step for step in taken if step.event.id not in undone] if undone else taken
    return History(_intervals(taken), _reaches(stood, pipeline), _stage_since_at(stood))


def _stage_since_at(taken: Sequence[Step]) -> datetime | None:
    for step in reversed(taken):
        if step.before is None or step.before.stage_id != step.after.stage_id:
            return step.at if step.event.is_dated else None
    return None


def _intervals(taken: Sequence[Step]) -> tuple[Interval, ...]:
    """Join the steps to states that tile time; what held for no time at all leaves none."""
    intervals: list[Interval] = []
    begun_at, state = taken[0].at, taken[0].after
    for step in taken[1:]:
        if step.at > begun_at and step.after != state:
            _put(intervals, Interval(begun_at, step.at, state))
            begun_at = step.at
        state = step.after
    _put(intervals, Interval(begun_at, FOREVER, state))
    return tuple(intervals)


def _put(intervals: list[Interval], following: Interval) -> None:
    """Add an interval; one whose state came back in no time goes on."""
    if intervals and intervals[-1].state == following.state:
        following = Interval(intervals.pop().from_at, following.to_at, following.state)
    intervals.append(following)


def _reaches(taken: Sequence[Step], pipeline: Pipeline) -> tuple[Reach, ...]:
    found: dict[StageId, Reach] = {}
    fresh: list[StageId] = []
    group: datetime | None = None
    for step in taken:
        event = step.event
        if event.occurred_at != group:
            fresh, group = [], event.occurred_at
        if event.kind in ENTRIES:
            for stage in pipeline.passed(step.after.stage_id):
                known = found.get(stage.id)
                if known is None or (known.reached_at is None and event.is_dated):
                    found[stage.id] = _reach(stage, step)
                    fresh.append(stage.id)
        if event.kind is EventKind.AMOUNT:
            for stage_id in fresh:
                found[stage_id] = replace(found[stage_id], amount=step.after.amount)
    return tuple(sorted(found.values(), key=lambda reach: reach.position))


def _reach(stage: Stage, step: Step) -> Reach:
    event, after = step.event, step.after
    # A creation that was written down with a later date than what followed it counts from there.
    is_creation = event.kind is EventKind.CREATED
    return Reach(
        stage.id,
        stage.position,
        step.at if event.is_dated else None,
        after.opened_on if event.is_dated and is_creation else event.occurred_on,
        after.owner_id,
        after.amount,
    )
