"""Pace: what is expected by now."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.period import Period
from spm.domain.targets.attainment import attainment
from spm.domain.targets.pace import NoPace, elapsed_share, pace
from spm.domain.workdays import Calendar

WEEKDAYS = Calendar(frozenset())
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
"""Begins on a Sunday; 21 working days."""


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2026, 10, 31), 0),
        (date(2026, 11, 1), 0),
        (date(2026, 11, 2), 1),
        (date(2026, 11, 6), 5),
        (date(2026, 11, 8), 5),
        (date(2026, 11, 30), 21),
        (date(2027, 1, 1), 21),
    ],
)
def test_the_as_of_day_counts_as_elapsed(day: date, days: int) -> None:
    assert elapsed_share(NOVEMBER, day, WEEKDAYS) * 21 == pytest.approx(Decimal(days))


def test_seasonal_weights_expect_more_of_a_heavy_month() -> None:
    quarter = Period(date(2026, 10, 1), date(2027, 1, 1))
    october, november, december = quarter.months()
    weights = ((october, Decimal(1)), (november, Decimal(1)), (december, Decimal(2)))
    assert elapsed_share(quarter, date(2026, 10, 31), WEEKDAYS, weights) == Decimal("0.25")
    assert elapsed_share(quarter, date(2026, 11, 30), WEEKDAYS, weights) == Decimal("0.5")
    nothing = tuple((part, Decimal(0)) for part, _ in weights)
    even = elapsed_share(quarter, date(2026, 11, 30), WEEKDAYS)
    assert elapsed_share(quarter, date(2026, 11, 30), WEEKDAYS, nothing) == even


def test_pace_divides_by_the_expected_and_says_the_gap_in_points() -> None:
    at = pace(Decimal("41.0"), Decimal("50.0"), Decimal("0.864"))
    assert at.expected == Decimal("43.2")
    assert at.ratio == Decimal("41.0") / Decimal("43.2")
    assert at.gap == Decimal("-0.044")


def test_less_than_expected_of_something_that_should_stay_low_is_ahead() -> None:
    at = pace(Decimal(3), Decimal(10), Decimal("0.5"), lower_is_better=True)
    assert (at.expected, at.ratio, at.gap) == (Decimal(5), Decimal("0.6"), Decimal("0.2"))


@pytest.mark.parametrize(
    ("actual", "target", "share", "is_additive", "reason"),
    [
        (1, None, "0.5", True, NoPace.NO_TARGET),
        (None, 1, "0.5", True, NoPace.NO_ACTUAL),
        (1, 0, "0.5", True, NoPace.NOT_APPLICABLE),
        (1, 1, "0", True, NoPace.NOT_BEGUN),
        (1, 1, "0.5", False, NoPace.NOT_ADDITIVE),
        (1, None, "0.5", False, NoPace.NOT_ADDITIVE),
    ],
)
def test_no_pace_has_a_reason(
    actual: int | None, target: int | None, share: str, is_additive: bool, reason: NoPace
) -> None:
    at = pace(
        None if actual is None else Decimal(actual),
        None if target is None else Decimal(target),
        Decimal(share),
        is_additive=is_additive,
    )
    assert at.ratio is None
    assert at.reason is reason


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_at_the_end_pace_is_attainment(actual: int, target: int) -> None:
    at = pace(Decimal(actual), Decimal(target), Decimal(1))
    assert at.ratio == attainment(Decimal(actual), Decimal(target)).ratio
