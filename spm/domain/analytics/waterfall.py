"""What led from one pipeline to the next: start + what came − what went = end, to the cent.

After metrics.md 3.7. A pipeline is what is open of somebody's deals at an instant, of all of them or of
those that are expected to close in a period. Each deal is compared as it stood at both ends, in
its own currency, and what it did has one cause: where several things changed at once, the first of
won or lost, moved in time, handed over, re-priced, and the net of the amount. A deal that came and was
decided in between stands once where it came in and once where it went.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from spm.domain.ids import DealId
from spm.domain.period import Period, PeriodKind, containing
from spm.domain.pipeline.stages import StageKind
from spm.domain.ratio import quotient


class Cause(StrEnum):
    """Why a deal is in one pipeline and not in the other, or is worth something else, in order."""

    NEW = "new"
    REOPENED = "reopened"
    PULLED_IN = "pulled-in"
    PUSHED_IN = "pushed-in"
    DATED = "dated"
    HANDED_IN = "handed-in"
    INCREASED = "increased"
    CURRENCY_IN = "currency-in"
    DECREASED = "decreased"
    CURRENCY_OUT = "currency-out"
    PUSHED_OUT = "pushed-out"
    PULLED_OUT = "pulled-out"
    UNDATED = "undated"
    HANDED_OUT = "handed-out"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Standing:
    """A deal at one end.

    Attributes:
        kind: Of the stage that it stands in.
        is_mine: Whether it is credited to whose pipeline this is.
        minor: What it is worth in minor units; None when unknown, which adds nothing.
        currency: ISO code.
        expected_on: When it is expected to close.
        closed_on: When it was decided; None while open, and where nobody knows.
    """

    kind: StageKind
    is_mine: bool
    minor: int | None
    currency: str
    expected_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A deal at both ends; ``before`` is None where it did not exist yet."""

    deal_id: DealId
    before: Standing | None
    after: Standing


@dataclass(frozen=True, slots=True)
class Change:
    """What one deal did.

    Attributes:
        minor: What it added, in minor units of ``currency``; negative where it took away.
        deals: By how much it changed the number of deals: 1, 0 or −1.
        is_priced: Whether the amount that counts here is known.
    """

    deal_id: DealId
    cause: Cause
    currency: str
    minor: int
    deals: int
    is_priced: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """All changes of one cause; ``minor`` is signed, ``unpriced`` counts those without an amount."""

    cause: Cause
    minor: int
    changes: tuple[Change, ...]

    @property
    def unpriced(self) -> int:
        """How many of the changes have no amount."""
        return sum(not change.is_priced for change in self.changes)


@dataclass(frozen=True, slots=True)
class Level:
    """A pipeline at one end: its worth in minor units, its deals, those without an amount."""

    minor: int = 0
    deals: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One currency's way from ``start`` to ``end``; the bars in the order of their causes."""

    currency: str
    start: Level
    bars: tuple[Bar, ...]
    end: Level

    @property
    def is_reconciled(self) -> bool:
        """Whether the bars lead from the start to the end exactly, in money and in deals."""
        minor = sum(bar.minor for bar in self.bars)
        deals = sum(change.deals for bar in self.bars for change in bar.changes)
        return (self.start.minor + minor, self.start.deals + deals) == (
            self.end.minor,
            self.end.deals,
        )


def is_in(standing: Standing | None, closing: Period | None) -> bool:
    """Return whether a deal is in the pipeline: open, credited here, expected in ``closing``."""
    if standing is None or standing.kind is not StageKind.OPEN or not standing.is_mine:
        return False
    return closing is None or (standing.expected_on is not None and standing.expected_on in closing)


def changes_of(deal: Compared, closing: Period | None) -> tuple[Change, ...]:
    """Return what a deal did: nothing, one change, or two where it came and went."""
    return tuple(_changes(deal, closing))


