"""The bell: wakes workers when work is queued, sooner than they would look by themselves.

The table of jobs is the queue, and nothing depends on the bell: a ring that is lost only means that
the work waits until a worker looks next. A process rings after the commit that queued something.
Within one process the bell is a condition variable; PostgreSQL carries it by NOTIFY, Redis by
PUBLISH, to every worker on every machine.
"""

import logging
import time
from collections.abc import Callable
from threading import Condition, Lock
from typing import Any, Final, Protocol

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

CHANNEL: Final = "spm_job"
"""What Redis calls it, and PostgreSQL."""
RUNG: Final = "spm_job_queued"
"""Key of ``Session.info``: this transaction has queued work."""

log = logging.getLogger(__name__)


class Listener(Protocol):
    """One worker's ear: a ring between two waits is not missed."""

    def wait(self, seconds: float) -> None:
        """Return at the next ring, or after so many seconds; a ring too many does no harm."""

    def close(self) -> None:
        """Let go of what it listens on."""


class Bell(Protocol):
    """Rings at every listener.

    Attributes:
        pause: Seconds after which a worker that heard nothing looks all the same.
    """

    @property
    def pause(self) -> float: ...  # noqa: D102
    def ring(self) -> None: ...  # noqa: D102
    def listener(self) -> Listener: ...  # noqa: D102


class LocalBell:
    """Rings within this process."""

    pause = 0.5

    def __init__(self) -> None:
        self._condition = Condition()
        self._rings = 0

    def ring(self) -> None:
        """Wake every worker of this process."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def listener(self) -> Listener:
        """Return a new ear, which hears what is rung from now on."""
        return _LocalListener(self._condition, lambda: self._rings)


class _LocalListener:
    def __init__(self, condition: Condition, rings: Callable[[], int]) -> None:
        self._condition, self._rings = condition, rings
        self._heard = rings()

    def wait(self, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._rings() != self._heard, seconds)
            self._heard = self._rings()

    def close(self) -> None:
        pass


class PostgresBell:
    """Rings by NOTIFY, in the database that holds the jobs."""

    pause = 2.0

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def ring(self) -> None:
        """Wake every worker on this database."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("NOTIFY spm_job")

    def listener(self) -> Listener:
        """Return a new ear, with a connection of its own from its first wait on."""
        return _Reconnecting(self._open, _wait_for_notice)

    def _open(self) -> Any:
        opened = self._engine.raw_connection()
        driver: Any = opened.driver_connection
        opened.detach()  # it is ours to close
        driver.execute("LISTEN spm_job")
        return driver


def _wait_for_notice(driver: Any, seconds: float) -> None:
    for _notice in driver.notifies(timeout=seconds, stop_after=1):
        return


class RedisBell:
    """Rings by PUBLISH on a Redis server."""

    pause = 2.0

    def __init__(self, address: str) -> None:
        from redis import Redis

        self._redis = Redis.from_url(address, socket_connect_timeout=2, socket_timeout=5)

    def ring(self) -> None:
        """Wake every worker that listens on this server."""
        self._redis.publish(CHANNEL, "")

    def listener(self) -> Listener:
        """Return a new ear, with a connection of its own from its first wait on."""
        return _Reconnecting(self._open, _wait_for_message)

    def _open(self) -> Any:
        heard: Any = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        heard.subscribe(CHANNEL)
        return heard


def _wait_for_message(heard: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if heard.get_message(timeout=left) is not None:
            return


class _Reconnecting:
    """An ear on a connection, opened when first needed and again after it broke."""

    def __init__(self, connect: Callable[[], Any], wait_on: Callable[[Any, float], None]) -> None:
        self._connect, self._wait_on = connect, wait_on
        self._connection: Any = None

    def wait(self, seconds: float) -> None:
        began = time.monotonic()
        try:
            if self._connection is None:
                # What was rung before one could hear it: look once more at once.
                self._connection = self._connect()
                return
            self._wait_on(self._connection, seconds)
        except Exception:
            log.exception("the bell cannot be heard; looking every %s s instead", seconds)
            self.close()
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except Exception:  # it is gone already
                log.debug("closing the bell's connection", exc_info=True)


_bells: dict[str, Bell] = {}
_lock = Lock()


def hang(database_url: str, queue: str = "") -> Bell:
    """Give this process the bell of a database's jobs, and return it.

    Args:
        database_url: SQLAlchemy's address of the database that holds the jobs.
        queue: ``redis://…`` for Redis, ``local`` for this process only, ``postgresql`` for the
            database's own; empty leaves it to the database.

    Raises:
        ValueError: No such queue, or one that this database does not have.
    """
    url = make_url(database_url)
    is_postgresql = url.get_backend_name() == "postgresql"
    bell: Bell
    if queue.startswith(("redis://", "rediss://", "unix://")):
        bell = RedisBell(queue)
    elif queue == "local" or (not queue and not is_postgresql):
        bell = LocalBell()
    elif queue in {"", "postgresql"} and is_postgresql:
        bell = PostgresBell(url)
    else:
        raise ValueError(queue)
    with _lock:
        known = _bells.get(_key(url))
        if known is not None and type(known) is type(bell) and not isinstance(bell, RedisBell):
            return known
        _bells[_key(url)] = bell
    return bell


def bell_of(engine: Engine) -> Bell:
    """Return the bell of a database's jobs; a local one where none was hung."""
    with _lock:
        return _bells.setdefault(_key(engine.url), LocalBell())


def _key(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def ring_after(session: Session) -> None:
    """Ring once the present transaction of ``session`` is committed."""
    session.info[RUNG] = True


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.pop(RUNG, False):
        return
    bind = session.get_bind()
    try:
        bell_of(bind.engine).ring()
    except Exception:
        log.exception("the bell could not be rung; workers look by themselves")


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(RUNG, None)
