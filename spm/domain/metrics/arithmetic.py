"""The arithmetic of the additive figures: tallies of deals in, readings out.

Everything that the metrics of this module need is additive over disjoint sets of deals (numbers,
sums, histograms of days), so a database can add it up and a period or a group is a sum of tallies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from spm.domain.metrics.figure import Lever, Levers, Reading, Reason
from spm.domain.metrics.registry import MetricId, Unit
from spm.domain.money import Money
from spm.domain.ratio import quotient, wilson


@dataclass(frozen=True, slots=True)
class Sum:
    """Minor units of one currency, and over how many deals.

    Attributes:
        minor: The total in minor units.
        n: How many deals had an amount.
    """

    minor: int = 0
    n: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + other.minor, self.n + other.n)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted over some deals.

    Attributes:
        deals: How many deals are meant by the metric: won, lost, open or reaching, as it asks.
        lost: How many were lost, where the metric sets won against lost; ``deals`` are the won.
        sums: The amounts of ``deals`` by currency.
        days: Calendar days from first dated step to close → how many of ``deals`` took them.
        waiting: How many of a cohort are still open, where the metric follows one; ``deals`` are
            those that went on, ``lost`` those that were lost before they did.
        undated: How many deals would count but lack the date that would place them.
    """

    deals: int = 0
    lost: int = 0
    sums: Mapping[str, Sum] = field(default_factory=dict)
    days: Mapping[int, int] = field(default_factory=dict)
    waiting: int = 0
    undated: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.deals + other.deals,
            self.lost + other.lost,
            {
                currency: self.sums.get(currency, Sum()) + other.sums.get(currency, Sum())
                for currency in {*self.sums, *other.sums}
            },
            {
                days: self.days.get(days, 0) + other.days.get(days, 0)
                for days in {*self.days, *other.days}
            },
            self.waiting + other.waiting,
            self.undated + other.undated,
        )

    @property
    def without_amount(self) -> int:
        """How many of the deals have no amount."""
        return self.deals - sum(part.n for part in self.sums.values())


