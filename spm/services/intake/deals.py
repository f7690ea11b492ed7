"""Deals: new ones in bulk, known ones compared with what their source says now."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, Table, delete, insert, select, update

from spm.domain.ids import AccountId, DealId, PersonId, ProductId, TerritoryId
from spm.domain.intake.cells import Issue
from spm.domain.intake.dates import Moment
from spm.domain.intake.events import Entry, Merge, Told, first_events, merged
from spm.domain.intake.layouts import PipelineLayout
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import DealRecord
from spm.domain.intake.schema import Kind
from spm.domain.money import Money, total
from spm.domain.pipeline.history import Event, EventKind
from spm.domain.pipeline.stages import Pipeline
from spm.domain.text import fold
from spm.models.pipeline import DealEventRow, DealLineRow, DealRow, ProductRow
from spm.queries.pipeline.history import events_of
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.intake.bulk import add_all
from spm.services.intake.pipelines import ensure_pipeline
from spm.services.intake.references import Known
from spm.services.intake.run import text_of
from spm.services.intake.writing import Loading, Refused
from spm.services.pipeline.history import store
from spm.services.pipeline.rollup import Ledger

Key = TypeVar("Key")

CHUNK = 500
"""So many deals are looked up and written at a time."""

_DEAL = cast("Table", DealRow.__table__)
_PLAIN = ("name", "lead_source", "next_step", "loss_reason")
"""Fields of a deal that have no history."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a deal, resolved."""

    product_id: ProductId
    quantity: Any
    unit_price: Money | None
    amount: Money
    cost: Money | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A deal of which every reference leads somewhere.

    Attributes:
        plain: The fields without history that the file says something about.
        said: The same deal as the source said it, as JSON can hold it; ``held`` are the columns that
            follow from it, so that what is found otherwise was changed by somebody else.
    """

    record: DealRecord
    told: Told
    product_id: ProductId | None
    plain: Mapping[str, Any]
    lines: tuple[Line, ...]
    currency: str
    said: Mapping[str, object]


def load_deals(loading: Loading, records: Iterable[DealRecord]) -> None:
    """Load deals with their stage moves; compare known ones and bring them up to the source."""
    loader = _Loader(loading)
    waiting = iter(records)
    while chunk := list(islice(waiting, CHUNK)):
        loader.load(chunk)
    loader.finish()


class _Loader:
    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._run = loading.run
        self._session = loading.run.session
        layout = cast("PipelineLayout", loading.binding.layout.pipeline)
        pipeline_id, self._stages = ensure_pipeline(loading.run, loading.refs, layout)
        self._pipeline: Pipeline = get_pipeline(self._session, pipeline_id)
        self._space = loading.binding.columns["key"].layout.space
        self._prices: dict[int, Money | None] = {}
        self._ledger = Ledger.of(self._session)
        mapped = loading.binding.mapped
        self._rules = frozenset(
            kind
            for kind, field in (
                (EventKind.OWNER, "owner"),
                (EventKind.AMOUNT, "key"),
                (EventKind.ACCOUNT, "account"),
                (EventKind.TERRITORY, "territory"),
                (EventKind.CLOSE_DATE, "expected_close"),
            )
            if field in mapped
        )

    def load(self, records: Sequence[DealRecord]) -> None:
        """Load some deals."""
        resolved = [one for record in records if (one := self._resolve(record)) is not None]
        self._session.flush()
        keys = [one.record.keys[0].key for one in resolved]
        known = self._loading.refs.find_many(Kind.DEAL.value, self._space, keys)
        new = [one for one in resolved if one.record.keys[0].key not in known]
        old = [one for one in resolved if one.record.keys[0].key in known]
        changed = self._create(new) if new else []
        changed += self._compare(old, known) if old else []
        self._loading.refs.write()
        if changed:
            store(self._session, changed, ledger=self._ledger)

    def finish(self) -> None:
        """Write what the rollup has to learn of all that was loaded.

        Only now: its rows are shared by many deals, and whoever changes one waits for this import.
        """
        self._ledger.write(self._session)

    # --- resolving -------------------------------------------------------------------------------

    def _resolve(self, record: DealRecord) -> Resolved | None:
        loading = self._loading
        ids: dict[str, int | None] = {}
        for name in ("owner", "account", "product", "territory"):
            reference = getattr(record, name)
            ids[name] = None if reference is None else loading.resolve(record.line, reference)
            if reference is not None and ids[name] is None:
                return None
        try:
            lines = self._lines(record)
            if lines is None:
                return None
            return self._resolved(record, ids, lines)
        except Refused as refused:
            self._run.report(refused.issue)
            return None

    def _lines(self, record: DealRecord) -> tuple[Line, ...] | None:
        loading, lines = self._loading, []
        for line in record.lines:
            product_id = loading.resolve(line.line, line.product)
            amount = loading.money(line.line, line.amount, record.currency, "amount")
            if product_id is None or amount is None:
                return None
            lines.append(
                Line(
                    ProductId(product_id),
                    line.quantity,
                    loading.money(line.line, line.unit_price, record.currency, "unit_price"),
                    amount,
                    loading.money(line.line, line.cost, record.currency, "cost"),
                )
            )
        if len({line.amount.currency for line in lines}) > 1:
            raise Refused(
                Issue(loading.binding.file, record.line, "", record.name, Reason.MIXED_CURRENCIES)
            )
        return tuple(lines)

    def _resolved(
        self, record: DealRecord, ids: Mapping[str, int | None], lines: tuple[Line, ...]
    ) -> Resolved:
        product_id = ids["product"]
        amount, opening = self._worth(record, product_id, lines)
        entries = tuple(self._entry(entry.stage, entry.at) for entry in record.path)
        currency = amount.currency if amount else (record.currency or self._run.currency)
        told = Told(
            entries=entries,
            owner_id=PersonId(ids["owner"] or 0),
            amount=amount,
            opening_amount=opening,
            account_id=_typed(AccountId, ids["account"]),
            territory_id=_typed(TerritoryId, ids["territory"]),
            expected_close_on=record.expected_close_on,
            rules=self._rules,
        )
        plain = {name: getattr(record, name) for name in _PLAIN if name in self._mapped}
        said: dict[str, object] = {
            **plain,
            "owner": record.owner.key,
            "account": record.account.key if record.account else None,
            "product": record.product.key if record.product else None,
            "territory": record.territory.key if record.territory else None,
            "amount": text_of(amount.amount) if amount else None,
            "opening_amount": text_of(opening.amount) if opening else None,
            "currency": currency,
            "expected_close_on": text_of(record.expected_close_on),
            "path": [[entry.stage, _said(entry.at)] for entry in record.path],
            "lines": _digest(lines),
        }
        sold = _typed(ProductId, product_id)
        deal = Resolved(record, told, sold, plain, lines, currency, said)
        said["held"] = {name: text_of(value) for name, value in self._wanted(deal).items()}
        return deal

    @property
    def _mapped(self) -> frozenset[str]:
        return self._loading.binding.mapped

    def _worth(
        self, record: DealRecord, product_id: int | None, lines: tuple[Line, ...]
    ) -> tuple[Money | None, Money | None]:
        """What a deal is worth, and what it was worth while it was open."""
        if lines:
            amount: Money | None = total(lines[0].amount.currency, (line.amount for line in lines))
            return amount, amount
        given = self._loading.money(record.line, record.amount, record.currency, "amount")
        rules = self._loading.binding.table.amounts
        price = self._price(product_id) if rules else None
        kind = self._pipeline.stage(self._stages[record.stage]).kind.value
        amount = given
        if kind in rules and not (given and given.minor):
            amount = price or given
        opening = (price or amount) if "open" in rules and kind != "open" else amount
        return amount, opening

    def _price(self, product_id: int | None) -> Money | None:
        """The list price of a product."""
        if product_id is None:
            return None
        if product_id not in self._prices:
            row = self._session.get_one(ProductRow, product_id)
            minor, currency = row.list_price_minor, row.currency or self._run.currency
            self._prices[product_id] = None if minor is None else Money(currency, minor)
        return self._prices[product_id]

    def _entry(self, stage: str, moment: Moment | None) -> Entry:
        stage_id = self._stages[stage]
        if moment is None:
            return Entry(stage_id, None, None)
        organisation = self._run.organisation
        at = moment.instant()
        if at is not None:
            return Entry(stage_id, at, organisation.business_date(at))
        if moment.at is None:
            return Entry(stage_id, organisation.start_of(moment.on), moment.on)
        local = datetime.combine(moment.on, moment.at, organisation.zone)
        return Entry(stage_id, local, moment.on)

    # --- new deals -------------------------------------------------------------------------------

    def _create(self, deals: Sequence[Resolved]) -> list[DealId]:
        session = self._session
        ids = [
            DealId(deal_id)
            for deal_id in session.scalars(
                insert(_DEAL).returning(_DEAL.c.id, sort_by_parameter_order=True),
                [self._deal_row(deal) for deal in deals],
            )
        ]
        events: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        for deal_id, deal in zip(ids, deals, strict=True):
            self._loading.refs.add(Kind.DEAL.value, deal.record.keys[0], deal_id, deal.said)
            first = first_events(deal_id, deal.told, self._pipeline, self._run.work.now)
            events += [self._event_row(event, deal.currency) for event in first]
            lines += _line_rows(deal_id, deal.lines)
        add_all(session, DealEventRow, events)
        if lines:
            add_all(session, DealLineRow, lines)
        self._run.tally(Kind.DEAL.value).created += len(ids)
        if lines:
            self._run.tally("deal_line").created += len(lines)
        return ids

    def _deal_row(self, deal: Resolved) -> dict[str, Any]:
        told, last = deal.told, deal.told.entries[-1]
        is_closed = self._pipeline.stage(last.stage_id).is_closed
        name = self._name(deal)
        return {
            "name": name,
            "name_key": fold(name),
            "pipeline_id": self._pipeline.id,
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
        if "name" in self._mapped or deal.product_id is None:
            return record.name
        names = self._loading.refs
        product = names.names(Kind.PRODUCT).by_id[deal.product_id]
        account_id = deal.told.account_id
        other = record.name if account_id is None else names.names(Kind.ACCOUNT).by_id[account_id]
        return f"{other} · {product}"[:200]

    def _event_row(self, event: Event, currency: str) -> dict[str, Any]:
        amount = event.amount
        return {
            "deal_id": event.deal_id,
            "kind": event.kind.value,
            "occurred_at": event.occurred_at,
            "occurred_on": event.occurred_on,
            "recorded_at": event.recorded_at,
            "actor_id": self._run.work.actor.person_id,
            "act_id": self._run.act_id,
            "stage_id": event.stage_id,
            "amount_minor": amount.minor if amount else None,
            "currency": amount.currency if amount else currency,
            "expected_close_on": event.expected_close_on,
            "owner_id": event.owner_id,
            "account_id": event.account_id,
            "territory_id": event.territory_id,
            "reason": "",
        }

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
        logs = events_of(self._session, [deal_id for deal_id, _, _ in changed])
        moved = [
            deal_id
            for deal_id, deal, ref in changed
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
        names = {"stage_id", "owner_id", "amount_minor", "closed_on", *deal.plain}
        if deal.record.product is not None or "product" in self._mapped:
            names.add("product_id")
        for kind, name in (
            (EventKind.ACCOUNT, "account_id"),
            (EventKind.TERRITORY, "territory_id"),
            (EventKind.CLOSE_DATE, "expected_close_on"),
        ):
            if kind in self._rules:
                names.add(name)
        return {name: full[name] for name in sorted(names)}

    def _update(self, row: SqlRow[Any], log: Sequence[Event], deal: Resolved, ref: Known) -> bool:
        """Bring a deal up to its source; return whether its log has changed."""
        work, deal_id = self._run.work, DealId(row.id)
        wanted = self._wanted(deal)
        held = cast("Mapping[str, object]", ref.mapped.get("held", {}))
        for name, value in wanted.items():
            before = getattr(row, name)
            if before != value:
                self._run.change(
                    f"deal:{deal_id}",
                    name,
                    self._shown(name, before, deal.currency),
                    self._shown(name, value, deal.currency),
                    is_local=held.get(name) != text_of(before),
                )
        plain = {
            name: value
            for name, value in wanted.items()
            if name in {*deal.plain, "product_id"} and getattr(row, name) != value
        }
        if "name" in plain:
            plain["name_key"] = fold(plain["name"])
        if plain:
            self._session.execute(
                update(DealRow)
                .where(DealRow.id == deal_id)
                .values(**plain, version=DealRow.version + 1)
                .execution_options(synchronize_session=False)
            )
        if ref.mapped.get("lines") != deal.said["lines"]:
            self._replace_lines(deal_id, deal)
        merge = merged(log, deal.told, self._pipeline, work.now, work.today)
        self._apply(merge, deal.currency)
        self._loading.refs.touch(ref, deal.said)
        return bool(merge.voided or merge.added)

    def _shown(self, name: str, value: object, currency: str) -> object:
        """A column's value as the log shows it."""
        if value is None:
            return None
        if name == "stage_id":
            return next((s.name for s in self._pipeline.stages if s.id == value), value)
        if name == "amount_minor" and isinstance(value, int):
            return f"{Money(currency, value).amount} {currency}"
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
        if merge.added:
            rows = [self._event_row(event, currency) for event in merge.added]
            add_all(self._session, DealEventRow, rows)

    def _replace_lines(self, deal_id: DealId, deal: Resolved) -> None:
        before = len(
            self._session.scalars(
                select(DealLineRow.id).where(DealLineRow.deal_id == deal_id)
            ).all()
        )
        self._session.execute(delete(DealLineRow).where(DealLineRow.deal_id == deal_id))
        rows = list(_line_rows(deal_id, deal.lines))
        if rows:
            add_all(self._session, DealLineRow, rows)
        self._run.change(f"deal:{deal_id}", "lines", before, len(rows), is_local=False)


