"""The lines of a deal: so many of a product each, and what they come to.

A deal that has lines is worth their sum. What a line comes to is quantity × price, unless something
else was agreed; the difference is its discount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import ProductId
from spm.domain.money import Money
from spm.domain.pipeline.deals import MAX_AMOUNT_MINOR

MOST_LINES = 100
MOST_OF_A_PRODUCT = Decimal(10) ** 9
PLACES = 6
"""Digits that a quantity may have after its decimal mark."""


class AmountFromLines(Conflict):
    """The deal's amount is the sum of its lines, so it cannot be typed over."""

    code = "deals.amount-from-lines"


class LineIncomplete(Invalid):
    """Line number ``place`` lacks its product, its quantity, or what it comes to."""

    code = "deals.line-incomplete"


class LineOutOfRange(Invalid):
    """Line number ``place`` has a quantity, a price or an amount that no deal has."""

    code = "deals.line-out-of-range"


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a deal: ``quantity`` of a product, and what it comes to.

    Attributes:
        unit_price: None where a source said only what the line comes to.
        amount: Quantity × price, unless something else was agreed.
        id: The key of its row; None while it has none.
    """

    product_id: ProductId
    quantity: Decimal
    unit_price: Money | None
    amount: Money
    id: int | None = None

    @property
    def discount(self) -> Decimal | None:
        """Which share of quantity × price was let go; negative: more was agreed.

        None without a price, and where quantity × price is nothing.
        """
        full = 0 if self.unit_price is None else times(self.quantity, self.unit_price).minor
        return 1 - Decimal(self.amount.minor) / full if full else None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """What somebody typed in a line; None where nothing was.

    Attributes:
        id: The row that it was filled from.
    """

    product_id: ProductId | None = None
    quantity: Decimal | None = None
    unit_price: Money | None = None
    amount: Money | None = None
    id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        said = (self.product_id, self.quantity, self.unit_price, self.amount)
        return all(each is None for each in said)


def times(quantity: Decimal, price: Money) -> Money:
    """Return quantity × price in the currency's digits, half-even."""
    minor = (quantity * price.minor).to_integral_value(ROUND_HALF_EVEN)
    return Money(price.currency, int(minor))


def read_lines(
    drafts: Sequence[LineDraft],
    known: Sequence[Line],
    prices: Mapping[ProductId, Money],
) -> tuple[Line, ...]:
    """Return the lines that were typed, without those that were left empty.

    A line that says what it said before may stay, whatever it is: an import may know of returns
    and discounts that nobody would type.

    Args:
        drafts: The rows of the form.
        known: The deal's lines so far.
        prices: List prices in the deal's currency, for a line with neither price nor amount.

    Raises:
        LineIncomplete: The product, the quantity, or all of price, list price and amount are missing.
        LineOutOfRange: A quantity, a price or an amount is not believable, or there are too many lines.
    """
    there = {line.id: line for line in known}
    lines = tuple(
        _line(draft, place, there, prices)
        for place, draft in enumerate(drafts, start=1)
        if not draft.is_empty
    )
    if len(lines) > MOST_LINES:
        raise LineOutOfRange(place=MOST_LINES + 1)
    return lines


def _line(
    draft: LineDraft,
    place: int,
    known: Mapping[int | None, Line],
    prices: Mapping[ProductId, Money],
) -> Line:
    product_id, quantity, price, amount = (
        draft.product_id,
        draft.quantity,
        draft.unit_price,
        draft.amount,
    )
    if product_id is None or quantity is None:
        raise LineIncomplete(place=place)
    if amount is None:
        price = price or prices.get(product_id)
        if price is None:
            raise LineIncomplete(place=place)
        amount = times(quantity, price)
    line_id = draft.id if draft.id in known else None
    line = Line(product_id, quantity, price, amount, line_id)
    if line_id is None or line != known[line_id]:
        _check(line, place)
    return line


def _check(line: Line, place: int) -> None:
    is_counted = 0 < line.quantity <= MOST_OF_A_PRODUCT
    scaled = line.quantity.scaleb(PLACES)
    is_priced = line.unit_price is None or 0 <= line.unit_price.minor <= MAX_AMOUNT_MINOR
    is_worth = 0 <= line.amount.minor <= MAX_AMOUNT_MINOR
    if not (is_counted and scaled == scaled.to_integral_value() and is_priced and is_worth):
        raise LineOutOfRange(place=place)


def total_of(lines: Sequence[Line]) -> Money | None:
    """Return what lines, all in one currency, come to; None without any."""
    if not lines:
        return None
    return Money(lines[0].amount.currency, sum(line.amount.minor for line in lines))
