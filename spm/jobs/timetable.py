"""What runs when: the table of work that a clock starts.

Each piece is queued once a day under a key that holds the business date, however many workers look,
and however often. A worker that starts later in the day catches up with that day; a day on which none
ran is not made up for, since a purge looks at ages.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from spm.adapters.database import unit
from spm.domain.access import Actor
from spm.queries.jobs import find_job
from spm.queries.organisation.settings import get_organisation
from spm.services.intake.retention import PURGE
from spm.services.jobs import enqueue
from spm.services.work import Work


@dataclass(frozen=True, slots=True)
class Daily:
    """Work that is queued once a day from ``at`` on, on the organisation's clock."""

    kind: str
    at: time


TIMETABLE: tuple[Daily, ...] = (Daily(PURGE, time(3)),)
"""Everything that a clock starts."""


def daily_key(kind: str, day: date) -> str:
    """Return the key under which a day's work is queued."""
    return f"{kind}:{day.isoformat()}"


def queue_due(engine: Engine, now: datetime, timetable: tuple[Daily, ...] = TIMETABLE) -> int:
    """Queue what is due today and is not queued yet; return how many pieces.

    It reads first and writes only where something is due, so that looking often costs nothing.
    """
    with unit(engine, writes=False) as session:
        organisation = get_organisation(session)
        local = now.astimezone(organisation.zone)
        due = [
            one
            for one in timetable
            if local.time() >= one.at
            and find_job(session, daily_key(one.kind, local.date())) is None
        ]
    if not due:
        return 0
    try:
        with unit(engine, writes=True) as session:
            work = Work(session, Actor.console(), now, organisation)
            for one in due:
                enqueue(work, one.kind, daily_key(one.kind, local.date()), {})
    except IntegrityError:  # another worker was quicker by an instant
        return 0
    return len(due)
