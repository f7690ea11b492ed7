"""Imports from a page: files are handed in, looked at, confirmed, loaded.

What takes long is a job: looking (``import.check``: recognise, then a dry run) and loading
(``import.run``). The import's row says how it stands; nothing is written before it is confirmed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select

from spm.adapters.database import LOCK
from spm.adapters.files import FileStore, Kept
from spm.domain.access import Permission, Subject, may
from spm.domain.errors import Conflict, Invalid, NotFound, SpmError
from spm.domain.ids import AuditId, ImportId, ImportMappingId, ImportTableId, PersonId
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.drafts import Draft
from spm.domain.intake.formats import Reading
from spm.domain.intake.numbers import DecimalMark
from spm.domain.money import minor_digits
from spm.domain.text import clean_line
from spm.i18n.labels import problem
from spm.models.audit import AuditEntryRow
from spm.models.intake import ImportFileRow, ImportIssueRow, ImportRow
from spm.services import jobs
from spm.services.bulk import add_all
from spm.services.intake import mappings, undo, values
from spm.services.intake.imports import (
    Options,
    Outcome,
    digest_of,
    load,
    recognised_said,
)
from spm.services.intake.inspection import (
    Choose,
    Given,
    Inspection,
    Progress,
    nothing,
    survey,
)
from spm.services.intake.run import issue_row
from spm.services.jobs import enqueue
from spm.services.work import Work

CHECK = "import.check"
RUN = "import.run"
UNDO = "import.undo"

MOST_FILES = 50


class NoFiles(Invalid):
    """Nothing was handed in."""

    code = "import.no-files"


class NotWaiting(Conflict):
    """The import is not waiting for this; it is being looked at, loaded, or over."""

    code = "import.not-waiting"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in, as it was kept, under the name that it came with."""

    name: str
    kept: Kept


def receive(work: Work, uploads: Sequence[Upload]) -> ImportId:
    """Take files in and have them looked at.

    Raises:
        Forbidden: The actor may not import.
        NoFiles: There are none.
    """
    work.require(Permission.IMPORTS_RUN)
    if not uploads:
        raise NoFiles(field="files")
    row = ImportRow(
        state="uploaded",
        options={"check": 0, "readings": {}},
        counts={},
        digest="",
        created_at=work.now,
        created_by=work.actor.person_id,
        message="",
    )
    work.session.add(row)
    work.session.flush([row])
    taken: set[str] = set()
    for upload in uploads[:MOST_FILES]:
        work.session.add(
            ImportFileRow(
                import_id=row.id,
                name=_name(upload.name, taken),
                stored_as=upload.kept.name,
                digest=upload.kept.digest,
                size=upload.kept.size,
                recognised={},
            )
        )
    work.record(
        Permission.IMPORTS_RUN,
        f"import:{row.id}",
        after={"files": {upload.name: upload.kept.digest for upload in uploads[:MOST_FILES]}},
    )
    _look(work, row)
    return ImportId(row.id)


def _name(raw: str, taken: set[str]) -> str:
    """A name to show: the last part of the path, cleaned, unlike the others of this import."""
    try:
        name = clean_line(raw.replace("\\", "/").rpartition("/")[2][-150:], 150, "file") or "file"
    except Invalid:
        name = "file"
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    taken.add(found)
    return found


def look_again(
    work: Work, import_id: ImportId, readings: Mapping[int, Reading], currency: str | None
) -> None:
    """Have the files looked at under other formats; ``readings`` goes by the id of the file.

    Raises:
        NotFound: There is no such import.
        NotWaiting: It is being loaded, or over.
        CurrencyUnknown: ``currency`` is none.
    """
    work.require(Permission.IMPORTS_RUN)
    row = _locked(work, import_id, mappings.CHANGEABLE)
    if currency is not None:
        minor_digits(currency)
    row.options = {
        **row.options,
        "currency": currency,
        "readings": {str(file_id): _said(reading) for file_id, reading in readings.items()},
    }
    _look(work, row)
    work.record(Permission.IMPORTS_RUN, f"import:{row.id}", after={"state": "looked at again"})


