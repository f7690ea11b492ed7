"""What the rollup of deals has to learn, cell by cell, before it is written.

Each state of a deal adds to its cell in the month in which it began and takes away in the month in
which it ended; so does each outcome of a stay. First reaches never end. What holds as of now is
counted apart, by month for its owner and by day for everybody together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from spm.domain.period import EVER, NEVER
from spm.domain.pipeline.history import FOREVER
from spm.domain.pipeline.stays import Stay

Row = Mapping[str, Any] | RowMapping
STATE, REACH, STAY, CYCLE, DUE = "state", "reach", "stay", "cycle", "due"
NO_KIND, NO_CURRENCY = "", ""
"""Reaches are counted by stage alone: what kind the stage is, is the stage's to say. Of stays and
cycles the days matter and not the money."""
WON, OPEN = "won", "open"
MOST_MONTHS = 20_000


class CellKey(NamedTuple):
    """Which cell: one owner's in a month, or everybody's (None) on a day."""

    fact: str
    since_on: date
    from_on: date
    to_on: date
    owner_id: int | None
    stage_id: int
    stage_kind: str
    currency: str


@dataclass(slots=True)
class Cell:
    """What is to be added to a cell."""

    last_at: datetime
    deals: int = 0
    priced: int = 0
    amount_minor: int = 0
    days: Counter[int] | None = None


@lru_cache(maxsize=10_000)
def month_of(day: date | None) -> tuple[date, date]:
    """Return the first and the last day of a day's month; of no day, the beginning of time twice."""
    if day is None:
        return EVER, EVER
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class _Where(NamedTuple):
    """The part of a key that all changes of one fact share, with the day that places it."""

    fact: str
    owner_id: int
    stage_id: int
    stage_kind: str
    currency: str
    placed_on: date | None


class _Worth(NamedTuple):
    deals: int
    priced: int = 0
    amount_minor: int = 0
    days: int | None = None

    def taken_away(self) -> "_Worth":
        return _Worth(-self.deals, -self.priced, -self.amount_minor, self.days)


_NOTHING = _Worth(0)


@dataclass
class Cells:
    """Cells that are to be added to the rollup."""

    zone: ZoneInfo
    cells: dict[tuple[Any, ...], Cell] = field(default_factory=dict)
    months: dict[datetime, date] = field(default_factory=dict)

    def add_states(self, rows: Iterable[Row], sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_state``."""
        for row in rows:
            kind, closed_on = row["stage_kind"], row["closed_on"]
            where = _Where(
                STATE,
                row["credited_owner_id"],
                row["stage_id"],
                kind,
                row["currency"],
                closed_on,
            )
            opened_on = row["opened_on"]
            is_timed = kind == WON and opened_on is not None and closed_on is not None
            days = (closed_on - opened_on).days if is_timed else None
            self._add_held(where, _worth(row, sign, days), row["from_at"], row["to_at"])
            if kind == OPEN and row["expected_close_on"] is not None:
                due = where._replace(
                    fact=DUE, stage_kind=NO_KIND, placed_on=row["expected_close_on"]
                )
                self._add_held(due, _worth(row, sign), row["from_at"], row["to_at"])

    def add_reaches(self, rows: Iterable[Row], created: Mapping[int, datetime], sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_reach``.

        ``created`` says when each deal was written down: an undated reach counts from there.
        """
        for row in rows:
            where = _Where(
                REACH, row["owner_id"], row["stage_id"], NO_KIND, row["currency"], row["reached_on"]
            )
            at = row["reached_at"] or created[row["deal_id"]]
            self._add_held(where, _worth(row, sign), at, FOREVER)

    def add_stays(self, owner_of: Mapping[int, int], stays: Iterable[Stay], sign: int) -> None:
        """Add (1) or take away (-1) the stays of one deal; ``owner_of`` says who owned it at each entry."""
        for stay in stays:
            owner_id, stage_id, placed_on = owner_of[stay.stage_id], stay.stage_id, stay.reached_on
            since = [self._since(span.from_at) for span in stay.spans]
            for span, begun, ended in zip(stay.spans, since, [*since[1:], None], strict=True):
                if begun == ended:  # it came and went within a month
                    continue
                where = _Where(STAY, owner_id, stage_id, span.outcome, NO_CURRENCY, placed_on)
                worth, month = _Worth(sign, days=span.days), month_of(placed_on)
                self._add(where, begun, month, owner_id, worth, span.from_at)
                if ended is None:
                    self._add_now(where, worth, span.from_at)
                else:
                    self._add(where, ended, month, owner_id, worth.taken_away(), span.from_at)

    def add_cycles(self, states: Iterable[Row], reaches: Sequence[Row], sign: int) -> None:
        """Add (1) or take away (-1) the stages that one deal had reached when it was won."""
        dated = [(one["stage_id"], one["reached_on"]) for one in reaches if one["reached_on"]]
        for row in states:
            closed_on = row["closed_on"]
            if row["stage_kind"] != WON or closed_on is None:
                continue
            for stage_id, reached_on in dated:
                owner_id = row["credited_owner_id"]
                where = _Where(CYCLE, owner_id, stage_id, NO_KIND, NO_CURRENCY, closed_on)
                worth = _Worth(sign, days=(closed_on - reached_on).days)
                self._add_held(where, worth, row["from_at"], row["to_at"])

    def _add_held(self, where: _Where, worth: _Worth, begun: datetime, ended: datetime) -> None:
        """Add what held from ``begun`` up to ``ended``: to the months that it changed, and to now."""
        month = month_of(where.placed_on)
        self._add(where, self._since(begun), month, where.owner_id, worth, begun)
        if ended == FOREVER:
            now, at = worth, begun
        else:
            now, at = _NOTHING, ended
            taken = worth.taken_away()
            self._add(where, self._since(ended), month, where.owner_id, taken, ended)
        self._add_now(where, now, at)

    def _add_now(self, where: _Where, worth: _Worth, at: datetime) -> None:
        """Add to what holds as of now: the owner's month, and everybody's day."""
        day = where.placed_on
        self._add(where, NEVER, month_of(day), where.owner_id, worth, at)
        if day is not None:
            self._add(where, NEVER, (day, day), None, worth, at)

    def _since(self, at: datetime) -> date:
        month = self.months.get(at)
        if month is None:
            month = at.astimezone(self.zone).date().replace(day=1)
            if len(self.months) < MOST_MONTHS:
                self.months[at] = month
        return month

    def _add(
        self,
        where: _Where,
        since: date,
        placed: tuple[date, date],
        owner_id: int | None,
        worth: _Worth,
        at: datetime,
    ) -> None:
        key = (
            where.fact,
            since,
            placed[0],
            placed[1],
            owner_id,
            where.stage_id,
            where.stage_kind,
            where.currency,
        )
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell(at)
        elif at > cell.last_at:
            cell.last_at = at
        deals, priced, minor, days = worth
        if deals:
            cell.deals += deals
            cell.priced += priced
            cell.amount_minor += minor
            if days is not None:
                if cell.days is None:
                    cell.days = Counter()
                cell.days[days] += deals


def _worth(row: Row, sign: int, days: int | None = None) -> _Worth:
    minor = row["amount_minor"]
    if minor is None:
        return _Worth(sign, days=days)
    return _Worth(sign, sign, sign * minor, days)
