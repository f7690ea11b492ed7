"""Deals: new ones in bulk, known ones compared with what their source says now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, Table, delete, select, update

from spm.domain.ids import DealId
from spm.domain.intake.dates import Moment
from spm.domain.intake.deals import path, place
from spm.domain.intake.events import Merge, Told, first_events, merged
from spm.domain.intake.records import Dates, DealRecord, Move
from spm.domain.intake.schema import Kind
from spm.domain.money import Money
from spm.domain.pipeline.history import Event, EventKind
from spm.domain.text import fold
from spm.models.pipeline import DealEventRow, DealLineRow, DealRow
from spm.queries.pipeline.history import events_of
from spm.services.bulk import add_all, new_ids, pour
from spm.services.intake.histories import History, read_moves, written_moves
from spm.services.intake.journal import packed
from spm.services.intake.references import Known
from spm.services.intake.resolving import PLAIN, Resolved, Resolver, line_rows
from spm.services.intake.run import text_of
from spm.services.intake.writing import Loading, Made
from spm.services.pipeline.history import current_columns, store, store_new
from spm.services.pipeline.rollup import Ledger

FROM_HISTORY = "from_history"
"""Is remembered of a deal of which nothing but a history is known."""
CHUNK = 1000
"""So many deals are looked up and written at a time."""

_DEAL = cast("Table", DealRow.__table__)
_HELD = (
    "stage_id",
    "owner_id",
    "amount_minor",
    "closed_on",
    "product_id",
    "account_id",
    "territory_id",
    "expected_close_on",
)
"""Columns that follow from what a source says, in the order in which they are remembered."""


def load_deals(
    loading: Loading, records: Iterable[DealRecord], history: History | None = None
) -> None:
    """Load deals with their stage moves; compare known ones and bring them up to the source."""
    loader = Loader(loading, history)
    waiting = iter(records)
    while chunk := list(islice(waiting, CHUNK)):
        loader.load(chunk)
    loader.finish()


class Loader:
    """Loads deals of one file, some at a time."""

    def __init__(self, loading: Loading, history: History | None = None) -> None:
        self._made = Made()
        self._loading = loading = replace(loading, made=self._made)
        self._history = history
        self._run = loading.run
        self._session = loading.run.session
        self._resolver = Resolver(loading)
        self._ledger = Ledger.of(self._session)
        mapped = loading.binding.mapped
        key = loading.binding.columns.get("key") or loading.binding.columns["deal"]
        self._space = key.layout.space
        names = [*PLAIN, "stage_id", "owner_id", "amount_minor", "closed_on"]
        names = [name for name in names if name not in PLAIN or name in mapped]
        if "product" in mapped:
            names.append("product_id")
        for kind, name in (
            (EventKind.ACCOUNT, "account_id"),
            (EventKind.TERRITORY, "territory_id"),
            (EventKind.CLOSE_DATE, "expected_close_on"),
        ):
            if kind in self._resolver.rules:
                names.append(name)
        self._ruled = tuple(sorted(names))

    def load(self, records: Sequence[DealRecord]) -> None:
        """Load some deals."""
        keys = [record.keys[0].key for record in records]
        known = self._loading.refs.find_many(Kind.DEAL.value, self._space, keys)
        resolved = [
            (self._resolver.resolve(record), moves)
            for record, moves in self._with_moves(records, known)
        ]
        self._made.write(self._run)
        self._resolver.write_grants()
        self._session.flush()
        deals = [self._with_memory(deal, moves) for deal, moves in resolved if deal is not None]
        new = [one for one in deals if one.record.keys[0].key not in known]
        old = [one for one in deals if one.record.keys[0].key in known]
        if new:
            self._create(new)
        changed = self._compare(old, known) if old else []
        self._loading.refs.write()
        self._ledger.relieve(self._session)
        if changed:
            store(self._session, changed, ledger=self._ledger)

    def finish(self) -> None:
        """Write what the rollup has to learn of all that was loaded.

        Only now: its rows are shared by many deals, and whoever changes one waits for this import.
        """
        self._ledger.write(self._session)

    # --- histories -------------------------------------------------------------------------------

    def _with_moves(
        self, records: Sequence[DealRecord], known: Mapping[str, Known]
    ) -> Iterator[tuple[DealRecord, Sequence[Move]]]:
        """Yield each deal with its history: of these files, else what was told of it before."""
        found = self._history.moves_of(self._loading, records) if self._history else {}
        for record in records:
            key = record.keys[0].key
            moves: Sequence[Move] = found.get(key) or record.moves
            if not moves and key in known:
                moves = read_moves(known[key].mapped)
            yield (self._retold(record, moves) if moves else record), moves

    @staticmethod
    def pipeline_of(ref: Known) -> str:
        """Return the pipeline that a known deal's source put it in."""
        return str(ref.mapped.get("pipeline", ""))

    def retell(self, ref: Known, moves: Sequence[Move]) -> None:
        """Let a known deal go its way anew, as a history tells it; all else of it stays."""
        tally = self._run.tally(Kind.DEAL.value)
        if not ref.is_ruled or not moves or tuple(moves) == read_moves(ref.mapped):
            tally.kept += not ref.is_ruled
            tally.unchanged += ref.is_ruled
            return
        deal_id, work = DealId(ref.object_id), self._run.work
        row = self._session.execute(_current([deal_id])).one()
        way = self._resolver.way(self.pipeline_of(ref))
        begun = cast("Sequence[Sequence[str]]", ref.mapped["path"])[0][1]
        last = max(moves, key=lambda move: place(move.at))
        stage = next(stage for stage in way.layout.stages if stage.name == last.stage)
        dates = Dates(
            created=Moment.of_text(begun) if begun else None,
            closed=(last.closed or last.at) if stage.kind != "open" else None,
        )
        way_gone = path(way.layout, stage, dates, moves)
        minor = row.amount_minor
        amount = None if minor is None else Money(row.currency, minor)
        told = Told(
            entries=self._resolver.entries(way, way_gone),
            owner_id=row.owner_id,
            amount=amount,
            opening_amount=amount,
            account_id=row.account_id,
            territory_id=row.territory_id,
            expected_close_on=row.expected_close_on,
            rules=frozenset(),
        )
        log = events_of(self._session, [deal_id])[deal_id]
        self._apply(merged(log, told, way.pipeline, work.now, work.today), row.currency)
        store(self._session, [deal_id], ledger=self._ledger)
        after = self._session.execute(_current([deal_id])).one()
        for name in ("stage_id", "closed_on"):
            before, now = getattr(row, name), getattr(after, name)
            if before != now:
                self._run.change(f"deal:{deal_id}", name, before, now, is_local=False)
        held = [_plainly(getattr(after, name)) for name in _HELD]
        said = {
            **ref.mapped,
            "path": [[one.stage, one.at.text() if one.at else None] for one in way_gone],
            "moves": written_moves(moves),
            "held": held,
        }
        self._loading.refs.touch(ref, said)
        tally.updated += 1

    def _retold(self, record: DealRecord, moves: Sequence[Move]) -> DealRecord:
        book = self._loading.book
        pipeline = None if book is None else book.pipeline(record.pipeline or None)
        if book is None or pipeline is None:
            return record
        stage = next(stage for stage in pipeline.stages if stage.name == record.stage)
        return replace(record, path=path(pipeline, stage, record.dates, moves))

    def _with_memory(self, deal: Resolved, moves: Sequence[Move]) -> Resolved:
        """Let a deal remember its history, and the columns that follow from what its source says."""
        told, last = deal.told, deal.told.entries[-1]
        is_closed = deal.way.pipeline.stage(last.stage_id).is_closed
        held: list[object] = [
            last.stage_id,
            told.owner_id,
            told.amount.minor if told.amount else None,
            last.on.isoformat() if is_closed and last.on else None,
            deal.product_id,
            told.account_id,
            told.territory_id,
            told.expected_close_on.isoformat() if told.expected_close_on else None,
        ]
        memory: dict[str, object] = {**deal.said, "held": held}
        if moves:
            memory["moves"] = written_moves(moves)
        if deal.record.moves:
            memory[FROM_HISTORY] = True
        return replace(deal, said=memory)

    # --- new deals -------------------------------------------------------------------------------

    def _create(self, deals: Sequence[Resolved]) -> None:
        session, now = self._session, self._run.work.now
        ids = [DealId(deal_id) for deal_id in new_ids(session, DealRow, len(deals))]
        logs = [
            (deal_id, deal.way.pipeline, first_events(deal_id, deal.told, deal.way.pipeline, now))
            for deal_id, deal in zip(ids, deals, strict=True)
        ]
        histories = store_new(session, logs, [deal.currency for deal in deals], now)
        rows: list[tuple[Any, ...]] = []
        row: dict[str, Any] = {}
        events: list[tuple[Any, ...]] = []
        lines: list[dict[str, Any]] = []
        for (deal_id, _, log), history, deal in zip(logs, histories, deals, strict=True):
            row = self._deal_row(deal)
            row.update(current_columns(history, deal.currency))
            row["id"] = deal_id
            rows.append(tuple(row.values()))
            events += [self._event_row(event, deal.currency) for event in log]
            lines += line_rows(deal_id, deal.lines)
            self._loading.refs.add(Kind.DEAL.value, deal.record.keys[0], deal_id, deal.said)
        pour(session, DealRow, tuple(row), rows)
        pour(session, DealEventRow, _EVENT, events)
        histories.write(self._ledger)
        if lines:
            add_all(session, DealLineRow, lines)
            self._run.tally("deal_line").created += len(lines)
        self._run.tally(Kind.DEAL.value).created += len(ids)

    def _deal_row(self, deal: Resolved) -> dict[str, Any]:
        told, last = deal.told, deal.told.entries[-1]
        is_closed = deal.way.pipeline.stage(last.stage_id).is_closed
        name = self._name(deal)
        return {
            "name": name,
            "name_key": fold(name),
            "pipeline_id": deal.way.pipeline.id,
            "stage_id": last.stage_id,
            "owner_id": told.owner_id,
            "account_id": told.account_id,
            "product_id": deal.product_id,
            "territory_id": told.territory_id,
            "amount_minor": told.amount.minor if told.amount else None,
            "currency": deal.currency,
            "lead_source": deal.record.lead_source,
            "next_step": deal.record.next_step,
            "loss_reason": deal.record.loss_reason,
            "expected_close_on": told.expected_close_on,
            "opened_on": min((e.on for e in told.entries if e.on is not None), default=None),
            "closed_on": last.on if is_closed else None,
            "stage_since_at": last.at,
            "created_at": self._run.work.now,
            "version": 1,
        }

    def _name(self, deal: Resolved) -> str:
        """A deal's name: the source's, else what is sold to whom, else its key."""
        record = deal.record
        if "name" in self._loading.binding.mapped or deal.product_id is None:
            return record.name
        names = self._loading.refs
        product = names.names(Kind.PRODUCT).by_id[deal.product_id]
        account_id = deal.told.account_id
        other = record.name if account_id is None else names.names(Kind.ACCOUNT).by_id[account_id]
        return f"{other} · {product}"[:200]

    def _event_row(self, event: Event, currency: str) -> tuple[Any, ...]:
        """The values of ``_EVENT``."""
        amount = event.amount
        return (
            event.deal_id,
            event.kind.value,
            event.occurred_at,
            event.occurred_on,
            event.recorded_at,
            self._run.work.actor.person_id,
            self._run.act_id,
            event.stage_id,
            amount.minor if amount else None,
            amount.currency if amount else currency,
            event.expected_close_on,
            event.owner_id,
            event.account_id,
            event.territory_id,
            "",
        )

    # --- known deals -----------------------------------------------------------------------------

    def _compare(self, deals: Sequence[Resolved], known: Mapping[str, Known]) -> list[DealId]:
        by_deal = {known[deal.record.keys[0].key].object_id: deal for deal in deals}
        rows = {row.id: row for row in self._session.execute(_current(by_deal)).all()}
        tally = self._run.tally(Kind.DEAL.value)
        changed: list[tuple[DealId, Resolved, Known]] = []
        for deal_id, deal in by_deal.items():
            ref = known[deal.record.keys[0].key]
            if not ref.is_ruled:
                tally.kept += 1
            elif ref.mapped == deal.said and not self._differs(rows[deal_id], deal):
                tally.unchanged += 1
            else:
                changed.append((DealId(deal_id), deal, ref))
        moved: list[DealId] = []
        for start in range(0, len(changed), _LOOKED_UP):
            part = changed[start : start + _LOOKED_UP]
            logs = events_of(self._session, [deal_id for deal_id, _, _ in part])
            moved += [
                deal_id
                for deal_id, deal, ref in part
                if self._update(rows[deal_id], logs[deal_id], deal, ref)
            ]
        tally.updated += len(changed)
        return moved

    def _differs(self, row: SqlRow[Any], deal: Resolved) -> bool:
        """Return whether a person has changed what the source rules."""
        wanted = self._wanted(deal)
        return any(getattr(row, name) != value for name, value in wanted.items())

    def _wanted(self, deal: Resolved) -> dict[str, Any]:
        """The current columns of a deal, as far as the source speaks of them."""
        full = self._deal_row(deal)
        names = {*self._ruled, *(["product_id"] if deal.record.product is not None else [])}
        return {name: full[name] for name in sorted(names)}

    def _update(self, row: SqlRow[Any], log: Sequence[Event], deal: Resolved, ref: Known) -> bool:
        """Bring a deal up to its source; return whether its log has changed."""
        work, deal_id = self._run.work, DealId(row.id)
        wanted = self._wanted(deal)
        for name, value in wanted.items():
            before = getattr(row, name)
            if before != value:
                self._run.change(
                    f"deal:{deal_id}",
                    name,
                    self._shown(name, before, deal),
                    self._shown(name, value, deal),
                    is_local=_remembered(ref, name) != _plainly(before),
                )
        plain = {
            name: value
            for name, value in wanted.items()
            if name in {*deal.plain, "product_id"} and getattr(row, name) != value
        }
        if "name" in plain:
            plain["name_key"] = fold(plain["name"])
        has_moved = row.pipeline_id != deal.way.pipeline.id
        if has_moved:
            plain["pipeline_id"] = deal.way.pipeline.id
        if plain:
            self._run.set_columns(
                "deal", deal_id, {name: _before(row, name) for name in plain}, plain
            )
            self._session.execute(
                update(DealRow)
                .where(DealRow.id == deal_id)
                .values(**plain, version=DealRow.version + 1)
                .execution_options(synchronize_session=False)
            )
        # Lines that people typed go where the source overrules what they come to.
        is_overruled = "amount_minor" in wanted and row.amount_minor != wanted["amount_minor"]
        if ref.mapped.get("lines") != deal.said.get("lines") or is_overruled:
            self._replace_lines(deal_id, deal)
        if has_moved:
            # The log knows one pipeline: in another one the deal's way is what the source says now.
            merge = Merge(tuple(log), first_events(deal_id, deal.told, deal.way.pipeline, work.now))
        else:
            merge = merged(log, deal.told, deal.way.pipeline, work.now, work.today)
        self._apply(merge, deal.currency)
        self._loading.refs.touch(ref, deal.said)
        return bool(merge.voided or merge.added)

    def _shown(self, name: str, value: object, deal: Resolved) -> object:
        """A column's value as the log shows it."""
        if value is None:
            return None
        if name == "stage_id":
            stages = deal.way.pipeline.stages
            return next((s.name for s in stages if s.id == value), value)
        if name == "amount_minor" and isinstance(value, int):
            return f"{Money(deal.currency, value).amount} {deal.currency}"
        kind = _KINDS.get(name)
        if kind is not None and isinstance(value, int):
            return self._loading.refs.names(kind).by_id.get(value, str(value))
        return value

    def _apply(self, merge: Merge, currency: str) -> None:
        if merge.voided:
            self._session.execute(
                update(DealEventRow)
                .where(DealEventRow.id.in_([event.id for event in merge.voided]))
                .values(voided_act_id=self._run.act_id)
                .execution_options(synchronize_session=False)
            )
        pour(
            self._session,
            DealEventRow,
            _EVENT,
            [self._event_row(event, currency) for event in merge.added],
        )

    def _replace_lines(self, deal_id: DealId, deal: Resolved) -> None:
        lines = cast("Table", DealLineRow.__table__)
        found = self._session.execute(select(lines).where(lines.c.deal_id == deal_id)).mappings()
        were = [
            {name: packed(value) for name, value in line.items() if name != "id"} for line in found
        ]
        before = sum(line["to_at"] is None for line in were)
        if not before and not deal.lines:
            return
        self._run.set_columns("deal_line.of", deal_id, {"lines": were}, {})
        self._session.execute(delete(DealLineRow).where(DealLineRow.deal_id == deal_id))
        rows = list(line_rows(deal_id, deal.lines))
        if rows:
            add_all(self._session, DealLineRow, rows)
        self._run.change(f"deal:{deal_id}", "lines", before, len(rows), is_local=False)


