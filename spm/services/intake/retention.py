"""What was handed in for an import is not kept for ever: the files, and the refused rows' values.

The import itself, its counts and its digests stay: they say nothing of a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.adapters.database import LOCK
from spm.adapters.files import FileStore
from spm.domain.access import Permission
from spm.models.intake import ImportFileRow, ImportIssueRow, ImportRow, ImportTableRow
from spm.services.work import Work

PURGE = "import.purge"
"""The daily work's kind."""

UNCLAIMED_FOR = timedelta(days=1)
"""A file that no import names is left over from an upload that broke off; one in progress is younger."""


@dataclass(frozen=True, slots=True)
class Due:
    """What there is of one import that has been kept long enough: how many files and row errors."""

    import_id: int
    created_at: datetime
    files: int
    issues: int


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge deletes, or would: imports in their order, and files that no import names."""

    before: datetime
    imports: tuple[Due, ...]
    unclaimed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.imports or self.unclaimed)

    @property
    def files(self) -> int:
        """How many files."""
        return sum(due.files for due in self.imports) + len(self.unclaimed)

    @property
    def issues(self) -> int:
        """How many refused or doubtful rows."""
        return sum(due.issues for due in self.imports)


def due(session: Session, store: FileStore, now: datetime, kept_for: timedelta) -> Purge:
    """Return what has been kept for longer than ``kept_for``; what is being loaded is left alone."""
    before = now - kept_for
    files = _count(ImportFileRow.import_id, ImportFileRow.stored_as.is_not(None))
    issues = _count(ImportIssueRow.import_id)
    rows = session.execute(
        select(ImportRow.id, ImportRow.created_at, files, issues)
        .where(
            ImportRow.created_at < before,
            ImportRow.state != "running",
            or_(files > 0, issues > 0),
        )
        .order_by(ImportRow.id)
    )
    imports = tuple(Due(*row) for row in rows)
    claimed = set(
        session.scalars(select(ImportFileRow.stored_as).where(ImportFileRow.stored_as.is_not(None)))
    )
    old = store.names(now - UNCLAIMED_FOR)
    return Purge(before, imports, tuple(name for name in old if name not in claimed))


def purge(work: Work, store: FileStore, kept_for: timedelta) -> Purge:
    """Delete what is due and say what it was; a second time there is nothing, and nothing is said.

    The files go first: where the transaction fails after that, the next purge finds the same rows.

    Raises:
        Forbidden: The actor may not; it is the clock's and the command line's.
    """
    work.require(Permission.IMPORTS_PURGE)
    found = due(work.session, store, work.now, kept_for)
    if not found:
        return found
    for one in found.imports:
        _forget(work, store, one.import_id)
    for name in found.unclaimed:
        store.forget(name)
    work.record(
        Permission.IMPORTS_PURGE,
        "imports:raw",
        after={
            "before": found.before.isoformat(),
            "imports": [one.import_id for one in found.imports],
            "files": found.files,
            "rows": found.issues,
            "unclaimed": len(found.unclaimed),
        },
    )
    return found


def _forget(work: Work, store: FileStore, import_id: int) -> None:
    row = work.session.get_one(ImportRow, import_id, with_for_update=LOCK)
    files: Sequence[ImportFileRow] = work.session.scalars(
        select(ImportFileRow).where(
            ImportFileRow.import_id == import_id, ImportFileRow.stored_as.is_not(None)
        )
    ).all()
    for file in files:
        if file.stored_as is not None:
            store.forget(file.stored_as)
            file.stored_as = None
    work.session.execute(delete(ImportIssueRow).where(ImportIssueRow.import_id == import_id))
    work.session.execute(delete(ImportTableRow).where(ImportTableRow.import_id == import_id))
    kept = {name: said for name, said in row.options.items() if name != "layouts"}
    row.options = {**kept, "purged": True}
    if row.state in {"uploaded", "mapping", "checked", "stopped"}:
        row.state, row.finished_at = "cancelled", work.now


def _count(of: InstrumentedAttribute[int], *which: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .where(of == ImportRow.id, *which)
        .correlate(ImportRow)
        .scalar_subquery()
    )
