"""An import as one act: all files in one transaction, one audit entry, one log."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session, SessionTransaction

from spm.adapters.database import indexed_afterwards, room_for_many
from spm.adapters.memory import seldom_searched
from spm.adapters.spool import Spool
from spm.domain.access import Permission
from spm.domain.ids import AuditId, ImportId
from spm.domain.intake.building import records
from spm.domain.intake.cells import Issue
from spm.domain.intake.layouts import Layout
from spm.domain.intake.mapping import RowMapper
from spm.domain.intake.plan import LeftOut, sources
from spm.domain.intake.reasons import Note, Reason
from spm.domain.intake.records import DealRecord, MoveRecord, Record
from spm.domain.intake.schema import Kind
from spm.domain.intake.stages import NOWHERE
from spm.domain.money import minor_digits
from spm.models.audit import AuditEntryRow
from spm.models.intake import ImportFileRow, ImportRow
from spm.models.organisation import OrganisationRow
from spm.models.pipeline import DealRow
from spm.queries.organisation.settings import get_organisation
from spm.services.intake import catalogue, deals, people, remains, targets
from spm.services.intake.histories import History
from spm.services.intake.inspection import Inspection, Progress, Recognised
from spm.services.intake.journal import Journal
from spm.services.intake.pipelines import known_stages
from spm.services.intake.references import References, let_go
from spm.services.intake.run import Change, Run, Tally
from spm.services.intake.writing import Loading
from spm.services.pipeline.history import FILLED_BY_DEALS, MANY, know_anew
from spm.services.work import Work

EVERY = 200
"""Progress is told once in so many rows."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to load.

    Attributes:
        is_all_or_nothing: One refused row, or one file that could not be read, keeps everything out.
        currency: Of amounts that name none; None for the organisation's.
        takes_over: What the sources brought is the organisation's own from then on: later imports
            of them do not change it.
        is_dry_run: Do everything, then undo it.
    """

    is_all_or_nothing: bool = False
    currency: str | None = None
    takes_over: bool = False
    is_dry_run: bool = False


PLAINLY = Options()
"""Nothing was said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do.

    Attributes:
        is_loaded: Whether anything of it is in the database now.
        tallies: Kind of record → its counts.
        refusals: Rows that were refused, as far as they are kept one by one.
        refused: How many there are.
        warnings: Each once, with the number of its rows in ``facts["rows"]``.
        notes: What was begun for the organisation, each with the facts of its words.
    """

    import_id: ImportId | None
    is_loaded: bool
    inspection: Inspection
    tallies: Mapping[str, Tally]
    changes: tuple[Change, ...]
    refusals: tuple[Issue, ...]
    refused: int
    warnings: tuple[Issue, ...]
    notes: tuple[tuple[Note, Mapping[str, object]], ...] = ()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Files that were not loaded."""
        return self.inspection.left_out

    @property
    def is_whole(self) -> bool:
        """Return whether no row was refused, and no file left out that could not be read."""
        return not self.refused and not self.inspection.faults

    def counts(self) -> dict[str, Any]:
        """Return the counts as JSON can hold them."""
        kinds = {
            kind: {
                "created": tally.created,
                "updated": tally.updated,
                "unchanged": tally.unchanged,
                "kept": tally.kept,
            }
            for kind, tally in self.tallies.items()
        }
        return {
            "rows": self.inspection.rows,
            "refused": self.refused,
            "warnings": len(self.warnings),
            "changes": len(self.changes),
            "kinds": kinds,
        }


def digest_of(inspection: Inspection) -> str:
    """Return one SHA-256 over the digests of the files, whatever they are called."""
    whole = hashlib.sha256()
    for one in sorted(inspection.digests.values()):
        whole.update(bytes.fromhex(one))
    return whole.hexdigest()


def load(
    work: Work,
    inspection: Inspection,
    options: Options = PLAINLY,
    progress: Progress | None = None,
    row: ImportRow | None = None,
) -> Outcome:
    """Load what was recognised: good rows are written, refused ones reported.

    Args:
        work: The unit of work; nothing is committed.
        inspection: From ``inspect``.
        options: How to load.
        progress: Is told how far it is.
        row: The import, where it was made before; a new one otherwise.

    Returns:
        What happened. A dry run returns the same and leaves nothing behind.

    Raises:
        Forbidden: The actor may not import.
        CurrencyUnknown: ``options.currency`` is none.
        KpiUnknown: A layout's targets are for a KPI that does not exist.
    """
    work.require(Permission.IMPORTS_RUN)
    if options.currency is not None:
        minor_digits(options.currency)
    session = work.session
    session.flush()
    outer = session.begin_nested()
    row, act_id = _begin(work, inspection, options, row)
    inner = session.begin_nested()
    run = Run(
        work=work,
        import_id=ImportId(row.id),
        act_id=act_id,
        organisation=work.organisation,
        currency="",
    )
    if not options.is_dry_run:
        run.journal = Journal(session, row.id)
    listening = run.journal.listening() if run.journal is not None else nullcontext()
    empty = _to_be_filled(session, inspection)
    with seldom_searched(), room_for_many(session), indexed_afterwards(session, empty), listening:
        notes = _load_all(run, inspection, options, progress or _nobody)
    is_hindered = options.is_all_or_nothing and bool(run.refused or inspection.faults)
    is_loaded = not options.is_dry_run and not is_hindered
    outcome = Outcome(
        import_id=None if options.is_dry_run else run.import_id,
        is_loaded=is_loaded,
        inspection=inspection,
        tallies=run.tallies,
        changes=tuple(run.changes),
        refusals=tuple(run.refusals),
        refused=run.refused,
        warnings=tuple(run.warnings.values()),
        notes=tuple(notes),
    )
    if options.is_dry_run:
        _undo(session, outer)
        return outcome
    if is_loaded:
        session.flush()
        inner.commit()
        deals = run.tallies.get(Kind.DEAL.value)
        if deals is not None and deals.created + deals.updated >= MANY:
            know_anew(session)
    else:
        _undo(session, inner)
        run.changes.clear()
    run.write_log()
    _end(run, outcome, row)
    outer.commit()
    return outcome


