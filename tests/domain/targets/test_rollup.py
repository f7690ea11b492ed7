"""Over-assignment."""

from decimal import Decimal

import pytest

from spm.domain.targets.rollup import roll_up


@pytest.mark.parametrize(
    ("children", "parent", "total", "without", "over"),
    [
        ((60, 50), 100, 110, 0, "0.1"),
        ((60, None), 100, 60, 1, "-0.4"),
        ((60, 50), None, 110, 0, None),
        ((60, 50), 0, 110, 0, None),
        ((None, None), 100, None, 2, None),
        ((), 100, None, 0, None),
    ],
)
def test_over_assignment_is_the_sum_below_against_the_parent(
    children: tuple[int | None, ...],
    parent: int | None,
    total: int | None,
    without: int,
    over: str | None,
) -> None:
    rolled = roll_up(
        [None if child is None else Decimal(child) for child in children],
        None if parent is None else Decimal(parent),
    )
    assert (rolled.total, rolled.without) == (total, without)
    assert rolled.over_assignment == (None if over is None else Decimal(over))
