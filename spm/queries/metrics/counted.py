"""Figures that are counted from deals: every metric but those that ask for a target."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.metrics.arithmetic import Tally, reading, velocity
from spm.domain.metrics.figure import Figure, Group, Question, Reading, Reason, check
from spm.domain.metrics.registry import Basis, Dimension, MetricId, is_state
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, Period, PeriodKind, of_dates, parts
from spm.models.pipeline import StageRow
from spm.queries.metrics.cells import DUE, REACH, STATE, STAY
from spm.queries.metrics.facts import (
    Facts,
    credited_to,
    expected_in,
    past_first_stage,
    placed_in,
    reaches,
    states_at,
    stays,
    undated,
    weighed,
)
from spm.queries.metrics.names import Named, names, stages
from spm.queries.metrics.rolled import Wanted, rolled
from spm.queries.metrics.tallies import number, tallies
from spm.queries.metrics.visits import narrowed

_KINDS: Mapping[MetricId, tuple[str, ...]] = {
    MetricId.WON_REVENUE: ("won",),
    MetricId.WON_DEALS: ("won",),
    MetricId.LOST_DEALS: ("lost",),
    MetricId.WIN_RATE: ("won", "lost"),
    MetricId.AVERAGE_DEAL_SIZE: ("won",),
    MetricId.SALES_CYCLE_DAYS: ("won",),
    MetricId.OPEN_DEALS: ("open",),
    MetricId.OPEN_PIPELINE: ("open",),
    MetricId.SALES_VELOCITY: ("won", "lost"),
    MetricId.WEIGHTED_PIPELINE: ("open",),
}
_REACHING = frozenset({MetricId.DEALS_REACHING_STAGE, MetricId.VALUE_REACHING_STAGE})
_STAYING = frozenset({MetricId.STAGE_CONVERSION, MetricId.TIME_IN_STAGE})
_TIMED = frozenset({MetricId.SALES_CYCLE_DAYS, MetricId.TIME_IN_STAGE})
_ROLLED = (
    _REACHING
    | _STAYING
    | {
        MetricId.WON_REVENUE,
        MetricId.WON_DEALS,
        MetricId.LOST_DEALS,
        MetricId.WIN_RATE,
        MetricId.AVERAGE_DEAL_SIZE,
        MetricId.SALES_CYCLE_DAYS,
        MetricId.OPEN_DEALS,
        MetricId.OPEN_PIPELINE,
    }
)
"""What can be counted from the rollup."""
_IN_TIME: Mapping[Dimension | None, PeriodKind] = {
    Dimension.MONTH: PeriodKind.MONTH,
    Dimension.QUARTER: PeriodKind.QUARTER,
}


def counted(session: Session, organisation: Organisation, question: Question) -> Figure:
    """Return the answer to a question that asks for no target.

    Raises:
        Invalid: The question cannot be asked; see ``spm.domain.metrics.figure.check``.
    """
    metric = check(question)
    question = settled(organisation, question)
    known = stages(session) if metric.takes_stage else {}
    stage = known.get(question.stage_id) if question.stage_id is not None else None
    return Figure(
        question=question,
        reading=_whole(session, organisation, question),
        groups=_groups(session, organisation, question),
        stage=stage.label if stage else None,
    )


def settled(organisation: Organisation, question: Question) -> Question:
    """Return ``question`` with the as-of that holds: a state is taken at its period's end at most."""
    if question.period is None or not is_state(check(question), question.basis):
        return question
    end = AsOf(organisation.start_of(question.period.period.end))
    return replace(question, as_of=min(question.as_of, end))


def facts_of(session: Session, organisation: Organisation, question: Question) -> Facts:
    """Return the deals that a settled question is about; those of a velocity are the closed ones."""
    cutoff, day = question.as_of.cutoff, question.as_of.day(organisation.zone)
    if question.metric in _REACHING:
        facts = reaches(cutoff, day, question.stage_id)
    elif question.metric in _STAYING:
        facts = narrowed(stays(cutoff, day, question.stage_id), question.basis, cutoff)
    else:
        facts = states_at(cutoff, day)
        facts = facts.only(facts.kind.in_(_KINDS[question.metric]))
    if question.metric is MetricId.WEIGHTED_PIPELINE and question.period is not None:
        facts = expected_in(facts, question.period.period)
    return credited_to(session, facts, question.subject)


