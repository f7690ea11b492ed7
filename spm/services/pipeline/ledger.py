"""What the rollup of deals has to learn, cell by cell, before it is written.

Each state of a deal adds to its cell in the month in which it began and takes away in the month in
which it ended; so does each outcome of a stay. First reaches never end. What an owner has as of now is
the sum of all months, which ``rollup`` makes; everybody's days as of now are counted here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from spm.domain.period import EVER
from spm.domain.pipeline.days import days_of, days_text
from spm.domain.pipeline.history import FOREVER
from spm.domain.pipeline.stays import Stay

STATE, REACH, STAY, CYCLE, DUE = "state", "reach", "stay", "cycle", "due"
NO_KIND, NO_CURRENCY = "", ""
"""Reaches are counted by stage alone: what kind the stage is, is the stage's to say. Of stays and
cycles the days matter and not the money."""
WON, OPEN = "won", "open"


class Stood(NamedTuple):
    """A row of ``deal_state``, without its id."""

    deal_id: int
    from_at: datetime
    to_at: datetime
    is_dated: bool
    pipeline_id: int
    stage_id: int
    stage_kind: str
    owner_id: int
    credited_owner_id: int
    account_id: int | None
    territory_id: int | None
    expected_close_on: date | None
    opened_on: date | None
    closed_on: date | None
    amount_minor: int | None
    currency: str


class Reached(NamedTuple):
    """A row of ``deal_reach``."""

    deal_id: int
    stage_id: int
    reached_at: datetime | None
    reached_on: date | None
    owner_id: int
    amount_minor: int | None
    currency: str
    outcome: str | None
    stay_days: int | None


ChangeKey = tuple[str, date, date, int, int, str, str]
"""Fact, month of the change, month, owner, stage, kind, currency: the primary key of ``deal_rollup``."""
DayKey = tuple[str, date, int, str, str]
"""Fact, day, stage, kind, currency: everybody's cell as of now."""


_LONG = 500
"""So many letters of days may come together in a cell before they are added up."""


Worth = tuple[int, int, int, int | None]
"""Deals, those of them that have an amount, the sum of it, and the days that they took."""
_NOTHING: Worth = (0, 0, 0, None)


@dataclass(slots=True)
class Cell:
    """What is to be added to a cell; ``days`` are pairs as ``days_text`` writes them, one behind the other."""

    last_at: datetime
    deals: int = 0
    priced: int = 0
    amount_minor: int = 0
    days: str = ""
    room: int = _LONG

    def add(self, worth: Worth, at: datetime) -> None:
        """Take in what began or ended at an instant."""
        deals, priced, minor, days = worth
        self.deals += deals
        self.priced += priced
        self.amount_minor += minor
        if days is not None:
            self._add_days(_pair(days, deals))
        if at > self.last_at:  # noqa: PLR1730 - for every change of a deal; a call takes three times as long
            self.last_at = at

    def merge(self, other: "Cell") -> None:
        """Take in all of another cell."""
        self.deals += other.deals
        self.priced += other.priced
        self.amount_minor += other.amount_minor
        self._add_days(other.days)
        self.last_at = max(self.last_at, other.last_at)

    def _add_days(self, days: str) -> None:
        # Most cells have one pair, and share its text with others.
        self.days = self.days + days if self.days else days
        if len(self.days) > self.room:
            self.days = days_text(days_of(self.days))
            self.room = _LONG + 2 * len(self.days)

    @property
    def days_taken(self) -> str:
        """How many took how many days."""
        return days_text(days_of(self.days)) if self.days.count(" ") > 1 else self.days


@lru_cache(maxsize=10_000)
def month_of(day: date | None) -> tuple[date, date]:
    """Return the first and the last day of a day's month; of no day, the beginning of time twice.

    The beginning of time stands for no day.
    """
    if day is None or day == EVER:
        return EVER, EVER
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@lru_cache(maxsize=10_000)
def _pair(days: int, deals: int) -> str:
    return days_text({days: deals})


@lru_cache(maxsize=10_000)
def _first(year: int, month: int) -> date:
    return date(year, month, 1)


_SURE_DAYS = range(3, 27)
"""Days of a month that lie in it in every time zone, whatever the zone in which they are written."""


