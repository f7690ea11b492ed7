"""What a source says of a deal → events, and how they meet the log that is there.

A source says how a deal stands and when it entered its stages; it seldom says when an amount or an
owner changed. So a difference that has no date happened when it was seen, or at the close if the deal
is closed by then; and where the log, continued like that, would not end where the source does, the
source has corrected the past: what it corrects is taken back and written anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spm.domain.ids import AccountId, DealId, PersonId, StageId, TerritoryId
from spm.domain.money import Money
from spm.domain.pipeline.history import Event, EventKind, History, replay
from spm.domain.pipeline.stages import Pipeline

NEW = 0
"""The id of events that are not yet written; they follow all that are, in their order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """That a deal entered a stage; both times are None where the source gives no date."""

    stage_id: StageId
    at: datetime | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """A deal as its source tells it.

    Attributes:
        entries: The stages that it entered, in order, the present one last.
        amount: What it is worth.
        opening_amount: What it was worth while it was open.
        rules: Kinds of events of which the source says something; the creation says the rest.
    """

    entries: tuple[Entry, ...]
    owner_id: PersonId
    amount: Money | None
    opening_amount: Money | None
    account_id: AccountId | None
    territory_id: TerritoryId | None
    expected_close_on: date | None
    rules: frozenset[EventKind]


@dataclass(frozen=True, slots=True)
class Merge:
    """What has to happen to a log: events to take back, and events to add, in order."""

    voided: tuple[Event, ...] = ()
    added: tuple[Event, ...] = ()


def first_events(
    deal_id: DealId, told: Told, pipeline: Pipeline, now: datetime
) -> tuple[Event, ...]:
    """Return the log of a deal that is new, in order."""
    first, *later = told.entries
    is_decided = pipeline.stage(first.stage_id).is_closed
    amount = told.amount if is_decided else told.opening_amount
    events = [
        Event(
            id=NEW,
            deal_id=deal_id,
            kind=EventKind.CREATED,
            occurred_at=first.at,
            occurred_on=first.on,
            recorded_at=now,
            stage_id=first.stage_id,
            owner_id=told.owner_id,
            amount=amount,
            expected_close_on=told.expected_close_on,
            territory_id=told.territory_id,
            account_id=told.account_id,
        )
    ]
    for number, entry in enumerate(later, 1):
        if number == len(later) and told.amount != amount:
            events.append(_event(deal_id, EventKind.AMOUNT, entry, now, amount=told.amount))
        events.append(_event(deal_id, EventKind.STAGE, entry, now, stage_id=entry.stage_id))
    return tuple(events)


def _event(deal_id: DealId, kind: EventKind, entry: Entry, now: datetime, **what: object) -> Event:
    return Event(NEW, deal_id, kind, entry.at, entry.on, now, **what)  # type: ignore[arg-type]


def merged(
    log: Sequence[Event], told: Told, pipeline: Pipeline, now: datetime, today: date
) -> Merge:
    """Return what brings the log of a deal to where its source is now.

    Afterwards the deal stands, is credited, opened, closed and reached its stages as if the source
    had been loaded into an empty database; what the source does not speak of stays as it was.
    """
    deal_id = log[0].deal_id
    fresh = _with_the_rest(first_events(deal_id, told, pipeline, now), log, told)
    goal = replay(_numbered(log, fresh), pipeline)
    added = _continued(log, told, pipeline, now, today)
    if added is not None:
        reached = replay([*log, *_numbered(log, added)], pipeline)
        if _agrees(reached, goal, told):
            return Merge(added=tuple(added))
    ruled = {EventKind.CREATED, EventKind.STAGE, EventKind.REOPENED} | told.rules
    voided = tuple(event for event in log if event.kind in ruled)
    kept = [event for event in log if event.kind not in ruled]
    # What stays was written before: its place among events of one instant must not change the end.
    if not _agrees(replay([*kept, *_numbered(log, fresh)], pipeline), goal, told):
        voided, kept = tuple(log), []
    return Merge(voided, fresh)