def _changes(deal: Compared, closing: Period | None) -> Iterator[Change]:
    before, after = deal.before, deal.after
    was, stays = is_in(before, closing), is_in(after, closing)
    if was and before is not None and stays:
        yield from _revalued(deal.deal_id, before, after)
    elif was and before is not None:
        yield _went(deal.deal_id, _way_out(after, closing), before)
    elif stays or _was_decided_here(before, after, closing):
        yield _came(deal.deal_id, _way_in(before, closing), after)
        if not stays:
            yield _went(deal.deal_id, _way_out(after, closing), after)


def _was_decided_here(before: Standing | None, after: Standing, closing: Period | None) -> bool:
    """Whether a deal that was not in the pipeline came to it and was decided in between."""
    if not after.is_mine or not after.kind.is_closed:
        return False
    if before is not None and before.kind.is_closed:
        return False
    return closing is None or (after.closed_on is not None and after.closed_on in closing)


def _way_in(before: Standing | None, closing: Period | None) -> Cause:
    if before is None:
        return Cause.NEW
    if before.kind.is_closed:
        return Cause.REOPENED
    if closing is not None and (before.expected_on is None or before.expected_on not in closing):
        if before.expected_on is None:
            return Cause.DATED
        return Cause.PULLED_IN if before.expected_on >= closing.end else Cause.PUSHED_IN
    return Cause.HANDED_IN


def _way_out(after: Standing, closing: Period | None) -> Cause:
    """Why it is no longer there. What was decided in somebody else's hands was handed over."""
    if after.kind.is_closed and after.is_mine:
        return Cause.WON if after.kind is StageKind.WON else Cause.LOST
    if after.kind.is_closed:
        return Cause.HANDED_OUT
    if closing is not None and (after.expected_on is None or after.expected_on not in closing):
        if after.expected_on is None:
            return Cause.UNDATED
        return Cause.PUSHED_OUT if after.expected_on >= closing.end else Cause.PULLED_OUT
    return Cause.HANDED_OUT


def _came(deal_id: DealId, cause: Cause, at: Standing) -> Change:
    return Change(deal_id, cause, at.currency, at.minor or 0, 1, at.minor is not None)


def _went(deal_id: DealId, cause: Cause, at: Standing) -> Change:
    return Change(deal_id, cause, at.currency, -(at.minor or 0), -1, at.minor is not None)


def _revalued(deal_id: DealId, before: Standing, after: Standing) -> Iterator[Change]:
    if before.currency != after.currency:
        yield _went(deal_id, Cause.CURRENCY_OUT, before)
        yield _came(deal_id, Cause.CURRENCY_IN, after)
        return
    by = (after.minor or 0) - (before.minor or 0)
    if by:
        cause = Cause.INCREASED if by > 0 else Cause.DECREASED
        yield Change(deal_id, cause, after.currency, by, 0)


