"""The chain over the audit log: it binds what is written, and shows what was done to it (F3)."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spm.adapters import migrations
from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor, Permission
from spm.domain.audit import FIRST, Fault, Head, Keys, Verdict
from spm.domain.organisation import Organisation
from spm.models.audit import AuditEntryRow, AuditLinkRow
from spm.queries.audit import _FACTS, audit_head, facts_of
from spm.services.audit import bind_older, keep_bound, verify
from spm.services.work import Work
from tests.conftest import NOW
from tests.databases import Databases

KEYS = Keys.read("1:" + "k" * 40)
ROWS = 9


def act(session: Session, number: int = 0, *, now: timedelta = timedelta()) -> None:
    Work(session, Actor.console(), NOW + now, Organisation(), "request").record(
        Permission.PEOPLE_EDIT, f"person:{number}", before={"title": "é"}, after={"n": number}
    )


@pytest.fixture
def database_url(databases: Databases, backend: str) -> Iterator[str]:
    """A database of its own: its triggers will be dropped."""
    with databases.clean(backend, "chain", lambda _address: None) as at:
        yield at


@pytest.fixture
def chain(engine: Engine) -> Engine:
    """A log of nine acts in five units, bound."""
    keep_bound(engine, KEYS)
    for start in range(0, ROWS, 2):
        with unit(engine, writes=True) as session:
            for number in range(start, min(start + 2, ROWS)):
                act(session, number)
    return engine


def verdict(engine: Engine, *heads: Head, keys: Keys = KEYS) -> Verdict:
    with unit(engine, writes=False) as session:
        return verify(session, keys, heads)


def head(engine: Engine) -> Head:
    with unit(engine, writes=False) as session:
        return audit_head(session)


def disarm(engine: Engine) -> None:
    """What whoever owns the database can do: take the triggers away."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for (name,) in connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            return
        for table in ("audit_entry", "audit_link"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def do(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_what_is_written_is_bound_in_one_line(chain: Engine) -> None:
    found = verdict(chain)
    assert found.finding is None
    assert found.head == head(chain)
    assert found.head.number == ROWS


def test_every_column_of_an_entry_is_bound() -> None:
    named = {getattr(each, "key", None) or each.clause.key for each in _FACTS}
    assert named == set(AuditEntryRow.__table__.columns.keys())


def test_what_is_rolled_back_leaves_no_link(chain: Engine) -> None:
    with suppress(ZeroDivisionError), unit(chain, writes=True) as session:
        act(session)
        raise ZeroDivisionError
    with unit(chain, writes=True) as session:
        savepoint = session.begin_nested()
        act(session, 77)
        savepoint.rollback()
        act(session, 78)
    found = verdict(chain)
    assert found.finding is None
    assert found.head.number == ROWS + 1


ATTACKS: dict[str, tuple[Fault, tuple[str, ...]]] = {
    "edit what was done": (
        Fault.CHANGED,
        ("UPDATE audit_entry SET after = '{\"n\": 4000}' WHERE id = 5",),
    ),
    "edit who did it": (Fault.CHANGED, ("UPDATE audit_entry SET actor_name = 'x' WHERE id = 5",)),
    "set the clock back": (
        Fault.CHANGED,
        ("UPDATE audit_entry SET at = '2001-01-01 00:00:00.000000' WHERE id = 5",),
    ),
    "edit the link": (
        Fault.CHANGED,
        (f"UPDATE audit_link SET digest = '{'a' * 64}' WHERE id = 5",),
    ),
    "name another key": (Fault.NO_KEY, ("UPDATE audit_link SET key_version = 2 WHERE id = 5",)),
    "delete an entry": (
        Fault.GAP,
        ("DELETE FROM audit_link WHERE entry_id = 5", "DELETE FROM audit_entry WHERE id = 5"),
    ),
    "delete and close the gap": (
        Fault.CHANGED,
        (
            "DELETE FROM audit_link WHERE id = 5",
            "DELETE FROM audit_entry WHERE id = 5",
            *(f"UPDATE audit_link SET id = {n - 1} WHERE id = {n}" for n in range(6, ROWS + 1)),
        ),
    ),
    "swap two": (
        Fault.CHANGED,
        (
            "UPDATE audit_link SET id = 99 WHERE id = 5",
            "UPDATE audit_link SET id = 5 WHERE id = 6",
            "UPDATE audit_link SET id = 6 WHERE id = 99",
        ),
    ),
    "insert an entry": (
        Fault.NO_LINK,
        (
            (
                "INSERT INTO audit_entry (id, at, actor_name, act, object, before, after, request_id)"
                " SELECT 100, at, actor_name, act, object, before, after, request_id"
                " FROM audit_entry WHERE id = 5"
            ),
        ),
    ),
    "insert an entry with a link": (
        Fault.CHANGED,
        (
            (
                "INSERT INTO audit_entry (id, at, actor_name, act, object, before, after, request_id)"
                " SELECT 100, at, actor_name, act, object, before, after, request_id"
                " FROM audit_entry WHERE id = 5"
            ),
            (
                "INSERT INTO audit_link (id, entry_id, key_version, digest)"
                " SELECT 10, 100, 1, digest FROM audit_link WHERE id = 9"
            ),
        ),
    ),
    "cut the tail": (
        Fault.CUT,
        ("DELETE FROM audit_link WHERE id > 7", "DELETE FROM audit_entry WHERE id > 7"),
    ),
    "cut the beginning": (
        Fault.GAP,
        ("DELETE FROM audit_link WHERE id < 3", "DELETE FROM audit_entry WHERE id < 3"),
    ),
    "erase the chain": (Fault.CUT, ("DELETE FROM audit_link",)),
    "erase everything": (Fault.CUT, ("DELETE FROM audit_link", "DELETE FROM audit_entry")),
    "move an entry to somebody else": (
        Fault.CHANGED,
        ("UPDATE audit_entry SET object = 'person:999' WHERE id = 5",),
    ),
}
FIRST_BAD = {"cut the tail": 8, "cut the beginning": 1, "erase the chain": 1, "erase everything": 1}
UNPLACED = {"insert an entry": None, "insert an entry with a link": 10}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_seen_and_the_first_bad_row_is_named(chain: Engine, attack: str) -> None:
    published = head(chain)
    fault, statements = ATTACKS[attack]
    disarm(chain)
    do(chain, *statements)
    found = verdict(chain, published).finding
    assert found is not None
    assert found.fault is fault
    assert found.number == (UNPLACED | FIRST_BAD | {}).get(attack, 5)


def test_a_log_written_anew_with_another_key_is_seen(chain: Engine) -> None:
    forger = Keys.read("1:" + "f" * 40)
    disarm(chain)
    do(chain, "DELETE FROM audit_link", "UPDATE audit_entry SET actor_name = 'x' WHERE id = 5")
    with unit(chain, writes=True) as session:
        assert bind_older(session, forger) == ROWS
    found = verdict(chain).finding
    assert found is not None
    assert (found.fault, found.number) == (Fault.CHANGED, 1)


def test_a_log_written_anew_with_the_stolen_key_differs_from_a_published_head(
    chain: Engine,
) -> None:
    published = head(chain)
    disarm(chain)
    do(chain, "DELETE FROM audit_link", "UPDATE audit_entry SET actor_name = 'x' WHERE id = 5")
    with unit(chain, writes=True) as session:
        bind_older(session, KEYS)
    assert verdict(chain).finding is None
    found = verdict(chain, published).finding
    assert found is not None
    assert (found.fault, found.number) == (Fault.OTHER, ROWS)


@pytest.mark.sqlite
def test_an_older_copy_in_place_of_the_file_is_seen(chain: Engine, tmp_path: Path) -> None:
    with chain.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    at = Path(str(chain.url.database))
    copy = tmp_path / "old.db"
    shutil.copyfile(at, copy)
    with unit(chain, writes=True) as session:
        act(session, 10)
    published = head(chain)
    old = open_engine(f"sqlite:///{copy}")
    found = verdict(old, published).finding
    old.dispose()
    assert found is not None
    assert (found.fault, found.number) == (Fault.CUT, ROWS + 1)


def by_hand(statement: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement))


def change_object(session: Session) -> None:
    session.get_one(AuditEntryRow, 5).act = "x"
    session.flush()


def delete_object(session: Session) -> None:
    session.delete(session.get_one(AuditLinkRow, 9))
    session.flush()


WAYS: dict[str, Callable[[Session], object]] = {
    "update of an entry": by_hand("UPDATE audit_entry SET actor_name = 'x' WHERE id = 5"),
    "update of all links": by_hand("UPDATE audit_link SET digest = 'x'"),
    "delete of an entry": by_hand("DELETE FROM audit_entry WHERE id = 9"),
    "delete of a link": by_hand("DELETE FROM audit_link WHERE id = 9"),
    "bulk update through the mapper": lambda session: session.execute(
        update(AuditEntryRow).values(actor_name="x")
    ),
    "bulk update by key": lambda session: session.execute(
        update(AuditEntryRow), [{"id": 5, "actor_name": "x"}]
    ),
    "bulk delete through the mapper": lambda session: session.execute(delete(AuditLinkRow)),
    "a changed object": change_object,
    "a deleted object": delete_object,
}
ON_SQLITE = {
    "replace of an entry": (
        "REPLACE INTO audit_entry (id, at, actor_name, act, object, before, after, request_id)"
        " SELECT id, at, 'x', act, object, before, after, request_id FROM audit_entry WHERE id = 9"
    ),
    "replace of a link by its entry": (
        "INSERT OR REPLACE INTO audit_link (id, entry_id, key_version, digest)"
        " VALUES (10, 5, 1, 'x')"
    ),
    "update or replace": "UPDATE OR REPLACE audit_link SET id = 5 WHERE id = 9",
    "upsert": (
        "INSERT INTO audit_link (id, entry_id, key_version, digest) VALUES (9, 9, 1, 'x')"
        " ON CONFLICT (id) DO UPDATE SET digest = 'x'"
    ),
}
ON_POSTGRESQL = {
    "truncate": "TRUNCATE audit_entry CASCADE",
    "truncate of the chain": "TRUNCATE audit_link",
    "upsert": ON_SQLITE["upsert"],
    "merge": (
        "MERGE INTO audit_link USING (SELECT 9 AS n) AS s ON id = s.n"
        " WHEN MATCHED THEN UPDATE SET digest = 'x'"
    ),
}


def test_the_database_lets_nothing_of_the_log_be_changed(chain: Engine) -> None:
    own = ON_SQLITE if chain.dialect.name == "sqlite" else ON_POSTGRESQL
    ways = WAYS | {name: by_hand(statement) for name, statement in own.items()}
    for name, way in ways.items():
        for pragma in ("OFF", "ON"):
            passed = False
            with suppress(DBAPIError), unit(chain, writes=True) as session:
                if chain.dialect.name == "sqlite":
                    session.execute(text(f"PRAGMA recursive_triggers={pragma}"))
                way(session)
                passed = True
            assert not passed, name
    assert verdict(chain).finding is None
    assert verdict(chain).head.number == ROWS


def test_an_entry_is_completed_by_whoever_writes_it_and_by_nobody_later(chain: Engine) -> None:
    """An import writes its one entry first, for its events to name, and its counts at the end."""
    with unit(chain, writes=True) as session:
        act(session, 50)
        session.execute(text("UPDATE audit_entry SET after = '{\"counts\": 7}' WHERE id = 10"))
    assert verdict(chain).finding is None
    with pytest.raises(DBAPIError), unit(chain, writes=True) as session:
        session.execute(text("UPDATE audit_entry SET after = '{}' WHERE id = 10"))
    with unit(chain, writes=True) as session:
        act(session, 51)
        moved = text("UPDATE audit_entry SET id = 4000 WHERE id = 11")
        with pytest.raises(DBAPIError):
            session.execute(moved)
        session.rollback()


def test_several_writers_at_once_make_one_line(chain: Engine) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            with unit(chain, writes=True) as session:
                act(session, worker * 100 + number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = verdict(chain)
    assert found.finding is None
    assert found.head.number == ROWS + 40


def test_a_new_key_binds_what_follows_and_the_old_one_still_checks(chain: Engine) -> None:
    both = Keys({**KEYS.by_version, 2: b"n" * 40})
    keep_bound(chain, both)
    with unit(chain, writes=True) as session:
        act(session, 20)
    assert verdict(chain, keys=both).finding is None
    found = verdict(chain).finding
    assert found is not None
    assert (found.fault, found.number) == (Fault.NO_KEY, ROWS + 1)


def test_a_log_from_before_the_chain_is_kept_and_bound_once(
    databases: Databases, backend: str
) -> None:
    with databases.clean(backend, "chain", lambda _address: None) as at:
        engine = open_engine(at)
        migrations.run(engine, "downgrade", "20261122_1")
        with engine.begin() as connection:
            for number in range(3):
                connection.exec_driver_sql(
                    "INSERT INTO audit_entry (at, actor_name, act, object, before, after, request_id)"
                    f" VALUES ('2026-11-01 00:00:00', 'old', 'a', 'b:{number}', '{{}}', '{{}}', '')"
                )
        with engine.connect() as connection:
            before = connection.exec_driver_sql("SELECT * FROM audit_entry ORDER BY id").all()
        migrations.upgrade(engine)
        with unit(engine, writes=True) as session:
            assert bind_older(session, KEYS) == 3
            assert bind_older(session, KEYS) == 0
        with engine.connect() as connection:
            after = connection.exec_driver_sql("SELECT * FROM audit_entry ORDER BY id").all()
        assert after == before
        assert verdict(engine).finding is None
        engine.dispose()


def test_an_empty_log_is_sound(engine: Engine) -> None:
    assert verdict(engine) == Verdict(Head(0, FIRST), None)


@pytest.mark.timed
def test_a_long_log_is_checked_quickly(engine: Engine) -> None:
    """A tenth of the promise (100,000 entries in 2 s); all of it in tests/prove."""
    fill(engine, 10_000)
    seconds = best_of_three(lambda: verdict(engine))
    assert verdict(engine).finding is None
    assert seconds < 0.8  # twice the share of the promise: this machine has other things to do


def fill(engine: Engine, rows: int) -> None:
    """Write a bound log of so many acts."""
    with unit(engine, writes=True) as session:
        for start in range(0, rows, 10_000):
            session.execute(
                insert(AuditEntryRow),
                [
                    {
                        "at": NOW,
                        "actor_name": "console",
                        "act": "deals.edit",
                        "object": f"deal:{number}",
                        "before": {"next_step": "Call"},
                        "after": {"next_step": "Write"},
                        "request_id": "0" * 36,
                    }
                    for number in range(start, min(start + 10_000, rows))
                ],
            )
        bind_older(session, KEYS)


def best_of_three(act: Callable[[], object]) -> float:
    """Seconds of the quickest of three."""
    taken = []
    for _try in range(3):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_facts_are_read_in_the_order_of_their_ids(chain: Engine) -> None:
    with unit(chain, writes=False) as session:
        ids = list(session.scalars(select(AuditEntryRow.id)))
        found = [facts[0] for facts in facts_of(session, reversed(ids))]
    assert found == sorted(ids)


def test_a_head_is_read_back_as_it_was_printed(chain: Engine) -> None:
    assert Head.read(f"2026-11-25T00:00:00+00:00 {head(chain)}") == head(chain)
    assert replace(head(chain), number=1) != head(chain)
