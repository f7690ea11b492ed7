"""Sharing a target out over people or periods, to the last unit."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import floor

from spm.domain.errors import Invalid

ZERO = Decimal(0)


class NothingToSpreadBy(Invalid):
    """There is nobody to share with, or every weight is zero, or one is negative."""

    code = "targets.nothing-to-spread-by"


def by_weights(total: Decimal, weights: Sequence[Decimal], digits: int) -> tuple[Decimal, ...]:
    """Return ``total`` shared out in proportion to ``weights``.

    Args:
        total: What to share; it is taken as it is, even where it is finer
            than ``digits``.
        weights: Non-negative, not all zero; a weight of zero gets zero.
        digits: Places after the point of a share (0 for counts, the currency's for money).

    Returns:
        One share per weight, in order; they sum to ``total`` exactly. Odd
        units go to the largest remainders, the earlier first, and what is
        finer than ``digits`` to the largest weight.

    Raises:
        NothingToSpreadBy: No weights, all zero, or one negative.
    """
    whole = Fraction(sum(weights, ZERO))
    if whole <= 0 or min(weights) < 0:
        raise NothingToSpreadBy
    unit = Decimal(1).scaleb(-digits)
    units = int((total / unit).to_integral_value(ROUND_FLOOR))
    exact = [units * Fraction(weight) / whole for weight in weights]
    shares = [floor(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    amounts = [share * unit for share in shares]
    largest = max(range(len(weights)), key=lambda i: (weights[i], -i))
    amounts[largest] += total - units * unit
    return tuple(amounts)