_LOOKED_UP = 500
_EVENT = (
    "deal_id",
    "kind",
    "occurred_at",
    "occurred_on",
    "recorded_at",
    "actor_id",
    "act_id",
    "stage_id",
    "amount_minor",
    "currency",
    "expected_close_on",
    "owner_id",
    "account_id",
    "territory_id",
    "reason",
)
_KINDS = {
    "owner_id": Kind.PERSON,
    "account_id": Kind.ACCOUNT,
    "product_id": Kind.PRODUCT,
    "territory_id": Kind.TERRITORY,
}


def _before(row: SqlRow[Any], name: str) -> object:
    return fold(row.name) if name == "name_key" else getattr(row, name)


def _plainly(value: object) -> object:
    """A column's value as JSON can hold it."""
    return value if value is None or isinstance(value, int | str) else text_of(value)


def _remembered(ref: Known, name: str) -> object:
    """What a column was when the source last spoke; a name and the like as it said it."""
    held = cast("Sequence[object]", ref.mapped.get("held", ()))
    if name in _HELD:
        place = _HELD.index(name)
        return held[place] if place < len(held) else None
    return ref.mapped.get(name, "")


def _current(deal_ids: Iterable[int]) -> Select[Any]:
    columns = _DEAL.c
    return select(
        columns.id,
        columns.name,
        columns.pipeline_id,
        columns.stage_id,
        columns.owner_id,
        columns.account_id,
        columns.product_id,
        columns.territory_id,
        columns.amount_minor,
        columns.currency,
        columns.lead_source,
        columns.next_step,
        columns.loss_reason,
        columns.expected_close_on,
        columns.closed_on,
    ).where(columns.id.in_(list(deal_ids)))
