"""Quotients that know when they are unknown, and the interval of a share."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: a two-sided interval of 95 %."""

_DIVIDING = Context(prec=28, rounding=ROUND_HALF_EVEN)


def quotient(numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """Return ``numerator / denominator`` to 28 digits, half-even; None when dividing by zero."""
    if denominator == 0:
        return None
    return _DIVIDING.divide(Decimal(numerator), Decimal(denominator))


def wilson(successes: int, n: int, z: float = Z_95) -> tuple[float, float] | None:
    """Return the score interval (low, high) of the share ``successes / n``; None when n is 0.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference,
    JASA 22: 209-212.

    Raises:
        ValueError: ``successes`` is not between 0 and ``n``.
    """
    if not 0 <= successes <= n:
        msg = f"{successes} successes of {n}"
        raise ValueError(msg)
    if n == 0:
        return None
    share = successes / n
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    middle = share + z * z / (2 * n)
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if successes == n else min(1.0, (middle + spread) / scale)
    return low, high
