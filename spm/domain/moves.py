"""Proposals to move a person: to another team, below another manager; a manager proposes, others decide."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from spm.domain.errors import Conflict, Forbidden, Invalid
from spm.domain.ids import MoveId, PersonId, TeamId


class MoveState(StrEnum):
    """How a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class NothingToMove(Invalid):
    """The proposal would leave the person where they are on that day."""

    code = "moves.nothing-to-move"


class MoveInThePast(Invalid):
    """A move is proposed for today or later; what was is corrected by whoever keeps the history."""

    code = "moves.in-the-past"


class WordsNeeded(Invalid):
    """A proposal needs a reason, and a refusal an answer."""

    code = "moves.words-needed"


class TargetUnknown(Invalid):
    """There is no such team, or nobody of that number is here to report to."""

    code = "moves.target-unknown"


class MoveWaiting(Conflict):
    """A proposal about the person waits already; it is decided or withdrawn first."""

    code = "moves.waiting"


class MoveDecided(Conflict):
    """The proposal is no longer open; ``state`` says what became of it."""

    code = "moves.decided"


class NotProposer(Forbidden):
    """Only whoever made a proposal takes it back."""

    code = "moves.not-proposer"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person belongs and to whom they report; None: nowhere, to nobody.

    In a proposal None says that it stays as it is.
    """

    team_id: TeamId | None = None
    manager_id: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A proposal.

    Attributes:
        to: What is to be; None for what is to stay.
        day: From when.
        words: What was said by whoever decided; empty while it is open.
        holds_from: From when it was carried out; None unless it was approved.
        version: Raised by each change; a decision on an older one is refused.
    """

    id: MoveId
    person_id: PersonId
    to: Place
    day: date
    reason: str
    state: MoveState
    proposed_by: PersonId
    proposed_at: datetime
    decided_by: PersonId | None
    decided_at: datetime | None
    words: str
    holds_from: date | None
    version: int


def check_proposal(now: Place, to: Place, day: date, today: date, reason: str) -> None:
    """Check a proposal before it is written.

    Args:
        now: Where the person is on ``day`` by all that is known.
        to: Where they are to be.
        day: From when.
        today: The business date.
        reason: Why.

    Raises:
        MoveInThePast: The day has passed.
        NothingToMove: Neither team nor manager would be another one.
        WordsNeeded: There is no reason.
    """
    if day < today:
        raise MoveInThePast(field="day", today=today)
    is_new = (
        to.team_id not in (None, now.team_id),
        to.manager_id not in (None, now.manager_id),
    )
    if not any(is_new):
        raise NothingToMove(field="team")
    if not reason:
        raise WordsNeeded(field="reason")


def check_open(state: MoveState) -> None:
    """Let pass a proposal that nobody has decided.

    Raises:
        MoveDecided: Somebody has.
    """
    if state is not MoveState.OPEN:
        raise MoveDecided(state=state)


def first_day(day: date, today: date) -> date:
    """Return from when an approved move holds: its day, or today where that has passed meanwhile."""
    return max(day, today)
