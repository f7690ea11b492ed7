"""The figure of a KPI over several periods: trends, and the history that attainability asks for."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from sqlalchemy.orm import Session

from spm.domain.metrics.figure import EVERYTHING, Question, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import (
    AsOf,
    NamedPeriod,
    Period,
    PeriodKind,
    PeriodUnknown,
    containing,
    previous,
)
from spm.domain.targets.kpi import Kpi, Measure
from spm.queries.metrics.figures import figure

HISTORY = 8
"""Earlier periods that a history looks back on."""

_IN_ONE = {PeriodKind.MONTH: Dimension.MONTH, PeriodKind.QUARTER: Dimension.QUARTER}


def earlier(period: NamedPeriod, n: int = HISTORY) -> tuple[NamedPeriod, ...]:
    """Return up to ``n`` periods of the same kind before ``period``, oldest first."""
    found: list[NamedPeriod] = []
    for back in range(1, n + 1):
        try:
            found.append(previous(period, back))
        except PeriodUnknown:
            break
    return tuple(reversed(found))


def question_of(measure: Measure, scope: Scope, period: NamedPeriod, as_of: AsOf) -> Question:
    """Return the question whose answer is the figure of a measure.

    Raises:
        ValueError: It is bound to no metric.
    """
    if measure.metric is None:
        msg = "bound to no metric"
        raise ValueError(msg)
    return Question(
        metric=measure.metric,
        subject=scope,
        as_of=as_of,
        period=period,
        stage_id=measure.stage_id,
        basis=measure.basis,
    )


def actuals(
    session: Session,
    organisation: Organisation,
    measure: Measure,
    scope: Scope,
    periods: Sequence[NamedPeriod],
    as_of: AsOf,
) -> tuple[Reading, ...]:
    """Return the figure of ``measure`` in each of ``periods``, in their order.

    Consecutive months or quarters are read together, in one statement or two.
    """
    if not periods:
        return ()
    kind = periods[0].kind
    asked = question_of(measure, scope, periods[0], as_of)
    if kind not in _IN_ONE or _is_velocity(asked) or not _are_consecutive(periods):
        return tuple(
            figure(session, organisation, replace(asked, period=period)).reading
            for period in periods
        )
    span = Period(periods[0].period.start, periods[-1].period.end)
    whole = NamedPeriod(PeriodKind.CUSTOM, span, "", is_fiscal=periods[0].is_fiscal)
    found = figure(session, organisation, replace(asked, period=whole, by=_IN_ONE[kind]))
    return tuple(group.reading for group in found.groups)


def history(
    session: Session,
    organisation: Organisation,
    kpi: Kpi,
    scope: Scope,
    before: NamedPeriod,
    as_of: AsOf,
) -> tuple[tuple[NamedPeriod, Reading], ...]:
    """Return the figure of a KPI in the periods before ``before``, oldest first.

    Empty where it is unbound or lacks its stage. Periods before the first in
    which anything happened are left out: they are no history, not a row of zeros.
    """
    if kpi.measure.metric is None or kpi.lacks_stage:
        return ()
    periods = earlier(before)
    readings = actuals(session, organisation, kpi.measure, scope, periods, as_of)
    pairs = list(zip(periods, readings, strict=True))
    while pairs and not pairs[0][1].n:
        pairs.pop(0)
    return tuple(pairs)


def values_of(pairs: Sequence[tuple[NamedPeriod, Reading]]) -> tuple[Decimal, ...]:
    """Return the known values of a history, oldest first."""
    return tuple(reading.value for _, reading in pairs if reading.value is not None)


def audience(kpi: Kpi) -> Scope:
    """Return whose figures a KPI is about: a team's or everybody's."""
    if kpi.measure.team_id is None:
        return EVERYTHING
    return Scope(ScopeKind.TEAM, kpi.measure.team_id, label=kpi.team)


def current_period(organisation: Organisation, kpi: Kpi, as_of: AsOf) -> NamedPeriod:
    """Return the period of the KPI's own kind (a quarter while unsaid) that the as-of day is in."""
    kind = kpi.measure.period_kind or PeriodKind.QUARTER
    return containing(as_of.day(organisation.zone), kind, organisation.fiscal_start)


def _is_velocity(asked: Question) -> bool:
    return asked.metric is MetricId.SALES_VELOCITY


def _are_consecutive(periods: Sequence[NamedPeriod]) -> bool:
    return all(one.period.end == other.period.start for one, other in pairwise(periods))
