"""A person beside the team: told so that nobody else's figure can be read off it."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.metrics.registry import Unit
from spm.domain.packs.comparison import blurred, may_be_told, team_median

MONEY = st.decimals(min_value=0, max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("own", "others", "value", "people"),
    [
        # Four colleagues are too few, whatever the person has.
        ("10", ["20", "30", "40", "50"], None, 5),
        ("10", [], None, 1),
        # Six values: between the third and the fourth, 30 and 40.
        ("10", ["20", "30", "40", "50", "60"], "35", 6),
        # Seven: the fourth is a colleague's own 47,111.22, and is told as 47 thousand.
        ("27123", ["1000", "15000", "47111.22", "52000", "60000", "70000"], "47000", 7),
        # Who has no figure does not count: five colleagues are left, and then four.
        (None, ["1", "2", "3", "4", "5", None], "3.0", 5),
        ("9", ["1", "2", "3", "4", None, None], None, 5),
        ("0", ["0", "0", "0", "0", "0"], "0", 6),
    ],
)
def test_a_median_is_told_over_five_colleagues_in_two_digits(
    own: str | None, others: Sequence[str | None], value: str | None, people: int
) -> None:
    found = team_median(
        None if own is None else Decimal(own),
        [None if one is None else Decimal(one) for one in others],
        Unit.MONEY,
    )
    assert found.people == people
    assert found.value == (None if value is None else Decimal(value))


def test_a_rate_is_told_in_whole_percent() -> None:
    rates = [Decimal(n) / 37 for n in (3, 5, 7, 11, 13, 17)]
    # Between 7/37 = 18.9 % and 11/37 = 29.7 %: 24.3 %.
    assert team_median(rates[0], rates[1:], Unit.RATIO).value == Decimal("0.24")


@given(own=MONEY, others=st.lists(MONEY, min_size=5, max_size=30))
def test_what_is_told_is_near_the_median_and_has_two_digits(
    own: Decimal, others: list[Decimal]
) -> None:
    told = team_median(own, others, Unit.MONEY).value
    ordered = sorted([own, *others])
    half = len(ordered) // 2
    exact = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    assert told is not None
    assert abs(told - exact) <= exact / 20
    assert len(str(told).replace(".", "").strip("0")) <= 2


@given(value=MONEY)
def test_telling_it_again_changes_nothing(value: Decimal) -> None:
    once = blurred(value, Unit.MONEY)
    assert blurred(once, Unit.MONEY) == once
    assert "E" not in str(once)


def test_what_owners_did_together_is_told_of_five_others() -> None:
    assert not may_be_told({1, 2, 3, 4, 5}, own=1)
    assert may_be_told({1, 2, 3, 4, 5, 6}, own=1)
    assert may_be_told({2, 3, 4, 5, 6}, own=1)
