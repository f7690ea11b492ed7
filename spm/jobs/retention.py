"""Deleting what has been kept for long enough."""

from collections.abc import Mapping
from datetime import timedelta

from spm.adapters.files import FileStore
from spm.jobs import packs
from spm.jobs.imports import FOLDER
from spm.jobs.worker import Handler, Task
from spm.services.intake.retention import PURGE, purge


def handlers(kept_for: timedelta) -> Mapping[str, Handler]:
    """Return who does it; handed-in files are kept for ``kept_for``."""

    def handle(task: Task) -> None:
        with task.work() as work:
            purge(work, FileStore(task.instance / FOLDER), kept_for)
            packs.purge(work, task.instance)

    return {PURGE: handle}
