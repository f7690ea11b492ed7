"""How fast files are imported: beside the bare bulk insert of the rows that come of them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

import spm.models.all  # noqa: F401 - every table
from bench.company import load
from bench.exports import write_export
from bench.servers import BACKENDS, Databases, databases
from spm.adapters import migrations
from spm.adapters.database import open_engine, room_for_many, unit
from spm.models.base import Base

SIZES = (20_000, 100_000)
_CHUNK = 20_000
_ALONE = """
import sys
from spm.__main__ import main
status = main(sys.argv[1:])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)
"""
"""An import in a process of its own that says at last how much memory it had at most, in KiB."""


def run() -> None:
    """Print, for both databases and two sizes, rows a second, the bare insert and the peak of memory."""
    for backend in BACKENDS:
        with databases(backend) as place:
            for deals in SIZES:
                _measure(place, backend, deals)


def _measure(place: Databases, backend: str, deals: int) -> None:
    folder = place.folder / f"export-{deals}"
    read = write_export(folder, deals=deals)
    loaded = place.new(f"loaded-{deals}")
    taken, peak = _imported(loaded, folder, place.folder / f"instance-{deals}")
    written, bare = _poured(loaded, place.new(f"bare-{deals}"))
    print(
        f"  {backend:<11} {deals:>8,} deals, {read:>8,} rows read, {written:>9,} written"
        f"  {taken:6.1f} s  {read / taken:7,.0f} rows/s  peak {peak / 1024:4.0f} MiB"
        f"  bare insert {bare:6.1f} s  {bare / taken:5.2f} of its rate"
    )


def _imported(url: str, folder: Path, instance: Path) -> tuple[float, int]:
    """Import with the command, in an empty database; return the seconds and the peak in KiB."""
    engine = open_engine(url)
    migrations.upgrade(engine)
    engine.dispose()
    environment = {**os.environ, "SPM_DATABASE_URL": url, "SPM_INSTANCE": str(instance)}
    start = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-c", _ALONE, "import", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return time.perf_counter() - start, int(said.stdout.split()[-1])


def _poured(source: str, target: str) -> tuple[int, float]:
    """Insert all rows of a database into an empty one: same tables, same indexes, same constraints.

    Reading them takes no time here. Return how many rows there are, and the seconds.
    """
    engines = [open_engine(url) for url in (source, target)]
    migrations.upgrade(engines[1])
    seconds, rows = 0.0, 0
    with engines[0].connect() as reading, unit(engines[1], writes=True) as session:
        with room_for_many(session):
            connection = session.connection()
            for table in Base.metadata.sorted_tables:
                for part in _parts(reading, table):
                    begun = time.perf_counter()
                    load(
                        connection,
                        f'"{table.name}"',
                        [f'"{column.name}"' for column in table.columns],
                        part,
                    )
                    seconds += time.perf_counter() - begun
                    rows += len(part)
        begun = time.perf_counter()
        session.commit()
        seconds += time.perf_counter() - begun
    for engine in engines:
        engine.dispose()
    return rows, seconds


def _parts(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Yield the rows of a table, many at a time, as the bulk insert takes them."""
    cast = "" if connection.dialect.name == "sqlite" else "::text"
    columns = ", ".join(f'"{column.name}"{cast}' for column in table.columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key)
    query = f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'
    rows = connection.execution_options(stream_results=True).exec_driver_sql(query)
    while part := rows.fetchmany(_CHUNK):
        yield [tuple(row) for row in part]
