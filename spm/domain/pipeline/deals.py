"""Deals: what may be said about one, and what moving, editing and handing over demand."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from spm.domain.access import Subject
from spm.domain.errors import Conflict, Forbidden, Invalid
from spm.domain.ids import (
    AccountId,
    DealId,
    PersonId,
    PipelineId,
    ProductId,
    StageId,
    TerritoryId,
)
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind

MAX_AMOUNT_MINOR = 10**15
"""The largest amount that a deal may have: a slip of the keyboard, not a deal."""


class Status(StrEnum):
    """Whether a deal is decided, and how."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class Wish(StrEnum):
    """What can be changed of many deals at once."""

    OWNER = "owner"
    STAGE = "stage"
    CLOSE = "close"
    STEP = "step"


class ReasonNeeded(Invalid):
    """The act changes what others rely on; it needs a reason in words."""

    code = "deals.reason-needed"


class FutureDate(Invalid):
    """What has happened cannot have happened after ``today``."""

    code = "deals.future-date"


class BeforeLastMove(Invalid):
    """The move would lie before the one that brought the deal where it is (``last_on``)."""

    code = "deals.before-last-move"


class CloseBeforeOpening(Invalid):
    """The expected close lies before the deal began (``opened_on``)."""

    code = "deals.close-before-opening"


class AmountOutOfRange(Invalid):
    """The amount is negative or absurdly large."""

    code = "deals.amount-out-of-range"


class AmountNeeded(Invalid):
    """A deal cannot be won for an unknown amount."""

    code = "deals.amount-needed"


class LossReasonNeeded(Invalid):
    """Whoever loses a deal says why, so that others can learn from it."""

    code = "deals.loss-reason-needed"


class CriteriaUnconfirmed(Invalid):
    """A stage demands that its criteria are ticked; ``missing`` are those that were not."""

    code = "deals.criteria-unconfirmed"


class AmountLocked(Forbidden):
    """The owner may not change what their closed deal was worth."""

    code = "deals.amount-locked"


class SameStage(Conflict):
    """The deal is in that stage already."""

    code = "deals.same-stage"


class StageRetired(Conflict):
    """Nothing moves into a stage that is no longer used."""

    code = "deals.stage-retired"


class NothingToUndo(Conflict):
    """The move is not the last thing that happened to the deal, or somebody else made it."""

    code = "deals.nothing-to-undo"


class SameOwner(Conflict):
    """The deal is theirs already."""

    code = "deals.same-owner"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person may say about a deal in a form, besides its stage and its owner.

    Attributes:
        amount: None where nobody has said; never zero for unknown.
        currency: What the deal is counted in, whether or not there is an amount yet.
        lead_source: How the deal was found; empty where nobody has said.
        loss_notes: What is to be learnt from its loss; empty while it is not lost.
    """

    name: str
    currency: str
    account_id: AccountId | None = None
    amount: Money | None = None
    expected_close_on: date | None = None
    territory_id: TerritoryId | None = None
    product_id: ProductId | None = None
    lead_source: str = ""
    next_step: str = ""
    loss_notes: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it is now.

    Attributes:
        opened_on: Business date of its first dated event; None where none has a date.
        closed_on: Business date of the close; None while open, and where nobody knows.
        stage_since_at: When it entered its stage; None where nobody knows.
        loss_reason: Why it was lost; empty while it is not.
        version: Raised by each change; an edit of an older one is refused.
    """

    id: DealId
    facts: Facts
    pipeline_id: PipelineId
    stage_id: StageId
    stage_kind: StageKind
    owner_id: PersonId
    opened_on: date | None
    closed_on: date | None
    stage_since_at: datetime | None
    loss_reason: str
    version: int

    @property
    def is_closed(self) -> bool:
        """Whether it is won or lost."""
        return self.stage_kind.is_closed

    @property
    def subject(self) -> Subject:
        """What the rules of access ask of a deal."""
        return Subject(owner_id=self.owner_id)


@dataclass(frozen=True, slots=True)
class Gate:
    """What lies between a deal and a stage: shown before the move.

    Attributes:
        leave: Exit criteria of the stage that is left.
        enter: Entry criteria of the stage that is entered.
        skipped: Open stages that the move passes over, in order.
        demanded: Those of the criteria that have to be ticked, because their stage is gated.
    """

    target: Stage
    leave: tuple[str, ...]
    enter: tuple[str, ...]
    skipped: tuple[Stage, ...]
    is_backward: bool
    is_reopening: bool
    is_closing: bool
    demanded: tuple[str, ...] = ()


