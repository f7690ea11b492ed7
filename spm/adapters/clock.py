"""The one place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def clock_of(engine: Engine, own: Clock = system_clock) -> Clock:
    """Return the clock that all who work on a database agree on, however their own clocks go.

    PostgreSQL has one; with SQLite they are on one machine and share ``own``.
    """
    if engine.dialect.name != "postgresql":
        return own

    def read() -> datetime:
        with engine.connect() as connection:
            now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    return read
