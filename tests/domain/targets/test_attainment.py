"""Attainment: the worked examples of metrics.md 3.1 and its golden vectors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.targets.attainment import (
    Attained,
    Form,
    Missing,
    Yardstick,
    attainment,
    attainment_in_range,
    composite,
    measured,
)

amounts = st.decimals(-(10**9), 10**9, places=2)


@pytest.mark.parametrize(
    ("actual", "target", "ratio"),
    [
        ("41000000", "50000000", "0.82"),
        ("60000", "50000", "1.2"),
        ("0", "50000", "0"),
        ("-5", "50", "-0.1"),
        ("3", "-2", "3.5"),
        ("-2", "-2", "1"),
        ("-4", "-2", "0"),
    ],
)
def test_higher_is_better_divides_and_is_never_capped(actual: str, target: str, ratio: str) -> None:
    assert attainment(Decimal(actual), Decimal(target)).ratio == Decimal(ratio)


@pytest.mark.parametrize(
    ("actual", "target", "ratio"),
    [
        ("50", "50", "1"),
        ("100", "50", "0"),
        ("200", "50", "-2"),
        ("0", "50", "2"),
        ("-50", "-50", "1"),
        ("-100", "-50", "2"),
        ("0", "-50", "0"),
        ("50", "-50", "-1"),
    ],
)
def test_lower_is_better_follows_infor(actual: str, target: str, ratio: str) -> None:
    attained = attainment(Decimal(actual), Decimal(target), lower_is_better=True)
    assert attained == Attained(Decimal(ratio), Form.LOWER)


@pytest.mark.parametrize(
    ("start", "actual", "target", "ratio"),
    [
        ("20", "35", "50", "0.5"),
        ("90", "75", "60", "0.5"),
        ("90", "60", "60", "1"),
        ("10", "5", "0", "0.5"),
    ],
)
def test_a_baseline_counts_from_its_start_in_either_direction(
    start: str, actual: str, target: str, ratio: str
) -> None:
    attained = attainment(Decimal(actual), Decimal(target), start=Decimal(start))
    assert attained == Attained(Decimal(ratio), Form.BASELINE)


@pytest.mark.parametrize(
    ("actual", "ratio"),
    [("40", "1"), ("60", "1"), ("50", "1"), ("20", "0.5"), ("90", "0.5"), ("150", "-0.5")],
)
def test_a_range_is_reached_inside_and_falls_off_by_the_nearest_bound(
    actual: str, ratio: str
) -> None:
    assert attainment_in_range(Decimal(actual), Decimal(40), Decimal(60)).ratio == Decimal(ratio)


@pytest.mark.parametrize("lower_is_better", [True, False])
def test_a_zero_target_is_not_applicable(lower_is_better: bool) -> None:
    attained = attainment(Decimal(5), Decimal(0), lower_is_better=lower_is_better)
    assert attained == Attained(None, reason=Missing.NOT_APPLICABLE)


def test_what_is_missing_is_named() -> None:
    assert attainment(None, Decimal(5)).reason is Missing.NO_ACTUAL
    assert attainment(Decimal(5), None).reason is Missing.NO_TARGET
    assert attainment(Decimal(5), Decimal(7), start=Decimal(7)).reason is Missing.NOT_APPLICABLE
    assert attainment_in_range(None, Decimal(0), Decimal(1)).reason is Missing.NO_ACTUAL
    assert attainment_in_range(Decimal(-1), Decimal(0), Decimal(1)).reason is Missing.NOT_APPLICABLE


def test_a_range_the_wrong_way_round_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="range"):
        attainment_in_range(Decimal(1), Decimal(2), Decimal(1))


def test_a_yardstick_picks_the_form() -> None:
    actual, target = Decimal(40), Decimal(50)
    assert measured(actual, target).form is Form.HIGHER
    assert measured(actual, target, Yardstick(lower_is_better=True)).form is Form.LOWER
    assert measured(actual, target, Yardstick(start=Decimal(0))).form is Form.BASELINE
    within = Yardstick(bounds=(Decimal(30), Decimal(45)))
    assert measured(actual, None, within) == Attained(Decimal(1), Form.RANGE)


@pytest.mark.parametrize(
    ("parts", "ratio", "left_out"),
    [
        ([("20", "0.5"), ("80", "2")], "1.70", 0),
        ([("1", "5"), ("1", "5"), ("1", None)], "5", 1),
        ([("1", "-3"), ("1", "1")], "0.5", 0),
    ],
)
def test_a_composite_spreads_the_weight_of_what_is_missing(
    parts: list[tuple[str, str | None]], ratio: str, left_out: int
) -> None:
    given_parts = [(Decimal(w), None if r is None else Decimal(r)) for w, r in parts]
    result = composite(given_parts)
    assert (result.ratio, result.left_out) == (Decimal(ratio), left_out)


def test_a_composite_of_nothing_is_unknown() -> None:
    assert composite([(Decimal(1), None)]).ratio is None
    assert composite([]).ratio is None


@given(amounts, amounts.filter(bool))
def test_the_target_itself_is_always_one_and_displays_are_never_negative(
    actual: Decimal, target: Decimal
) -> None:
    for lower in (True, False):
        assert attainment(target, target, lower_is_better=lower).ratio == 1
        shown = attainment(actual, target, lower_is_better=lower).shown
        assert shown is not None
        assert shown >= 0


@given(amounts, amounts, amounts.filter(bool))
def test_more_is_never_worse_where_higher_is_better(
    one: Decimal, other: Decimal, target: Decimal
) -> None:
    less, more = (attainment(actual, target).ratio for actual in sorted((one, other)))
    assert less is not None
    assert more is not None
    assert less <= more
