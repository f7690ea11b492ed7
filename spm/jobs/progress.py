"""How far the work of this process is.

On SQLite one unit at a time may write, and long work holds that unit until its one commit: it could
not write its own progress. What runs in the process that serves the page says it here instead.
"""

from dataclasses import dataclass
from threading import Lock

from spm.domain.ids import JobId
from spm.domain.jobs import Job


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, and how much of it is done; ``total`` is None while nobody knows."""

    phase: str
    done: int
    total: int | None


_told: dict[JobId, Progress] = {}
_to_stop: set[JobId] = set()
_lock = Lock()


def tell(job_id: JobId, progress: Progress | None) -> None:
    """Say how far a piece of work is; None when it has ended."""
    with _lock:
        if progress is None:
            _told.pop(job_id, None)
            _to_stop.discard(job_id)
        else:
            _told[job_id] = progress


def ask_to_stop(job_id: JobId) -> None:
    """Ask whoever does a piece of work in this process to stop at the next word that he says of it.

    On SQLite nobody can write that work is cancelled while it holds the one unit that writes.
    """
    with _lock:
        _to_stop.add(job_id)


def is_to_stop(job_id: JobId) -> bool:
    """Return whether somebody asked for that."""
    with _lock:
        return job_id in _to_stop


def progress_of(job: Job) -> Progress:
    """Return how far a piece of work is: what this process was told, else what its row says."""
    with _lock:
        told = _told.get(job.id)
    return told or Progress(job.phase, job.done, job.total)