@dataclass
class Cells:
    """Cells that are to be added to the rollup.

    Attributes:
        zone: By the months of which changes are counted.
        changes: What each month changed, by owner.
        days: What holds as of now by day, for everybody together.
    """

    zone: ZoneInfo
    changes: dict[ChangeKey, Cell] = field(default_factory=dict)
    days: dict[DayKey, Cell] = field(default_factory=dict)

    def add_states(self, rows: Iterable[Stood], sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_state``."""
        for row in rows:
            kind, owner_id, stage_id = row.stage_kind, row.credited_owner_id, row.stage_id
            closed_on, opened_on, due_on = row.closed_on, row.opened_on, row.expected_close_on
            is_timed = kind == WON and opened_on is not None and closed_on is not None
            days = (closed_on - opened_on).days if is_timed else None  # type: ignore[operator]
            worth = _worth(row.amount_minor, sign, days)
            where = (owner_id, stage_id, kind, row.currency)
            self._hold(STATE, where, closed_on, worth, row.from_at, row.to_at)
            if kind == OPEN and due_on is not None:
                where = (owner_id, stage_id, NO_KIND, row.currency)
                self._hold(DUE, where, due_on, worth, row.from_at, row.to_at)

    def add_reaches(self, rows: Iterable[Reached], created_at: datetime, sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_reach`` of one deal.

        ``created_at`` is when the deal was written down: an undated reach counts from there.
        """
        for row in rows:
            at = row.reached_at or created_at
            where = (row.owner_id, row.stage_id, NO_KIND, row.currency)
            worth = _worth(row.amount_minor, sign)
            self._hold(REACH, where, row.reached_on, worth, at, FOREVER)

    def add_stays(self, owner_of: Mapping[int, int], stays: Iterable[Stay], sign: int) -> None:
        """Add (1) or take away (-1) the stays of one deal; ``owner_of`` says who owned it at each entry."""
        for stay in stays:
            owner_id, stage_id, placed_on = owner_of[stay.stage_id], stay.stage_id, stay.reached_on
            month_on = month_of(placed_on)[0]
            since = [self._since(span.from_at) for span in stay.spans]
            for span, begun, ended in zip(stay.spans, since, [*since[1:], None], strict=True):
                if begun == ended:  # it came and went within a month
                    continue
                worth = _worth(None, sign, span.days)
                outcome = span.outcome
                key = (STAY, begun, month_on, owner_id, stage_id, outcome, NO_CURRENCY)
                self._change(key, worth, span.from_at)
                if ended is not None:
                    key = (STAY, ended, month_on, owner_id, stage_id, outcome, NO_CURRENCY)
                    self._change(key, _taken_away(worth), span.from_at)
                elif placed_on is not None:
                    day = (STAY, placed_on, stage_id, outcome, NO_CURRENCY)
                    self._on_day(day, worth, span.from_at)

    def add_cycles(self, states: Iterable[Stood], reaches: Sequence[Reached], sign: int) -> None:
        """Add (1) or take away (-1) the stages that one deal had reached when it was won."""
        for row in states:
            closed_on = row.closed_on
            if row.stage_kind != WON or closed_on is None:
                continue
            for reach in reaches:
                if reach.reached_on is None:
                    continue
                worth = _worth(None, sign, (closed_on - reach.reached_on).days)
                where = (row.credited_owner_id, reach.stage_id, NO_KIND, NO_CURRENCY)
                self._hold(CYCLE, where, closed_on, worth, row.from_at, row.to_at)

    def _hold(
        self,
        fact: str,
        where: tuple[int, int, str, str],
        placed_on: date | None,
        worth: Worth,
        begun: datetime,
        ended: datetime,
    ) -> None:
        """Add what held from ``begun`` up to ``ended``: to the months that it changed, and to now.

        ``where`` is owner, stage, kind and currency.
        """
        owner_id, stage_id, kind, currency = where
        month_on, first = month_of(placed_on)[0], self._since(begun)
        now, at = worth, begun
        if ended == FOREVER:
            self._change((fact, first, month_on, owner_id, stage_id, kind, currency), worth, begun)
        else:
            now, at = _NOTHING, ended
            last = self._since(ended)
            key = (fact, last, month_on, owner_id, stage_id, kind, currency)
            if first == last:
                self._change(key, _NOTHING, ended)
            else:
                self._change(key, _taken_away(worth), ended)
                key = (fact, first, month_on, owner_id, stage_id, kind, currency)
                self._change(key, worth, begun)
        if placed_on is not None:
            self._on_day((fact, placed_on, stage_id, kind, currency), now, at)

    def _since(self, at: datetime) -> date:
        if at.day in _SURE_DAYS:
            return _first(at.year, at.month)
        here = at.astimezone(self.zone)
        return _first(here.year, here.month)

    def _change(self, key: ChangeKey, worth: Worth, at: datetime) -> None:
        cell = self.changes.get(key)
        if cell is None:
            cell = self.changes[key] = Cell(at)
        cell.add(worth, at)

    def _on_day(self, key: DayKey, worth: Worth, at: datetime) -> None:
        cell = self.days.get(key)
        if cell is None:
            cell = self.days[key] = Cell(at)
        cell.add(worth, at)


def _worth(minor: int | None, sign: int, days: int | None = None) -> Worth:
    if minor is None:
        return sign, 0, 0, days
    return sign, sign, sign * minor, days


def _taken_away(worth: Worth) -> Worth:
    deals, priced, minor, days = worth
    return -deals, -priced, -minor, days
