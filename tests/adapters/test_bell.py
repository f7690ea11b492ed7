"""The bell: heard at once, across processes where it can be, and never needed."""

import os
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from sqlalchemy import Engine

from spm.adapters.bell import Bell, LocalBell, PostgresBell, RedisBell, bell_of, hang
from spm.adapters.database import unit
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.services.jobs import enqueue
from spm.services.work import Work
from tests.conftest import NOW

LONG = 5.0


@pytest.fixture
def redis_url() -> str:
    """Address of a Redis server for tests."""
    found = os.environ.get("SPM_TEST_REDIS")
    if not found:
        pytest.skip("SPM_TEST_REDIS names no Redis server")
    return found


@pytest.fixture
def of(engine: Engine) -> Iterator[Callable[[str], Bell]]:
    """Return the bell of this test's database for a queue; it hangs as it did afterwards."""

    def hung(queue: str) -> Bell:
        return hang(engine.url.render_as_string(hide_password=False), queue)

    yield hung
    hung("local")


def waited(bell: Bell, ring: Callable[[], None]) -> float:
    """How long a worker waits until it hears what is rung after a moment."""
    ear = bell.listener()
    ear.wait(0.2)  # opens its connection

    def ring_later() -> None:
        time.sleep(0.2)
        ring()

    thread = Thread(target=ring_later)
    began = time.monotonic()
    thread.start()
    ear.wait(LONG)
    took = time.monotonic() - began
    thread.join()
    ear.close()
    return took


def test_a_ring_is_heard_in_the_same_process() -> None:
    bell = LocalBell()
    assert waited(bell, bell.ring) < LONG / 2


def test_a_ring_between_two_waits_is_not_missed() -> None:
    bell = LocalBell()
    ear = bell.listener()
    bell.ring()
    began = time.monotonic()
    ear.wait(LONG)
    assert time.monotonic() - began < LONG / 2


@pytest.mark.postgres
def test_postgresql_carries_the_ring(engine: Engine, of: Callable[[str], Bell]) -> None:
    listening, ringing = of(""), PostgresBell(engine.url)
    assert isinstance(listening, PostgresBell)
    assert waited(listening, ringing.ring) < LONG / 2


def test_redis_carries_the_ring(of: Callable[[str], Bell], redis_url: str) -> None:
    listening, ringing = of(redis_url), RedisBell(redis_url)
    assert isinstance(listening, RedisBell)
    assert waited(listening, ringing.ring) < LONG / 2


@pytest.mark.parametrize("queue", ["local", "database", "redis"])
def test_queueing_rings_once_it_is_committed(
    engine: Engine, of: Callable[[str], Bell], queue: str, request: pytest.FixtureRequest
) -> None:
    named = {"local": "local", "database": ""}
    bell = of(named[queue] if queue in named else request.getfixturevalue("redis_url"))

    def queued() -> None:
        with unit(engine, writes=True) as session:
            enqueue(Work(session, Actor.console(), NOW, Organisation()), "test.ring", "a", {})

    assert waited(bell, queued) < LONG / 2


def test_what_is_rolled_back_does_not_ring(engine: Engine, of: Callable[[str], Bell]) -> None:
    bell = of("local")
    ear = bell.listener()
    with pytest.raises(ZeroDivisionError), unit(engine, writes=True) as session:  # noqa: PT012
        enqueue(Work(session, Actor.console(), NOW, Organisation()), "test.ring", "a", {})
        raise ZeroDivisionError
    began = time.monotonic()
    ear.wait(0.3)
    assert time.monotonic() - began >= 0.29


def test_a_server_that_is_away_stops_nobody(engine: Engine, of: Callable[[str], Bell]) -> None:
    bell = of("redis://127.0.0.1:1/0")
    with unit(engine, writes=True) as session:
        enqueue(Work(session, Actor.console(), NOW, Organisation()), "test.ring", "a", {})
    ear = bell.listener()
    began = time.monotonic()
    ear.wait(0.3)
    assert 0.2 < time.monotonic() - began < LONG


@pytest.mark.parametrize("queue", ["sqs", "http://127.0.0.1"])
def test_a_queue_that_is_not_known_is_refused(of: Callable[[str], Bell], queue: str) -> None:
    with pytest.raises(ValueError, match=queue):
        of(queue)


@pytest.mark.sqlite
def test_the_embedded_database_has_no_bell_of_its_own(of: Callable[[str], Bell]) -> None:
    with pytest.raises(ValueError, match="postgresql"):
        of("postgresql")
    assert isinstance(of(""), LocalBell)


def test_nothing_hung_is_a_local_bell(engine: Engine, of: Callable[[str], Bell]) -> None:
    of("local")
    assert isinstance(bell_of(engine), LocalBell)