def _look(work: Work, row: ImportRow) -> None:
    number = row.options["check"] + 1
    row.options = {**row.options, "check": number}
    row.state, row.message = "uploaded", ""
    work.session.execute(delete(ImportIssueRow).where(ImportIssueRow.import_id == row.id))
    enqueue(work, CHECK, check_key(row.id, number), {"import_id": row.id})


def check_key(import_id: int, number: int) -> str:
    """Return the key of the job of an import's n-th look."""
    return f"{CHECK}:{import_id}:{number}"


def run_key(import_id: int, number: int) -> str:
    """Return the key of the job that loads an import after its n-th look; there is at most one."""
    return f"{RUN}:{import_id}:{number}"


def map_columns(
    work: Work,
    import_id: ImportId,
    table_id: ImportTableId,
    draft: Draft | None,
    *,
    title: str = "",
    system: ImportMappingId | None = None,
) -> None:
    """Let the columns of a table mean what was chosen, or leave the table out (None).

    The files are looked at again once there is no table left of which nobody has said anything.

    Raises:
        NotFound: There is no such import, or table.
        NotWaiting: It is being loaded, or over.
        Invalid: The choice is no mapping.
    """
    work.require(Permission.IMPORTS_MAP)
    row = _locked(work, import_id, mappings.CHANGEABLE)
    if draft is None:
        is_done = mappings.leave_out(work, row, table_id)
    else:
        is_done = mappings.map_table(work, row, table_id, draft, title=title, system=system)
    if is_done:
        _look(work, row)
    else:
        row.state, row.counts = "mapping", {}


def map_values(work: Work, import_id: ImportId, source: str, said: values.Said) -> None:
    """Let values of an import's files mean what was said, and have the files looked at again.

    Raises:
        NotFound: There is no such import, or none of its files is of the source.
        NotWaiting: It is being loaded, or over.
        Invalid: A meaning is none.
    """
    work.require(Permission.IMPORTS_MAP)
    row = _locked(work, import_id, mappings.CHANGEABLE)
    values.say_values(work, row, source, said)
    _look(work, row)


def confirm(
    work: Work,
    import_id: ImportId,
    *,
    is_all_or_nothing: bool,
    takes_over: bool,
    remember: str = "",
) -> None:
    """Have an import that was looked at loaded; keep its mapping under a name, where one is given.

    Raises:
        NotFound: There is no such import.
        NotWaiting: It was not looked at yet, or is over.
        MappingNameTaken: Another mapping has the name.
    """
    work.require(Permission.IMPORTS_RUN)
    row = _locked(work, import_id, {"checked"})
    row.options = {**row.options, "all_or_nothing": is_all_or_nothing, "take_over": takes_over}
    row.state, row.confirmed_by = "running", work.actor.person_id
    if remember:
        mappings.keep(work, import_id, remember)
    enqueue(work, RUN, run_key(row.id, row.options["check"]), {"import_id": row.id})
    work.record(Permission.IMPORTS_RUN, f"import:{row.id}", after={"state": "confirmed"})


class OwnImport(Conflict):
    """Whoever made or confirmed an import may not undo it."""

    code = "import.own-import"


def may_undo(work: Work, made_by: int | None, confirmed_by: int | None) -> bool:
    """Return whether the actor may undo an import: not one that he made, nor one that he confirmed."""
    return all(
        may(work.actor, Permission.IMPORTS_UNDO, Subject(owner_id=_person(person_id)))
        for person_id in (made_by, confirmed_by)
    )


def _person(person_id: int | None) -> PersonId | None:
    return None if person_id is None else PersonId(person_id)


def ask_undo(work: Work, import_id: ImportId) -> None:
    """Have an import taken back.

    Raises:
        NotFound: There is no such import.
        NotWaiting: It is not loaded.
        OwnImport: The actor made or confirmed it.
    """
    row = _locked(work, import_id, {"done"}, is_kept_whole=False)
    if not may_undo(work, row.created_by, row.confirmed_by):
        work.require(Permission.IMPORTS_UNDO)
        raise OwnImport
    row.state = "running"
    row.options = {**row.options, "undo": row.options.get("undo", 0) + 1}
    enqueue(work, UNDO, undo_key(row.id, row.options["undo"]), {"import_id": row.id})
    work.record(Permission.IMPORTS_UNDO, f"import:{row.id}", after={"state": "asked for"})


