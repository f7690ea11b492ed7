"""Ratios: unknown at zero, and the Wilson interval."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.ratio import quotient, wilson


def test_a_quotient_by_zero_is_unknown() -> None:
    assert quotient(1, 0) is None
    assert quotient(Decimal(0), Decimal("0.00")) is None


def test_a_quotient_has_28_digits() -> None:
    assert quotient(2, 3) == Decimal("0.6666666666666666666666666667")


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3 (score).
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_nothing_is_unknown() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_the_interval_refuses_more_successes_than_tries(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, n)


@given(n=st.integers(1, 10**6), share=st.integers(0, 1000))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(n: int, share: int) -> None:
    successes = n * share // 1000
    interval = wilson(successes, n)
    assert interval is not None
    assert 0.0 <= interval[0] <= successes / n <= interval[1] <= 1.0