def gate(current: Stage, target: Stage, pipeline: Pipeline) -> Gate:
    """Return what the move from ``current`` to ``target`` asks for and passes over."""
    is_reopening = current.is_closed and target.kind is not current.kind
    is_backward = not target.is_closed and target.position < current.position
    goes_on = not is_backward and target.kind is not StageKind.LOST
    skipped = (
        stage
        for stage in pipeline.open_stages
        if goes_on and current.position < stage.position < target.position
    )
    leave = current.exit_criteria if goes_on and not is_reopening else ()
    enter = target.entry_criteria
    demanded = (
        *(leave if current.is_gated else ()),
        *(enter if target.is_gated and not is_backward else ()),
    )
    return Gate(
        target=target,
        leave=leave,
        enter=enter,
        skipped=tuple(skipped),
        is_backward=is_backward,
        is_reopening=is_reopening,
        is_closing=target.is_closed and not current.is_closed,
        demanded=tuple(dict.fromkeys(demanded)),
    )


def check_facts(facts: Facts, opened_on: date | None) -> None:
    """Check what is said about a deal.

    Raises:
        AmountOutOfRange: The amount is negative or beyond ``MAX_AMOUNT_MINOR``.
        CloseBeforeOpening: It is expected to close before it began.
    """
    check_amount(facts.amount)
    expected = facts.expected_close_on
    if expected is not None and opened_on is not None and expected < opened_on:
        raise CloseBeforeOpening(field="expected_close_on", opened_on=opened_on)


def check_amount(amount: Money | None) -> None:
    """Check that an amount is none, zero or more, and believable.

    Raises:
        AmountOutOfRange: It is not.
    """
    if amount is not None and not 0 <= amount.minor <= MAX_AMOUNT_MINOR:
        raise AmountOutOfRange(field="amount")


def check_opening(on: date, today: date) -> None:
    """Check the day on which a new deal is said to have begun.

    Raises:
        FutureDate: It lies ahead.
    """
    if on > today:
        raise FutureDate(field="on", today=today)


def check_reason(reason: str, actor_id: PersonId | None, owner_id: PersonId) -> None:
    """Check that whoever changes another person's deal says why.

    Raises:
        ReasonNeeded: They do not.
    """
    if actor_id != owner_id and not reason:
        raise ReasonNeeded(field="reason")


def changes(before: Facts, after: Facts) -> tuple[EventKind, ...]:
    """Return the kinds of event that an edit writes to the log, in a fixed order.

    A new name, source or product is no event: no figure depends on when it changed.
    """
    pairs = (
        (EventKind.AMOUNT, before.amount, after.amount),
        (EventKind.CLOSE_DATE, before.expected_close_on, after.expected_close_on),
        (EventKind.TERRITORY, before.territory_id, after.territory_id),
        (EventKind.ACCOUNT, before.account_id, after.account_id),
    )
    return tuple(kind for kind, old, new in pairs if old != new)


def touches_closed_amount(deal: Deal, after: Facts) -> bool:
    """Return whether an edit changes what a decided deal was worth: not for its owner to do."""
    return deal.is_closed and after.amount != deal.facts.amount


