"""How fast files are imported: beside the bare bulk insert of the rows that come of them, and beside reading them.

By the clock and, since that is rough on a machine that does other things as well, by processor time, that of
the database's server in it.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

import spm.models.all  # noqa: F401 - every table
from bench.company import load
from bench.exports import write_export
from bench.servers import BACKENDS, Databases, databases
from spm.adapters import migrations
from spm.adapters.database import open_engine, room_for_many, unit
from spm.domain.intake.building import records
from spm.domain.intake.formats import AS_FOUND
from spm.domain.intake.mapping import RowMapper
from spm.models.base import Base
from spm.services.intake.inspection import gather, inspect

SIZES = (20_000, 100_000)
_CHUNK = 20_000
_GOODBYE = 0.5
"""Seconds in which a server notices that somebody has left."""
_ALONE = """
import sys
from spm.__main__ import main
status = main(sys.argv[1:])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)
"""
"""An import in a process of its own that says at last how much memory it had at most, in KiB."""


class _Clock:
    """Seconds by the clock, and of the processor: of this process and of those that it waited for."""

    seconds = processor = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter(), _used()

    def __exit__(self, *_error: object) -> None:
        self.seconds += time.perf_counter() - self._begun[0]
        self.processor += _used() - self._begun[1]


def _used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run() -> None:
    """Print, for each database and size, rows a second, the bare insert, reading alone and the peak of memory.

    ``BENCH_SIZES`` (deals, with commas) and ``BENCH_DATABASES`` choose others.
    """
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "").split(",") if size]
    chosen = os.environ.get("BENCH_DATABASES") or ",".join(BACKENDS)
    for backend in chosen.split(","):
        with databases(backend) as place:
            for deals in sizes or SIZES:
                _measure(place, backend, deals)


def _measure(place: Databases, backend: str, deals: int) -> None:
    folder = place.folder / f"export-{deals}"
    read = write_export(folder, deals=deals)
    reading, importing, pouring = _Clock(), _Clock(), _Clock()
    with reading:
        _read(folder)
    loaded, bare = place.new(f"loaded-{deals}"), place.new(f"bare-{deals}")
    for url in (loaded, bare):
        engine = open_engine(url)
        migrations.upgrade(engine)
        engine.dispose()
    with _served(place, importing), importing:
        peak = _imported(loaded, folder, place.folder / f"instance-{deals}")
    source = open_engine(loaded)
    # Whoever reads from it stays, so that what the server takes for that is not counted.
    with source.connect() as reader, _served(place, pouring):
        written = _poured(reader, bare, pouring)
    source.dispose()
    print(
        f"  {backend:<11} {deals:>8,} deals, {read:>8,} rows read, {written:>9,} written"
        f"  import {importing.seconds:6.1f} s ({importing.processor:6.1f} s of processor)"
        f"  bare insert {pouring.seconds:6.1f} s ({pouring.processor:6.1f})"
        f"  of its rate {pouring.seconds / importing.seconds:5.2f} ({pouring.processor / importing.processor:5.2f})"
        f"  reading alone {reading.seconds:6.1f} s ({reading.processor:6.1f})  peak {peak / 1024:4.0f} MiB",
        flush=True,
    )


@contextmanager
def _served(place: Databases, clock: _Clock) -> Iterator[None]:
    """Add what the server took meanwhile; all connections of the block are closed at its end."""
    before = place.processor()
    yield
    time.sleep(_GOODBYE)
    clock.processor += place.processor() - before


def _read(folder: Path) -> None:
    """Read the files into records, as an import does, and do nothing with them."""
    given, left_out = gather([folder], AS_FOUND)
    inspection = inspect(given, (), left_out)
    for one in inspection.recognised:
        book = inspection.book(one.binding.layout)
        for _ in records(RowMapper(one.binding, one.formats, book), one.table.rows()):
            pass


def _imported(url: str, folder: Path, instance: Path) -> int:
    """Import with the command, in a database that has its tables and nothing else; return the peak in KiB."""
    environment = {**os.environ, "SPM_DATABASE_URL": url, "SPM_INSTANCE": str(instance)}
    said = subprocess.run(
        [sys.executable, "-c", _ALONE, "import", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return int(said.stdout.split()[-1])


def _poured(source: Connection, target: str, clock: _Clock) -> int:
    """Insert all rows of a database into an empty one: same tables, same indexes, same constraints.

    Reading them takes no time here. Return how many rows there are.
    """
    engine = open_engine(target)
    rows = 0
    with unit(engine, writes=True) as session:
        with room_for_many(session):
            connection = session.connection()
            for table in Base.metadata.sorted_tables:
                for part in _parts(source, table):
                    with clock:
                        load(
                            connection,
                            f'"{table.name}"',
                            [f'"{column.name}"' for column in table.columns],
                            part,
                        )
                    rows += len(part)
        with clock:
            session.commit()
    engine.dispose()
    return rows


def _parts(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Yield the rows of a table, many at a time, as the bulk insert takes them."""
    cast = "" if connection.dialect.name == "sqlite" else "::text"
    columns = ", ".join(f'"{column.name}"{cast}' for column in table.columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key)
    query = f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'
    rows = connection.execution_options(stream_results=True).exec_driver_sql(query)
    while part := rows.fetchmany(_CHUNK):
        yield [tuple(row) for row in part]
