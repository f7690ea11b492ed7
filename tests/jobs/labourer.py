"""A worker process for the tests that kill it.

Its work has an effect that would show if it were lost or happened twice: a row under the job's own
number, written with a new key each time.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from spm.adapters.bell import hang
from spm.adapters.clock import clock_of, system_clock
from spm.adapters.database import open_engine
from spm.jobs.worker import Task, Worker

KIND = "test.labour"
POISON = "test.poison"
TABLE = "CREATE TABLE labour (job_id INTEGER NOT NULL)"  # no key: doing it twice shows


def labour(task: Task) -> None:
    """Take a while, then leave a row; a little more while it is not yet kept."""
    task.tell("begin", 0, 2)
    time.sleep(0.02 * (task.held.job.id % 5))
    with task.work() as work:
        work.session.execute(
            text("INSERT INTO labour (job_id) VALUES (:job_id)"), {"job_id": task.held.job.id}
        )
        time.sleep(0.002 * (task.held.job.id % 3))


def poison(_task: Task) -> None:
    """Break off every time."""
    raise ValueError


def toil(url: str, lease: float, offset: float, machine: Path) -> None:
    """Work until killed, by a clock that is wrong by ``offset`` seconds and what ``machine`` says."""
    hang(url)
    engine = open_engine(url)
    handlers = {KIND: labour, POISON: poison}

    def wrong() -> datetime:
        return system_clock() + timedelta(seconds=offset + float(machine.read_text()))

    clock = clock_of(engine, wrong)
    Worker(engine, clock, Path(), handlers, lease=timedelta(seconds=lease)).run()
