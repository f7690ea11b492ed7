"""What the pages about imports show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from spm.domain.access import Permission, may
from spm.domain.intake.cells import Issue
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.reasons import FAULTS, Note, Reason
from spm.domain.jobs import Job, JobState
from spm.i18n.labels import label, remark
from spm.i18n.words import N_, gettext
from spm.jobs.progress import progress_of
from spm.queries.intake.imports import (
    Import,
    LoggedChange,
    changes,
    imports,
    issues,
)
from spm.queries.intake.mappings import TableMet, tables_of
from spm.queries.jobs import find_job
from spm.queries.paging import Page
from spm.services.intake.mappings import CHANGEABLE
from spm.services.intake.uploads import job_key, may_undo
from spm.services.work import Work
from spm.web.blueprints.imports.forms import DELIMITER_WORDS, ConfirmForm, LookBase
from spm.web.fields import Form

STATES: Mapping[str, tuple[str, str]] = {
    "uploaded": (N_("Being looked at"), "accent"),
    "mapping": (N_("Columns to map"), "watch"),
    "checked": (N_("Waiting for you"), "accent"),
    "running": (N_("Being loaded"), "accent"),
    "done": (N_("Loaded"), "won"),
    "failed": (N_("Nothing loaded"), "lost"),
    "stopped": (N_("Stopped, nothing loaded"), "quiet"),
    "cancelled": (N_("Discarded"), "quiet"),
    "undone": (N_("Undone"), "quiet"),
}
"""State of an import → its words and the kind of its badge."""

THINGS: Mapping[str, str] = {
    "territory": N_("Territories"),
    "person": N_("People"),
    "team": N_("Teams"),
    "office": N_("Offices"),
    "territory_member": N_("People in territories"),
    "account": N_("Accounts"),
    "product": N_("Products"),
    "pipeline": N_("Pipelines"),
    "deal": N_("Deals"),
    "deal_line": N_("Lines of deals"),
    "target": N_("Targets"),
}
"""Kind of record → its words."""

FIELDS: Mapping[str, str] = {
    "stage_id": N_("Stage"),
    "owner_id": N_("Owner"),
    "account_id": N_("Account"),
    "product_id": N_("Product"),
    "territory_id": N_("Territory"),
    "amount_minor": N_("Amount"),
    "closed_on": N_("Closed on"),
    "expected_close_on": N_("Expected close"),
    "manager_id": N_("Manager"),
    "team_id": N_("Team"),
    "office_id": N_("Office"),
    "parent_id": N_("Part of"),
    "value": N_("Value"),
    "name": N_("Name"),
    "lines": N_("Lines"),
}
"""Changed field → its words; others are shown by their name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An import in the list."""

    import_: Import
    state: str
    badge: str
    names: str
    loaded: int


@dataclass(frozen=True, slots=True)
class ListPage:
    """All imports."""

    entries: Sequence[Entry]
    page: Page[Import]
    may_run: bool


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form that takes files in."""

    form: Form


@dataclass(frozen=True, slots=True)
class TableLine:
    """How a table of a file was read."""

    file: str
    title: str
    rows: int
    encoding: str
    delimiter: str
    decimal_mark: str
    date_order: str
    unused: str
    is_guess: bool
    is_verified: bool


@dataclass(frozen=True, slots=True)
class CountLine:
    """What happens, or happened, to the records of a kind."""

    words: str
    created: int
    updated: int
    unchanged: int
    kept: int


@dataclass(frozen=True, slots=True)
class IssueLine:
    """A refusal or a warning; ``rows`` counts the rows of the same warning."""

    issue: Issue
    words: str
    rows: int


