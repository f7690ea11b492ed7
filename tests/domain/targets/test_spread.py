"""A spread sums to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.targets.spread import NothingToSpreadBy, by_weights


@pytest.mark.parametrize(
    ("total", "weights", "digits", "shares"),
    [
        ("100", "1 1 1", 2, "33.34 33.33 33.33"),
        ("100", "1 1 1", 0, "34 33 33"),
        ("1000000", "3 0 1", 0, "750000 0 250000"),
        ("-100", "1 1 1", 0, "-33 -33 -34"),
        ("10.5", "1 1", 0, "5.5 5"),
        ("0", "1 2", 2, "0 0"),
    ],
)
def test_odd_units_go_to_the_largest_remainders(
    total: str, weights: str, digits: int, shares: str
) -> None:
    spread = by_weights(Decimal(total), [Decimal(w) for w in weights.split()], digits)
    assert spread == tuple(Decimal(s) for s in shares.split())


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1)])
def test_nobody_to_share_with_is_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(NothingToSpreadBy):
        by_weights(Decimal(1), [Decimal(weight) for weight in weights], 0)


@given(
    st.decimals(-(10**12), 10**12, places=6),
    st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=40).filter(any),
    st.integers(0, 6),
)
def test_a_spread_sums_to_the_whole(total: Decimal, weights: list[Decimal], digits: int) -> None:
    shares = by_weights(total, weights, digits)
    assert sum(shares, Decimal(0)) == total
    assert len(shares) == len(weights)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)
