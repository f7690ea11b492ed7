"""Long work: claimed once, done once, given back, parked."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.clock import system_clock
from spm.adapters.database import unit
from spm.domain.access import Actor
from spm.domain.jobs import LEASE, MOST_TRIES, JobState
from spm.domain.organisation import Organisation
from spm.jobs.progress import progress_of
from spm.jobs.worker import Task, Worker
from spm.models.jobs import JobRow
from spm.models.organisation import HolidayRow
from spm.queries.jobs import find_job
from spm.services.jobs import LeaseLost, beat, cancel, claim, enqueue, finish
from spm.services.work import Work
from tests.conftest import NOW

KIND = "test.mark"


def queue(engine: Engine, *keys: str) -> None:
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, Organisation())
        for key in keys:
            enqueue(work, KIND, key, {})


def states(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(JobRow.state).order_by(JobRow.id)))


def marks(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(select(HolidayRow.name)))


def mark(task: Task) -> None:
    """An effect that would show if it happened twice."""
    with task.work() as work:
        on = NOW.date() + timedelta(days=task.held.job.id)
        work.session.add(HolidayRow(on=on, name=task.held.job.key))


def worker(engine: Engine, handler: object = mark, now: datetime = NOW) -> Worker:
    assert callable(handler)
    return Worker(engine, lambda: now, Path(), {KIND: handler})


def test_the_same_key_is_queued_once(engine: Engine) -> None:
    queue(engine, "a", "a", "b")
    assert len(states(engine)) == 2


def test_work_is_done_once_and_in_order(engine: Engine) -> None:
    queue(engine, "a", "b")
    here = worker(engine)
    assert [here.run_once() for _ in range(3)] == [True, True, False]
    assert states(engine) == ["done", "done"]
    assert marks(engine) == ["a", "b"]


def test_several_workers_do_each_piece_once(engine: Engine) -> None:
    keys = [f"k{number:02}" for number in range(20)]
    queue(engine, *keys)

    def run() -> None:
        here = worker(engine)
        while here.run_once():
            pass

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks(engine) == keys


def test_work_that_breaks_off_is_tried_again_then_parked(engine: Engine) -> None:
    queue(engine, "a")
    said: list[str] = []

    def fails(task: Task) -> None:
        with task.work() as work:
            work.session.add(HolidayRow(on=NOW.date(), name="half done"))
            raise ValueError

    here = Worker(
        engine, lambda: NOW, Path(), {KIND: fails}, {KIND: lambda _, why: said.append(why)}
    )
    tries = 0
    while here.run_once():
        tries += 1
    assert tries == MOST_TRIES
    assert states(engine) == ["parked"]
    assert said == ["ValueError"]
    assert not marks(engine)


def test_a_holder_that_gave_no_sign_of_life_loses_the_work(engine: Engine) -> None:
    queue(engine, "a")
    with unit(engine, writes=True) as session:
        first = claim(session, NOW, [KIND])
    assert first is not None
    with unit(engine, writes=True) as session:
        assert claim(session, NOW + LEASE / 2, [KIND]) is None
    later = NOW + LEASE + timedelta(seconds=1)
    with unit(engine, writes=True) as session:
        second = claim(session, later, [KIND])
    assert second is not None
    assert second.job.tries == 2
    with pytest.raises(LeaseLost), unit(engine, writes=True) as session:  # noqa: PT012 - one unit
        session.add(HolidayRow(on=NOW.date(), name="late"))
        finish(session, first, later)
    with unit(engine, writes=True) as session:
        beat(session, second, later, "load", 3, 10)
        finish(session, second, later)
    assert states(engine) == ["done"]
    assert not marks(engine)


def test_work_whose_holder_dies_every_time_is_parked(engine: Engine) -> None:
    queue(engine, "a")
    now = NOW
    for _ in range(MOST_TRIES + 1):
        with unit(engine, writes=True) as session:
            claim(session, now, [KIND])
        now += LEASE * 2
    assert states(engine) == ["parked"]


def test_progress_can_be_seen_while_the_work_goes_on(engine: Engine) -> None:
    queue(engine, "a")
    seen: list[tuple[str, int, int | None]] = []

    def slow(task: Task) -> None:
        task.tell("read", 0)
        with task.work():
            task.tell("load", 7, 10)
            with Session(engine) as session:
                job = find_job(session, "a")
            assert job is not None
            assert job.state is JobState.RUNNING
            told = progress_of(job)
            seen.append((told.phase, told.done, told.total))

    worker(engine, slow).run_once()
    assert seen == [("load", 7, 10)]
    assert states(engine) == ["done"]


def test_a_thread_does_what_is_queued_and_stops(engine: Engine) -> None:
    queue(engine, "a")
    here = worker(engine)
    thread = here.start()
    for _ in range(200):
        if states(engine) == ["done"]:
            break
        thread.join(0.05)
    here.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert marks(engine) == ["a"]


def test_signs_of_life_keep_the_work_while_it_takes_longer_than_the_lease(engine: Engine) -> None:
    queue(engine, "a")
    short = timedelta(seconds=0.3)
    rivals: list[object] = []

    def slow(task: Task) -> None:
        for _ in range(4):
            time.sleep(0.2)
            with unit(engine, writes=True) as session:
                rivals.append(claim(session, system_clock(), [KIND], short))
        mark(task)

    Worker(engine, system_clock, Path(), {KIND: slow}, lease=short).run_once()
    assert rivals == [None] * 4
    assert states(engine) == ["done"]


def test_work_that_is_cancelled_has_no_effect(engine: Engine) -> None:
    queue(engine, "a")

    def cancelled_meanwhile(task: Task) -> None:
        with unit(engine, writes=True) as session:
            assert cancel(Work(session, Actor.console(), NOW, Organisation()), "a")
        mark(task)

    worker(engine, cancelled_meanwhile).run_once()
    assert states(engine) == ["cancelled"]
    assert not marks(engine)
    with unit(engine, writes=True) as session:
        assert not cancel(Work(session, Actor.console(), NOW, Organisation()), "a")
        assert not cancel(Work(session, Actor.console(), NOW, Organisation()), "unknown")


def test_cancelled_work_is_told_at_its_next_word(engine: Engine) -> None:
    queue(engine, "a")
    now = [NOW]

    def goes_on(task: Task) -> None:
        task.tell("read", 0)
        with unit(engine, writes=True) as session:
            cancel(Work(session, Actor.console(), NOW, Organisation()), "a")
        now[0] += timedelta(seconds=10)
        task.tell("read", 1)
        mark(task)

    Worker(engine, lambda: now[0], Path(), {KIND: goes_on}).run_once()
    assert states(engine) == ["cancelled"]
    assert not marks(engine)
