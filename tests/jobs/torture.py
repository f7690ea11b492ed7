"""Several worker processes that are killed and stopped at random while they work (D7).

The long form: ``python -m tests.jobs.torture ADDRESS JOBS KILLS`` on a migrated, empty database.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.services.jobs import enqueue
from spm.services.work import Work
from tests.jobs.labourer import KIND, POISON, TABLE

LEASE = 1.0
"""Seconds; a stopped process sleeps longer than that."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the work.

    Attributes:
        kills: Processes that were killed.
        stalls: Processes that were stopped for longer than the lease.
        lost: Work that is not over, or done without its effect.
        twice: Work whose effect happened more than once.
        again: Work that took more than one try.
        poison: State and tries of the work that always breaks off.
    """

    kills: int
    stalls: int
    lost: int
    twice: int
    again: int
    poison: tuple[str, int]


def torture(url: str, *, jobs: int, kills: int, workers: int = 4, seed: int = 0) -> Result:
    """Queue work, kill and stop whoever does it, and count what was lost or done twice."""
    choose = random.Random(seed)  # noqa: S311 - a test that can be repeated
    engine = open_engine(url)
    _queue(engine, jobs)
    running = [_start(url) for _number in range(workers)]
    killed = stalls = 0
    try:
        while killed < kills and _left(engine):
            time.sleep(choose.uniform(0.05, 0.35))
            place = choose.randrange(workers)
            if choose.random() < 0.2:
                stalls += _stall(running[place])
                continue
            running[place].kill()
            running[place].wait()
            running[place] = _start(url)
            killed += 1
        end = time.monotonic() + 120
        while _left(engine) and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        for one in running:
            one.kill()
            one.wait()
    found = _result(engine, killed, stalls)
    engine.dispose()
    return found


def _queue(engine: Engine, jobs: int) -> None:
    with unit(engine, writes=True) as session:
        session.execute(text(TABLE))
        work = Work(session, Actor.console(), datetime.now(UTC), Organisation())
        enqueue(work, POISON, "poison", {})
        for number in range(jobs):
            enqueue(work, KIND, f"labour:{number}", {})


def _start(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.jobs.labourer", url, str(LEASE)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def _stall(one: subprocess.Popen[bytes]) -> int:
    os.kill(one.pid, signal.SIGSTOP)
    time.sleep(LEASE * 1.5)
    os.kill(one.pid, signal.SIGCONT)
    return 1


def _left(engine: Engine) -> int:
    with unit(engine, writes=False) as session:
        asked = "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')"
        return int(session.scalar(text(asked)) or 0)


def _result(engine: Engine, kills: int, stalls: int) -> Result:
    with unit(engine, writes=True) as session:
        rows = session.execute(text("SELECT id, kind, state, tries FROM job")).all()
        effects = Counter(session.scalars(text("SELECT job_id FROM labour")))
        session.execute(text("DROP TABLE labour"))
    labours = [row for row in rows if row.kind == KIND]
    poison = next(row for row in rows if row.kind == POISON)
    return Result(
        kills=kills,
        stalls=stalls,
        lost=sum(row.state != "done" or not effects[row.id] for row in labours),
        twice=sum(count > 1 for count in effects.values()),
        again=sum(row.tries > 1 for row in labours),
        poison=(poison.state, poison.tries),
    )


if __name__ == "__main__":
    print(torture(sys.argv[1], jobs=int(sys.argv[2]), kills=int(sys.argv[3])))
