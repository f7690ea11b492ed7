"""Bringing a database to the tables of this release."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_REVISION = re.compile(r"""^(revision|down_revision) = (?:["']([\w-]+)["']|None)""", re.MULTILINE)


class SchemaTooNew(RuntimeError):
    """The database was written by a later release than this one."""


def head() -> str:
    """Return the newest revision, read from the files: asking alembic would cost a tenth of a second."""
    revisions: set[str] = set()
    superseded: set[str] = set()
    for path in (FOLDER / "versions").glob("*.py"):
        found = dict(_REVISION.findall(path.read_text(encoding="utf-8")))
        revisions.add(found["revision"])
        superseded.add(found.get("down_revision", ""))
    (newest,) = revisions - superseded
    return newest


def current(engine: Engine) -> str | None:
    """Return the revision of the database, None where it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def upgrade(engine: Engine) -> bool:
    """Bring the database to the newest revision; return whether anything was to be done.

    Raises:
        SchemaTooNew: The database knows a revision that this release does not.
    """
    at = current(engine)
    newest = head()
    if at == newest:
        return False
    known = {
        match[1]
        for path in (FOLDER / "versions").glob("*.py")
        for match in _REVISION.findall(path.read_text(encoding="utf-8"))
        if match[0] == "revision"
    }
    if at is not None and at not in known:
        msg = f"the database is at revision {at}, which this release does not know"
        raise SchemaTooNew(msg)
    run(engine, "upgrade", newest)
    return True


def run(engine: Engine, direction: str, revision: str) -> None:
    """Run alembic's ``upgrade`` or ``downgrade`` to ``revision``."""
    from alembic import command
    from alembic.config import Config

    from spm.adapters.database import WRITES

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with (
        engine.connect().execution_options(**{WRITES: True}) as connection,
        _rebuilding(connection),
    ):
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)
        connection.commit()


@contextmanager
def _rebuilding(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table that others refer to; afterwards every reference has to lead somewhere.

    SQLite cannot alter a table but by a new one in its place, and takes dropping the old one for deleting
    its rows. Its switch works outside transactions only, so the driver is asked before one begins.

    Raises:
        RuntimeError: A row refers to one that is not there; nothing is undone, the switch is on again.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"rows refer to rows that are not there: {broken[:5]}")
