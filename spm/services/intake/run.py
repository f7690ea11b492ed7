"""What one import has in hand while it runs: its act, its counts, its log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from spm.domain.ids import AuditId, ImportId
from spm.domain.intake.cells import Issue
from spm.domain.intake.mapping import Binding
from spm.domain.intake.reasons import Reason
from spm.domain.organisation import Organisation
from spm.models.intake import ImportChangeRow, ImportIssueRow
from spm.services.bulk import add_all
from spm.services.intake.journal import Journal
from spm.services.work import Work

MOST_ISSUES = 20_000
"""So many refusals are kept one by one; all are counted."""

Said = Mapping[str, object]
"""What the source says of a thing, field by field, as JSON can hold it."""


@dataclass(slots=True)
class Tally:
    """What happened to the records of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A field that the import changed; ``is_local`` when a person had set what was there."""

    thing: str
    field: str
    before: str | None
    after: str | None
    is_local: bool


@dataclass(slots=True)
class Run:
    """One import while it runs.

    Attributes:
        source: Under which outside ids are kept.
        currency: Of amounts that name none.
    """

    work: Work
    import_id: ImportId
    act_id: AuditId
    organisation: Organisation
    currency: str
    source: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    refusals: list[Issue] = field(default_factory=list)
    refused: int = 0
    """How many rows were refused; one of several faults counts once."""
    _refused_last: tuple[str, int] = ("", 0)
    journal: Journal | None = None
    """Keeps what is written, so that it can be taken back; None where nothing is kept."""
    warnings: dict[tuple[str, str, str, str], Issue] = field(default_factory=dict)
    files: dict[str, Tally] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session of the unit of work."""
        return self.work.session

    def tally(self, kind: str) -> Tally:
        """Return the counts of a kind of record."""
        return self.tallies.setdefault(kind, Tally())

    def report(self, issue: Issue) -> None:
        """Keep a refusal; gather warnings of the same words into one that counts its rows."""
        if issue.is_refusal:
            row = (issue.file, issue.line)
            self.refused += row != self._refused_last
            self._refused_last = row
            if len(self.refusals) < MOST_ISSUES:
                self.refusals.append(issue)
            return
        key = (issue.file, issue.column, issue.value, issue.reason)
        known = self.warnings.get(key, issue)
        rows = known.facts.get("rows", 0)
        count = (rows if isinstance(rows, int) else 0) + 1
        self.warnings[key] = replace(known, facts={**issue.facts, "rows": count})

    def refuse(
        self,
        binding: Binding,
        line: int,
        reason: Reason,
        column: str = "",
        value: str = "",
        **facts: object,
    ) -> None:
        """Refuse a record that could be read but not loaded."""
        self.report(Issue(binding.file, line, column, value, reason, facts=facts))

    def warn(
        self,
        binding: Binding,
        line: int,
        reason: Reason,
        column: str = "",
        value: str = "",
        **facts: object,
    ) -> None:
        """Say something about a record that is loaded."""
        issue = Issue(binding.file, line, column, value, reason, is_refusal=False, facts=facts)
        self.report(issue)

    def change(
        self, thing: str, name: str, before: object, after: object, *, is_local: bool
    ) -> None:
        """Note that a field was changed."""
        self.changes.append(Change(thing, name, text_of(before), text_of(after), is_local))

    def made(self, table: str, keys: Iterable[Sequence[object]]) -> None:
        """Keep that rows were made past the session."""
        if self.journal is not None:
            self.journal.new(table, list(keys))

    def set_columns(
        self,
        table: str,
        key: object,
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> None:
        """Keep what columns of a row were, that is changed past the session."""
        if self.journal is not None:
            self.journal.changed(table, (key,), before, after)

    def write_log(self) -> None:
        """Write what was refused, warned of and changed."""
        issues = [*self.refusals, *self.warnings.values()]
        add_all(
            self.session, ImportIssueRow, [issue_row(self.import_id, issue) for issue in issues]
        )
        add_all(
            self.session,
            ImportChangeRow,
            [_change_row(self.import_id, one) for one in self.changes],
        )


def text_of(value: object) -> str | None:
    """Return a value as the log shows it; None stays None."""
    match value:
        case None:
            return None
        case date() | datetime():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def issue_row(import_id: ImportId, issue: Issue) -> dict[str, object]:
    """Return the row that keeps an issue."""
    return {
        "import_id": import_id,
        "file": issue.file[:200],
        "line": issue.line,
        "column_name": issue.column[:200],
        "value": issue.value,
        "reason": issue.reason,
        "facts": dict(issue.facts),
        "is_refusal": issue.is_refusal,
    }


def _change_row(import_id: ImportId, change: Change) -> dict[str, object]:
    return {
        "import_id": import_id,
        "object": change.thing,
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "is_local": change.is_local,
    }
