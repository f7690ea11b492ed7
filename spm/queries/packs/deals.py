"""The decided deals of a pack: won, lost, what they share, and how the open pipeline moved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from spm.domain.analytics.waterfall import slippage as slipped_of
from spm.domain.analytics.waterfall import waterfalls
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.packs.choice import largest
from spm.domain.packs.comparison import Share
from spm.domain.packs.content import (
    MOST_NAMED,
    Deals,
    FallBar,
    PackDeal,
    PipelineFall,
    Slippage,
)
from spm.domain.period import AsOf
from spm.domain.pipeline.stages import StageKind
from spm.models.organisation import TerritoryRow
from spm.models.pipeline import DealEventRow, DealStateRow, ProductRow
from spm.queries.analytics.waterfall import compared
from spm.queries.packs.known import Known, State, held, pack_deal, states

MOST_SHARES = 5
"""What decided deals have in common: so many of a kind are named."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The deals that were decided in the period.

    Attributes:
        won: The largest first.
        lost: The largest first.
        lessons: The largest lost ones of which somebody wrote down what is to be learnt.
        shares: What they have in common.
    """

    won: Deals
    lost: Deals
    lessons: tuple[PackDeal, ...]
    shares: tuple[Share, ...]


def closed_deals(session: Session, known: Known) -> Closed:
    """Return the deals won and lost in the period."""
    within = and_(
        DealStateRow.stage_kind.in_((StageKind.WON.value, StageKind.LOST.value)),
        DealStateRow.closed_on >= known.period.start,
        DealStateRow.closed_on < known.period.end,
    )
    there = states(session, known, within, known.cutoff)
    won = [pack_deal(one, "") for one in there if _is_won(one)]
    lost = [
        pack_deal(one, one.deal.loss_reason, one.deal.loss_notes)
        for one in there
        if not _is_won(one)
    ]
    lessons = largest([deal for deal in lost if deal.notes], MOST_NAMED)
    return Closed(
        largest(won, MOST_NAMED),
        largest(lost, MOST_NAMED),
        lessons.named,
        tuple(_shares(session, there)),
    )


def _is_won(one: State) -> bool:
    return one.state.stage_kind == StageKind.WON.value


def _shares(session: Session, there: Sequence[State]) -> Iterable[Share]:
    """What the decided deals have in common, a kind after the other, the commonest first."""
    products = _names(session, ProductRow, {one.deal.product_id for one in there})
    territories = _names(session, TerritoryRow, {one.state.territory_id for one in there})
    lost = [one for one in there if not _is_won(one)]
    yield from _shared("reason", lost, [one.deal.loss_reason for one in lost])
    yield from _shared("source", there, [one.deal.lead_source for one in there])
    yield from _shared("product", there, [products.get(one.deal.product_id, "") for one in there])
    where = [territories.get(one.state.territory_id, "") for one in there]
    if len(set(where)) > 1:
        yield from _shared("territory", there, where)


def _names(
    session: Session, table: type[ProductRow | TerritoryRow], ids: set[int | None]
) -> Mapping[int | None, str]:
    wanted = sorted(one for one in ids if one is not None)
    rows = session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _shared(kind: str, there: Sequence[State], names: Sequence[str]) -> Iterable[Share]:
    groups: dict[str, list[State]] = defaultdict(list)
    for one, name in zip(there, names, strict=True):
        groups[name].append(one)
    if set(groups) <= {""}:
        return
    order = sorted(groups, key=lambda name: (not name, -len(groups[name]), name))
    for name in order[:MOST_SHARES]:
        yield _share(kind, name, groups[name])
    rest = [one for name in order[MOST_SHARES:] for one in groups[name]]
    if rest:
        yield _share(kind, "", rest, is_rest=True)


def _share(kind: str, name: str, there: Sequence[State], *, is_rest: bool = False) -> Share:
    won = [one for one in there if _is_won(one)]
    worth = there if kind == "reason" else won
    amounts = [
        (one.state.currency, one.state.amount_minor)
        for one in worth
        if one.state.amount_minor is not None
    ]
    currencies = {currency for currency, _minor in amounts}
    total = (
        Money(currencies.pop(), sum(minor for _currency, minor in amounts))
        if len(currencies) == 1
        else None
    )
    return Share(kind, name, len(won), len(there) - len(won), total, is_rest=is_rest)


def find_recorded_until(session: Session, known: Known) -> datetime | None:
    """Return when the newest change of these deals was recorded; None without any."""
    mine = select(DealStateRow.deal_id).where(*held(known.cutoff), known.states)
    return session.scalar(
        select(func.max(DealEventRow.recorded_at)).where(DealEventRow.deal_id.in_(mine))
    )


def falls(
    session: Session, organisation: Organisation, known: Known, crossings: int
) -> tuple[tuple[PipelineFall, ...], Slippage]:
    """Return how the open pipeline became what it is since the period began, the organisation's own
    currency first, and what was to close in the period and did not.
    """
    begin = AsOf(organisation.start_of(known.period.start))
    deals = compared(session, organisation, known.scope, begin, AsOf(known.open_cutoff))
    found = sorted(
        waterfalls(deals), key=lambda fall: (fall.currency != organisation.currency, fall.currency)
    )
    is_over = known.open_cutoff >= organisation.start_of(known.period.end)
    slipped = slipped_of(deals, known.period, is_over=is_over)
    return tuple(
        PipelineFall(
            Money(fall.currency, fall.start.minor),
            fall.start.deals,
            tuple(
                FallBar(
                    bar.cause.value, Money(fall.currency, bar.minor), len(bar.changes), bar.unpriced
                )
                for bar in fall.bars
            ),
            Money(fall.currency, fall.end.minor),
            fall.end.deals,
        )
        for fall in found
    ), Slippage(
        slipped.baseline,
        slipped.slipped,
        _one_currency(slipped.baseline_minor),
        _one_currency(slipped.slipped_minor),
        crossings,
    )


def _one_currency(worth: tuple[tuple[str, int], ...]) -> Money | None:
    return Money(*worth[0]) if len(worth) == 1 else None