def waterfalls(deals: Iterable[Compared], closing: Period | None = None) -> tuple[Waterfall, ...]:
    """Return one waterfall per currency that occurs, by its code.

    Args:
        deals: Every deal that is in the pipeline at either end or was decided in between, once each;
            others do no harm.
        closing: Only what is expected to close then; None for all that is open.
    """
    starts: dict[str, list[Standing]] = defaultdict(list)
    ends: dict[str, list[Standing]] = defaultdict(list)
    found: dict[str, dict[Cause, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for deal in deals:
        if deal.before is not None and is_in(deal.before, closing):
            starts[deal.before.currency].append(deal.before)
        if is_in(deal.after, closing):
            ends[deal.after.currency].append(deal.after)
        for change in changes_of(deal, closing):
            found[change.currency][change.cause].append(change)
    return tuple(
        Waterfall(
            currency,
            _level(starts[currency]),
            tuple(_bar(cause, found[currency][cause]) for cause in Cause if found[currency][cause]),
            _level(ends[currency]),
        )
        for currency in sorted({*starts, *ends, *found})
    )


def _level(standings: Sequence[Standing]) -> Level:
    return Level(
        sum(one.minor or 0 for one in standings),
        len(standings),
        sum(one.minor is None for one in standings),
    )


def _bar(cause: Cause, changes: Sequence[Change]) -> Bar:
    largest = sorted(changes, key=lambda one: (-abs(one.minor), one.deal_id))
    return Bar(cause, sum(change.minor for change in changes), tuple(largest))


@dataclass(frozen=True, slots=True)
class Slipped:
    """How many of the deals that were to close in a period did not, and are still open.

    Attributes:
        baseline: Open deals that were expected to close in the period when it began.
        deal_ids: Those of them that are open at the end, or expected only after the period.
        baseline_minor: What they were worth when it began, by currency.
        slipped_minor: The same of the slipped ones.
    """

    baseline: int
    deal_ids: tuple[DealId, ...]
    baseline_minor: tuple[tuple[str, int], ...]
    slipped_minor: tuple[tuple[str, int], ...]

    @property
    def slipped(self) -> int:
        """How many slipped."""
        return len(self.deal_ids)

    @property
    def rate(self) -> Decimal | None:
        """Slipped ÷ baseline by number; None without a baseline."""
        return quotient(Decimal(self.slipped), Decimal(self.baseline))


def slippage(deals: Iterable[Compared], closing: Period, *, is_over: bool) -> Slipped:
    """Return what slipped out of ``closing`` between its beginning and the other end.

    Lost is not slipped, neither is handed over: what counts is whether the deal is still to be won.

    Args:
        deals: As for ``waterfalls``, the first end being the beginning of ``closing``.
        closing: The period in which the deals were expected to close.
        is_over: Whether it is over at the other end, so that what is open then has slipped.
    """
    worth: dict[str, int] = defaultdict(int)
    gone: dict[str, int] = defaultdict(int)
    baseline, slipped = 0, []
    for deal in deals:
        before, after = deal.before, deal.after
        if before is None or not is_in(before, closing):
            continue
        baseline += 1
        worth[before.currency] += before.minor or 0
        is_later = after.expected_on is not None and after.expected_on >= closing.end
        if after.kind is StageKind.OPEN and (is_over or is_later):
            slipped.append(deal.deal_id)
            gone[before.currency] += before.minor or 0
    return Slipped(
        baseline, tuple(slipped), tuple(sorted(worth.items())), tuple(sorted(gone.items()))
    )


@dataclass(frozen=True, slots=True)
class Pushed:
    """How often a deal's expected close was moved to a later date.

    Attributes:
        pushes: At most once a day: from what was expected before the day to what is after it.
        crossings: Those of them that led into a later fiscal quarter.
    """

    pushes: int = 0
    crossings: int = 0


def pushed(
    dates: Sequence[tuple[date | None, date | None]], period: Period, fiscal_start: int
) -> Pushed:
    """Return how often the expected close of one deal was pushed on the days of ``period``.

    Args:
        dates: When it was said (None where nobody knows) and what was expected from then on, in
            the order in which it was said, the creation first.
        period: The days that count.
        fiscal_start: Month in which fiscal years begin.
    """
    pushes = crossings = 0
    expected: date | None = None
    for on, last in _by_day(dates):
        is_push = expected is not None and last is not None and last > expected
        if is_push and on is not None and on in period:
            pushes += 1
            crossings += _quarter(last, fiscal_start) != _quarter(expected, fiscal_start)
        expected = last
    return Pushed(pushes, crossings)


def _by_day(
    dates: Sequence[tuple[date | None, date | None]],
) -> Iterator[tuple[date | None, date | None]]:
    """Yield the last that was said on each day; what is not dated counts by itself."""
    for place, (on, expected) in enumerate(dates):
        following = dates[place + 1][0] if place + 1 < len(dates) else None
        if on is None or on != following:
            yield on, expected


def _quarter(day: date | None, fiscal_start: int) -> str | None:
    return None if day is None else containing(day, PeriodKind.QUARTER, fiscal_start).name
