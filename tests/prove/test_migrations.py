"""E4: every revision down and up again on a database that is filled, and an upgrade that is killed."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, column, inspect, select, table, text

from spm.__main__ import main
from spm.adapters import migrations
from spm.adapters.database import open_engine, unit
from spm.adapters.snapshots import Tally
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.services.audit import verify
from spm.services.demo import load
from spm.services.work import Work
from tests.access import world as story
from tests.conftest import HOUSE
from tests.databases import Databases
from tests.prove.figures import IS_LONG, report
from tests.prove.killing import mortals, points
from tests.prove.mortal import KEYS

FIRST = "20261122_1"

LOSES = {"20261125_packs": ("review_pack", "pack_sign_off")}
"""What a step back deletes, and its docstring says so: packs of teams, which there were none of before."""

CACHES = {"deal_rollup", "deal_rollup_all", "deal_rollup_zone"}
"""Counts that a release empties when it counts something else, and makes again from the deals."""

Tables = Mapping[str, tuple[str, ...]]


def demo(url: str) -> None:
    """The demo company: two years of forty reps."""
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        load.fill(Work(session, Actor.console(), datetime.now(UTC), Organisation()))
    engine.dispose()


@pytest.fixture
def filled(databases: Databases, backend: str) -> Iterator[Engine]:
    """A database with something in nearly every table."""
    name, build = ("demo", demo) if IS_LONG else ("story", story.build)
    with databases.clean(backend, name, build) as at:
        engine = open_engine(at)
        yield engine
        engine.dispose()


def line() -> list[tuple[str, str]]:
    """Every revision with the one before it, the newest first."""
    before = {}
    for path in (HOUSE / "migrations" / "versions").glob("*.py"):
        found = dict(
            re.findall(
                r"""^(revision|down_revision) = (?:["']([\w-]+)["']|None)""",
                path.read_text(encoding="utf-8"),
                re.MULTILINE,
            )
        )
        before[found["revision"]] = found.get("down_revision", "")
    steps, at = [], migrations.head()
    while at != FIRST:
        steps.append((at, before[at]))
        at = before[at]
    return steps


def tables_of(engine: Engine) -> Tables:
    inspector = inspect(engine)
    return {
        name: tuple(sorted(each["name"] for each in inspector.get_columns(name)))
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def tallies(engine: Engine, tables: Tables) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a checksum over some of its columns."""
    found = {}
    with engine.connect() as connection:
        for name, columns in tables.items():
            tally = Tally()
            rows = connection.execute(select(*map(column, columns)).select_from(table(name)))
            for _row in tally.count(map(tuple, rows)):
                pass
            found[name] = (tally.rows, tally.sum)
    return found


def in_both(one: Tables, other: Tables) -> Tables:
    return {
        name: tuple(sorted(set(one[name]) & set(other[name])))
        for name in (one.keys() & other.keys()) - CACHES
    }


def test_every_revision_goes_back_and_forth_without_touching_the_rest(filled: Engine) -> None:
    rows = sum(count for count, _sum in tallies(filled, tables_of(filled)).values())
    assert not IS_LONG or rows >= 10_000
    checked = 0
    for revision, before in line():
        newer = tables_of(filled)
        held = tallies(filled, newer)
        migrations.run(filled, "downgrade", before)
        untouched = in_both(newer, tables_of(filled))
        after_down = tallies(filled, untouched)
        for name, (count, _sum) in after_down.items():
            if name not in LOSES.get(revision, ()):
                assert count == held[name][0], (revision, name)
        migrations.run(filled, "upgrade", revision)
        assert tables_of(filled) == newer
        assert tallies(filled, untouched) == after_down, revision
        migrations.run(filled, "downgrade", before)
        assert tallies(filled, untouched) == after_down, revision
        checked += len(untouched)
    migrations.run(filled, "downgrade", "base")
    assert not tables_of(filled)
    assert migrations.upgrade(filled)
    report(
        f"E4 migrations {filled.dialect.name}",
        rows=rows,
        revisions=len(line()) + 1,
        tables_compared=checked,
        differing=0,
    )


def first_release(url: str) -> None:
    """The story, as far as the first release can tell it."""
    story.build(url)
    engine = open_engine(url)
    migrations.run(engine, "downgrade", FIRST)
    engine.dispose()


def test_an_upgrade_that_is_killed_begins_again(
    databases: Databases, backend: str, tmp_path: Path
) -> None:
    """Wherever it writes: the old release's rows, or the new one's with all that they need."""

    def look(engine: Engine) -> tuple[str | None, dict[str, tuple[int, int]]]:
        return migrations.current(engine), tallies(engine, tables_of(engine))

    with mortals(tmp_path) as mortal:
        with databases.clean(backend, "first", first_release) as at:
            engine = open_engine(at)
            before = look(engine)
            writes = mortal.writes("upgrade", at, tmp_path)
            after = look(engine)
            engine.dispose()
        assert (before[0], after[0]) == (FIRST, migrations.head())
        kills = old = 0
        for point in points(writes, 8):
            with databases.clean(backend, "first", first_release) as at:
                kills += mortal.kill("upgrade", at, tmp_path, at=point)
                engine = open_engine(at)
                found = look(engine)
                assert found in (before, after), point
                old += found == before
                mortal.do("upgrade", at, tmp_path)
                assert look(engine) == after, point
                with unit(engine, writes=False) as session:
                    assert verify(session, KEYS).finding is None
                engine.dispose()
    report(f"E4 killed upgrades {backend}", writes=len(writes), kills=kills, old=old, between=0)


def test_a_later_release_is_refused_in_words(
    filled: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SPM_DATABASE_URL", filled.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))
    with filled.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    before = tallies(filled, tables_of(filled))
    assert main(["people", "add", "Ada"]) == 2
    assert "later release (tomorrow)" in capsys.readouterr().err
    assert tallies(filled, tables_of(filled)) == before