def check_edit(deal: Deal, after: Facts, actor_id: PersonId | None, reason: str) -> None:
    """Check an edit of a deal.

    Raises:
        AmountNeeded: A won deal would lose its amount.
        ReasonNeeded: It is somebody else's deal and nobody says why.
        AmountOutOfRange: The amount is not believable.
        CloseBeforeOpening: The new expected close lies before the deal began.
    """
    if deal.stage_kind is StageKind.WON and after.amount is None and deal.facts.amount is not None:
        raise AmountNeeded(field="amount")
    # A close date that was there before may stay, whatever it is: the edit is about something else.
    is_kept = after.expected_close_on == deal.facts.expected_close_on
    check_facts(after, None if is_kept else deal.opened_on)
    check_reason(reason, actor_id, deal.owner_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A move that somebody asks for.

    Attributes:
        on: Business date on which it happened.
        amount: What the deal turned out to be worth, where the move closes it and somebody says so.
        reason: Why, where it reopens the deal or the deal is somebody else's.
        loss_reason: Why the deal was lost, where it was.
        loss_notes: What is to be learnt from the loss; may be empty.
        confirmed: The criteria that whoever moves it says hold.
    """

    stage_id: StageId
    on: date
    amount: Money | None = None
    reason: str = ""
    loss_reason: str = ""
    confirmed: tuple[str, ...] = ()
    loss_notes: str = ""


def decide_move(
    deal: Deal,
    move: Move,
    pipeline: Pipeline,
    actor_id: PersonId | None,
    now: datetime,
    organisation: Organisation,
) -> EventKind:
    """Return the kind of event that the move writes: a stage move or a reopening.

    Going back, skipping stages and going from won to a later won stage are allowed. Leaving a
    closed stage for one of another kind is a reopening, which needs a reason from everybody.

    Raises:
        StageUnknown: The stage is another pipeline's.
        SameStage: The deal is there.
        StageRetired: The stage is no longer used.
        FutureDate: The move lies ahead.
        BeforeLastMove: The move lies before the deal's last one.
        ReasonNeeded: It is a reopening or somebody else's deal, and nobody says why.
        AmountNeeded: The deal would be won for an unknown amount.
        AmountOutOfRange: The amount is not believable.
        LossReasonNeeded: The deal would be lost for no reason that anybody knows.
        CriteriaUnconfirmed: A gated stage's criteria are not all ticked.
    """
    target = pipeline.stage(move.stage_id)
    if target.id == deal.stage_id:
        raise SameStage(stage=target.name)
    if not target.is_active:
        raise StageRetired(stage=target.name)
    _check_move_date(deal, move.on, now, organisation)
    is_reopening = deal.is_closed and target.kind is not deal.stage_kind
    if is_reopening and not move.reason:
        raise ReasonNeeded(field="reason")
    check_reason(move.reason, actor_id, deal.owner_id)
    check_amount(move.amount)
    if target.kind is StageKind.WON and (move.amount or deal.facts.amount) is None:
        raise AmountNeeded(field="amount")
    if target.kind is StageKind.LOST and not move.loss_reason:
        raise LossReasonNeeded(field="loss_reason")
    demanded = gate(pipeline.stage(deal.stage_id), target, pipeline).demanded
    missing = tuple(line for line in demanded if line not in move.confirmed)
    if missing:
        raise CriteriaUnconfirmed(field="confirmed", missing=missing)
    return EventKind.REOPENED if is_reopening else EventKind.STAGE


def decide_undo(current: Stage, previous: Stage) -> EventKind:
    """Return the kind of event that takes a move from ``previous`` to ``current`` back.

    Raises:
        StageRetired: The stage that it came from is no longer used.
    """
    if not previous.is_active:
        raise StageRetired(stage=previous.name)
    is_reopening = current.is_closed and previous.kind is not current.kind
    return EventKind.REOPENED if is_reopening else EventKind.STAGE


def _check_move_date(deal: Deal, on: date, now: datetime, organisation: Organisation) -> None:
    today = organisation.business_date(now)
    if on > today:
        raise FutureDate(field="on", today=today)
    if deal.stage_since_at is not None:
        last_on = organisation.business_date(deal.stage_since_at)
        if on < last_on:
            raise BeforeLastMove(field="on", last_on=last_on)


def check_handover(deal: Deal, owner_id: PersonId, reason: str) -> None:
    """Check that a deal goes to somebody else, for a reason that is given.

    Raises:
        SameOwner: It is theirs.
        ReasonNeeded: Nobody says why.
    """
    if owner_id == deal.owner_id:
        raise SameOwner(person_id=owner_id)
    if not reason:
        raise ReasonNeeded(field="reason")


def instant_on(
    on: date, now: datetime, organisation: Organisation, not_before: datetime | None
) -> datetime:
    """Return the instant at which something happened of which only the business date is known.

    It is ``now`` for today, else the start of that date in the organisation's zone, but never before
    ``not_before`` (the deal's last event), so that the log keeps the order in which it was told.
    """
    if on >= organisation.business_date(now):
        return now
    start = organisation.start_of(on)
    return start if not_before is None else max(start, not_before)


class Concern(StrEnum):
    """What about an open deal asks for somebody's attention."""

    OVERDUE = "overdue"
    LINGERING = "lingering"
    NO_NEXT_STEP = "no-next-step"
    NO_CLOSE_DATE = "no-close-date"
    NO_AMOUNT = "no-amount"


def concerns(
    deal: Deal, stage: Stage, today: date, organisation: Organisation
) -> tuple[Concern, ...]:
    """Return what an open deal lacks or is late with, the most pressing first; none once decided.

    A deal lingers that has been in its stage for more days than the stage expects (scope.md 17).
    """
    if deal.is_closed:
        return ()
    expected = deal.facts.expected_close_on
    days = (
        None
        if deal.stage_since_at is None
        else (today - organisation.business_date(deal.stage_since_at)).days
    )
    is_lingering = (
        days is not None and stage.expected_days is not None and days > stage.expected_days
    )
    found = {
        Concern.OVERDUE: expected is not None and expected < today,
        Concern.LINGERING: is_lingering,
        Concern.NO_NEXT_STEP: not deal.facts.next_step,
        Concern.NO_CLOSE_DATE: expected is None,
        Concern.NO_AMOUNT: deal.facts.amount is None,
    }
    return tuple(concern for concern, holds in found.items() if holds)
