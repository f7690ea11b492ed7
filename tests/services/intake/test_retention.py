"""Handed-in files and refused rows are deleted when they were kept long enough, and nothing else."""

import io
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from spm.adapters.files import FileStore
from spm.domain.access import Actor
from spm.domain.errors import Forbidden
from spm.domain.ids import ImportId, PersonId
from spm.domain.intake.cells import Issue
from spm.domain.intake.reasons import Reason
from spm.models.audit import AuditEntryRow
from spm.models.intake import ImportFileRow, ImportIssueRow, ImportRow
from spm.services.intake.retention import due, purge
from spm.services.intake.run import issue_row
from spm.services.intake.uploads import NotWaiting, Upload, confirm, discard, receive
from spm.services.work import Work
from tests.conftest import NOW

DAYS_90 = timedelta(days=90)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "uploads")


def an_import(work: Work, store: FileStore, at: datetime, state: str = "done") -> ImportRow:
    """An import of one file with one refused row, handed in at an instant."""
    kept = store.keep(io.BytesIO(b"name\nAnn\n"))
    os.utime(store.path(kept.name), (at.timestamp(), at.timestamp()))
    import_id = receive(replace(work, now=at), [Upload("people.csv", kept)])
    row = work.session.get_one(ImportRow, import_id)
    row.state = state
    issue = Issue("people.csv", 2, "name", "Ann", Reason.MISSING_VALUE)
    work.session.add(ImportIssueRow(**issue_row(import_id, issue)))
    work.session.flush()
    return row


def stored(work: Work, row: ImportRow) -> str | None:
    return work.session.scalars(
        select(ImportFileRow.stored_as).where(ImportFileRow.import_id == row.id)
    ).one()


def issues(work: Work, row: ImportRow) -> int:
    found = select(func.count()).where(ImportIssueRow.import_id == row.id)
    return work.session.scalar(found) or 0


def entries(work: Work) -> list[AuditEntryRow]:
    return list(
        work.session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "imports.purge"))
    )


def test_it_deletes_what_is_older_than_it_may_be_and_says_so(work: Work, store: FileStore) -> None:
    old = an_import(work, store, NOW - DAYS_90 - timedelta(seconds=1))
    young = an_import(work, store, NOW - DAYS_90)
    name = stored(work, old)
    assert name is not None
    found = purge(work, store, DAYS_90)
    assert ([one.import_id for one in found.imports], found.files, found.issues) == ([old.id], 1, 1)
    assert not store.path(name).exists()
    assert (stored(work, old), issues(work, old)) == (None, 0)
    assert stored(work, young) is not None
    assert issues(work, young) == 1
    (entry,) = entries(work)
    assert (entry.after["imports"], entry.after["files"], entry.after["rows"]) == ([old.id], 1, 1)
    assert (entry.actor_name, old.state) == ("console", "done")


def test_a_second_time_changes_nothing(work: Work, store: FileStore) -> None:
    an_import(work, store, NOW - 2 * DAYS_90)
    purge(work, store, DAYS_90)
    assert not purge(work, store, DAYS_90)
    assert len(entries(work)) == 1


def test_a_dry_run_says_the_same_and_changes_nothing(work: Work, store: FileStore) -> None:
    row = an_import(work, store, NOW - 2 * DAYS_90)
    listed = due(work.session, store, NOW, DAYS_90)
    assert stored(work, row) is not None
    assert entries(work) == []
    assert purge(work, store, DAYS_90) == listed


def test_what_is_being_loaded_is_left_alone(work: Work, store: FileStore) -> None:
    row = an_import(work, store, NOW - 2 * DAYS_90, "running")
    assert not purge(work, store, DAYS_90)
    assert stored(work, row) is not None


@pytest.mark.parametrize("state", ["uploaded", "checked", "failed"])
def test_what_was_never_loaded_cannot_be_any_more(work: Work, store: FileStore, state: str) -> None:
    row = an_import(work, store, NOW - 2 * DAYS_90, state)
    purge(work, store, DAYS_90)
    import_id = ImportId(row.id)
    with pytest.raises(NotWaiting):
        confirm(work, import_id, is_all_or_nothing=False, takes_over=False)
    with pytest.raises(NotWaiting):
        discard(work, import_id, store)


def test_a_file_without_a_row_goes_after_a_day(work: Work, store: FileStore) -> None:
    """What an upload that broke off left behind; one that is being handed in is younger."""
    names = []
    for age in (timedelta(hours=23), timedelta(hours=25)):
        kept = store.keep(io.BytesIO(b"x"))
        at = (NOW - age).timestamp()
        os.utime(store.path(kept.name), (at, at))
        names.append(kept.name)
    found = purge(work, store, DAYS_90)
    assert found.unclaimed == (names[1],)
    assert [store.path(name).exists() for name in names] == [True, False]


def test_files_that_went_before_a_rollback_are_no_obstacle(work: Work, store: FileStore) -> None:
    row = an_import(work, store, NOW - 2 * DAYS_90)
    name = stored(work, row)
    assert name is not None
    store.forget(name)
    assert purge(work, store, DAYS_90).files == 1
    assert stored(work, row) is None


def test_nobody_does_it_by_hand(work: Work, store: FileStore) -> None:
    with pytest.raises(Forbidden):
        purge(replace(work, actor=Actor(PersonId(1))), store, DAYS_90)


@given(age=st.integers(0, 400), kept=st.integers(1, 400))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_import_is_kept_exactly_as_long_as_was_promised(
    work: Work, store: FileStore, age: int, kept: int
) -> None:
    row = an_import(work, store, NOW - timedelta(days=age))
    purge(work, store, timedelta(days=kept))
    assert (stored(work, row) is None) == (age > kept)
