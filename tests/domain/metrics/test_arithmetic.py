"""The arithmetic of the figures; golden vectors are those of the definitions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.metrics.arithmetic import (
    Sum,
    Tally,
    amount,
    average_amount,
    coverage,
    cycle,
    median,
    reading,
    velocity,
    win_rate,
)
from spm.domain.metrics.registry import MetricId, Unit

DOLLARS = "USD"


def won(deals: int, amount_minor: int, *, lost: int = 0, days: int = 0) -> Tally:
    """Deals won of one amount each, all after as many days, and deals lost."""
    return Tally(
        deals=deals,
        lost=lost,
        sums={DOLLARS: Sum(deals * amount_minor, deals)} if deals else {},
        days={days: deals} if deals else {},
    )


@pytest.mark.parametrize(
    ("days", "per_day"), [(90, "2777.777778"), (72, "3472.222222"), (0, "250000"), (1, "250000")]
)
def test_a_velocity_multiplies_its_levers_and_divides_by_the_cycle(days: int, per_day: str) -> None:
    """40 deals of 25,000 at a win rate of a quarter; a cycle below a day counts as one."""
    found = velocity(40, won(1, 2_500_000, lost=3, days=days))
    assert found.value is not None
    assert round(found.value, 6) == Decimal(per_day)
    assert found.unit is Unit.MONEY_PER_DAY
    assert found.currency == DOLLARS


@pytest.mark.parametrize(
    ("closed", "reason"),
    [
        (Tally(), "no-deals-closed"),
        (Tally(lost=3), "no-deals-won"),
        (Tally(deals=2, days={3: 2}), "no-amounts"),
        (Tally(deals=2, sums={DOLLARS: Sum(10, 2)}), "no-dated-start"),
    ],
)
def test_a_velocity_with_an_unknown_lever_is_unknown(closed: Tally, reason: str) -> None:
    found = velocity(40, closed)
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == reason
    assert found.levers is not None


@pytest.mark.parametrize(
    ("deals", "lost", "rate", "low", "high"),
    [
        (3, 2, "0.6", 0.231, 0.882),
        (30, 20, "0.6", 0.462, 0.724),
        (0, 4, "0", 0.0, 0.490),
        (12, 26, "0.315789", None, None),
        (3, 7, "0.3", None, None),
    ],
)
def test_a_win_rate_is_won_of_closed_with_its_interval(
    deals: int, lost: int, rate: str, low: float | None, high: float | None
) -> None:
    found = win_rate(Tally(deals=deals, lost=lost))
    assert found.value is not None
    assert round(found.value, 6) == Decimal(rate)
    assert (found.numerator, found.denominator, found.n) == (
        Decimal(deals),
        Decimal(deals + lost),
        deals + lost,
    )
    assert found.interval is not None
    if low is not None and high is not None:
        assert found.interval == pytest.approx((low, high), abs=0.0005)


def test_a_win_rate_of_nothing_closed_is_unknown() -> None:
    found = win_rate(Tally())
    assert (found.value, found.interval) == (None, None)
    assert found.reason is not None


@pytest.mark.parametrize(
    ("histogram", "middle"),
    [
        ({}, None),
        ({5: 1}, "5"),
        ({1: 1, 2: 1}, "1.5"),
        ({1: 2, 9: 1}, "1"),
        ({3: 2, 60: 2}, "31.5"),
    ],
)
def test_a_median_is_the_mean_of_the_two_middle_values(
    histogram: dict[int, int], middle: str | None
) -> None:
    assert median(histogram) == (None if middle is None else Decimal(middle))


@given(st.lists(st.integers(0, 400), min_size=1))
def test_a_median_leaves_as_many_below_as_above(values: list[int]) -> None:
    middle = median({value: values.count(value) for value in values})
    assert middle is not None
    assert 2 * sum(value < middle for value in values) <= len(values)
    assert 2 * sum(value > middle for value in values) <= len(values)


def test_a_cycle_has_its_mean_and_its_median_and_says_what_it_left_out() -> None:
    found = cycle(Tally(deals=4, days={0: 1, 10: 1, 50: 1}))
    assert (found.value, found.median, found.n, found.excluded) == (
        Decimal(20),
        Decimal(10),
        3,
        1,
    )


def test_amounts_of_different_currencies_are_not_added() -> None:
    found = amount(Tally(deals=3, sums={"EUR": Sum(1, 1), "JPY": Sum(2, 2)}), DOLLARS)
    assert (found.value, found.currency) == (None, None)
    assert found.reason is not None
    assert found.reason.facts == {"currencies": "EUR, JPY"}


def test_the_amount_of_no_deals_is_zero_in_the_currency_of_the_organisation() -> None:
    found = amount(Tally(), "JPY")
    assert (found.value, found.currency, found.reason) == (Decimal(0), "JPY", None)


def test_deals_without_any_amount_have_no_sum() -> None:
    assert amount(Tally(deals=2), DOLLARS).value is None


@pytest.mark.parametrize(
    ("currency", "written"), [("USD", "10.05"), ("JPY", "1005"), ("KWD", "1.005")]
)
def test_a_sum_has_the_digits_of_its_currency(currency: str, written: str) -> None:
    found = amount(Tally(deals=1, sums={currency: Sum(1005, 1)}), DOLLARS)
    assert str(found.value) == written


def test_an_average_counts_only_deals_that_have_an_amount() -> None:
    found = average_amount(Tally(deals=3, sums={DOLLARS: Sum(300, 2)}))
    assert (found.value, found.n, found.excluded) == (Decimal("1.5"), 2, 1)
    assert (found.numerator, found.denominator) == (Decimal("3.00"), Decimal(2))


sums = st.builds(Sum, st.integers(-(10**9), 10**9), st.integers(0, 50))
a_tally = st.builds(
    Tally,
    st.integers(0, 99),
    st.integers(0, 99),
    st.dictionaries(st.sampled_from(["USD", "EUR"]), sums),
    st.dictionaries(st.integers(0, 400), st.integers(1, 9)),
    st.integers(0, 9),
)


@given(st.lists(a_tally))
def test_a_sum_of_tallies_does_not_depend_on_their_order(parts: list[Tally]) -> None:
    assert sum(parts, Tally()) == sum(reversed(parts), Tally())


@given(a_tally, a_tally)
def test_an_additive_figure_of_two_parts_is_the_sum_of_theirs(left: Tally, right: Tally) -> None:
    for metric in (MetricId.WON_DEALS, MetricId.LOST_DEALS, MetricId.OPEN_DEALS):
        parts = [reading(metric, part, DOLLARS).value for part in (left, right)]
        assert reading(metric, left + right, DOLLARS).value == sum(part or 0 for part in parts)


def test_coverage_is_held_against_what_the_win_rate_needs() -> None:
    """4.8 M for 1.6 M at 22 %: have 3.0, needed 4.545, expected 66 % of the gap."""
    found = coverage(Decimal("4.8"), Decimal("1.6"), Decimal("0.22"))
    assert found.have == 3
    assert found.needed is not None
    assert round(found.needed, 3) == Decimal("4.545")
    assert found.expected == Decimal("0.66")


@pytest.mark.parametrize("remaining", [0, -1])
def test_a_target_that_is_met_has_no_coverage(remaining: int) -> None:
    assert coverage(Decimal(5), Decimal(remaining), Decimal("0.5")).have is None


@pytest.mark.parametrize("rate", [None, Decimal(0)])
def test_what_is_needed_is_unknown_without_a_win_rate(rate: Decimal | None) -> None:
    assert coverage(Decimal(5), Decimal(1), rate).needed is None


def test_a_weighted_pipeline_weighs_each_amount_by_its_own_probability() -> None:
    """100 at 99 % and 200 at 0 %: 99, not 148.50 as averaged probabilities would say."""
    tally = Tally(deals=2, sums={DOLLARS: Sum(100_00 * 9_900 + 200_00 * 0, 2)})
    found = reading(MetricId.WEIGHTED_PIPELINE, tally, DOLLARS)
    assert (found.value, found.n) == (Decimal("99.00"), 2)


def test_a_conversion_says_how_many_are_still_open() -> None:
    found = reading(MetricId.STAGE_CONVERSION, Tally(deals=3, lost=7, waiting=90), DOLLARS)
    assert (found.value, found.n, found.still_open) == (Decimal("0.3"), 10, 90)
    nothing = reading(MetricId.STAGE_CONVERSION, Tally(waiting=2), DOLLARS)
    assert nothing.reason is not None
    assert (nothing.value, nothing.reason.code) == (None, "none-resolved")


def test_a_time_in_stage_is_of_those_that_have_left() -> None:
    tally = Tally(deals=3, lost=1, waiting=5, days={10: 2, 40: 1})
    found = reading(MetricId.TIME_IN_STAGE, tally, DOLLARS)
    assert (found.value, found.median, found.n) == (Decimal(20), Decimal(10), 3)
    assert (found.excluded, found.still_open) == (1, 5)
