"""A figure held against the target of its period: what pages, packs and the command line all say."""

from dataclasses import replace
from decimal import Decimal

from spm.domain.metrics.figure import Reading
from spm.domain.targets.attainment import Attained, Missing, Yardstick, measured
from spm.domain.targets.pace import NoPace, Pace, pace
from spm.domain.targets.resolve import Resolved


def comparable(actual: Reading, target: Resolved, currency: str | None = None) -> Decimal | None:
    """Return the actual where it can be held against the target; nothing at all fits any currency.

    ``currency`` is that of what it is held against where no target is set, as of a range.
    """
    if (target.currency or currency) in {None, actual.currency} or not actual.value:
        return actual.value
    return None


def attained_of(actual: Reading, target: Resolved, by: Yardstick) -> Attained:
    """Return how much of ``target`` was reached, or why that cannot be said."""
    held = comparable(actual, target, by.currency)
    found = measured(held, target.value, by)
    if found.reason is Missing.NO_ACTUAL and actual.value is not None:
        return replace(found, reason=Missing.OTHER_CURRENCY)
    return found


def pace_of(
    actual: Reading, target: Resolved, elapsed: Decimal, by: Yardstick, *, adds_up: bool
) -> Pace:
    """Return where ``actual`` stands when a share of ``elapsed`` of the period is over.

    A figure that does not add up, or that should stay within a range, has no expected part.
    """
    found = pace(
        comparable(actual, target),
        target.value,
        elapsed,
        lower_is_better=by.lower_is_better,
        is_additive=adds_up and by.bounds is None,
    )
    if found.reason is NoPace.NO_ACTUAL and actual.value is not None:
        return replace(found, reason=NoPace.OTHER_CURRENCY)
    return found
