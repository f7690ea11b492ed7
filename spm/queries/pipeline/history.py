"""Reads of the log: what happened to deals."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.ids import AccountId, DealId, PersonId, StageId, TerritoryId
from spm.domain.money import Money
from spm.domain.pipeline.history import Event, EventKind
from spm.models.pipeline import DealEventRow


def events_of(session: Session, deal_ids: Sequence[DealId]) -> dict[DealId, list[Event]]:
    """Return the logs of some deals, each in the order in which it was written.

    What an import took back is left out: it counts for nothing.
    Hand over at most a few hundred deals; a deal without events has no entry.
    """
    found: dict[DealId, list[Event]] = {}
    columns = DealEventRow.__table__.c
    rows = session.execute(
        select(
            columns.id,
            columns.deal_id,
            columns.kind,
            columns.occurred_at,
            columns.occurred_on,
            columns.recorded_at,
            columns.stage_id,
            columns.owner_id,
            columns.amount_minor,
            columns.currency,
            columns.expected_close_on,
            columns.territory_id,
            columns.account_id,
            columns.actor_id,
            columns.reason,
            columns.undoes_id,
        )
        .where(columns.deal_id.in_(deal_ids), columns.voided_act_id.is_(None))
        .order_by(columns.deal_id, columns.id)
    )
    for row in rows:
        minor = row.amount_minor
        event = Event(
            id=row.id,
            deal_id=DealId(row.deal_id),
            kind=EventKind(row.kind),
            occurred_at=row.occurred_at,
            occurred_on=row.occurred_on,
            recorded_at=row.recorded_at,
            stage_id=None if row.stage_id is None else StageId(row.stage_id),
            owner_id=None if row.owner_id is None else PersonId(row.owner_id),
            amount=None if minor is None else Money(row.currency, minor),
            expected_close_on=row.expected_close_on,
            territory_id=None if row.territory_id is None else TerritoryId(row.territory_id),
            account_id=None if row.account_id is None else AccountId(row.account_id),
            recorded_by=None if row.actor_id is None else PersonId(row.actor_id),
            reason=row.reason,
            undoes_id=row.undoes_id,
        )
        found.setdefault(event.deal_id, []).append(event)
    return found
