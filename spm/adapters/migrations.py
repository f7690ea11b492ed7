"""Bringing a database to the tables of this release."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from spm.domain.errors import Conflict

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_REVISION = re.compile(r"""^(revision|down_revision) = (?:["']([\w-]+)["']|None)""", re.MULTILINE)


class SchemaTooNew(Conflict):
    """The database was written by a later release than this one."""

    code = "database.too-new"


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


def upgrade(engine: Engine, complete: Callable[[Session], None] | None = None) -> bool:
    """Bring the database to the newest revision; return whether anything was to be done.

    Args:
        engine: The database.
        complete: What the new tables have to hold besides, in the same transaction.

    Raises:
        SchemaTooNew: The database knows a revision that this release does not.
    """
    at = current(engine)
    newest = head()
    if at == newest:
        return False
    if at is not None and not is_known(at):
        raise SchemaTooNew(revision=at)
    run(engine, "upgrade", newest, complete)
    return True


def is_known(revision: str) -> bool:
    """Return whether this release has a revision."""
    return any(
        match == ("revision", revision)
        for path in (FOLDER / "versions").glob("*.py")
        for match in _REVISION.findall(path.read_text(encoding="utf-8"))
    )


def run(
    engine: Engine,
    direction: str,
    revision: str,
    complete: Callable[[Session], None] | None = None,
) -> None:
    """Run alembic's ``upgrade`` or ``downgrade`` to ``revision``, all of it or nothing."""
    from spm.adapters.database import WRITES

    with (
        engine.connect().execution_options(**{WRITES: True}) as connection,
        _rebuilding(connection),
    ):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        run_on(connection, direction, revision)
        if complete is not None:
            with Session(connection, expire_on_commit=False) as session:
                complete(session)
                session.commit()  # of the session; the transaction is ended below
        _expect_references(connection)
        connection.commit()


def run_on(connection: Connection, direction: str, revision: str) -> None:
    """The same inside the transaction of a connection, which is begun where there is none."""
    from alembic import command
    from alembic.config import Config

    if not connection.in_transaction():
        connection.begin()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    getattr(command, direction)(config, revision)


@contextmanager
def _rebuilding(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table that others refer to.

    SQLite cannot alter a table but by a new one in its place, and takes dropping the old one for deleting
    its rows. Its switch works outside transactions only, so the driver is asked before one begins.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _expect_references(connection: Connection) -> None:
    """Afterwards every reference has to lead somewhere.

    Raises:
        RuntimeError: A row refers to one that is not there.
    """
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"rows refer to rows that are not there: {broken}")
