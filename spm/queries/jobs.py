"""Reads of long work."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.ids import JobId, PersonId
from spm.domain.jobs import Job, JobState
from spm.models.jobs import JobRow


def find_job(session: Session, key: str) -> Job | None:
    """Return the work of that key; None if it was never queued."""
    row = session.scalar(select(JobRow).where(JobRow.key == key))
    return None if row is None else record(row)


def record(row: JobRow) -> Job:
    """Return a row as a record."""
    return Job(
        id=JobId(row.id),
        kind=row.kind,
        key=row.key,
        arguments=dict(row.arguments),
        state=JobState(row.state),
        tries=row.tries,
        done=row.done,
        total=row.total,
        phase=row.phase,
        created_by=None if row.created_by is None else PersonId(row.created_by),
        message=row.message,
    )
