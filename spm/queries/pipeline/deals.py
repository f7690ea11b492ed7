"""Reads of one deal: as it is, as it was, and what happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, may
from spm.domain.errors import NotFound
from spm.domain.ids import AccountId, DealId, PersonId, PipelineId, ProductId, StageId, TerritoryId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Deal, Facts
from spm.domain.pipeline.history import State, replay
from spm.domain.pipeline.lines import Line
from spm.domain.pipeline.stages import Pipeline, StageKind
from spm.domain.pipeline.timeline import Entry, StageVisit, entries, visits
from spm.models.organisation import PersonRow, TerritoryRow
from spm.models.pipeline import AccountRow, DealLineRow, DealRow, ProductRow, StageRow
from spm.queries.pipeline.history import events_of
from spm.queries.pipeline.pipelines import get_pipeline


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A line of a deal with the name of its product."""

    line: Line
    product_name: str


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids that occur in a deal's history are called."""

    people: dict[PersonId, str]
    accounts: dict[AccountId, str]
    territories: dict[TerritoryId, str]
    products: dict[ProductId, str]


@dataclass(frozen=True, slots=True)
class Story:
    """A deal with everything that its page shows.

    Attributes:
        entries: What happened, the latest first.
        visits: The stages of its pipeline in order, with the days spent in each.
    """

    deal: Deal
    pipeline: Pipeline
    entries: tuple[Entry, ...]
    visits: tuple[StageVisit, ...]
    lines: tuple[NamedLine, ...]
    names: Names


def get_deal(session: Session, actor: Actor, deal_id: DealId) -> Deal:
    """Return one deal.

    Raises:
        NotFound: There is none, or none that ``actor`` may see.
    """
    found = session.execute(
        select(DealRow, StageRow.kind)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .where(DealRow.id == deal_id)
    ).one_or_none()
    if found is not None:
        deal = deal_record(found[0], StageKind(found[1]))
        if may(actor, Permission.DEALS_VIEW, deal.subject):
            return deal
    raise NotFound(what="deal", id=deal_id)


def get_story(session: Session, actor: Actor, deal_id: DealId, today: date) -> Story:
    """Return one deal with its history, stages, lines and the names in them.

    Raises:
        NotFound: There is none, or none that ``actor`` may see.
    """
    deal = get_deal(session, actor, deal_id)
    pipeline = get_pipeline(session, deal.pipeline_id)
    events = events_of(session, [deal_id]).get(deal_id, [])
    told = entries(events, pipeline)
    lines = lines_of(session, deal)
    names = _names(session, deal, told)
    return Story(deal, pipeline, told, visits(events, pipeline, today), lines, names)


def find_state(session: Session, actor: Actor, deal_id: DealId, cutoff: datetime) -> State | None:
    """Return a deal as it was by everything before ``cutoff``; None where it was not yet there.

    Replays the log, so it holds whatever the caches say.

    Raises:
        NotFound: There is no such deal, or none that ``actor`` may see.
    """
    deal = get_deal(session, actor, deal_id)
    events = events_of(session, [deal_id]).get(deal_id, [])
    return replay(events, get_pipeline(session, deal.pipeline_id)).at(cutoff)


def has_lines(session: Session, deal_id: DealId) -> bool:
    """Return whether the deal's amount is made up of lines."""
    line = (
        select(DealLineRow.id)
        .where(DealLineRow.deal_id == deal_id, DealLineRow.to_at.is_(None))
        .limit(1)
    )
    return session.scalar(line) is not None


def deal_record(row: DealRow, kind: StageKind) -> Deal:
    """Return the record of a deal's row."""
    minor = row.amount_minor
    return Deal(
        id=DealId(row.id),
        facts=Facts(
            name=row.name,
            currency=row.currency,
            account_id=None if row.account_id is None else AccountId(row.account_id),
            amount=None if minor is None else Money(row.currency, minor),
            expected_close_on=row.expected_close_on,
            territory_id=None if row.territory_id is None else TerritoryId(row.territory_id),
            product_id=None if row.product_id is None else ProductId(row.product_id),
            lead_source=row.lead_source,
            next_step=row.next_step,
            loss_notes=row.loss_notes,
        ),
        pipeline_id=PipelineId(row.pipeline_id),
        stage_id=StageId(row.stage_id),
        stage_kind=kind,
        owner_id=PersonId(row.owner_id),
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        stage_since_at=row.stage_since_at,
        loss_reason=row.loss_reason,
        version=row.version,
    )


def lines_of(session: Session, deal: Deal, cutoff: datetime | None = None) -> tuple[NamedLine, ...]:
    """Return the lines of a deal in the order in which they were entered: as of ``cutoff``, or now."""
    currency, row = deal.facts.currency, DealLineRow
    holds = (
        row.to_at.is_(None)
        if cutoff is None
        else and_(
            or_(row.from_at.is_(None), row.from_at < cutoff),
            or_(row.to_at.is_(None), row.to_at >= cutoff),
        )
    )
    rows = session.execute(
        select(row, ProductRow.name)
        .join(ProductRow, ProductRow.id == row.product_id)
        .where(row.deal_id == deal.id, holds)
        .order_by(row.id)
    )
    return tuple(NamedLine(_line(found, currency), name) for found, name in rows)


def _line(row: DealLineRow, currency: str) -> Line:
    price = row.unit_price_minor
    return Line(
        product_id=ProductId(row.product_id),
        quantity=row.quantity,
        unit_price=None if price is None else Money(currency, price),
        amount=Money(currency, row.amount_minor),
        id=row.id,
    )


def _names(session: Session, deal: Deal, told: Iterable[Entry]) -> Names:
    people: set[int] = {deal.owner_id}
    accounts: set[int | None] = {deal.facts.account_id}
    territories: set[int | None] = {deal.facts.territory_id}
    for entry in told:
        people |= {entry.after.owner_id, entry.after.credited_owner_id}
        people |= set() if entry.recorded_by is None else {entry.recorded_by}
        accounts.add(entry.after.account_id)
        territories.add(entry.after.territory_id)
    product = {deal.facts.product_id} - {None}
    return Names(
        people={
            PersonId(key): name
            for key, name in session.execute(
                select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(people))
            )
        },
        accounts={
            AccountId(key): name
            for key, name in session.execute(
                select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(accounts - {None}))
            )
        },
        territories={
            TerritoryId(key): name
            for key, name in session.execute(
                select(TerritoryRow.id, TerritoryRow.name).where(
                    TerritoryRow.id.in_(territories - {None})
                )
            )
        },
        products={
            ProductId(key): name
            for key, name in session.execute(
                select(ProductRow.id, ProductRow.name).where(ProductRow.id.in_(product))
            )
        },
    )