_KINDS = {
    "owner_id": Kind.PERSON,
    "account_id": Kind.ACCOUNT,
    "product_id": Kind.PRODUCT,
    "territory_id": Kind.TERRITORY,
}


def _current(deal_ids: Iterable[int]) -> Select[Any]:
    columns = _DEAL.c
    return select(
        columns.id,
        columns.name,
        columns.stage_id,
        columns.owner_id,
        columns.account_id,
        columns.product_id,
        columns.territory_id,
        columns.amount_minor,
        columns.lead_source,
        columns.next_step,
        columns.loss_reason,
        columns.expected_close_on,
        columns.closed_on,
    ).where(columns.id.in_(list(deal_ids)))


def _typed(kind: Callable[[int], Key], value: int | None) -> Key | None:
    return None if value is None else kind(value)


def _said(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    text = moment.on.isoformat()
    if moment.at is not None:
        text += f"T{moment.at.isoformat()}"
    return text if moment.offset is None else f"{text}+{moment.offset}"


def _digest(lines: Sequence[Line]) -> str | None:
    """A short name of some lines, so that a change of any is seen; None where there are none."""
    if not lines:
        return None
    said = repr([(x.product_id, x.quantity, x.unit_price, x.amount, x.cost) for x in lines])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _line_rows(deal_id: DealId, lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield {
            "deal_id": deal_id,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price.minor if line.unit_price else None,
            "amount_minor": line.amount.minor,
            "cost_minor": line.cost.minor if line.cost else None,
        }
