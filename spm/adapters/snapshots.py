"""The whole database at one instant as one SQLite file, and back into a database of either kind.

SQLite is copied page by page by its own means, in one reading transaction: without one a copy in
several steps would begin again with each change (and never end). PostgreSQL is read in one snapshot, table by table, into a SQLite file
that the migrations made at the same revision. Neither holds up whoever writes.

Between the two a row is a tuple of texts, numbers and None as SQLite keeps them: instants and dates
as text, flags as 0 and 1, JSON exactly as it was written, since the audit log is bound to that.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import make_url

from spm.adapters import migrations
from spm.adapters.database import open_engine
from spm.domain.backups import DatabaseNotSound, InUse, NothingThere, Source

VERSION: Final = "alembic_version"
_PAGES_AT_ONCE: Final = 1024
"""Of 4 KiB; after so many the copy is brought to the disk. All of it at the end would hold up whoever
waits for the disk at that moment: each commit does."""
_LONG: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL datestyle = ISO",
)
"""A whole database takes longer than a page may."""

Row = tuple[Any, ...]


@dataclass(slots=True)
class Tally:
    """How many rows a table has, and the sum of their digests: equal tables have equal tallies.

    The sum does not depend on the order, which is not the same on both databases.
    """

    rows: int = 0
    sum: int = 0

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass rows on and count them."""
        for row in rows:
            said = "\x1f".join(["\x00" if value is None else str(value) for value in row])
            made = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self.rows += 1
            self.sum = (self.sum + int.from_bytes(made)) % (1 << 128)
            yield row


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the product: its columns and the columns of its key, by name."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def revision_of(engine: Engine) -> str:
    """Return the revision of a database.

    Raises:
        NothingThere: There is no database, or an empty one.
    """
    url = make_url(engine.url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise NothingThere(place=url.database)
    found = migrations.current(engine)
    if found is None:
        raise NothingThere(place=url.render_as_string(hide_password=True))
    return found


def size_of(engine: Engine) -> int:
    """Return about how many bytes a copy takes."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        asked = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(asked).scalar_one())


def copy_out(engine: Engine, into: Path) -> Source:
    """Copy a database as it is now into a new SQLite file; whoever writes goes on writing.

    Raises:
        SchemaTooNew: PostgreSQL has the tables of a later release, which only that can make.
        DatabaseNotSound: What was written is not what was read.
    """
    if engine.dialect.name == "sqlite":
        _copy_pages(engine, into)
        return Source.SQLITE
    _read_postgresql(engine, into)
    return Source.POSTGRESQL


def _copy_pages(engine: Engine, into: Path) -> None:
    with closing(sqlite3.connect(into, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous=OFF")  # it is read and deleted: no order has to be kept
        source = engine.raw_connection()
        descriptor = os.open(into, os.O_WRONLY)
        try:
            driver: Any = source.driver_connection
            driver.execute("BEGIN")
            driver.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # from here on: as it is now
            driver.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda *_pages: os.fsync(descriptor))
            driver.execute("ROLLBACK")
        finally:
            source.close()
            os.close(descriptor)
        copy.execute("PRAGMA journal_mode=DELETE")


def _read_postgresql(engine: Engine, into: Path) -> None:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        for setting in _LONG:
            connection.exec_driver_sql(setting)
        revision = str(
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        )
        if not migrations.is_known(revision):
            raise migrations.SchemaTooNew(revision=revision)
        make_tables(into, revision)
        with closing(sqlite3.connect(into, isolation_level=None)) as copy:
            for pragma in ("synchronous=OFF", "journal_mode=OFF", "foreign_keys=OFF"):
                copy.execute(f"PRAGMA {pragma}")
            tables = tables_of(copy)
            copy.execute("BEGIN")
            read = {table.name: _fill_sqlite(connection, copy, table) for table in tables}
            copy.execute("COMMIT")
            _expect_equal(read, tallies(copy, tables))


def make_tables(into: Path, revision: str) -> None:
    """Make the empty tables of a revision in a new SQLite file."""
    made = open_engine(f"sqlite:///{into}")
    try:
        migrations.run(made, "upgrade", revision)
    finally:
        made.dispose()
    settle(into)


def settle(path: Path) -> None:
    """Bring what lies in the log beside a SQLite file into it; nothing is left beside it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def tables_of(database: sqlite3.Connection) -> tuple[Table, ...]:
    """Return the product's tables, each after those that it refers to."""
    asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in database.execute(asked) if name != VERSION]
    refers = {
        name: {
            other
            for (other,) in database.execute(
                'SELECT "table" FROM pragma_foreign_key_list(?)', (name,)
            )
            if other != name
        }
        for name in names
    }
    ordered: list[str] = []
    while len(ordered) < len(names):
        ready = sorted(
            name for name in names if name not in ordered and refers[name] <= set(ordered)
        )
        if not ready:
            raise DatabaseNotSound(why="its tables refer to each other in a circle")
        ordered += ready
    return tuple(_table(database, name) for name in ordered)


