"""From a target backwards: how many deals have to reach each stage, by when, at whose rate."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Unit
from spm.domain.period import Period
from spm.domain.ratio import quotient

PRIOR = Decimal(10)
"""How many deals of the team's an own rate is mixed with: ten own deals weigh as much as the team."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How often deals go on from a stage.

    Attributes:
        own: The rate of who the ladder is for, with its n and how many are still open.
        team: The rate of those beside whom it stands; None where there are none.
        used: The own rate shrunk to the team's; None where neither is known.
    """

    own: Reading
    team: Reading | None = None
    used: Decimal | None = None


def conversion(own: Reading, team: Reading | None) -> Conversion:
    """Return the two rates with the one that a plan reckons by."""
    return Conversion(own, team, shrunk(own, team))


def shrunk(own: Reading, team: Reading | None) -> Decimal | None:
    """Return a quotient shrunk to the team's; None where neither is known.

    (numerator + PRIOR × team) ÷ (denominator + PRIOR): 2 of 4 beside a team's 25 % is
    (2 + 2.5) ÷ (4 + 10) = 32.1 %. Without a team's it is the own one, without an own one the team's.

    Source:
        The m-estimate of B. Cestnik, Estimating probabilities (1990): a Beta prior at the team's
        mean. The same form shrinks an average towards the team's.
    """
    mean = None if team is None else team.value
    above, below = own.numerator, own.denominator
    if above is None or below is None or own.value is None:
        return mean
    if mean is None:
        return own.value
    return quotient(above + PRIOR * mean, below + PRIOR)


def deals_for(target: Decimal, size: Decimal | None) -> Decimal | None:
    """Return how many won deals of ``size`` make ``target``; None where the size is unknown."""
    return None if size is None or size <= 0 else quotient(target, size)


def shares(own: Mapping[Key, int], team: Mapping[Key, int] | None) -> Mapping[Key, Decimal | None]:
    """Return which share of the won deals each part has, shrunk to the team's as a rate is.

    (n of the part + PRIOR × the team's share) ÷ (n of all + PRIOR): 6 of 10 beside a team's half is
    (6 + 5) ÷ (10 + 10) = 55 %. The shares of all parts add up to 1; None where nothing was won.

    Args:
        own: Won deals by part; a part without any is there with 0.
        team: The same of those beside whom one stands.
    """
    whole_of_own = sum(own.values())
    others = None if team is None else sum(team.get(key, 0) for key in own)
    return {
        key: shrunk(
            _share(n, whole_of_own),
            None if team is None or others is None else _share(team.get(key, 0), others),
        )
        for key, n in own.items()
    }


def mean_size(
    shares_of: Mapping[Key, Decimal], sizes: Mapping[Key, Decimal | None]
) -> Decimal | None:
    """Return the average won deal over all parts by their shares.

    None where one that takes a share has no size.
    """
    total = Decimal(0)
    for key, share in shares_of.items():
        size = sizes.get(key)
        if share > 0 and size is None:
            return None
        total += share * (size or 0)
    return total


def _share(n: int, of: int) -> Reading:
    value = quotient(Decimal(n), of)
    return Reading(
        unit=Unit.RATIO, value=value, numerator=Decimal(n), denominator=Decimal(of), n=of
    )


def backwards(goal: Decimal, rates: Sequence[Decimal | None]) -> tuple[Decimal | None, ...]:
    """Return how many deals have to reach each open stage for ``goal`` of them to be won.

    Args:
        goal: Deals to win.
        rates: Per open stage, the first first, the share that goes on from it.

    Returns:
        One number a stage, unrounded: that of the next stage ÷ the rate. None from the last stage
        downwards of which the rate is unknown or 0: no number of deals is enough then.

    Source:
        metrics.md 3.5: furthest stage reached, so that each stage holds all that lie beyond it.
    """
    needed: list[Decimal | None] = []
    after: Decimal | None = goal
    for rate in reversed(rates):
        after = None if after is None or rate is None else quotient(after, rate)
        needed.append(after)
    return tuple(reversed(needed))


def whole(needed: Decimal | None) -> Decimal | None:
    """Return a number of deals, rounded up: there is no part of a deal."""
    if needed is None:
        return None
    # A quotient has 28 digits; what lies beyond the ninth place is the division's, not a deal.
    return round(needed, 9).to_integral_value(ROUND_CEILING)


def latest_entry(period: Period, days: Decimal | None) -> date | None:
    """Return the last day on which a deal that takes ``days`` can enter and be won in ``period``."""
    if days is None:
        return None
    return period.last_day - timedelta(days=int(days.to_integral_value(ROUND_CEILING)))