@dataclass(frozen=True, slots=True)
class ProgressPart:
    """How far the work on an import is; ``total`` is None while nobody knows."""

    import_: Import
    words: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ShowPage:
    """One import.

    Attributes:
        progress: While somebody works on it.
        look: The form of formats, where they can still be changed.
        confirm: The form that loads, where it waits for that.
        kept_until: When its files, and the rows that were refused, are deleted.
        is_purged: They have been.
        unmapped: Tables that no layout fits, while something can still be said of them.
        faults: Name of one of these → why the layout that it is of cannot read it.
        sources: Layouts by which files are read: id, title, the tables of it that can be mapped anew.
    """

    import_: Import
    state: str
    badge: str
    tables: Sequence[TableLine]
    left_out: Sequence[tuple[str, str]]
    notes: Sequence[str]
    counts: Sequence[CountLine]
    refusals: Sequence[IssueLine]
    refusal_page: Page[Issue]
    warnings: Sequence[IssueLine]
    changes: Sequence[tuple[LoggedChange, str]]
    change_total: int
    progress: ProgressPart | None
    look: LookBase | None
    confirm: ConfirmForm | None
    kept_until: datetime
    is_purged: bool
    may_run: bool
    may_map: bool = False
    may_undo: bool = False
    is_own: bool = False
    removed: Sequence[tuple[str, int]] = ()
    restored: Sequence[tuple[str, int]] = ()
    kept: Sequence[tuple[str, str, str]] = ()
    kept_in_all: int = 0
    unmapped: Sequence[TableMet] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[tuple[str, str, Sequence[TableMet]]] = ()

    @property
    def is_checked(self) -> bool:
        """Whether it waits to be confirmed."""
        return self.import_.state == "checked"

    @property
    def is_done(self) -> bool:
        """Whether it was loaded."""
        return self.import_.state == "done"


def list_page(work: Work, number: int) -> ListPage:
    """Return the list of imports."""
    page = imports(work.session, number)
    return ListPage(
        tuple(_entry(one) for one in page.lines), page, may(work.actor, Permission.IMPORTS_RUN)
    )


def _entry(one: Import) -> Entry:
    words, badge = STATES[one.state]
    kinds = one.counts.get("kinds", {}).values()
    loaded = sum(counts["created"] + counts["updated"] for counts in kinds)
    names = ", ".join(file.name for file in one.files)
    return Entry(one, gettext(words), badge, names, loaded if one.state == "done" else 0)


def show_page(
    work: Work,
    one: Import,
    number: int,
    look: LookBase | None = None,
    confirm: ConfirmForm | None = None,
) -> ShowPage:
    """Return the page of an import; ``number`` is the page of its refusals."""
    may_run = may(work.actor, Permission.IMPORTS_RUN)
    words, badge = STATES[one.state]
    refusals = issues(work.session, one.id, are_refusals=True, page=number)
    warnings = issues(work.session, one.id, are_refusals=False)
    changed = changes(work.session, one.id)
    is_purged = bool(one.options.get("purged"))
    can_look = may_run and not is_purged and one.state in CHANGEABLE
    tables = tables_of(work.session, one.id) if can_look else ()
    unmapped = tuple(table for table in tables if not table.layout)
    names = {table.name for table in unmapped}
    left_out = [(name, Reason(why)) for name, why in one.counts.get("left_out", ())]
    return ShowPage(
        import_=one,
        state=gettext(words),
        badge=badge,
        tables=tuple(_tables(one)),
        left_out=tuple((name, label(why)) for name, why in left_out if name not in names),
        faults={name: label(why) for name, why in left_out if name in names and why in FAULTS},
        notes=tuple(remark(Note(note), facts) for note, facts in one.counts.get("notes", ())),
        counts=tuple(_counts(one)),
        refusals=tuple(_issue(issue) for issue in refusals.lines),
        refusal_page=refusals,
        warnings=tuple(_issue(issue) for issue in warnings.lines),
        changes=tuple(
            (line, gettext(FIELDS.get(line.field, line.field))) for line in changed.lines
        ),
        change_total=changed.total,
        progress=progress_part(work, one),
        look=look if can_look else None,
        confirm=confirm if may_run and one.state == "checked" else None,
        kept_until=one.created_at + timedelta(days=current_app.config["RAW_FILE_DAYS"]),
        is_purged=is_purged,
        may_run=may_run,
        may_map=may(work.actor, Permission.IMPORTS_MAP),
        may_undo=one.state == "done" and may_undo(work, one.by_id, one.confirmed_by_id),
        is_own=one.state == "done"
        and may_run
        and not may_undo(work, one.by_id, one.confirmed_by_id),
        **_undone(one.counts.get("undo", {})),
        unmapped=unmapped,
        sources=tuple(_sources(one, tables)) if tables else (),
    )


