"""Deals as they stood at two instants, for the waterfall; and how often their dates were pushed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, reach
from spm.domain.analytics.waterfall import Compared, Pushed, Standing, pushed
from spm.domain.ids import DealId
from spm.domain.metrics.figure import Scope
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, Period
from spm.domain.pipeline.stages import StageKind
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealEventRow, DealRow, DealStateRow, StageRow
from spm.queries.access import sees
from spm.queries.metrics.facts import Facts, credited_to, states_at

CHUNK = 500
"""Ids in one statement."""


def compared(
    session: Session, organisation: Organisation, scope: Scope, begin: AsOf, end: AsOf
) -> tuple[Compared, ...]:
    """Return ``scope``'s deals that were open at either end or decided in between, in no order.

    A person's are those credited to him; a team's those of who belonged to it on the day, or on the
    day of the close.
    """
    zone = organisation.zone
    first, last = begin.day(zone), end.day(zone)
    at_begin = states_at(begin.cutoff, first)
    at_end = states_at(end.cutoff, last)
    was = credited_to(session, at_begin.only(at_begin.kind == "open"), scope)
    is_decided = and_(
        at_end.kind != "open", or_(at_end.placed_on >= first, at_end.placed_on.is_(None))
    )
    now = credited_to(session, at_end.only(or_(at_end.kind == "open", is_decided)), scope)
    mine_before, mine_after = _ids(session, was), _ids(session, now)
    either = _selected(was).union(_selected(now)).subquery()
    chosen = select(either.c.deal_id)
    before = _standings(session, begin, chosen, mine_before)
    after = _standings(session, end, chosen, mine_after)
    return tuple(
        Compared(deal_id, before.get(deal_id), standing) for deal_id, standing in after.items()
    )


def _selected(facts: Facts) -> Select[tuple[int]]:
    chosen = select(facts.deal_id.label("deal_id"))
    return chosen.select_from(facts.joined).where(*facts.where)


def _ids(session: Session, facts: Facts) -> frozenset[int]:
    return frozenset(session.scalars(_selected(facts)))


def _standings(
    session: Session, at: AsOf, chosen: Select[tuple[int]], mine: frozenset[int]
) -> dict[DealId, Standing]:
    state = DealStateRow
    rows = session.execute(
        select(
            state.deal_id,
            state.stage_kind,
            state.amount_minor,
            state.currency,
            state.expected_close_on,
            state.closed_on,
        ).where(state.from_at < at.cutoff, state.to_at >= at.cutoff, state.deal_id.in_(chosen))
    )
    return {
        DealId(deal_id): Standing(
            StageKind(kind), deal_id in mine, minor, currency, expected_on, closed_on
        )
        for deal_id, kind, minor, currency, expected_on, closed_on in rows
    }


@dataclass(frozen=True, slots=True)
class ChangedDeal:
    """A deal as a list of changes names it, as it is now."""

    id: DealId
    name: str
    account: str
    owner: str
    stage: str


def named(
    session: Session, actor: Actor, deal_ids: Collection[DealId]
) -> Mapping[DealId, ChangedDeal]:
    """Return those of the deals that ``actor`` may see one by one."""
    found: dict[DealId, ChangedDeal] = {}
    for part in _chunks(deal_ids):
        rows = session.execute(
            select(DealRow.id, DealRow.name, AccountRow.name, PersonRow.name, StageRow.name)
            .join(PersonRow, PersonRow.id == DealRow.owner_id)
            .join(StageRow, StageRow.id == DealRow.stage_id)
            .outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
            .where(
                DealRow.id.in_(part), sees(reach(actor, Permission.DEALS_VIEW), DealRow.owner_id)
            )
        )
        for deal_id, name, account, owner, stage in rows:
            deal = ChangedDeal(DealId(deal_id), name, account or "", owner, stage)
            found[deal.id] = deal
    return found


def pushes(
    session: Session,
    organisation: Organisation,
    deal_ids: Collection[DealId],
    period: Period,
    end: AsOf,
) -> Mapping[DealId, Pushed]:
    """Return how often each deal's expected close was pushed on the days of ``period``; the others
    are left out.
    """
    said: dict[DealId, list[tuple[date | None, date | None]]] = defaultdict(list)
    for part in _chunks(deal_ids):
        event = DealEventRow
        rows = session.execute(
            select(event.deal_id, event.occurred_on, event.expected_close_on)
            .where(
                event.deal_id.in_(part),
                event.kind.in_(("created", "close_date")),
                event.voided_act_id.is_(None),
                or_(event.occurred_at.is_(None), event.occurred_at < end.cutoff),
            )
            .order_by(
                event.deal_id,
                event.kind != "created",
                event.occurred_at.is_not(None),
                event.occurred_at,
                event.id,
            )
        )
        for deal_id, on, expected_on in rows:
            said[DealId(deal_id)].append((on, expected_on))
    counted = {
        deal_id: pushed(dates, period, organisation.fiscal_start) for deal_id, dates in said.items()
    }
    return {deal_id: found for deal_id, found in counted.items() if found.pushes}


def _chunks(deal_ids: Collection[DealId]) -> Iterable[list[DealId]]:
    ordered = sorted(deal_ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