def _with_the_rest(fresh: Sequence[Event], log: Sequence[Event], told: Told) -> tuple[Event, ...]:
    """Let the creation say, of what the source does not speak of, what it said before."""
    old = next(event for event in log if event.kind is EventKind.CREATED)
    created = fresh[0]
    if EventKind.CLOSE_DATE not in told.rules:
        created = replace(created, expected_close_on=old.expected_close_on)
    if EventKind.TERRITORY not in told.rules:
        created = replace(created, territory_id=old.territory_id)
    if EventKind.ACCOUNT not in told.rules:
        created = replace(created, account_id=old.account_id)
    return (created, *fresh[1:])


def _numbered(log: Sequence[Event], events: Iterable[Event]) -> list[Event]:
    """Give new events ids behind those of the log."""
    last = max(event.id for event in log)
    return [replace(event, id=last + number) for number, event in enumerate(events, 1)]


def _continued(
    log: Sequence[Event], told: Told, pipeline: Pipeline, now: datetime, today: date
) -> list[Event] | None:
    """Return the events that continue the log to where the source is; None if it corrects a date."""
    deal_id = log[0].deal_id
    times = {
        (event.stage_id, event.occurred_at)
        for event in log
        if event.kind in {EventKind.CREATED, EventKind.STAGE, EventKind.REOPENED}
    }
    stages = {stage_id for stage_id, _ in times}
    missing = [entry for entry in told.entries if (entry.stage_id, entry.at) not in times]
    if any(entry.stage_id in stages for entry in missing):
        return None
    before = replay(log, pipeline).current
    last = told.entries[-1]
    is_closing = pipeline.stage(last.stage_id).is_closed
    if is_closing:
        seen = last
    elif any(event.is_dated for event in log):
        seen = Entry(last.stage_id, now, today)
    else:
        # A date here would pass for the day on which the deal began.
        seen = Entry(last.stage_id, None, None)
    added: list[Event] = []
    if before.owner_id != told.owner_id:
        added.append(_event(deal_id, EventKind.OWNER, seen, now, owner_id=told.owner_id))
    if before.amount != told.amount:
        added.append(_event(deal_id, EventKind.AMOUNT, seen, now, amount=told.amount))
    facts = (
        (EventKind.ACCOUNT, "account_id", before.account_id, told.account_id),
        (EventKind.TERRITORY, "territory_id", before.territory_id, told.territory_id),
        (
            EventKind.CLOSE_DATE,
            "expected_close_on",
            before.expected_close_on,
            told.expected_close_on,
        ),
    )
    added.extend(
        _event(deal_id, kind, seen, now, **{name: wanted})
        for kind, name, had, wanted in facts
        if kind in told.rules and had != wanted
    )
    added.extend(
        _event(deal_id, EventKind.STAGE, entry, now, stage_id=entry.stage_id) for entry in missing
    )
    reached = replay([*log, *_numbered(log, added)], pipeline).current if added else before
    if reached.stage_id != last.stage_id and not is_closing:
        kind = EventKind.REOPENED if reached.stage_kind.is_closed else EventKind.STAGE
        back = Entry(last.stage_id, now, today)
        added.append(_event(deal_id, kind, back, now, stage_id=last.stage_id))
    return added


def _agrees(found: History, goal: History, told: Told) -> bool:
    """Return whether a history ends where the goal does, in all of which the source speaks."""
    mine, wanted = found.current, goal.current
    if mine.is_dated and wanted.opened_on is None:
        mine = replace(mine, opened_on=None)
    for kind, name in (
        (EventKind.CLOSE_DATE, "expected_close_on"),
        (EventKind.TERRITORY, "territory_id"),
        (EventKind.ACCOUNT, "account_id"),
    ):
        if kind not in told.rules:
            mine = replace(mine, **{name: getattr(wanted, name)})
    reached = {reach.stage_id: reach.reached_on for reach in found.reaches}
    return mine == wanted and all(
        reached.get(reach.stage_id) == reach.reached_on
        for reach in goal.reaches
        if reach.reached_on is not None
    )
