"""Deals as a source tells them → deals of which every reference leads somewhere."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import select

from spm.domain.access import Role
from spm.domain.ids import AccountId, DealId, PersonId, ProductId, StageId, TerritoryId
from spm.domain.intake.cells import Issue
from spm.domain.intake.dates import Moment
from spm.domain.intake.events import Entry, Told
from spm.domain.intake.layouts import PipelineLayout
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import DealRecord, StageEntry
from spm.domain.money import Money, total
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.stages import Pipeline
from spm.models.organisation import RoleGrantRow
from spm.models.pipeline import ProductRow
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.bulk import add_all
from spm.services.intake.pipelines import ensure_pipeline
from spm.services.intake.run import text_of
from spm.services.intake.writing import Loading, Refused

Key = TypeVar("Key")

_REMEMBERED = 20_000
PLAIN = ("name", "lead_source", "next_step", "loss_reason")
"""Fields of a deal that have no history."""


@dataclass(frozen=True, slots=True)
class Way:
    """A pipeline of the source and what it is here.

    Attributes:
        stages: A stage's name in the layout → its id here.
    """

    layout: PipelineLayout
    pipeline: Pipeline
    stages: Mapping[str, StageId]


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
        said: The same deal as the source said it, as JSON can hold it.
    """

    record: DealRecord
    way: Way
    told: Told
    product_id: ProductId | None
    plain: Mapping[str, Any]
    lines: tuple[Line, ...]
    currency: str
    said: Mapping[str, object]


class Resolver:
    """Looks up, or makes, what deals refer to."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._run = loading.run
        self._session = loading.run.session
        self._ways: dict[str, Way] = {}
        self._sellers = set(self._session.scalars(select(RoleGrantRow.person_id)))
        self._grants: list[dict[str, Any]] = []
        self._prices: dict[int, Money | None] = {}
        self._days: dict[date, tuple[datetime, date]] = {}
        mapped = loading.binding.mapped
        self._rules = frozenset(
            kind
            for kind, fields in (
                (EventKind.OWNER, {"owner"}),
                (EventKind.AMOUNT, {"key", "amount"}),
                (EventKind.ACCOUNT, {"account"}),
                (EventKind.TERRITORY, {"territory"}),
                (EventKind.CLOSE_DATE, {"expected_close"}),
            )
            if fields & mapped
        )

    @property
    def rules(self) -> frozenset[EventKind]:
        """The kinds of events of which the file says something."""
        return self._rules

    def resolve(self, record: DealRecord) -> Resolved | None:
        """Return a deal with all that it refers to; None after refusing its line."""
        loading = self._loading
        ids: dict[str, int | None] = {}
        for name in ("owner", "account", "product", "territory"):
            reference = getattr(record, name)
            ids[name] = None if reference is None else loading.resolve(record.line, reference)
            if reference is not None and ids[name] is None:
                return None
            if name == "owner" and ids[name] is not None:
                self._let_sell(ids[name] or 0)
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
        product_id, way = ids["product"], self.way(record.pipeline)
        amount, opening = self._worth(record, way, product_id, lines)
        entries = self.entries(way, record.path)
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
        plain = {name: getattr(record, name) for name in PLAIN if name in self._mapped}
        return Resolved(
            record,
            way,
            told,
            _typed(ProductId, product_id),
            plain,
            lines,
            currency,
            _said(record, plain, amount, opening, currency, lines),
        )

    def way(self, pipeline: str) -> Way:
        """Return a pipeline of the source; it is made here when it is first asked for."""
        if pipeline not in self._ways:
            book = self._loading.book
            layout = None if book is None else book.pipeline(pipeline or None)
            if layout is None:
                msg = "a deal whose pipeline nobody looked for"
                raise ValueError(msg)
            pipeline_id, stages = ensure_pipeline(self._run, self._loading.refs, layout)
            self._session.flush()
            self._ways[pipeline] = Way(layout, get_pipeline(self._session, pipeline_id), stages)
        return self._ways[pipeline]

    def _let_sell(self, person_id: int) -> None:
        """Whoever owns a deal sells, if nothing else is known of him."""
        if person_id in self._sellers:
            return
        self._sellers.add(person_id)
        self._grants.append(
            {
                "person_id": person_id,
                "role": Role.REP.value,
                "granted_at": self._run.work.now,
                "granted_by": self._run.work.actor.person_id,
            }
        )

    def write_grants(self) -> None:
        """Write that those sell who were met; they themselves are written by now."""
        add_all(self._session, RoleGrantRow, self._grants)
        self._run.made("role_grant", ((one["person_id"], one["role"]) for one in self._grants))
        self._grants.clear()

    @property
    def _mapped(self) -> frozenset[str]:
        return self._loading.binding.mapped

    def _worth(
        self, record: DealRecord, way: Way, product_id: int | None, lines: tuple[Line, ...]
    ) -> tuple[Money | None, Money | None]:
        """What a deal is worth, and what it was worth while it was open."""
        if lines:
            amount: Money | None = total(lines[0].amount.currency, (line.amount for line in lines))
            return amount, amount
        given = self._loading.money(record.line, record.amount, record.currency, "amount")
        rules = self._loading.binding.table.amounts
        price = self._price(product_id) if rules else None
        kind = way.pipeline.stage(way.stages[record.stage]).kind.value
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
            if self._loading.made is not None:
                self._loading.made.write(self._run)
            row = self._session.get_one(ProductRow, product_id)
            minor, currency = row.list_price_minor, row.currency or self._run.currency
            self._prices[product_id] = None if minor is None else Money(currency, minor)
        return self._prices[product_id]

    def entries(self, way: Way, path: Sequence[StageEntry]) -> tuple[Entry, ...]:
        """Return a deal's way with stages and instants as they are here."""
        return tuple(self._entry(way, entry.stage, entry.at) for entry in path)

    def _entry(self, way: Way, stage: str, moment: Moment | None) -> Entry:
        stage_id = way.stages[stage]
        if moment is None:
            return Entry(stage_id, None, None)
        if moment.at is not None:
            return Entry(stage_id, *self._placed(moment))
        at = self._days.get(moment.on)
        if at is None:
            at = self._placed(moment)
            if len(self._days) < _REMEMBERED:
                self._days[moment.on] = at
        return Entry(stage_id, *at)

    def _placed(self, moment: Moment) -> tuple[datetime, date]:
        """Return the instant of a moment and its business date here."""
        organisation = self._run.organisation
        at = moment.instant()
        if at is not None:
            return at, organisation.business_date(at)
        if moment.at is None:
            return organisation.start_of(moment.on), moment.on
        local = datetime.combine(moment.on, moment.at, organisation.zone)
        return local.astimezone(UTC), moment.on


