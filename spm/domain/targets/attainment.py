"""Attainment: how much of a target was reached, uncapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from spm.domain.ratio import quotient

ONE = Decimal(1)
ZERO = Decimal(0)


class Form(StrEnum):
    """The formula that an attainment was worked out by; metrics.md 3.1 names each one's source."""

    HIGHER = "higher"
    HIGHER_NEGATIVE = "higher-negative"
    LOWER = "lower"
    BASELINE = "baseline"
    RANGE = "range"


class Missing(StrEnum):
    """Why there is no attainment; unknown is never 0."""

    NO_TARGET = "no-target"
    NO_ACTUAL = "no-actual"
    NOT_APPLICABLE = "not-applicable"
    OTHER_CURRENCY = "other-currency"


@dataclass(frozen=True, slots=True)
class Attained:
    """An attainment, or the reason why there is none; exactly one of the two.

    Attributes:
        ratio: 1 is on target; uncapped and unfloored.
        form: The formula used, None without a ratio.
        reason: Why there is no ratio.
    """

    ratio: Decimal | None
    form: Form | None = None
    reason: Missing | None = None

    @property
    def shown(self) -> Decimal | None:
        """The ratio as displays and composites take it: floored at 0, never capped."""
        return None if self.ratio is None else max(self.ratio, ZERO)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How a KPI's attainment is measured.

    Attributes:
        lower_is_better: Whether less is better.
        start: The baseline that progress counts from, if it has one.
        bounds: (low, high) of a KPI that is on target anywhere between them.
        currency: ISO code of ``start`` and ``bounds`` where they are money.
    """

    lower_is_better: bool = False
    start: Decimal | None = None
    bounds: tuple[Decimal, Decimal] | None = None
    currency: str | None = None


PLAIN = Yardstick()
"""Higher is better, from nothing."""


def measured(actual: Decimal | None, target: Decimal | None, by: Yardstick = PLAIN) -> Attained:
    """Return how much was reached, by the form that the KPI's yardstick asks for."""
    if by.bounds is not None:
        return attainment_in_range(actual, *by.bounds)
    return attainment(actual, target, lower_is_better=by.lower_is_better, start=by.start)


def attainment(
    actual: Decimal | None,
    target: Decimal | None,
    *,
    lower_is_better: bool = False,
    start: Decimal | None = None,
) -> Attained:
    """Return how much of ``target`` was reached, by the form that fits.

    Higher is better: actual ÷ target; with a negative target 1 + (A − T) ÷ |T|.
    Lower is better: 1 − (A − T) ÷ |T| (Infor; T ÷ A is undefined at A = 0).
    With a start value, either way: (A − start) ÷ (T − start).
    A target of zero (or one equal to its start) is not applicable.

    Source:
        metrics.md 3.1; Infor decreasing types, Ally baseline form.
    """
    if target is None:
        return Attained(None, reason=Missing.NO_TARGET)
    if actual is None:
        return Attained(None, reason=Missing.NO_ACTUAL)
    if start is not None:
        return _attained(Form.BASELINE, ZERO, actual - start, target - start)
    if lower_is_better:
        return _attained(Form.LOWER, ONE, target - actual, abs(target))
    if target < 0:
        return _attained(Form.HIGHER_NEGATIVE, ONE, actual - target, abs(target))
    return _attained(Form.HIGHER, ZERO, actual, target)


def attainment_in_range(actual: Decimal | None, low: Decimal, high: Decimal) -> Attained:
    """Return 1 inside [low, high], outside 1 − |A − nearest bound| ÷ |bound|.

    Raises:
        ValueError: ``low`` is above ``high``.

    Source:
        metrics.md 3.1, target in a range.
    """
    if low > high:
        msg = f"a range begins below its end: {low} .. {high}"
        raise ValueError(msg)
    if actual is None:
        return Attained(None, reason=Missing.NO_ACTUAL)
    if low <= actual <= high:
        return Attained(ONE, Form.RANGE)
    bound = low if actual < low else high
    return _attained(Form.RANGE, ONE, -abs(actual - bound), abs(bound))


@dataclass(frozen=True, slots=True)
class Composite:
    """A weighted mean of attainments.

    Attributes:
        ratio: None where no part had an attainment.
        left_out: How many parts had none; the weights of the rest were renormalised.
    """

    ratio: Decimal | None
    left_out: int


def composite(parts: Sequence[tuple[Decimal, Decimal | None]]) -> Composite:
    """Return the weighted mean of the (weight, attainment) ``parts`` that have one.

    Attainments are floored at 0, never capped; the weights of missing parts
    are spread over the others.

    Source:
        metrics.md 3.1: 20 % · 2/4 + 80 % · 40k/20k = 170 %; 5, 5, unused → 5.
    """
    there = [(weight, max(ratio, ZERO)) for weight, ratio in parts if ratio is not None]
    total = sum((weight for weight, _ in there), ZERO)
    weighted = sum((weight * ratio for weight, ratio in there), ZERO)
    return Composite(quotient(weighted, total), len(parts) - len(there))


def _attained(form: Form, base: Decimal, part: Decimal, whole: Decimal) -> Attained:
    share = quotient(part, whole)
    if share is None:
        return Attained(None, reason=Missing.NOT_APPLICABLE)
    return Attained(base + share, form)
