"""Which work there is, and who does it."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from spm.adapters.clock import Clock
from spm.jobs import imports
from spm.jobs.worker import Abandon, Handler, Worker

HANDLERS: Mapping[str, Handler] = {**imports.HANDLERS}
ABANDON: Mapping[str, Abandon] = {**imports.ABANDON}


def worker(engine: Engine, clock: Clock, instance: Path) -> Worker:
    """Return a worker for everything that there is to do."""
    return Worker(engine, clock, instance, HANDLERS, ABANDON)
