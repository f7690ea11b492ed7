"""What a pack says of a period's end: won, committed, at best, and all that is in the pipeline."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate

from spm.domain.money import Money
from spm.domain.pipeline.forecast import Category, category_of
from spm.domain.ratio import quotient


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """The open deals of one category that are expected to close in the period.

    Attributes:
        category: Name of the category, as `spm.domain.pipeline.forecast.Category` has it.
        deals: How many.
        unpriced: How many of them have no amount.
        worth: What they are worth in full.
        weighted: Each by the probability of its stage.
    """

    category: str
    deals: int
    unpriced: int
    worth: Money
    weighted: Money


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is won of a period, and what is expected of it, in the organisation's currency.

    Attributes:
        period: Canonical name of the period.
        won: What is won in it by the as-of; None where that is unknown.
        won_deals: How many deals that are.
        lines: A category each, the surest first; all of them, also those without a deal.
        target: What is to be won in it; None where no target is set.
        coverage: Open pipeline ÷ what is missing to the target; None where unknown, or nothing is.
        needed: What the coverage would have to be: 1 ÷ win rate of twelve months.
        others: How many more deals are in other currencies, and not counted.
    """

    period: str
    won: Money | None
    won_deals: int
    lines: tuple[ForecastLine, ...]
    target: Money | None = None
    coverage: Decimal | None = None
    needed: Decimal | None = None
    others: int = 0

    @property
    def together(self) -> tuple[Money, ...]:
        """Won with each category and those before it; empty where what is won is unknown."""
        if self.won is None:
            return ()
        steps = accumulate((line.worth.minor for line in self.lines), initial=self.won.minor)
        return tuple(Money(self.won.currency, minor) for minor in steps)[1:]

    def share(self, amount: Money | None) -> Decimal | None:
        """An amount as a share of the target; None without one."""
        if amount is None or self.target is None:
            return None
        return quotient(Decimal(amount.minor), Decimal(self.target.minor))


def forecast_lines(
    deals: Iterable[tuple[int, Money | None]], currency: str
) -> tuple[ForecastLine, ...]:
    """Return a line for each category.

    Args:
        deals: Probability of the stage in basis points, and the amount, of each open deal.
        currency: Of all of them.
    """
    found: dict[Category, list[tuple[int, Money | None]]] = {one: [] for one in Category}
    for probability_bp, amount in deals:
        found[category_of(probability_bp)].append((probability_bp, amount))
    return tuple(_line(category, some, currency) for category, some in found.items())


def _line(category: Category, deals: list[tuple[int, Money | None]], currency: str) -> ForecastLine:
    priced = [(bp, amount.minor) for bp, amount in deals if amount is not None]
    weighted = (Decimal(sum(bp * minor for bp, minor in priced)) / 10_000).quantize(
        Decimal(1), ROUND_HALF_EVEN
    )
    return ForecastLine(
        category.value,
        len(deals),
        len(deals) - len(priced),
        Money(currency, sum(minor for _bp, minor in priced)),
        Money(currency, int(weighted)),
    )
