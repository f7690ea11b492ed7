"""Reads of long work."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, may_at_all, reach
from spm.domain.ids import JobId, PersonId
from spm.domain.jobs import Job, JobState
from spm.models.jobs import JobRow
from spm.models.organisation import PersonRow
from spm.queries.access import sees
from spm.queries.paging import PAGE_SIZE, Page, offset


@dataclass(frozen=True, slots=True)
class JobLine:
    """A piece of work as a list shows it; ``by`` is empty for the command line and the clock."""

    job: Job
    by: str


def jobs(
    session: Session, actor: Actor, *, state: JobState | None = None, number: int = 1
) -> Page[JobLine]:
    """Return the work in sight, the latest first: one's own, that of imports for who sees those.

    Args:
        session: Where to read.
        actor: Who looks.
        state: Only what stands like that.
        number: Which page.
    """
    seen = sees(reach(actor, Permission.JOBS_VIEW), JobRow.created_by)
    if may_at_all(actor, Permission.IMPORTS_VIEW):
        seen = or_(seen, JobRow.kind.startswith("import.", autoescape=True))
    query = (
        select(JobRow, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == JobRow.created_by)
        .where(seen)
    )
    if state is not None:
        query = query.where(JobRow.state == state.value)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(JobRow.id.desc()).limit(PAGE_SIZE).offset(offset(number)))
    return Page([JobLine(record(row), name or "") for row, name in rows], total, number)


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
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