def _said(
    record: DealRecord,
    plain: Mapping[str, Any],
    amount: Money | None,
    opening: Money | None,
    currency: str,
    lines: Sequence[Line],
) -> dict[str, object]:
    """A deal as its source says it, as JSON can hold it; what is not said is left out."""
    said: dict[str, object | None] = {
        **plain,
        "owner": record.owner.key,
        "account": record.account.key if record.account else None,
        "product": record.product.key if record.product else None,
        "territory": record.territory.key if record.territory else None,
        "amount": text_of(amount.amount) if amount else None,
        "opening_amount": text_of(opening.amount) if opening and opening != amount else None,
        "currency": currency,
        "expected_close_on": text_of(record.expected_close_on),
        "pipeline": record.pipeline,
        "path": [[entry.stage, entry.at.text() if entry.at else None] for entry in record.path],
        "lines": _digest(lines),
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def _typed(kind: Callable[[int], Key], value: int | None) -> Key | None:
    return None if value is None else kind(value)


def _digest(lines: Sequence[Line]) -> str | None:
    """A short name of some lines, so that a change of any is seen; None where there are none."""
    if not lines:
        return None
    said = repr([(x.product_id, x.quantity, x.unit_price, x.amount, x.cost) for x in lines])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def line_rows(deal_id: DealId, lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a deal's lines."""
    for line in lines:
        yield {
            "deal_id": deal_id,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price.minor if line.unit_price else None,
            "amount_minor": line.amount.minor,
            "cost_minor": line.cost.minor if line.cost else None,
        }
