"""What the page of long work shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from spm.domain.access import Permission, may_at_all
from spm.domain.jobs import Job, JobState
from spm.i18n.tables.jobs import KINDS
from spm.i18n.words import gettext
from spm.jobs.progress import progress_of
from spm.queries.jobs import JobLine, jobs
from spm.queries.paging import Page
from spm.services.work import Work
from spm.web.navigation import exists

THINGS: Mapping[str, tuple[str, str, Permission]] = {
    "import_id": ("imports.show", "import_id", Permission.IMPORTS_VIEW),
    "run_id": ("packs.run", "run_id", Permission.PACKS_ISSUE),
}
"""Argument of the work → the page of what it is for, and what one needs to open it."""

BADGES = {
    JobState.WAITING: "quiet",
    JobState.RUNNING: "accent",
    JobState.DONE: "won",
    JobState.FAILED: "lost",
    JobState.PARKED: "lost",
    JobState.CANCELLED: "quiet",
}


@dataclass(frozen=True, slots=True)
class JobView:
    """A piece of work in the reader's words.

    Attributes:
        done: How much is done of ``total``, while it runs; None elsewhere.
        url: The page of what it is for, where the reader may open it.
        message: The name of the error at which it broke off last; empty without one.
    """

    what: str
    state: JobState
    badge: str
    done: int | None
    total: int | None
    tries: int
    by: str
    created_at: datetime
    finished_at: datetime | None
    message: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """The work in sight.

    Attributes:
        state: Only what stands like that, if anything.
        states: What can be asked for.
    """

    lines: tuple[JobView, ...]
    page: Page[JobLine]
    state: JobState | None
    states: tuple[JobState, ...]


def list_page(work: Work, state: JobState | None, number: int) -> ListPage:
    """Return the page of the work in sight."""
    found = jobs(work.session, work.actor, state=state, number=number)
    return ListPage(tuple(_view(work, line) for line in found.lines), found, state, tuple(JobState))


def _view(work: Work, line: JobLine) -> JobView:
    job = line.job
    told = progress_of(job) if job.state is JobState.RUNNING else None
    return JobView(
        what=gettext(KINDS.get(job.kind, job.kind)),
        state=job.state,
        badge=BADGES[job.state],
        done=told.done if told else None,
        total=told.total if told else None,
        tries=job.tries,
        by=line.by,
        created_at=job.created_at,
        finished_at=job.finished_at,
        message=job.message,
        url=_url(work, job),
    )


def _url(work: Work, job: Job) -> str | None:
    for argument, (endpoint, name, permission) in THINGS.items():
        if argument in job.arguments and exists(endpoint) and may_at_all(work.actor, permission):
            named: dict[str, Any] = {name: int(str(job.arguments[argument]))}
            return url_for(endpoint, **named)
    return None
