"""The database engine, with the settings that the promises stand on.

SQLite: write-ahead log, synchronous FULL, and transactions that begin as what they are: a unit that
may write takes the write lock at its start (BEGIN IMMEDIATE), since a read that turns into a write
fails at once in WAL mode, however long the timeout. PostgreSQL: read committed with time-outs;
whoever changes a row locks it first, and what is stopped for a standstill is tried again.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from spm.domain.errors import Invalid

WRITES = "spm_writes"
"""Execution option of a connection whose unit of work may write."""

_READ = "spm_read"
"""Where a session keeps what its reading unit has read."""


class DatabaseUnknown(Invalid):
    """The address is none of a database that the product works with."""

    code = "database.unknown"


class DriverMissing(Invalid):
    """What speaks with that kind of database is not installed; ``driver`` is its name."""

    code = "database.driver-missing"


class DatabaseUnreachable(Invalid):
    """The database cannot be opened; ``reason`` says why, in the words of the system."""

    code = "database.unreachable"


Read = TypeVar("Read")
Result = TypeVar("Result")

LOCK: Final[dict[str, Any]] = {"key_share": True}
"""How a row is locked before it is read to be changed: ``with_for_update(**LOCK)``.

PostgreSQL's FOR NO KEY UPDATE: others who want to change the row wait, and whoever only writes a row
that refers to it (each entry of the audit log refers to two people) does not. Locks are taken in
one order: the organisation's row, a pipeline's, other rows, the cells of the rollup, the end of the audit log.
"""

SHARED: Final[dict[str, Any]] = {"read": True}
"""How a row is held that others may hold, too, and nobody may change until the unit ends."""

PAUSES: Final = (0.05, 0.1, 0.2)
"""Seconds of which a part, by chance, goes by before each new try after a standstill."""

_STANDSTILLS = {"40P01", "40001"}  # a deadlock; a transaction that fits in no order

PATIENCE: Final = 30
"""Seconds for which SQLite waits for who writes."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={PATIENCE * 1000}",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "journal_size_limit=67108864",
)

_SPOILT = {
    sqlite3.SQLITE_READONLY,  # SQLite opens what it may not write for reading only, and says nothing
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
"""Errors after which a connection is worth nothing any more. A disk error is none of them: where the sync
of a commit fails, the connection knows that it does not count, and one that is opened anew would not."""

_BULK_CACHE = "PRAGMA cache_size=-24576"
"""In KiB."""

_POSTGRESQL = (
    "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
)


def engine_options(url: str) -> dict[str, Any]:
    """Return the keyword arguments of ``create_engine`` for ``url``."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return {"connect_args": {"isolation_level": None}}
    return {"pool_pre_ping": True, "connect_args": {"options": f"-c timezone=UTC {_POSTGRESQL}"}}


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``, prepared; a SQLite file's folder is made, for its owner only.

    Raises:
        DatabaseUnknown: It is no address of SQLite or PostgreSQL.
        DriverMissing: Its driver is not installed.
        DatabaseUnreachable: The folder cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnknown from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseUnknown
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        try:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise DatabaseUnreachable(reason=error.strerror or "OSError") from None
    try:
        engine = create_engine(url, **engine_options(url))
    except NoSuchModuleError:
        raise DatabaseUnknown from None
    except ModuleNotFoundError as error:
        raise DriverMissing(driver=error.name or parsed.drivername) from None
    prepare(engine)
    return engine


def reach(engine: Engine) -> None:
    """Connect once, so that who cannot is told in a sentence.

    Raises:
        DatabaseUnreachable: Nobody answers there, or what is there is no database.
    """
    try:
        engine.connect().close()
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise DatabaseUnreachable(reason=reason) from None


def prepare(engine: Engine) -> None:
    """Give ``engine`` the settings above. Once per engine."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "checkin")
    def let_write(connection: DBAPIConnection | None, _record: object) -> None:
        """A unit that only read leaves its connection to others as it found it."""
        if connection is not None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only=OFF")
            cursor.close()

    @event.listens_for(engine, "handle_error")
    def drop_spoilt(failure: ExceptionContext) -> None:
        """A connection that was opened while the disk failed stays as it was opened: take another."""
        code = getattr(failure.original_exception, "sqlite_errorcode", 0) & 0xFF
        if code in _SPOILT:
            failure.is_disconnect = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's write lock as soon as it is free, asking for it every few milliseconds.

    SQLite itself asks less often the longer somebody has waited, in the end every tenth of a second:
    whoever comes later takes the lock first, again and again. With an even pause nobody is late for long.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                driver.execute("BEGIN IMMEDIATE").close()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(0.001 + secrets.randbelow(4000) / 1_000_000)
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE"
        )  # says what is the matter, as any statement does
    finally:
        with suppress(sqlite3.ProgrammingError):  # it is spoilt, and closed by now
            driver.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}").close()


