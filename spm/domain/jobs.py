"""Long work: who may take it, for how long, and how often it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from spm.domain.ids import JobId, PersonId

LEASE = timedelta(minutes=1)
"""A claim ends after this long without a sign of life, and somebody else may take the work."""

BEATS = 3
"""Signs of life that a holder gives within one lease."""

MOST_TRIES = 5
"""Work that broke off this often is parked and shown."""


class JobState(StrEnum):
    """How a piece of work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self not in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work.

    Attributes:
        key: Names the work: the same key is never queued twice.
        done: How much of ``total`` is done; ``total`` is None while nobody knows.
        phase: What is being done, as the work calls it.
        created_by: In whose name it is done; None for the console.
        message: Why it broke off: the name of the error, never what it was about.
        created_at: When it was queued.
        finished_at: When it ended; None while it has not.
    """

    id: JobId
    kind: str
    key: str
    arguments: Mapping[str, object]
    state: JobState
    tries: int
    done: int
    total: int | None
    phase: str
    created_by: PersonId | None
    message: str
    created_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work in somebody's hands; only the holder of the token may end it.

    Attributes:
        lease: How long it is his without a sign of life.
    """

    job: Job
    token: str
    lease_until: datetime
    lease: timedelta = LEASE


def after_failure(tries: int) -> JobState:
    """Return the state of work that broke off for the ``tries``-th time."""
    return JobState.PARKED if tries >= MOST_TRIES else JobState.WAITING
