"""Pace: what should have been reached by now, by elapsed working days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from spm.domain.period import Period
from spm.domain.ratio import quotient
from spm.domain.workdays import Calendar

ZERO = Decimal(0)


class NoPace(StrEnum):
    """Why there is no pace."""

    NO_TARGET = "no-target"
    NO_ACTUAL = "no-actual"
    NOT_APPLICABLE = "not-applicable"
    NOT_BEGUN = "not-begun"
    NOT_ADDITIVE = "not-additive"
    OTHER_CURRENCY = "other-currency"


@dataclass(frozen=True, slots=True)
class Pace:
    """Where an actual stands against what was expected to date.

    Attributes:
        expected: Expected to date, in the target's unit; None without a target.
        ratio: actual ÷ expected, the metric ``pace``; 1 is on pace.
        gap: Points of attainment ahead (positive) or behind, as a ratio
            (−0.04 is four points behind); ahead is better whatever the direction.
        reason: Why ``ratio`` is None.
    """

    expected: Decimal | None
    ratio: Decimal | None
    gap: Decimal | None
    reason: NoPace | None = None


def elapsed_share(
    period: Period,
    day: date,
    calendar: Calendar,
    weights: Sequence[tuple[Period, Decimal]] = (),
) -> Decimal:
    """Return the share of ``period`` that has elapsed by the end of ``day``, from 0 to 1.

    Args:
        period: The target's period.
        day: The as-of day; it counts as elapsed.
        calendar: Which days are worked.
        weights: Seasonal weights of parts that tile ``period``, in any scale;
            none for an even spread over its working days.

    Source:
        metrics.md 3.1, pace: Σ seasonal weights of the elapsed working days.
    """
    if not weights:
        return calendar.elapsed_share(period, day)
    total = sum((weight for _, weight in weights), ZERO)
    done = sum((weight * calendar.elapsed_share(part, day) for part, weight in weights), ZERO)
    share = quotient(done, total)
    return calendar.elapsed_share(period, day) if share is None else share


def pace(
    actual: Decimal | None,
    target: Decimal | None,
    share: Decimal,
    *,
    lower_is_better: bool = False,
    is_additive: bool = True,
) -> Pace:
    """Return the pace of ``actual`` against ``target`` when ``share`` of the period is over.

    A figure that does not add up over a period (a rate, an average, a state)
    has no expected part and no pace.

    Source:
        metrics.md 3.1: expected = target × elapsed share, pace = actual ÷ expected.
    """
    if not is_additive:  # whether a target is set or not: a range has none, and never has a pace
        return Pace(None, None, None, NoPace.NOT_ADDITIVE)
    if target is None:
        return Pace(None, None, None, NoPace.NO_TARGET)
    expected = target * share
    if actual is None:
        return Pace(expected, None, None, NoPace.NO_ACTUAL)
    if target == 0:
        return Pace(expected, None, None, NoPace.NOT_APPLICABLE)
    ahead = expected - actual if lower_is_better else actual - expected
    gap = quotient(ahead, abs(target))
    ratio = quotient(actual, expected)
    return Pace(expected, ratio, gap, NoPace.NOT_BEGUN if ratio is None else None)
