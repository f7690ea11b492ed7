"""The open deals of a pack: what they are, what they lack, and what they promise."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.ids import DealId, PersonId
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.packs.choice import largest, longest_past
from spm.domain.packs.content import MOST_OPEN, Deals, Hygiene, Outlook, OutlookStage, PackDeal
from spm.domain.packs.forecast import ForecastLine, forecast_lines
from spm.domain.period import AsOf, Period
from spm.domain.pipeline.stages import StageKind
from spm.models.pipeline import DealStateRow
from spm.queries.analytics.waterfall import pushes
from spm.queries.packs.known import Known, State, held, pack_deal, states

MOST_PAST = 5
"""Deals past their expected close that a pack names."""

_IS_OPEN = DealStateRow.stage_kind == StageKind.OPEN.value


@dataclass(frozen=True, slots=True)
class Standing:
    """An open deal with the stage that it stands in.

    Attributes:
        currency: What it is counted in, with or without an amount.
        place: Of the stage among all: that of the pipeline, then its own.
        probability_bp: Of winning from there.
        expected_days: How long deals should stay there; None where nobody said.
    """

    deal: PackDeal
    currency: str
    stage_id: int
    place: tuple[int, int]
    probability_bp: int
    expected_days: int | None


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """All open deals of a pack.

    Attributes:
        deals: By number.
        hygiene: What they lack.
        crossings: How many pushes of theirs in the period led into a later fiscal quarter.
    """

    deals: tuple[Standing, ...]
    hygiene: Hygiene
    crossings: int

    @property
    def named(self) -> Deals:
        """The largest of them."""
        return largest([one.deal for one in self.deals], MOST_OPEN)


def open_deals(session: Session, organisation: Organisation, known: Known) -> OpenDeals:
    """Return the deals that are open at the as-of, or at the end of the period before it."""
    there = states(session, known, _IS_OPEN, known.open_cutoff)
    ids = [DealId(one.deal.id) for one in there]
    pushed = pushes(session, organisation, ids, known.period, AsOf(known.cutoff))
    times = {deal_id: one.pushes for deal_id, one in pushed.items()}
    days = _days_in_stage(session, organisation, known)
    found = tuple(
        _standing(one, days.get(one.deal.id), times.get(DealId(one.deal.id), 0)) for one in there
    )
    deals = [one.deal for one in found]
    past = [d for d in deals if d.expected_on is not None and d.expected_on < known.open_day]
    is_past = any(not one.is_present for one in there)
    hygiene = Hygiene(
        past_close=longest_past(past, MOST_PAST),
        undated=sum(deal.expected_on is None for deal in deals),
        unpriced=sum(deal.amount is None for deal in deals),
        stepless=None if is_past else sum(not deal.words for deal in deals),
        pushed=len(pushed),
        pushes=sum(times.values()),
        stale=_stale(found),
    )
    return OpenDeals(found, hygiene, sum(one.crossings for one in pushed.values()))


def _stale(there: Sequence[Standing]) -> int | None:
    if there and all(one.expected_days is None for one in there):
        return None
    return sum(one.deal.is_stale for one in there)


def _standing(one: State, days: int | None, pushed: int) -> Standing:
    expects = one.stage.expected_days
    deal = replace(
        pack_deal(one, one.deal.next_step),
        days_in_stage=days,
        is_stale=days is not None and expects is not None and days > expects,
        pushes=pushed,
    )
    place = (one.stage.pipeline_id, one.stage.position)
    chance = one.stage.probability_bp
    return Standing(deal, one.state.currency, one.stage.id, place, chance, expects)


def _days_in_stage(
    session: Session, organisation: Organisation, known: Known
) -> Mapping[int, int | None]:
    """Return how many days each open deal has stood in its stage; None where nobody knows."""
    mine = select(DealStateRow.deal_id).where(*held(known.open_cutoff), known.states, _IS_OPEN)
    row = DealStateRow
    rows = session.execute(
        select(row.deal_id, row.stage_id, row.from_at, row.is_dated)
        .where(row.deal_id.in_(mine), row.from_at < known.open_cutoff)
        .order_by(row.deal_id, row.from_at)
    )
    found: dict[int, int | None] = {}
    last: tuple[int, int] | None = None
    for deal_id, stage_id, at, is_dated in rows:
        if (deal_id, stage_id) != last:
            days = (known.open_day - organisation.business_date(at)).days
            found[deal_id] = max(days, 0) if is_dated else None
        last = (deal_id, stage_id)
    return found


def expected(
    there: Iterable[Standing], period: Period, currency: str
) -> tuple[tuple[ForecastLine, ...], int]:
    """Return the deals that are expected to close in ``period``, by category of the forecast.

    With how many more are in other currencies.
    """
    mine = [one for one in there if _is_in(period, one.deal)]
    home = [one for one in mine if one.currency == currency]
    lines = forecast_lines([(one.probability_bp, one.deal.amount) for one in home], currency)
    return lines, len(mine) - len(home)


def _is_in(period: Period, deal: PackDeal) -> bool:
    return deal.expected_on is not None and period.start <= deal.expected_on < period.end


def outlook(
    there: Iterable[Standing], period: Period, currency: str, target: Money | None
) -> Outlook:
    """Return what the deals that are expected to close in ``period`` promise, stage by stage."""
    mine = [one for one in there if _is_in(period, one.deal)]
    home = [one for one in mine if one.currency == currency]
    stages: dict[tuple[int, int], list[Standing]] = defaultdict(list)
    for one in home:
        stages[one.place].append(one)
    made = tuple(_outlook_stage(some, currency) for _place, some in sorted(stages.items()))
    deals = [one.deal for one in home]
    weighted = sum(stage.weighted.minor for stage in made if stage.weighted is not None)
    missing = None if target is None else Money(currency, max(target.minor - weighted, 0))
    return Outlook(
        stages=made,
        worth=Money(currency, sum(deal.amount.minor for deal in deals if deal.amount is not None)),
        weighted=Money(currency, weighted),
        target=target,
        to_create=missing,
        deals=largest(deals, MOST_PAST),
        others=len(mine) - len(home),
    )


def _outlook_stage(there: Sequence[Standing], currency: str) -> OutlookStage:
    amounts = [one.deal.amount.minor for one in there if one.deal.amount is not None]
    probability = Decimal(there[0].probability_bp) / 10_000
    weighted = (sum(amounts) * probability).quantize(Decimal(1), ROUND_HALF_EVEN)
    return OutlookStage(
        there[0].deal.stage,
        probability,
        len(there),
        Money(currency, sum(amounts)) if amounts else None,
        Money(currency, int(weighted)) if amounts else None,
    )


def open_counts(session: Session, known: Known) -> Mapping[PersonId, int]:
    """Return how many open deals each person has who counts."""
    rows = session.execute(
        select(DealStateRow.credited_owner_id, func.count())
        .where(*held(known.open_cutoff), _IS_OPEN, known.states)
        .group_by(DealStateRow.credited_owner_id)
    )
    return {PersonId(person_id): count for person_id, count in rows}