def _to_be_filled(session: Session, inspection: Inspection) -> Sequence[str]:
    """Return the tables that hold nothing yet and will hold a great many rows of deals."""
    rows = sum(
        one.rows for one in inspection.recognised if one.binding.kind in {Kind.DEAL, Kind.MOVE}
    )
    if rows < MANY or session.scalar(select(DealRow.id).limit(1)) is not None:
        return ()
    return FILLED_BY_DEALS


def _undo(session: Session, savepoint: SessionTransaction) -> None:
    savepoint.rollback()
    session.expire_all()


def _nobody(_phase: str, _rows: int) -> None:
    """Nobody asked how far it is."""


def _begin(
    work: Work, inspection: Inspection, options: Options, row: ImportRow | None
) -> tuple[ImportRow, AuditId]:
    """Write the import and its one audit entry."""
    session = work.session
    digest = digest_of(inspection)
    if row is None:
        row = ImportRow(
            state="running",
            options=_options_said(options),
            counts={},
            digest=digest,
            created_at=work.now,
            created_by=work.actor.person_id,
            message="",
        )
        session.add(row)
        session.flush([row])
        for given in {one.given.name: one.given for one in inspection.recognised}.values():
            session.add(
                ImportFileRow(
                    import_id=row.id,
                    name=given.name[:200],
                    stored_as=None,
                    digest=inspection.digests[given.name],
                    size=given.path.stat().st_size,
                    recognised=recognised_said(inspection, given.name),
                )
            )
    act_id = work.record(
        Permission.IMPORTS_RUN,
        f"import:{row.id}",
        after={"digest": digest, "files": dict(inspection.digests)},
    )
    row.act_id = act_id
    session.flush()
    return row, act_id


def _options_said(options: Options) -> dict[str, Any]:
    return {
        "all_or_nothing": options.is_all_or_nothing,
        "currency": options.currency,
        "take_over": options.takes_over,
    }


def recognised_said(inspection: Inspection, file: str) -> dict[str, Any]:
    """Return how the tables of a file were read, as JSON can hold it."""
    return {
        one.table.file: {
            "layout": one.binding.layout.id,
            "source": one.binding.layout.title,
            "table": one.binding.table.id,
            "title": one.binding.table.title,
            "rows": one.rows,
            "encoding": one.table.encoding,
            "delimiter": one.table.delimiter,
            "decimal_mark": one.formats.decimal_mark.value,
            "date_order": one.formats.date_order.value,
            "unused": list(one.binding.unused),
            "verified": one.binding.layout.is_verified,
        }
        for one in inspection.recognised
        if one.given.name == file
    }


def _end(run: Run, outcome: Outcome, row: ImportRow) -> None:
    """Complete the audit entry and the import with what has happened."""
    counts = outcome.counts()
    entry = run.session.get_one(AuditEntryRow, run.act_id)
    entry.after = {**entry.after, "loaded": outcome.is_loaded, "counts": counts}
    row.state = "done" if outcome.is_loaded else "failed"
    row.message = "" if outcome.is_loaded else "refused" if outcome.refused else "unread"
    row.counts = counts
    row.digest = digest_of(outcome.inspection)
    row.finished_at = run.work.now
    run.session.flush()


def _load_all(
    run: Run, inspection: Inspection, options: Options, progress: Progress
) -> list[tuple[Note, Mapping[str, object]]]:
    notes: list[tuple[Note, Mapping[str, object]]] = []
    layouts = sources(one.binding for one in inspection.recognised)
    _ensure_organisation(run, layouts, options, notes)
    run.organisation = get_organisation(run.session)
    run.currency = options.currency or run.organisation.currency
    done = 0
    for layout in layouts:
        run.source = layout.id
        with Spool() as spool:
            source = _Source(run, layout, inspection, History(spool))
            for one in source.files:
                progress(one.table.file, done)
                source.load(one, progress, done)
                done += one.rows
            source.finish()
            source.keep_what_was_said()
    if options.takes_over:
        run.session.flush()
        let_go(run.session, (layout.id for layout in layouts))
        notes.append((Note.TAKEN_OVER, {"sources": [layout.title for layout in layouts]}))
    progress("", done)
    return notes


