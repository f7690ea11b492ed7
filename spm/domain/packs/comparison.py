"""Beside whom a person stands: the middle of the team, told so that it is nobody's figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from spm.domain.analytics.scorecard import median_of
from spm.domain.metrics.registry import Unit
from spm.domain.money import Money

FEWEST_BESIDE = 5
"""Colleagues whose figures have to be known: an aggregate is of five or more (access.md)."""

_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TeamMedian:
    """The median of a team.

    Attributes:
        value: Rounded, in the unit of what it stands beside; None where too few are known.
        people: Over how many people, whoever it stands beside among them.
    """

    value: Decimal | None
    people: int


def team_median(
    own: Decimal | None, colleagues: Iterable[Decimal | None], unit: Unit
) -> TeamMedian:
    """Return the median of a person's own figure and those of the colleagues.

    None where fewer than FEWEST_BESIDE colleagues have one. Of an odd number the median is
    somebody's own figure, so that it is told in whole percent or two digits.
    """
    others = [value for value in colleagues if value is not None]
    known = others if own is None else [own, *others]
    middle = median_of(known) if len(others) >= FEWEST_BESIDE else None
    return TeamMedian(None if middle is None else blurred(middle, unit), len(known))


def blurred(value: Decimal, unit: Unit) -> Decimal:
    """Return a value in whole percent, other things than ratios in their first two digits."""
    if unit is Unit.RATIO:
        return value.quantize(_PERCENT, ROUND_HALF_EVEN)
    step = Decimal(1).scaleb(value.adjusted() - 1)
    return value.quantize(step, ROUND_HALF_EVEN) + 0


def may_be_told(owners: Sequence[int] | frozenset[int] | set[int], own: int | None) -> bool:
    """Return whether what these owners did together tells nothing of one of them."""
    return len(set(owners) - {own}) >= FEWEST_BESIDE


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long deals stay in a stage.

    Attributes:
        stage: Its name.
        expected: Days that a deal should stay; None where nobody said.
        median: Median days of those that came to it in the period; None without any.
        n: How many that are.
        team: The same of the team, in two digits; None where it is not told.
        open: Deals that stand in it at the as-of.
        stale: Those of them that have stayed longer than expected; None without an expectation.
    """

    stage: str
    expected: int | None
    median: Decimal | None
    n: int
    team: Decimal | None
    open: int
    stale: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """What decided deals have in common.

    Attributes:
        kind: `reason` of a loss, `source`, `product` or `territory`.
        name: Which; empty where nobody said.
        won: Deals won.
        lost: Deals lost.
        worth: Of the lost ones for a reason, else of the won; None where they are in several
            currencies, or have no amount.
        is_rest: Whether it stands for all that are not named.
    """

    kind: str
    name: str
    won: int
    lost: int
    worth: Money | None
    is_rest: bool = False
