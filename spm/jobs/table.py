"""Which work there is, and who does it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from spm.adapters.clock import Clock
from spm.jobs import imports, packs, retention
from spm.jobs.timetable import queue_due
from spm.jobs.worker import Abandon, Handler, Timetable, Worker

HANDLERS: Mapping[str, Handler] = {**imports.HANDLERS, **packs.HANDLERS}
ABANDON: Mapping[str, Abandon] = {**imports.ABANDON}


def worker(
    engine: Engine,
    clock: Clock,
    instance: Path,
    *,
    raw_file_days: int = 90,
    timetable: Timetable | None = queue_due,
) -> Worker:
    """Return a worker for everything that there is to do.

    Args:
        engine: The database.
        clock: Says what time it is.
        instance: The folder of the installation.
        raw_file_days: How long handed-in files are kept.
        timetable: What a clock starts; None for nothing.
    """
    handlers = {**HANDLERS, **retention.handlers(timedelta(days=raw_file_days))}
    return Worker(engine, clock, instance, handlers, ABANDON, timetable=timetable)
