"""A team's target beside those of its people: over-assignment, said explicitly."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from spm.domain.ratio import quotient

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RollUp:
    """The targets below a parent, added up.

    Attributes:
        total: Their sum; None where nobody below has one, or they are in several currencies.
        parent: The parent's own target; None without one.
        n: How many below have a target.
        without: How many below have none.
        over_assignment: total ÷ parent − 1; None without either, or where the parent's is 0.
        currency: ISO code of ``total`` and ``parent`` where they are money that is not in the
            organisation's.
    """

    total: Decimal | None
    parent: Decimal | None
    n: int
    without: int
    over_assignment: Decimal | None
    currency: str | None = None


def roll_up(
    children: Iterable[Decimal | None],
    parent: Decimal | None,
    *,
    in_one_currency: bool = True,
    currency: str | None = None,
) -> RollUp:
    """Return the targets of ``children`` added up against ``parent``, all of it in ``currency``.

    Source:
        metrics.md 3.1: over-assignment = Σ child ÷ parent − 1.
    """
    values = list(children)
    there = [value for value in values if value is not None]
    total = sum(there, ZERO) if there and in_one_currency else None
    share = None if total is None or parent is None else quotient(total, parent)
    over = None if share is None else share - 1
    return RollUp(total, parent, len(there), len(values) - len(there), over, currency)