def time_parts(organisation: Organisation, question: Question) -> tuple[NamedPeriod, ...]:
    """Return the months or quarters that the period of ``question`` is cut into, by date.

    Quarters go by the fiscal year where the period is called after it, else by the calendar.
    """
    if question.period is None:
        return ()
    start = organisation.fiscal_start if question.period.is_fiscal else 1
    cut = parts(question.period.period, _IN_TIME[question.by], start)
    return tuple(of_dates(part, start) for part in cut)


def is_in_time(by: Dimension | None) -> bool:
    """Return whether a dimension cuts a period into parts."""
    return by in _IN_TIME


def _whole(session: Session, organisation: Organisation, question: Question) -> Reading:
    if question.metric in _REACHING | _STAYING and question.stage_id is None:
        # Over all stages a deal would count once for each that it reached.
        unit = reading(question.metric, Tally(), organisation.currency).unit
        return Reading(unit=unit, reason=Reason("per-stage-only"))
    read = _read(session, organisation, question, None)
    return read.get(None) or _nothing(organisation, question)


def _groups(session: Session, organisation: Organisation, question: Question) -> tuple[Group, ...]:
    by = question.by
    if by is None:
        return ()
    if is_in_time(by):
        return _in_time(session, organisation, question)
    read = _read(session, organisation, question, by)
    ids = {key for key in read if isinstance(key, int)}
    return _ordered(by, read, names(session, by, ids))


def _ordered(
    by: Dimension, read: Mapping[Hashable, Reading], known: Mapping[int, Named]
) -> tuple[Group, ...]:
    """Stages in their own order, the rest by value, the largest first; the unassigned last."""
    groups: list[tuple[Any, Group]] = []
    for key, part in read.items():
        named = known.get(key) if isinstance(key, int) else None
        if isinstance(key, str):
            named = Named(key, key)
        size = -(part.value if part.value is not None else Decimal("-Infinity"))
        place = named.place if named and by is Dimension.STAGE else size
        group = Group(
            key=named.key if named else None,
            label=named.label if named else None,
            id=key if isinstance(key, int) else None,
            reading=part,
        )
        groups.append(((named is None, place, group.label or ""), group))
    return tuple(group for _, group in sorted(groups, key=lambda pair: pair[0]))


def _in_time(session: Session, organisation: Organisation, question: Question) -> tuple[Group, ...]:
    cut = time_parts(organisation, question)
    if is_state(check(question), question.basis):
        read = {part.name: _at_end_of(session, organisation, question, part) for part in cut}
    else:
        found = _read(session, organisation, question, question.by, _placing(cut))
        nothing = _nothing(organisation, question)
        read = {part.name: found.get(part.name, nothing) for part in cut}
    return tuple(
        Group(key=part.name, label=part.name, id=None, reading=read[part.name]) for part in cut
    )


def _at_end_of(
    session: Session, organisation: Organisation, question: Question, part: NamedPeriod
) -> Reading:
    """Return the state at the end of ``part``, or at the as-of if that comes first."""
    whole = _nothing(organisation, question)
    if organisation.start_of(part.period.start) >= question.as_of.cutoff:
        return Reading(unit=whole.unit, reason=Reason("not-begun"))
    then = settled(organisation, replace(question, period=part, by=None))
    return _whole(session, organisation, then)


def _placing(cut: tuple[NamedPeriod, ...]) -> Callable[[Any], Hashable]:
    starts = [part.period.start for part in cut]

    def place(day: date) -> str:
        return cut[bisect_right(starts, day) - 1].name

    return place


def _read(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    place: Callable[[Any], Hashable] = lambda key: key,
) -> dict[Hashable, Reading]:
    """Return a reading per key of ``by``; None is the key without a dimension, and the unassigned."""
    if question.metric is MetricId.SALES_VELOCITY:
        return _velocities(session, organisation, question, by, place)
    if (known := _rolled(session, organisation, question, by, place)) is not None:
        return known
    facts = facts_of(session, organisation, question)
    counted_facts = facts
    if not is_state(check(question), question.basis) and question.period is not None:
        counted_facts = placed_in(facts, question.period.period)
    if question.metric is MetricId.WEIGHTED_PIPELINE:
        counted_facts = weighed(facts)
    found = tallies(
        session,
        counted_facts,
        by,
        against_lost=question.metric is MetricId.WIN_RATE,
        with_days=question.metric in _TIMED,
        in_cohort=question.metric in _STAYING,
        place=place,
    )
    if by is None and not is_state(check(question), question.basis):
        found[None] = found.get(None, Tally()) + Tally(undated=number(session, undated(facts)))
    return {
        key: reading(question.metric, tally, organisation.currency) for key, tally in found.items()
    }


