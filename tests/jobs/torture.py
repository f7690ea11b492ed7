"""Several worker processes that are killed and stopped at random while they work, by wrong clocks (D7).

By hand: ``python -m tests.jobs.torture ADDRESS JOBS KILLS`` on a migrated, empty database.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import Engine, text

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.services.jobs import enqueue
from spm.services.work import Work
from tests.jobs.labourer import KIND, POISON, TABLE, toil

LEASE = 1.0
"""Seconds; a stopped process sleeps longer than that."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the work.

    Attributes:
        kills: Processes that were killed.
        stalls: Processes that were stopped for longer than the lease.
        jumps: How often the clock was set an hour forth or back.
        lost: Work that is not over, or done without its effect.
        twice: Work whose effect happened more than once.
        again: Work that took more than one try.
        poison: State and tries of the work that always breaks off.
    """

    kills: int
    stalls: int
    jumps: int
    lost: int
    twice: int
    again: int
    poison: tuple[str, int]


HOUR = 3600.0
READY = get_context("forkserver")
READY.set_forkserver_preload(["tests.jobs.labourer"])  # a killed one is replaced in milliseconds


@dataclass(frozen=True, slots=True)
class Site:
    """Where the processes run: on one machine with SQLite, each on its own with PostgreSQL."""

    url: str
    clock: Path
    choose: random.Random

    def start(self) -> BaseProcess:
        """Start a process, on PostgreSQL with a clock that is an hour wrong or right."""
        own = 0.0 if self.url.startswith("sqlite") else self.choose.choice((-HOUR, 0.0, HOUR))
        one = READY.Process(target=toil, args=(self.url, LEASE, own, self.clock), daemon=True)
        one.start()
        return one

    def set_clock(self) -> None:
        """Set the clock of the machine an hour forth or back, or right."""
        beside = self.clock.with_suffix(".new")
        beside.write_text(str(self.choose.choice((-HOUR, 0.0, HOUR))))
        beside.replace(self.clock)


def torture(
    url: str, folder: Path, *, jobs: int, kills: int, workers: int = 4, seed: int = 0
) -> Result:
    """Queue work, kill and stop whoever does it, and count what was lost or done twice."""
    choose = random.Random(seed)  # noqa: S311 - a test that can be repeated
    site = Site(url, folder / "clock", choose)
    site.clock.write_text("0")
    engine = open_engine(url)
    _queue(engine, jobs)
    running = [site.start() for _number in range(workers)]
    killed = stalls = jumps = 0
    try:
        while killed < kills and _left(engine):
            time.sleep(choose.uniform(0.05, 0.35))
            place = choose.randrange(workers)
            what = choose.random()
            if what < 0.1:
                stalls += _stall(running[place])
                continue
            if what < 0.15:
                site.set_clock()
                jumps += 1
                continue
            running[place].kill()
            running[place].join()
            running[place] = site.start()
            killed += 1
        end = time.monotonic() + 120 + jobs * 0.1
        while _left(engine) and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        for one in running:
            one.kill()
            one.join()
    found = _result(engine, killed, stalls, jumps)
    engine.dispose()
    return found


def _queue(engine: Engine, jobs: int) -> None:
    with unit(engine, writes=True) as session:
        session.execute(text(TABLE))
        work = Work(session, Actor.console(), datetime.now(UTC), Organisation())
        enqueue(work, POISON, "poison", {})
        for number in range(jobs):
            enqueue(work, KIND, f"labour:{number}", {})


def _stall(one: BaseProcess) -> int:
    assert one.pid is not None
    os.kill(one.pid, signal.SIGSTOP)
    time.sleep(LEASE * 1.5)
    os.kill(one.pid, signal.SIGCONT)
    return 1


def _left(engine: Engine) -> int:
    with unit(engine, writes=False) as session:
        asked = "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')"
        return int(session.scalar(text(asked)) or 0)


def _result(engine: Engine, kills: int, stalls: int, jumps: int) -> Result:
    with unit(engine, writes=True) as session:
        rows = session.execute(text("SELECT id, kind, state, tries FROM job")).all()
        effects = Counter(session.scalars(text("SELECT job_id FROM labour")))
        session.execute(text("DROP TABLE labour"))
    labours = [row for row in rows if row.kind == KIND]
    poison = next(row for row in rows if row.kind == POISON)
    return Result(
        kills=kills,
        stalls=stalls,
        jumps=jumps,
        lost=sum(row.state != "done" or not effects[row.id] for row in labours),
        twice=sum(count > 1 for count in effects.values()),
        again=sum(row.tries > 1 for row in labours),
        poison=(poison.state, poison.tries),
    )


if __name__ == "__main__":
    print(
        torture(
            sys.argv[1], Path(tempfile.mkdtemp()), jobs=int(sys.argv[2]), kills=int(sys.argv[3])
        )
    )
