"""What a clock starts: once a day, however often and by however many it is asked."""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.jobs.table import worker
from spm.jobs.timetable import TIMETABLE, queue_due
from spm.models.jobs import JobRow
from spm.services.intake.retention import PURGE
from tests.builders import an_organisation
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def _company(engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        an_organisation(session).time_zone = "Asia/Tokyo"


def keys(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(JobRow.key).order_by(JobRow.key)))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-17T17:59:59+00:00", []),  # 02:59:59 on the 18th in Tokyo
        ("2026-11-17T18:00:00+00:00", ["import.purge:2026-11-18"]),
        ("2026-11-18T14:59:00+00:00", ["import.purge:2026-11-18"]),
        ("2026-11-18T15:00:00+00:00", []),  # midnight in Tokyo: the 19th, too early
    ],
)
def test_work_is_due_from_its_hour_on_the_organisation_s_clock(
    engine: Engine, at: str, expected: list[str]
) -> None:
    queue_due(engine, datetime.fromisoformat(at))
    assert keys(engine) == expected


def test_asked_again_it_queues_nothing_and_a_missed_day_is_not_made_up_twice(
    engine: Engine,
) -> None:
    assert [queue_due(engine, NOW + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]
    assert queue_due(engine, NOW + timedelta(days=3)) == 1
    assert keys(engine) == ["import.purge:2026-11-18", "import.purge:2026-11-21"]


def test_several_workers_queue_it_once(engine: Engine) -> None:
    threads = [Thread(target=queue_due, args=(engine, NOW)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys(engine) == ["import.purge:2026-11-18"]


def test_a_worker_looks_at_the_clock_and_does_the_work(engine: Engine, tmp_path: Path) -> None:
    now = [NOW]
    here = worker(engine, lambda: now[0], tmp_path)
    assert [here.run_once(), here.run_once()] == [True, False]
    now[0] = NOW + timedelta(days=1)
    assert here.run_once()
    with Session(engine) as session:
        assert list(session.scalars(select(JobRow.state))) == ["done", "done"]
        assert set(session.scalars(select(JobRow.kind))) == {PURGE}


def test_everything_in_the_timetable_has_somebody_who_does_it(
    engine: Engine, tmp_path: Path
) -> None:
    assert {one.kind for one in TIMETABLE} <= worker(engine, lambda: NOW, tmp_path).handlers.keys()