def _table(database: sqlite3.Connection, name: str) -> Table:
    asked = "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid"
    columns = database.execute(asked, (name,)).fetchall()
    key = [column for column, place in sorted(columns, key=lambda each: each[1]) if place]
    return Table(name, tuple(column for column, _place in columns), tuple(key))


def tallies(database: sqlite3.Connection, tables: Iterable[Table]) -> Mapping[str, Tally]:
    """Count the rows of a SQLite file, and their digests."""
    return {table.name: _tally(_select(database, table)) for table in tables}


def _tally(rows: Iterable[Row]) -> Tally:
    tally = Tally()
    for _row in tally.count(rows):
        pass
    return tally


def _select(database: sqlite3.Connection, table: Table) -> Iterator[Row]:
    names, key = _named(table.columns), _named(table.key)
    yield from database.execute(f'SELECT {names} FROM "{table.name}" ORDER BY {key}')  # noqa: S608 - names of our own tables


def _named(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _expect_equal(read: Mapping[str, Tally], written: Mapping[str, Tally]) -> None:
    differing = sorted(name for name in {*read, *written} if read.get(name) != written.get(name))
    if differing:
        raise DatabaseNotSound(why=f"not every row of {differing[0]} arrived")


def _fill_sqlite(connection: Connection, copy: sqlite3.Connection, table: Table) -> Tally:
    tally = Tally()
    marks = ", ".join("?" * len(table.columns))
    insert = f'INSERT INTO "{table.name}" ({_named(table.columns)}) VALUES ({marks})'  # noqa: S608 - names of our own tables
    copy.executemany(insert, tally.count(_rows_of_postgresql(connection, table)))
    return tally


def _rows_of_postgresql(connection: Connection, table: Table) -> Iterator[Row]:
    """Yield the rows as SQLite would hold them."""
    from psycopg import sql

    kinds = {each["name"]: each["type"] for each in inspect(connection).get_columns(table.name)}
    spoken = {
        "TIMESTAMP": "to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')",
        "BOOLEAN": "{}::int",
    }
    columns = [
        sql.SQL(spoken.get(kinds[name].__visit_name__, "{}")).format(sql.Identifier(name))
        for name in table.columns
    ]
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
        sql.SQL(", ").join(columns), sql.Identifier(table.name)
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        yield from copy.rows()


def copy_in(source: Path, connection: Connection) -> Mapping[str, int]:
    """Fill the empty tables of a PostgreSQL database from a SQLite file of the same revision.

    Belongs into one transaction with whatever made the tables. Returns table → rows.

    Raises:
        DatabaseNotSound: What was written is not what was read.
    """
    from psycopg import sql

    driver: Any = connection.connection.driver_connection
    for setting in _LONG:
        connection.exec_driver_sql(setting)
    with closing(sqlite3.connect(source, isolation_level=None)) as database:
        tables = tables_of(database)
        read: dict[str, Tally] = {}
        for table in tables:
            tally = read[table.name] = Tally()
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
            )
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in tally.count(_select(database, table)):
                    copy.write_row(row)
            _count_on(driver, table)
        written = {table.name: _tally(_rows_of_postgresql(connection, table)) for table in tables}
        _expect_equal(read, written)
    return {name: tally.rows for name, tally in read.items()}


def _count_on(driver: Any, table: Table) -> None:
    """Let new keys come after those that are there."""
    from psycopg import sql

    if table.key != ("id",):
        return
    statement = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {} HAVING max(id) IS NOT NULL"
        " AND pg_get_serial_sequence({}, 'id') IS NOT NULL"
    ).format(
        sql.Literal(f'"{table.name}"'), sql.Identifier(table.name), sql.Literal(f'"{table.name}"')
    )
    with driver.cursor() as cursor:
        cursor.execute(statement)


def expect_sound(path: Path) -> Mapping[str, int]:
    """Have SQLite check a file; return table → rows.

    Raises:
        DatabaseNotSound: It found something.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise DatabaseNotSound(why=found)
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise DatabaseNotSound(why=f"a row of {broken[0]} refers to one that is not there")
            return {
                table.name: int(
                    database.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]  # noqa: S608 - a name of our own
                )
                for table in tables_of(database)
            }
    except sqlite3.DatabaseError as error:
        raise DatabaseNotSound(why=error) from error


def expect_alone(engine: Engine) -> None:
    """Refuse to go on while somebody else has the database open; nobody is shut out by asking.

    Raises:
        InUse: Somebody has.
    """
    if engine.dialect.name == "sqlite":
        _expect_alone_on_file(Path(str(engine.url.database)))
        return
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        others = int(connection.execute(asked).scalar_one())
    if others:
        raise InUse(place=engine.url.database)


def _expect_alone_on_file(path: Path) -> None:
    """A file leaves the write-ahead log only for one who is alone with it."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0.5)) as database:
            (mode,) = database.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise InUse(place=path) from error
    except sqlite3.DatabaseError:  # not a database any more: nobody can be using it
        return
    if mode != "delete":
        raise InUse(place=path)