def median(histogram: Mapping[int, int]) -> Decimal | None:
    """Return the middle value of ``histogram`` (value → how often), None when it is empty.

    With an even number of values it is the mean of the two middle ones: {1: 1, 2: 1} → 1.5.
    """
    n = sum(histogram.values())
    if n == 0:
        return None
    low = _at(histogram, (n - 1) // 2)
    high = _at(histogram, n // 2)
    return Decimal(low + high) / 2


def _at(histogram: Mapping[int, int], index: int) -> int:
    """Return the value at ``index`` (from 0) of the sorted values."""
    for value in sorted(histogram):
        index -= histogram[value]
        if index < 0:
            return value
    raise IndexError


def reading(metric: MetricId, tally: Tally, currency: str) -> Reading:
    """Return what ``metric`` says of ``tally``.

    Args:
        metric: Any metric but the target ones and the velocity, which need more than one tally.
        tally: What was counted; see the fields of Tally.
        currency: What an amount of nothing is in: the organisation's currency.
    """
    match metric:
        case MetricId.WIN_RATE:
            return win_rate(tally)
        case MetricId.AVERAGE_DEAL_SIZE:
            return average_amount(tally)
        case MetricId.SALES_CYCLE_DAYS:
            return cycle(tally)
        case MetricId.STAGE_CONVERSION:
            return conversion(tally)
        case MetricId.TIME_IN_STAGE:
            return stay(tally)
        case MetricId.WEIGHTED_PIPELINE:
            return weighted(tally, currency)
        case MetricId.WON_REVENUE | MetricId.OPEN_PIPELINE | MetricId.VALUE_REACHING_STAGE:
            return amount(tally, currency)
        case _:
            return count(tally)


def count(tally: Tally) -> Reading:
    """Return the number of deals."""
    return Reading(
        unit=Unit.COUNT, value=Decimal(tally.deals), n=tally.deals, excluded=tally.undated
    )


def amount(tally: Tally, currency: str) -> Reading:
    """Return the sum of the amounts; of no deals it is 0 in ``currency``.

    The value is None where several currencies meet, or where no deal of some has an amount.
    """
    excluded = tally.undated + tally.without_amount
    n = tally.deals - tally.without_amount
    if (reason := _no_sum(tally)) is not None:
        return Reading(unit=Unit.MONEY, n=n, excluded=excluded, reason=reason)
    for code, part in tally.sums.items():
        currency = code
        value = Money(code, part.minor).amount
        break
    else:
        value = Money(currency, 0).amount
    return Reading(unit=Unit.MONEY, value=value, currency=currency, n=n, excluded=excluded)


def average_amount(tally: Tally) -> Reading:
    """Return the sum of the amounts ÷ the number of deals that have one; None without any."""
    excluded = tally.undated + tally.without_amount
    n = tally.deals - tally.without_amount
    if tally.deals == 0:
        reason: Reason | None = Reason("no-deals-won")
    else:
        reason = _no_sum(tally)
    if reason is not None:
        return Reading(unit=Unit.MONEY, n=n, excluded=excluded, reason=reason)
    ((currency, part),) = tally.sums.items()
    whole = Money(currency, part.minor).amount
    return Reading(
        unit=Unit.MONEY,
        value=quotient(whole, part.n),
        currency=currency,
        numerator=whole,
        denominator=Decimal(part.n),
        n=n,
        excluded=excluded,
    )


def win_rate(tally: Tally) -> Reading:
    """Return won ÷ (won + lost) with Wilson's 95 % interval; None when none was closed."""
    closed = tally.deals + tally.lost
    value = quotient(Decimal(tally.deals), closed)
    return Reading(
        unit=Unit.RATIO,
        value=value,
        numerator=Decimal(tally.deals),
        denominator=Decimal(closed),
        n=closed,
        excluded=tally.undated,
        interval=wilson(tally.deals, closed),
        reason=Reason("no-deals-closed") if value is None else None,
    )


def conversion(tally: Tally) -> Reading:
    """Return advanced ÷ (advanced + lost) of a cohort, with how many are still open.

    1,589 open deals beside 4,238 that went on and 2,473 that were lost: 4238 ÷ 6711, 1,589 open.
    """
    known = win_rate(tally)
    reason = Reason("none-resolved") if known.value is None else None
    return replace(known, still_open=tally.waiting, reason=reason)


def stay(tally: Tally) -> Reading:
    """Return the mean of the days that the deals of a cohort stayed, with the median beside it."""
    n = sum(tally.days.values())
    days = Decimal(sum(value * times for value, times in tally.days.items()))
    value = quotient(days, n)
    return Reading(
        unit=Unit.DAYS,
        value=value,
        numerator=days,
        denominator=Decimal(n),
        n=n,
        excluded=tally.undated + tally.deals + tally.lost - n,
        median=median(tally.days),
        still_open=tally.waiting,
        reason=Reason("none-resolved") if value is None else None,
    )


WEIGHT = 10_000
"""A probability of 1 in basis points."""


def weighted(tally: Tally, currency: str) -> Reading:
    """Return the sum of amounts × probabilities, half-even to the minor unit.

    The sums of ``tally`` are minor units × basis points. 100 at 99 % and 200 at 0 %: 99, not the
    148.50 of averaged probabilities.
    """
    minor = {
        code: Sum(int((Decimal(part.minor) / WEIGHT).to_integral_value()), part.n)
        for code, part in tally.sums.items()
    }
    return amount(replace(tally, sums=minor), currency)


@dataclass(frozen=True, slots=True)
class Coverage:
    """An open pipeline against what is missing to a target.

    Attributes:
        have: pipeline ÷ remaining; None where nothing remains.
        needed: 1 ÷ win rate; None where that is unknown or 0.
        expected: pipeline × win rate ÷ remaining, the part of the gap that it should close.
    """

    have: Decimal | None
    needed: Decimal | None
    expected: Decimal | None


def coverage(pipeline: Decimal, remaining: Decimal, rate: Decimal | None) -> Coverage:
    """Return how far ``pipeline`` covers ``remaining`` at a win rate of ``rate``.

    4.8 M for 1.6 M at 22 %: have 3.0, needed 4.545, expected 66 % of the gap.

    Source:
        metrics.md 3.3: open pipeline ÷ (target − won); required = 1 ÷ win rate.
    """
    have = quotient(pipeline, remaining) if remaining > 0 else None
    needed = None if rate is None else quotient(Decimal(1), rate)
    expected = None if have is None or rate is None else have * rate
    return Coverage(have, needed, expected)


def cycle(tally: Tally) -> Reading:
    """Return the mean of the days with the median beside it; None when no deal has both dates."""
    n = sum(tally.days.values())
    days = sum(value * times for value, times in tally.days.items())
    value = quotient(Decimal(days), n)
    reason = None
    if value is None:
        reason = Reason("no-dated-start" if tally.deals else "no-deals-won")
    return Reading(
        unit=Unit.DAYS,
        value=value,
        numerator=Decimal(days),
        denominator=Decimal(n),
        n=n,
        excluded=tally.undated + tally.deals - n,
        median=median(tally.days),
        reason=reason,
    )


def velocity(number: int, closed: Tally) -> Reading:
    """Return ``number`` × average amount × win rate ÷ mean cycle of ``closed``, money per day.

    40 deals of 25,000 at a win rate of .25 in 90 days: 2,777.78 a day; in 72 days 3,472.22.

    Args:
        number: The first lever: how many deals.
        closed: The closed deals that give the other three: the won with amounts and days, and
            the number of the lost.

    Returns:
        The reading with the four levers; a mean cycle below a day is taken as one day. The value
        is None, with the reason of the first lever that is unknown, when one is.
    """
    size, rate, length = average_amount(closed), win_rate(closed), cycle(closed)
    levers = Levers(
        deals=Lever(Decimal(number), number),
        value=Lever(size.value, size.n),
        win_rate=Lever(rate.value, rate.n),
        cycle_days=Lever(length.value, length.n),
    )
    reason = rate.reason or size.reason or length.reason
    value = None
    if size.numerator is not None and rate.numerator is not None and length.numerator is not None:
        # One division at the end, so that the unrounded factors enter.
        above = number * size.numerator * rate.numerator * (length.denominator or 0)
        days = max(length.numerator, length.denominator or Decimal(0))
        below = (size.denominator or 0) * (rate.denominator or 0) * days
        value = quotient(above, below)
    return Reading(
        unit=Unit.MONEY_PER_DAY,
        value=None if reason else value,
        currency=size.currency,
        n=number,
        levers=levers,
        reason=reason,
    )


def _no_sum(tally: Tally) -> Reason | None:
    """Return why the amounts of ``tally`` cannot be added, None where they can."""
    if len(tally.sums) > 1:
        return Reason("several-currencies", {"currencies": ", ".join(sorted(tally.sums))})
    if tally.deals and not tally.sums:
        return Reason("no-amounts", {"deals": tally.deals})
    return None
