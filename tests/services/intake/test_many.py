"""What only imports of a great many deals do: indexes made at their end, statistics, a rollup on disk."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from spm.services.intake import imports
from spm.services.intake.imports import Options
from spm.services.pipeline import rollup
from tests.imports import import_set
from tests.rollups import what_counts

OWNERS, DEALS = 3, 40
FILLED = ("deal", "deal_event", "deal_state", "deal_reach", "deal_rollup", "deal_rollup_all")


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MANY", DEALS)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Forty deals of three people; each second one is won a month after it began."""
    (tmp_path / "User.csv").write_text(
        "Id,Username,Name,Email\n"
        + "".join(f"005{n:015d},rep{n},Rep {n},rep{n}@example.com\n" for n in range(1, OWNERS + 1)),
        "utf-8",
    )
    written(tmp_path, range(1, DEALS + 1))
    return tmp_path


def written(folder: Path, numbers: range) -> None:
    head = "Id,Name,OwnerId,AccountId,StageName,Amount,CreatedDate,CloseDate,IsWon,IsClosed\n"
    rows = (
        f"006{n:015d},Deal {n},005{1 + n % OWNERS:015d},,{'Closed Won' if n % 2 else 'Prospecting'},"
        f"{n}00.50,2026-0{1 + n % 9}-05 08:00:00,2026-{1 + n % 9 + 1:02d}-11,{n % 2},{n % 2}\n"
        for n in numbers
    )
    (folder / "Opportunity.csv").write_text(head + "".join(rows), "utf-8")


def indexes(session: Session) -> set[str]:
    """Every index of the database, in the words that made it."""
    if session.connection().dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        query = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    return set(session.scalars(text(query)))


def looked_at(session: Session) -> set[str]:
    """The tables of which the database knows what they hold."""
    if session.connection().dialect.name == "sqlite":
        is_there = session.scalar(
            text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"),
        )
        query = "SELECT DISTINCT tbl FROM sqlite_stat1" if is_there else "SELECT 1 WHERE false"
    else:
        query = "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()"
    return set(session.scalars(text(query)))


def test_the_database_looks_at_what_many_deals_have_filled(session: Session, files: Path) -> None:
    assert not looked_at(session) & set(FILLED)
    assert import_set(session, files).tallies["deal"].created == DEALS
    assert set(FILLED) <= looked_at(session)


def test_few_deals_are_not_looked_at(session: Session, files: Path) -> None:
    written(files, range(1, DEALS))
    import_set(session, files)
    assert not looked_at(session) & set(FILLED)


@pytest.mark.parametrize("options", [Options(), Options(is_dry_run=True)])
def test_the_indexes_are_as_before(session: Session, files: Path, options: Options) -> None:
    before = indexes(session)
    assert any("deal_state" in one for one in before)
    import_set(session, files, options=options)
    assert indexes(session) == before


def test_the_indexes_are_as_before_where_nothing_was_kept(session: Session, files: Path) -> None:
    with (files / "Opportunity.csv").open("a", encoding="utf-8") as stream:
        stream.write(
            "006000000000000999,No such day,005000000000000001,,Prospecting,1,2026-02-30,,0,0\n"
        )
    before = indexes(session)
    outcome = import_set(session, files, options=Options(is_all_or_nothing=True))
    assert not outcome.is_loaded
    assert indexes(session) == before


def test_the_rollup_is_the_same_by_way_of_the_disk(
    session: Session, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "_AT_A_TIME", 7)
    import_set(session, files)
    written(files, range(20, DEALS + 20))
    assert import_set(session, files).tallies["deal"].created == 19
    kept = what_counts(session)
    rollup.rebuild(session)
    assert what_counts(session) == kept
    assert kept
