"""A figure held against the target of its period: what pages, packs and the command line all say."""

from dataclasses import replace
from decimal import Decimal

from spm.domain.metrics.arithmetic import coverage
from spm.domain.metrics.figure import Reading, Reason
from spm.domain.metrics.registry import Unit
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


def coverage_of(
    actual: Reading,
    target: Resolved,
    pipeline: Reading,
    rate: Decimal | None,
    missing: str = "no-target",
) -> Reading:
    """Return how often an open pipeline covers what won revenue still lacks to its target.

    Args:
        actual: Won revenue of the period.
        target: Its target.
        pipeline: What is open and expected to close in the period, unweighted.
        rate: The win rate by which a multiple is needed; None where it is unknown.
        missing: Code of the reason where no target is set.

    Source:
        metrics.md 3.3.
    """
    gaps = target.missing
    known = comparable(actual, target)
    reason = None
    if target.value is None:
        reason = Reason(missing)
    elif known is None:
        reason = actual.reason or in_other_currency(target, actual)
    elif pipeline.value is None:
        reason = pipeline.reason
    elif comparable(pipeline, target) is None:
        reason = in_other_currency(target, pipeline)
    if reason is not None or known is None or target.value is None or pipeline.value is None:
        return Reading(unit=Unit.RATIO, n=pipeline.n, gaps=gaps, reason=reason)
    remaining = target.value - known
    found = coverage(pipeline.value, remaining, rate)
    return Reading(
        unit=Unit.RATIO,
        value=found.have,
        currency=target.currency or pipeline.currency,
        numerator=pipeline.value,
        denominator=remaining,
        n=pipeline.n,
        excluded=pipeline.excluded,
        needed=found.needed,
        gaps=gaps,
        reason=Reason("target-met") if found.have is None else None,
    )


def in_other_currency(target: Resolved, actual: Reading) -> Reason:
    """Return that a result is in another currency than its target."""
    return Reason("target-currency", {"target": target.currency, "actual": actual.currency})


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