def undo_key(import_id: int, number: int) -> str:
    """Return the key of the job that takes an import back, asked for the n-th time."""
    return f"{UNDO}:{import_id}:{number}"


def take_back(work: Work, import_id: ImportId, progress: Progress) -> None:
    """Take an import back, as was asked for."""
    row = _locked(work, import_id, {"running"}, is_kept_whole=False)
    if not may_undo(work, row.created_by, row.confirmed_by) or row.act_id is None:
        raise OwnImport
    act_id = work.record(Permission.IMPORTS_UNDO, f"import:{row.id}", before={"digest": row.digest})
    undone = undo.take_back(work.session, import_id, AuditId(row.act_id), progress)
    row = work.session.get_one(ImportRow, import_id)
    row.state, row.undone_by, row.finished_at = "undone", work.actor.person_id, work.now
    row.counts = {**row.counts, "undo": undone.as_json()}
    entry = work.session.get_one(AuditEntryRow, act_id)
    entry.after = {
        "state": "undone",
        "removed": undone.removed,
        "restored": undone.restored,
        "kept": undone.kept_in_all,
    }
    work.session.flush()


def job_key(state: str, import_id: int, number: int, undo: int = 0) -> str | None:
    """Return the key of the job that an import in a state waits for; None where it waits for none."""
    if state == "running" and undo:
        return undo_key(import_id, undo)
    if state == "uploaded":
        return check_key(import_id, number)
    return run_key(import_id, number) if state == "running" else None


def stop_job(work: Work, import_id: ImportId) -> bool:
    """Take back the work on an import; return whether there was any that was not over.

    To be kept in a unit of its own, before ``say_stopped``: whoever does the work holds the import's
    row until he learns it.

    Raises:
        NotFound: There is no such import.
    """
    work.require(Permission.IMPORTS_RUN)
    row = work.session.get(ImportRow, import_id)
    if row is None:
        raise NotFound(what="import", id=import_id)
    said = row.options
    key = job_key(row.state, row.id, said.get("check", 0), said.get("undo", 0))
    return key is not None and jobs.cancel(work, key)


def say_stopped(work: Work, import_id: ImportId) -> None:
    """Say that an import was stopped while it was worked on: nothing of it was kept.

    Raises:
        NotFound: There is no such import.
        NotWaiting: It is over.
    """
    work.require(Permission.IMPORTS_RUN)
    row = _locked(work, import_id, {"uploaded", "running"})
    before = row.state
    if row.options.get("undo"):
        row.state, row.options = "done", _without_undo(row)
    else:
        row.state, row.message, row.counts = "stopped", "", {}
    row.finished_at = work.now
    work.record(
        Permission.IMPORTS_RUN,
        f"import:{row.id}",
        before={"state": before},
        after={"state": row.state},
    )


def _without_undo(row: ImportRow) -> dict[str, Any]:
    return {name: said for name, said in row.options.items() if name != "undo"}


def discard(work: Work, import_id: ImportId, store: FileStore) -> None:
    """Drop an import that was not loaded, with its files.

    Raises:
        NotFound: There is no such import.
        NotWaiting: It is being loaded, or over.
    """
    work.require(Permission.IMPORTS_RUN)
    row = _locked(work, import_id, mappings.CHANGEABLE)
    row.state, row.finished_at = "cancelled", work.now
    for file in _files(work, row.id):
        if file.stored_as:
            store.forget(file.stored_as)
            file.stored_as = None
    work.record(Permission.IMPORTS_RUN, f"import:{row.id}", after={"state": "cancelled"})


def look(work: Work, import_id: ImportId, inspection: Inspection, progress: Progress) -> None:
    """Write what was recognised and what a dry run says on the import.

    Where no layout fits any table, it waits for somebody to say which column is what.
    """
    row = _locked(work, import_id, {"uploaded"})
    files = _files(work, row.id)
    for file in files:
        file.recognised = recognised_said(inspection, file.name)
    mappings.note_tables(work, row, inspection, {file.name: file.id for file in files})
    if not inspection.recognised:
        row.counts = {"left_out": [[one.file, one.reason.value] for one in inspection.left_out]}
        row.state = "mapping" if inspection.unknown else "failed"
        why = nothing((file.name for file in files), inspection.left_out)
        row.message = "" if inspection.unknown else problem(why)
        return
    outcome = load(work, inspection, replace(options_of(row), is_dry_run=True), progress)
    row = _locked(work, import_id, {"uploaded"})
    row.counts = {**outcome.counts(), **_beside(outcome)}
    row.digest = digest_of(inspection)
    row.state = "checked"
    issues = [*outcome.refusals, *outcome.warnings]
    add_all(work.session, ImportIssueRow, [issue_row(import_id, issue) for issue in issues])


