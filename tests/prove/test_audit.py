"""F3: a long audit log is checked in seconds, and many writers make one line."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from spm.adapters.database import unit
from spm.services.audit import keep_bound
from tests.prove.figures import IS_LONG, report, sized
from tests.services.test_audit import KEYS, act, best_of_three, fill, verdict


def test_a_long_log_is_checked_quickly(engine: Engine) -> None:
    rows = sized(2_000, 100_000)
    fill(engine, rows)
    seconds = best_of_three(lambda: verdict(engine))
    assert verdict(engine).finding is None
    assert not IS_LONG or seconds < 2
    report(f"F3 verify {engine.dialect.name}", entries=rows, seconds=f"{seconds:.2f}")


def test_many_writers_make_one_line(engine: Engine) -> None:
    keep_bound(engine, KEYS)
    units = sized(10, 500)

    def write(worker: int) -> None:
        for number in range(units):
            with unit(engine, writes=True) as session:
                act(session, worker * 10_000 + number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    found = verdict(engine)
    assert found.finding is None
    assert found.head.number == 8 * units
    report(f"F3 writers {engine.dialect.name}", writers=8, entries=found.head.number, faults=0)
