"""Units of work on a database that others write to as well."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from spm.adapters import database
from spm.adapters.database import PAUSES, open_engine, past_standstills, unit
from spm.models.organisation import RegionRow

WRITERS = 8
SECONDS = 20.0 if os.environ.get("SPM_REQUIRE_ALL") else 2.0
"""How long the writers write; the long form runs where nothing may be skipped."""


@pytest.mark.timed
def test_eight_writers_lose_nothing_and_are_never_locked_out(
    engine: Engine, database_url: str
) -> None:
    """Nobody waits for long, whoever comes later."""
    with unit(engine, writes=True) as session:
        session.add(RegionRow(name="0", name_key="counter"))
    until = time.monotonic() + SECONDS

    def write() -> list[float]:
        own = open_engine(database_url)
        waits = []
        while time.monotonic() < until:
            began = time.monotonic()
            with unit(own, writes=True) as session:
                row = session.scalars(
                    select(RegionRow).where(RegionRow.name_key == "counter").with_for_update()
                ).one()
                row.name = str(int(row.name) + 1)
            waits.append(time.monotonic() - began)
        own.dispose()
        return waits

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write) for _ in range(WRITERS)]
    waits = sorted(wait for writer in writers for wait in writer.result())
    with unit(engine, writes=False) as session:
        counted = int(session.scalars(select(RegionRow.name)).one())
    assert counted == len(waits)
    assert counted > 50
    assert waits[counted * 99 // 100] < 1


@pytest.mark.sqlite
def test_who_waits_too_long_to_write_is_told_and_may_try_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 1)
    with unit(engine, writes=True):
        began = time.monotonic()
        with pytest.raises(OperationalError, match="locked"), unit(engine, writes=True):
            pass
        assert 1 <= time.monotonic() - began < 10
    with unit(engine, writes=True) as session:
        session.add(RegionRow(name="x", name_key="x"))


def test_a_unit_that_only_reads_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), unit(engine, writes=False) as session:
        session.add(RegionRow(name="x", name_key="x"))
    with unit(engine, writes=True) as session:
        session.add(RegionRow(name="y", name_key="y"))
    with unit(engine, writes=False) as session:
        assert session.scalars(select(RegionRow.name)).all() == ["y"]


def add_and_fail(engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        session.add(RegionRow(name="x", name_key="x"))
        session.flush()
        raise ZeroDivisionError


class Stopped(Exception):
    """What a driver raises; ``sqlstate`` is PostgreSQL's code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "tries"),
    [("40P01", len(PAUSES) + 1), ("40001", len(PAUSES) + 1), ("55P03", 1), ("57014", 1)],
)
def test_a_standstill_is_tried_again_a_few_times_and_nothing_else(
    sqlstate: str, tries: int
) -> None:
    """Not what waited too long for a lock, nor what took too long: it would again."""
    made: list[int] = []

    def attempt() -> None:
        made.append(1)
        raise OperationalError("", {}, Stopped(sqlstate))

    with pytest.raises(OperationalError):
        past_standstills(attempt)
    assert len(made) == tries


def test_an_error_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(engine)
    with unit(engine, writes=False) as session:
        assert session.scalars(select(RegionRow)).all() == []


def test_sqlite_syncs_fully_and_checks_foreign_keys(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
                "recursive_triggers",
                "busy_timeout",
            )
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "recursive_triggers": 1,
        "busy_timeout": 30000,
    }


def test_too_long_a_text_is_refused_by_the_database_itself(engine: Engine) -> None:
    with pytest.raises(DBAPIError), unit(engine, writes=True) as session:
        session.add(RegionRow(name="x" * 121, name_key="x"))