def run(work: Work, import_id: ImportId, inspection: Inspection, progress: Progress) -> None:
    """Load an import that was confirmed."""
    row = _locked(work, import_id, {"running"})
    work.session.execute(delete(ImportIssueRow).where(ImportIssueRow.import_id == row.id))
    outcome = load(work, inspection, options_of(row), progress, row)
    row.counts = {**outcome.counts(), **_beside(outcome)}


def fail(work: Work, import_id: ImportId, error: SpmError | None) -> None:
    """Say that an import came to nothing, and why; None where nobody expected it."""
    row = work.session.get(ImportRow, import_id, with_for_update=LOCK)
    if row is None or row.state in {"done", "cancelled"}:
        return
    if row.options.get("undo"):
        row.state, row.options = "done", _without_undo(row)
        return
    row.state, row.finished_at = "failed", work.now
    row.message = problem(error) if error is not None else ""
    row.counts = {}


def given_of(work: Work, import_id: ImportId, store: FileStore) -> tuple[tuple[Given, ...], Choose]:
    """Return the files of an import as they can be inspected, and which layouts they may be of.

    Raises:
        NotFound: There is no such import, or its files are gone.
    """
    row = work.session.get(ImportRow, import_id)
    if row is None:
        raise NotFound(what="import", id=import_id)
    readings = row.options.get("readings", {})
    given = tuple(
        Given(
            store.path(file.stored_as),
            file.name,
            _reading(readings.get(str(file.id), {})),
            is_named=False,
        )
        for file in _files(work, row.id)
        if file.stored_as is not None
    )
    return given, mappings.chooser(work.session, row)


def inspect_given(given: Sequence[Given], choose: Choose, *, has_samples: bool) -> Inspection:
    """Return what the files hold; what cannot be read, or is of no layout, is left out."""
    return survey(given, choose, has_samples=has_samples)


def options_of(row: ImportRow) -> Options:
    """Return how an import is to be loaded."""
    said = row.options
    return Options(
        is_all_or_nothing=bool(said.get("all_or_nothing")),
        currency=said.get("currency"),
        takes_over=bool(said.get("take_over")),
    )


def _beside(outcome: Outcome) -> dict[str, Any]:
    """What a page shows besides counts."""
    return {
        "left_out": [[one.file, one.reason.value] for one in outcome.left_out],
        "notes": [[note.value, dict(facts)] for note, facts in outcome.notes],
        "ambiguous": [
            one.table.file
            for one in outcome.inspection.recognised
            if one.formats.is_date_ambiguous or one.formats.is_decimal_ambiguous
        ],
    }


def _said(reading: Reading) -> dict[str, str | int | None]:
    return {
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "decimal_mark": reading.decimal_mark,
        "date_order": reading.date_order,
        "header_line": reading.header_line,
    }


def _reading(said: Mapping[str, Any]) -> Reading:
    mark, order = said.get("decimal_mark"), said.get("date_order")
    return Reading(
        encoding=said.get("encoding"),
        delimiter=said.get("delimiter"),
        decimal_mark=DecimalMark(mark) if mark else None,
        date_order=DateOrder(order) if order else None,
        header_line=said.get("header_line"),
    )


def _files(work: Work, import_id: int) -> Sequence[ImportFileRow]:
    return work.session.scalars(
        select(ImportFileRow).where(ImportFileRow.import_id == import_id).order_by(ImportFileRow.id)
    ).all()


def _locked(
    work: Work, import_id: ImportId, states: Collection[str], *, is_kept_whole: bool = True
) -> ImportRow:
    row = work.session.get(ImportRow, import_id, with_for_update=LOCK, populate_existing=True)
    if row is None:
        raise NotFound(what="import", id=import_id)
    if row.state not in states or (is_kept_whole and row.options.get("purged")):
        raise NotWaiting(state=row.state)
    return row