def _ensure_organisation(
    run: Run,
    layouts: Sequence[Layout],
    options: Options,
    notes: list[tuple[Note, Mapping[str, object]]],
) -> None:
    """Begin an organisation where there is none, and its fiscal year where it has chosen none."""
    session = run.session
    row = session.get(OrganisationRow, 1)
    if row is None:
        row = OrganisationRow(
            id=1,
            name="",
            time_zone="UTC",
            currency=options.currency or "USD",
            fiscal_start_month=1,
            locale="en",
            is_fiscal_start_chosen=False,
            is_set_up=False,
        )
        session.add(row)
        facts = {"currency": row.currency, "time_zone": "UTC", "month": 1}
        notes.append((Note.ORGANISATION_BEGUN, facts))
    month = next((one.fiscal_start_month for one in layouts if one.fiscal_start_month), None)
    if month is not None and not row.is_fiscal_start_chosen:
        row.is_fiscal_start_chosen = True
        row.fiscal_start_month = month
        notes.append((Note.FISCAL_YEAR_BEGUN, {"month": month}))
    session.flush()


class _Source:
    """The files of one source while they are loaded."""

    def __init__(self, run: Run, layout: Layout, inspection: Inspection, history: History) -> None:
        self._run = run
        self._refs = References(run.session, layout.id)
        self._book = inspection.book(layout, known_stages(run.session, layout.id))
        self._history = history
        self.files = [one for one in inspection.recognised if one.binding.layout.id == layout.id]
        for seen, stage in self._book.added if self._book else ():
            if seen.where == NOWHERE:
                continue
            file, line, column = seen.where
            facts = {"kind": stage.kind, "probability": stage.probability_bp / 100}
            issue = Issue(file, line, column, seen.name, Reason.STAGE_ADDED, False, facts)
            run.report(issue)

    def load(self, one: Recognised, progress: Progress, done: int) -> None:
        """Load one table."""
        loading = Loading(self._run, self._refs, one.binding, self._book)
        if one.binding.kind is Kind.DEAL and self._history.is_by_name:
            self._count_names(one)
        stream = _good(self._run, records(self._mapper(one), _told(one, progress, done)))
        match one.binding.kind:
            case Kind.MOVE:
                self._history.add(loading, cast("Iterable[MoveRecord]", stream))
            case Kind.DEAL:
                deals.load_deals(loading, cast("Iterable[DealRecord]", stream), self._history)
            case kind:
                _LOADERS[kind](loading, stream)
        self._run.session.flush()
        self._refs.write()

    def _mapper(self, one: Recognised) -> RowMapper:
        return RowMapper(one.binding, one.formats, self._book)

    def _count_names(self, one: Recognised) -> None:
        """Learn which names deals share, since a history goes by them."""
        for record in records(self._mapper(one), one.table.rows()):
            if isinstance(record, DealRecord):
                self._history.count_name(record.name)

    def keep_what_was_said(self) -> None:
        """Keep what the source had said before of what it says otherwise now."""
        for ref_id, (before, now) in self._refs.was_said.items():
            was, said = {"mapped": dict(before)}, {"mapped": dict(now.mapped)}
            self._run.set_columns("external_ref", ref_id, was, said)

    def finish(self) -> None:
        """Load the histories of deals that no file listed."""
        tables = [one.binding for one in self.files if one.binding.kind is Kind.MOVE]
        if tables and not self._history.is_empty:
            loading = Loading(self._run, self._refs, tables[0], self._book)
            remains.load_rest(loading, self._history)
            self._run.session.flush()
            self._refs.write()


def _told(one: Recognised, progress: Progress, done: int) -> Iterator[Any]:
    for number, row in enumerate(one.table.rows(), 1):
        if number % EVERY == 0:
            progress(one.table.file, done + number)
        yield row


def _good(run: Run, found: Iterable[Record | Issue]) -> Iterator[Record]:
    """Report the issues and yield the records."""
    for one in found:
        if isinstance(one, Issue):
            run.report(one)
        else:
            yield one


_Load = Callable[[Loading, Iterable[Any]], None]

_LOADERS: Mapping[Kind, _Load] = {
    Kind.TERRITORY: cast("_Load", people.load_territories),
    Kind.PERSON: cast("_Load", people.load_people),
    Kind.TERRITORY_MEMBER: cast("_Load", people.load_members),
    Kind.ACCOUNT: cast("_Load", catalogue.load_accounts),
    Kind.PRODUCT: cast("_Load", catalogue.load_products),
    Kind.TARGET: cast("_Load", targets.load_targets),
}