def begin_unit(session: Session, *, writes: bool) -> None:
    """Begin a unit of work on ``session``; call before its first statement.

    A unit that does not write is held to it by the database: on SQLite by ``query_only``, on
    PostgreSQL by a read-only transaction.
    """
    connection = session.connection(execution_options={WRITES: writes})
    session.info[_READ] = None if writes else {}
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    elif not writes:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def past_standstills(attempt: Callable[[], Result]) -> Result:
    """Return what ``attempt`` returns, which is a whole unit of work and rolls back what fails.

    PostgreSQL ends one of those who wait for each other crosswise; that one begins anew, a few times.
    Only for what leaves nothing behind but what it commits.
    """
    for pause in PAUSES:
        try:
            return attempt()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _STANDSTILLS:
                raise
        time.sleep(pause * secrets.randbelow(1000) / 1000)
    return attempt()


def remembered(session: Session, key: Hashable, read: Callable[[], Read]) -> Read:
    """Return what ``read`` returns; in a unit that only reads, it is asked once for each ``key``.

    Hand over records only. A unit that may write is asked anew each time: it may have changed the answer.
    """
    memory = session.info.get(_READ)
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    return cast("Read", memory[key])


@contextmanager
def room_for_many(session: Session) -> Iterator[None]:
    """Let SQLite hold more of its file in memory while a great many rows are written.

    With its usual 2 MB it writes and reads the same pages of its indexes over and over.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(_BULK_CACHE)
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={int(before or -2000)}")


@contextmanager
def indexed_afterwards(session: Session, tables: Iterable[str]) -> Iterator[None]:
    """Let SQLite make the indexes of empty tables once they are filled, instead of row by row.

    Those that hold a constraint stay. Belongs to the unit of work: without its commit the tables are as
    they were. PostgreSQL would shut everybody out of the tables until then, and gains little.
    """
    connection = session.connection()
    made: list[str] = []
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).all()
        wanted = set(tables)
        for name, table, sql in found:
            if table in wanted:
                connection.exec_driver_sql(f'DROP INDEX "{name}"')
                made.append(sql)
    yield
    for sql in made:
        connection.exec_driver_sql(sql)


def gather_statistics(session: Session, tables: Iterable[str]) -> None:
    """Let the database look at what its tables hold by now, so that it plans for that.

    For whoever has written a great many rows: a PostgreSQL that looks at them minutes later plans the
    first pages as if there were none. Belongs to the unit of work, as the rows do.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=1000")
    for table in tables:
        connection.exec_driver_sql(f'ANALYZE "{table}"')


@contextmanager
def unit(engine: Engine, *, writes: bool) -> Iterator[Session]:
    """Yield a session for one unit of work: committed at the end, rolled back by an error."""
    with Session(engine, expire_on_commit=False) as session:
        begin_unit(session, writes=writes)
        try:
            yield session
        except BaseException:
            session.rollback()
            raise
        session.commit()
