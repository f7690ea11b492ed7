"""Queueing, claiming and ending long work.

The table is the truth, whatever runs it. A claim is a lease under a random token; the effect of the
work and its end are written in one transaction, guarded by the token, so that work that was taken
from a stalled holder has its effect once.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from spm.adapters.bell import ring_after
from spm.adapters.database import LOCK
from spm.domain.errors import Conflict
from spm.domain.ids import JobId
from spm.domain.jobs import LEASE, MOST_TRIES, Claim, JobState, after_failure
from spm.models.jobs import JobRow
from spm.queries.jobs import record
from spm.services.work import Work


class LeaseLost(Conflict):
    """Somebody else has taken the work meanwhile; nothing of it may be kept."""

    code = "jobs.lease-lost"


def enqueue(work: Work, kind: str, key: str, arguments: Mapping[str, object]) -> JobId:
    """Queue work in the transaction that asks for it; what has the same key is there already."""
    known = work.session.scalar(select(JobRow).where(JobRow.key == key))
    if known is not None:
        return JobId(known.id)
    row = JobRow(
        kind=kind,
        key=key,
        arguments=dict(arguments),
        state=JobState.WAITING.value,
        tries=0,
        done=0,
        phase="",
        created_at=work.now,
        created_by=work.actor.person_id,
        message="",
    )
    work.session.add(row)
    work.session.flush([row])
    ring_after(work.session)
    return JobId(row.id)


def claim(
    session: Session, now: datetime, kinds: Collection[str], lease: timedelta = LEASE
) -> Claim | None:
    """Take the oldest work that waits, or whose holder gave no sign of life; None if there is none.

    Call in a unit of its own and commit before the work begins. On PostgreSQL workers pass over
    what another is just taking; on SQLite one unit writes at a time. A lease that ends later than any
    that could be given now is from before the clock was set back, and ends.
    """
    while True:
        row = session.scalar(
            select(JobRow)
            .where(
                JobRow.kind.in_(kinds),
                or_(
                    JobRow.state == JobState.WAITING.value,
                    and_(
                        JobRow.state == JobState.RUNNING.value,
                        or_(JobRow.lease_until < now, JobRow.lease_until > now + 2 * lease),
                    ),
                ),
            )
            .order_by(JobRow.id)
            .limit(1)
            .with_for_update(skip_locked=True, **LOCK)
        )
        if row is None:
            return None
        if row.tries >= MOST_TRIES:
            row.state, row.token, row.finished_at = JobState.PARKED.value, None, now
            session.flush()
            continue
        row.state, row.tries, row.token = JobState.RUNNING.value, row.tries + 1, secrets.token_hex()
        row.lease_until = now + lease
        session.flush()
        return Claim(record(row), row.token, row.lease_until, lease)


def beat(
    session: Session, held: Claim, now: datetime, phase: str, done: int, total: int | None
) -> None:
    """Give a sign of life, and say how far the work is.

    Raises:
        LeaseLost: The claim is no longer this one.
    """
    _change(
        session,
        held,
        {"phase": phase[:60], "done": done, "total": total, "lease_until": now + held.lease},
    )


def keep(session: Session, held: Claim, now: datetime) -> None:
    """Give a sign of life without saying how far the work is.

    Raises:
        LeaseLost: The claim is no longer this one.
    """
    _change(session, held, {"lease_until": now + held.lease})


def cancel(work: Work, key: str) -> bool:
    """Take work back, whoever holds it; return whether there was any that was not over.

    The holder's token is void from then on: he learns it at his next sign of life, or at the end,
    and whatever he has not committed by then never happens.
    """
    row = work.session.scalar(select(JobRow).where(JobRow.key == key).with_for_update(**LOCK))
    if row is None or JobState(row.state).is_over:
        return False
    row.state, row.token, row.finished_at = JobState.CANCELLED.value, None, work.now
    work.session.flush()
    return True


def finish(
    session: Session, held: Claim, now: datetime, state: JobState = JobState.DONE, message: str = ""
) -> None:
    """End the work, in the transaction of its effect.

    Raises:
        LeaseLost: The claim is no longer this one; roll the effect back.
    """
    _change(
        session, held, {"state": state.value, "finished_at": now, "message": message, "token": None}
    )


def give_back(session: Session, held: Claim, now: datetime, message: str) -> JobState:
    """Let work that broke off wait for another try, or park it; return its state.

    Raises:
        LeaseLost: The claim is no longer this one.
    """
    state = after_failure(held.job.tries)
    ended = now if state.is_over else None
    _change(
        session,
        held,
        {"state": state.value, "finished_at": ended, "message": message, "token": None},
    )
    return state


def _change(session: Session, held: Claim, values: Mapping[str, object]) -> None:
    changed = session.execute(
        update(JobRow)
        .where(JobRow.id == held.job.id, JobRow.token == held.token)
        .values(**values)
        .execution_options(synchronize_session=False)
        .returning(JobRow.id)
    ).all()
    if not changed:
        raise LeaseLost(job=held.job.key)