WHY_KEPT: Mapping[str, str] = {
    "edited": N_("somebody has edited it since"),
    "moved": N_("somebody has worked on it since"),
    "in-use": N_("something else refers to it by now"),
}
"""Why something stays when its import is undone → its words."""


def _undone(said: Mapping[str, Any]) -> dict[str, Any]:
    def counted(name: str) -> tuple[tuple[str, int], ...]:
        found = ((THINGS.get(table), count) for table, count in said.get(name, {}).items())
        return tuple((gettext(words), count) for words, count in found if words)

    return {
        "removed": counted("removed"),
        "restored": counted("restored"),
        "kept": tuple(
            (gettext(THINGS.get(table, table)), name or f"#{key}", gettext(WHY_KEPT[why]))
            for table, key, name, why in said.get("kept", ())
        ),
        "kept_in_all": said.get("kept_in_all", 0),
    }


def _sources(
    one: Import, tables: Sequence[TableMet]
) -> Iterator[tuple[str, str, Sequence[TableMet]]]:
    titles = {
        how["layout"]: how.get("source", how["layout"])
        for file in one.files
        for how in file.recognised.values()
    }
    for source, title in titles.items():
        yield source, str(title), tuple(table for table in tables if table.layout == source)


def job_of(work: Work, one: Import) -> Job | None:
    """Return the work that an import waits for; None where it waits for none."""
    key = job_key(one.state, one.id, one.options.get("check", 0), one.options.get("undo", 0))
    return None if key is None else find_job(work.session, key)


def progress_part(work: Work, one: Import) -> ProgressPart | None:
    """Return how far the work on an import is; None where nobody works on it."""
    job = job_of(work, one)
    if job is None:
        return None
    if job.state is JobState.WAITING:
        return ProgressPart(one, gettext("Waiting for its turn"), 0, None)
    told = progress_of(job)
    reading, loading = gettext("Reading the files"), gettext("Loading")
    if one.state == "uploaded":
        loading = gettext("Trying out what would happen")
    if told.phase == "undo":
        loading = gettext("Taking the import back")
    return ProgressPart(one, reading if told.phase == "read" else loading, told.done, told.total)


def _tables(one: Import) -> list[TableLine]:
    ambiguous = set(one.counts.get("ambiguous", ()))
    return [
        TableLine(
            file=name,
            title=str(how.get("title", how["table"])),
            rows=how["rows"],
            encoding=(how["encoding"] or "").removesuffix("-sig"),
            delimiter=gettext(DELIMITER_WORDS[how["delimiter"]]) if how["delimiter"] else "",
            decimal_mark=label(DecimalMark(how["decimal_mark"])),
            date_order=label(DateOrder(how["date_order"])),
            unused=", ".join(how["unused"]),
            is_guess=name in ambiguous,
            is_verified=how.get("verified", True),
        )
        for file in one.files
        for name, how in file.recognised.items()
    ]


def _counts(one: Import) -> list[CountLine]:
    return [
        CountLine(
            gettext(THINGS.get(kind, kind)),
            counts["created"],
            counts["updated"],
            counts["unchanged"],
            counts["kept"],
        )
        for kind, counts in one.counts.get("kinds", {}).items()
    ]


def _issue(issue: Issue) -> IssueLine:
    rows = issue.facts.get("rows", 1)
    return IssueLine(issue, remark(issue.reason, issue.facts), rows if isinstance(rows, int) else 1)
