"""Imports as people see them: the list, one import, its row errors and what it changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from spm.domain.errors import NotFound
from spm.domain.ids import ImportId
from spm.domain.intake.cells import Issue
from spm.domain.intake.reasons import Reason
from spm.models.intake import ImportChangeRow, ImportFileRow, ImportIssueRow, ImportRow
from spm.models.organisation import PersonRow
from spm.queries.paging import PAGE_SIZE, Page, offset


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of an import; ``recognised`` is table → how it was read, empty if it was left out."""

    id: int
    name: str
    digest: str
    size: int
    recognised: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Import:
    """An import from upload to result.

    Attributes:
        state: uploaded, checked, running, done, failed or cancelled.
        by: Who did it; None for the command line.
        undone_by: Who took it back; None where nobody did.
        counts: As ``Outcome.counts`` says, with what a page shows besides; empty before the check.
        message: Why it failed, where that is known.
    """

    id: ImportId
    state: str
    by: str | None
    undone_by: str | None
    created_at: datetime
    finished_at: datetime | None
    digest: str
    options: Mapping[str, Any]
    counts: Mapping[str, Any]
    message: str
    by_id: int | None
    confirmed_by_id: int | None
    files: tuple[ImportFile, ...]

    @property
    def rows(self) -> int:
        """How many data rows the recognised files have."""
        return int(self.counts.get("rows", 0))

    @property
    def mapping_name(self) -> str:
        """What a mapping that was made for its files is called unless somebody says otherwise."""
        return self.files[0].name.rpartition(".")[0][:120] if self.files else ""

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return int(self.counts.get("refused", 0))


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A field that an import changed; ``is_local`` when a person had set what was there."""

    thing: str
    field: str
    before: str | None
    after: str | None
    is_local: bool


def imports(session: Session, page: int = 1) -> Page[Import]:
    """Return a page of all imports, the latest first."""
    total = session.scalar(select(func.count(ImportRow.id))) or 0
    rows = session.execute(
        _imports().order_by(ImportRow.id.desc()).limit(PAGE_SIZE).offset(offset(page))
    ).all()
    files = _files(session, [row.ImportRow.id for row in rows])
    lines = tuple(_record(row, files) for row in rows)
    return Page(lines, total, page)


def get_import(session: Session, import_id: ImportId) -> Import:
    """Return one import.

    Raises:
        NotFound: There is none.
    """
    row = session.execute(_imports().where(ImportRow.id == import_id)).one_or_none()
    if row is None:
        raise NotFound(what="import", id=import_id)
    return _record(row, _files(session, [import_id]))


def issues(
    session: Session, import_id: ImportId, *, are_refusals: bool, page: int = 1
) -> Page[Issue]:
    """Return a page of the refusals of an import, or of its warnings, in the order of the files."""
    which = (
        ImportIssueRow.import_id == import_id,
        ImportIssueRow.is_refusal.is_(are_refusals),
    )
    total = session.scalar(select(func.count(ImportIssueRow.id)).where(*which)) or 0
    rows = session.scalars(
        select(ImportIssueRow)
        .where(*which)
        .order_by(ImportIssueRow.id)
        .limit(PAGE_SIZE)
        .offset(offset(page))
    )
    return Page(tuple(map(_issue, rows)), total, page)


def all_issues(session: Session, import_id: ImportId) -> Iterator[Issue]:
    """Yield every refusal and warning of an import, refusals first."""
    rows = session.scalars(
        select(ImportIssueRow)
        .where(ImportIssueRow.import_id == import_id)
        .order_by(ImportIssueRow.is_refusal.desc(), ImportIssueRow.id)
        .execution_options(yield_per=1000)
    )
    yield from map(_issue, rows)


def changes(session: Session, import_id: ImportId, page: int = 1) -> Page[LoggedChange]:
    """Return a page of what an import changed, those of local values first."""
    which = ImportChangeRow.import_id == import_id
    total = session.scalar(select(func.count(ImportChangeRow.id)).where(which)) or 0
    rows = session.scalars(
        select(ImportChangeRow)
        .where(which)
        .order_by(ImportChangeRow.is_local.desc(), ImportChangeRow.id)
        .limit(PAGE_SIZE)
        .offset(offset(page))
    )
    lines = tuple(
        LoggedChange(row.object, row.field, row.before, row.after, row.is_local) for row in rows
    )
    return Page(lines, total, page)


def _imports() -> Select[Any]:
    by, undone_by = aliased(PersonRow), aliased(PersonRow)
    return (
        select(ImportRow, by.name.label("by"), undone_by.name.label("undone_by"))
        .outerjoin(by, by.id == ImportRow.created_by)
        .outerjoin(undone_by, undone_by.id == ImportRow.undone_by)
    )


def _files(session: Session, import_ids: list[int]) -> dict[int, list[ImportFile]]:
    found: dict[int, list[ImportFile]] = {}
    for row in session.scalars(
        select(ImportFileRow)
        .where(ImportFileRow.import_id.in_(import_ids))
        .order_by(ImportFileRow.id)
    ):
        file = ImportFile(row.id, row.name, row.digest, row.size, row.recognised)
        found.setdefault(row.import_id, []).append(file)
    return found


def _record(found: Any, files: Mapping[int, list[ImportFile]]) -> Import:
    row: ImportRow = found.ImportRow
    return Import(
        id=ImportId(row.id),
        state=row.state,
        by=found.by,
        undone_by=found.undone_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        digest=row.digest,
        options=row.options,
        counts=row.counts,
        message=row.message,
        by_id=row.created_by,
        confirmed_by_id=row.confirmed_by,
        files=tuple(files.get(row.id, ())),
    )


def _issue(row: ImportIssueRow) -> Issue:
    return Issue(
        file=row.file,
        line=row.line,
        column=row.column_name,
        value=row.value,
        reason=Reason(row.reason),
        is_refusal=row.is_refusal,
        facts=row.facts,
    )
