"""Stays of deals from the rows that cache them: what the rollup counts, and what reaches keep."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from spm.domain.pipeline.stays import LOST, Entry, Loss, Order, Stay, stays
from spm.services.pipeline.ledger import Cells, Row


class OfDeal(NamedTuple):
    """One deal's rows of ``deal_state`` and ``deal_reach``, and its stays."""

    deal_id: int
    states: Sequence[Row]
    reaches: Sequence[Row]
    stays: tuple[Stay, ...]

    @property
    def owner_of(self) -> Mapping[int, int]:
        """Who owned the deal when it reached each stage."""
        return {row["stage_id"]: row["owner_id"] for row in self.reaches}

    def add_to(self, cells: Cells, sign: int) -> None:
        """Add (1) or take away (-1) the stays of this deal, and its way to the win."""
        cells.add_stays(self.owner_of, self.stays, sign)
        cells.add_cycles(self.states, self.reaches, sign)


def of_deals(
    states: Iterable[Row],
    reaches: Iterable[Row],
    created: Mapping[int, datetime],
    order: Mapping[int, Order],
) -> Iterator[OfDeal]:
    """Yield the deals that reached anything; ``created`` says when each was written down."""
    states_of, reaches_of = _by_deal(states), _by_deal(reaches)
    for deal_id, reached in reaches_of.items():
        stood = states_of.get(deal_id, [])
        entries = [
            Entry(row["stage_id"], row["reached_at"] or created[deal_id], row["reached_on"])
            for row in reached
        ]
        losses = [
            Loss(row["from_at"], row["to_at"], row["closed_on"])
            for row in stood
            if row["stage_kind"] == LOST
        ]
        visited = {row["stage_id"] for row in stood}
        yield OfDeal(deal_id, stood, reached, stays(entries, losses, visited, order))


def _by_deal(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["deal_id"], []).append(row)
    return found


def kept(found: Iterable[Stay]) -> dict[int, dict[str, Any]]:
    """Return by stage the columns of ``deal_reach`` that say what became of a deal."""
    return {
        stay.stage_id: {"outcome": stay.now.outcome, "stay_days": stay.now.days} for stay in found
    }


NOT_OPEN: Mapping[str, Any] = {"outcome": None, "stay_days": None}
"""Of a stage that is no place to stay in."""
