"""Keeps what it is told to on a SQLite file and says so: ``python -m tests.prove.keeper ADDRESS UNITS SYNCHRONOUS``.

It waits for a line before it begins. A unit is two regions and an entry of the audit log with its
link: whoever finds some of them without the others has found half of it. What was kept is said on the
standard output, after the commit. It ends without a word to the database, as in a power cut.
"""

import os
import sys
from typing import Any

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor, Permission
from spm.domain.audit import Keys
from spm.domain.organisation import Organisation
from spm.models.organisation import RegionRow
from spm.services.audit import keep_bound
from spm.services.work import Work
from tests.conftest import NOW

KEYS = Keys.read("1:for-tests-only-for-tests-only-for-tests")


def main() -> None:
    """Keep units one after another."""
    address, units, synchronous = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    engine = open_engine(address)
    keep_bound(engine, KEYS)
    pooled = engine.raw_connection()  # the one connection that everything below takes again
    driver: Any = pooled.driver_connection
    if synchronous != "as-shipped":
        driver.execute(f"PRAGMA synchronous={synchronous}")
    driver.execute("PRAGMA wal_autocheckpoint=60")  # more often: more to go wrong
    pooled.close()
    sys.stdin.readline()
    for number in range(1, units + 1):
        with unit(engine, writes=True) as session:
            for half in ("a", "b"):
                name = f"{number}{half}"
                session.add(RegionRow(name=name, name_key=name))
            work = Work(session, Actor.console(), NOW, Organisation())
            work.record(Permission.ORGANISATION_EDIT, f"region:{number}", after={"n": number})
        os.write(1, f"kept {number}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    main()