def _rolled(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    place: Callable[[Any], Hashable],
) -> dict[Hashable, Reading] | None:
    """Return the same from the rollup; None where it does not know."""
    metric = question.metric
    if metric is MetricId.WEIGHTED_PIPELINE:
        rows = session.execute(select(StageRow.id, StageRow.probability_bp))
        chances = {row.id: row.probability_bp for row in rows}
        return _due(session, organisation, question, by, chances)
    is_placed = not is_state(check(question), question.basis)
    if metric not in _ROLLED or (is_placed and question.period is None):
        return None
    if question.basis not in {None, Basis.FURTHEST}:
        return None
    fact = REACH if metric in _REACHING else STAY if metric in _STAYING else STATE
    wanted = Wanted(
        fact=fact,
        kinds=_KINDS[metric] if fact == STATE else (),
        stage_id=None if fact == STATE else question.stage_id,
        period=question.period.period if is_placed and question.period is not None else None,
        against_lost=metric is MetricId.WIN_RATE,
        in_cohort=metric in _STAYING,
        with_days=metric in _TIMED,
    )
    answer = rolled(session, organisation, question, by, wanted, place)
    if answer is None:
        return None
    found, undated = answer
    if by is None and is_placed:
        found[None] = found.get(None, Tally()) + Tally(undated=undated)
    return {key: reading(metric, tally, organisation.currency) for key, tally in found.items()}


def _velocities(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    place: Callable[[Any], Hashable],
) -> dict[Hashable, Reading]:
    closed_facts = facts_of(session, organisation, question)
    day = question.as_of.day(organisation.zone)
    if question.basis is Basis.CLOSED and question.period is not None:
        window = question.period.period
    else:
        window = twelve_months_to(day)
    closed = tallies(
        session,
        placed_in(closed_facts, window),
        by,
        against_lost=True,
        with_days=True,
        place=place,
    )
    if question.basis is Basis.CLOSED:
        return {key: velocity(tally.deals + tally.lost, tally) for key, tally in closed.items()}
    open_facts = states_at(question.as_of.cutoff, day)
    open_facts = past_first_stage(open_facts.only(open_facts.kind == "open"))
    opened = tallies(session, credited_to(session, open_facts, question.subject), by)
    return {
        key: velocity(opened.get(key, Tally()).deals, closed.get(key, Tally()))
        for key in opened | closed
    }


def _due(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    weights: Mapping[int, int] | None,
) -> dict[Hashable, Reading] | None:
    """Return the open pipeline that is expected to close in a settled question's period, per key of ``by``.

    Weighted where there are ``weights``. None where the rollup does not know.
    """
    if question.period is None:
        return None
    wanted = Wanted(DUE, (), None, question.period.period, weights=weights)
    answer = rolled(session, organisation, question, by, wanted)
    if answer is None:
        return None
    metric = MetricId.OPEN_PIPELINE if weights is None else MetricId.WEIGHTED_PIPELINE
    return {key: reading(metric, tally, organisation.currency) for key, tally in answer[0].items()}


def open_expected(
    session: Session, organisation: Organisation, question: Question
) -> dict[Hashable, Reading]:
    """Return the open pipeline that is expected to close in the question's period, unweighted.

    Taken at the as-of, or at the period's end if that comes first. The key is that of the
    question's dimension, None without one.
    """
    if question.period is None:
        return {}
    asked = replace(
        question, metric=MetricId.WEIGHTED_PIPELINE, kpi=None, stage_id=None, basis=None
    )
    asked = settled(organisation, asked)
    if not is_in_time(question.by):
        known = _due(session, organisation, asked, question.by, None)
        if known is not None:
            return known
    facts = facts_of(session, organisation, asked)
    found = tallies(session, facts, question.by)
    return {
        key: reading(MetricId.OPEN_PIPELINE, tally, organisation.currency)
        for key, tally in found.items()
    }


def twelve_months_to(day: date) -> Period:
    """Return the twelve months that end with ``day``: 2017-12-31 → 2017-01-01 to 2018-01-01."""
    end = day + timedelta(days=1)
    try:
        return Period(end.replace(year=end.year - 1), end)
    except ValueError:  # the 29th of February
        return Period(end.replace(year=end.year - 1, day=28), end)


def _nothing(organisation: Organisation, question: Question) -> Reading:
    """Return what the metric says of no deals at all."""
    if question.metric is MetricId.SALES_VELOCITY:
        return velocity(0, Tally())
    return reading(question.metric, Tally(), organisation.currency)
