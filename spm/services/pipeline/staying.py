"""Stays of deals from the rows that cache them: what the rollup counts, and what reaches keep."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from spm.domain.pipeline.stays import LOST, Entry, Loss, Order, Stay, stays
from spm.models.pipeline import DealReachRow, DealStateRow
from spm.services.pipeline.ledger import Cells, Reached, Stood

_STATE = cast("Table", DealStateRow.__table__).c
_REACH = cast("Table", DealReachRow.__table__).c


class OfDeal(NamedTuple):
    """One deal's rows of ``deal_state`` and ``deal_reach``, its stays, and when it was written down."""

    states: Sequence[Stood]
    reaches: Sequence[Reached]
    stays: tuple[Stay, ...]
    created_at: datetime

    def add_to(self, cells: Cells, sign: int) -> None:
        """Add (1) or take away (-1) all that the rollup counts of this deal."""
        cells.add_states(self.states, sign)
        cells.add_reaches(self.reaches, self.created_at, sign)
        self.add_stays_to(cells, sign)
        cells.add_cycles(self.states, self.reaches, sign)

    def add_stays_to(self, cells: Cells, sign: int) -> None:
        """Add (1) or take away (-1) the stays of this deal alone."""
        owner_of = {row.stage_id: row.owner_id for row in self.reaches}
        cells.add_stays(owner_of, self.stays, sign)


def of_deals(
    session: Session, created: Mapping[int, datetime], order: Mapping[int, Order]
) -> Iterator[OfDeal]:
    """Yield what is kept of some deals.

    ``created`` says which, and when each was written down.
    """
    connection = session.connection()
    states = connection.execute(
        select(*(_STATE[name] for name in Stood._fields)).where(_STATE.deal_id.in_(created))
    )
    reaches = connection.execute(
        select(*(_REACH[name] for name in Reached._fields)).where(_REACH.deal_id.in_(created))
    )
    states_of = _by_deal(map(Stood._make, states))
    reaches_of = _by_deal(map(Reached._make, reaches))
    for deal_id in states_of | reaches_of:
        stood, reached = states_of.get(deal_id, []), reaches_of.get(deal_id, [])
        created_at = created[deal_id]
        entries = [
            Entry(row.stage_id, row.reached_at or created_at, row.reached_on) for row in reached
        ]
        losses = [
            Loss(row.from_at, row.to_at, row.closed_on) for row in stood if row.stage_kind == LOST
        ]
        visited = {row.stage_id for row in stood}
        yield OfDeal(stood, reached, stays(entries, losses, visited, order), created_at)


def _by_deal(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.deal_id, []).append(row)
    return found


def kept(found: Iterable[Stay]) -> dict[int, dict[str, Any]]:
    """Return by stage the columns of ``deal_reach`` that say what became of a deal."""
    return {
        stay.stage_id: {"outcome": stay.now.outcome, "stay_days": stay.now.days} for stay in found
    }
