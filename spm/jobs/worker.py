"""The worker: claims work, does it, ends it; a thread of the server, or a process of its own."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spm.adapters.bell import bell_of
from spm.adapters.clock import Clock
from spm.adapters.database import unit
from spm.domain.access import Actor
from spm.domain.jobs import BEATS, LEASE, Claim, JobState
from spm.jobs.progress import Progress, is_to_stop, tell
from spm.queries.identity import may_sign_in
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.services.jobs import LeaseLost, beat, claim, finish, give_back, keep
from spm.services.work import Work

BEAT = timedelta(seconds=3)
"""How often progress is written down, at most."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Task:
    """A piece of work in this worker's hands."""

    engine: Engine
    clock: Clock
    instance: Path
    held: Claim
    _is_in_unit: bool = False
    _is_lost: bool = False
    _next_beat: datetime | None = field(default=None, repr=False)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Yield the one unit of the work's effect, in the name of whoever asked for it.

        The job's end is written in the same transaction; an error leaves neither.
        """
        with unit(self.engine, writes=True) as session:
            self._is_in_unit = True
            try:
                yield self.as_work(session)
                finish(session, self.held, self.clock())
            finally:
                self._is_in_unit = False

    @contextmanager
    def step(self, phase: str, done: int, total: int) -> Iterator[Work]:
        """Yield a unit of one step of work that is kept step by step; ``done`` counts this one.

        What the step did is kept with a sign of life in the same transaction, or neither is.

        Raises:
            LeaseLost: Somebody else has taken the work, or it was cancelled.
        """
        if self._is_lost:
            raise LeaseLost(job=self.held.job.key)
        tell(self.held.job.id, Progress(phase, done, total))
        with unit(self.engine, writes=True) as session:
            self._is_in_unit = True
            try:
                yield self.as_work(session)
                beat(session, self.held, self.clock(), phase, done, total)
            finally:
                self._is_in_unit = False

    def tell(self, phase: str, done: int, total: int | None = None) -> None:
        """Say how far the work is; written down every few seconds where that can be done.

        Raises:
            LeaseLost: Somebody else has taken the work, or it is to stop.
        """
        if self._is_lost or is_to_stop(self.held.job.id):
            raise LeaseLost(job=self.held.job.key)
        tell(self.held.job.id, Progress(phase, done, total))
        now = self.clock()
        if self._next_beat is not None and now < self._next_beat:
            return
        self._next_beat = now + BEAT
        if self._holds_the_pen:
            return
        with unit(self.engine, writes=True) as session:
            beat(session, self.held, now, phase, done, total)

    @property
    def _holds_the_pen(self) -> bool:
        """Whether nobody can write before the work's own unit ends, himself included.

        Nobody can take the work meanwhile either.
        """
        return self._is_in_unit and self.engine.dialect.name == "sqlite"

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Give signs of life from a thread beside the work, a third of the lease apart."""
        over = Event()
        seconds = self.held.lease.total_seconds() / BEATS

        def give_signs() -> None:
            while not over.wait(seconds):
                if self._holds_the_pen:
                    continue
                try:
                    with unit(self.engine, writes=True) as session:
                        keep(session, self.held, self.clock())
                except LeaseLost:
                    self._is_lost = True
                    return
                except Exception:
                    log.exception("no sign of life could be given for %s", self.held.job.key)

        thread = Thread(target=give_signs, name="spm-heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(seconds)

    def as_work(self, session: Session) -> Work:
        """Return a unit of work in the name of whoever asked for the work, as he may now."""
        now, organisation = self.clock(), get_organisation(session)
        person_id = self.held.job.created_by
        if person_id is None:
            actor = Actor.console()
        else:
            today = organisation.business_date(now)
            actor = get_actor(session, person_id, today)
            if person_id not in may_sign_in(session, today):
                actor = Actor(person_id, name=actor.name)
        return Work(session, actor, now, organisation, request_id=f"job:{self.held.job.id}")


Handler = Callable[[Task], None]
"""Does a kind of work: reads outside a unit, then writes in ``task.work()``."""

Abandon = Callable[[Task, str], None]
"""Says on the thing that the work was for that it will not be done."""


Timetable = Callable[[Engine, datetime], int]
"""Queues what a clock starts, where it is due; asked again and again."""

LOOK = timedelta(minutes=1)
"""How often a worker asks its timetable, at most."""


@dataclass(slots=True)
class Worker:
    """Does the work of some kinds, one piece after the other."""

    engine: Engine
    clock: Clock
    instance: Path
    handlers: Mapping[str, Handler]
    abandon: Mapping[str, Abandon] = field(default_factory=dict)
    lease: timedelta = LEASE
    timetable: Timetable | None = None
    _next_look: datetime | None = field(default=None, repr=False)
    _stop: Event = field(default_factory=Event)

    def run_once(self) -> bool:
        """Do one piece of work; return whether there was any."""
        self._look_at_the_clock()
        with unit(self.engine, writes=True) as session:
            held = claim(session, self.clock(), self.handlers.keys(), self.lease)
        if held is None:
            return False
        task = Task(self.engine, self.clock, self.instance, held)
        try:
            with task.alive():
                self.handlers[held.job.kind](task)
        except LeaseLost:
            log.warning("job %s was taken by another worker", held.job.key)
        except Exception as error:
            log.exception("job %s broke off", held.job.key)
            self._give_back(task, type(error).__name__)
        finally:
            tell(held.job.id, None)
        return True

    def run(self) -> None:
        """Do what there is until ``stop`` is called; rest until the bell rings, or for its pause."""
        bell = bell_of(self.engine)
        ear = bell.listener()
        try:
            while not self._stop.is_set():
                try:
                    is_busy = self.run_once()
                except Exception:
                    log.exception("the worker could not look for work")
                    is_busy = False
                if not is_busy:
                    ear.wait(bell.pause)
        finally:
            ear.close()

    def _look_at_the_clock(self) -> None:
        now = self.clock()
        if self.timetable is None or (self._next_look is not None and now < self._next_look):
            return
        self._next_look = now + LOOK
        self.timetable(self.engine, now)

    def start(self) -> Thread:
        """Run in a thread of this process, which does not keep it alive."""
        thread = Thread(target=self.run, name="spm-worker", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End after the piece of work in hand; at rest, after the bell's pause at the latest."""
        self._stop.set()

    def _give_back(self, task: Task, message: str) -> None:
        try:
            with unit(self.engine, writes=True) as session:
                state = give_back(session, task.held, self.clock(), message)
            if state is JobState.PARKED and task.held.job.kind in self.abandon:
                self.abandon[task.held.job.kind](task, message)
        except LeaseLost:
            return
