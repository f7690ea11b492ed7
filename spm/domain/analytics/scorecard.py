"""What a person or a team sees of its KPIs: actual, target, attainment, pace, trend."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from spm.domain.analytics.finding import Said
from spm.domain.analytics.ladder import Ladder
from spm.domain.ids import KpiId, PersonId, StageId, TargetId, TeamId
from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Basis, Direction, MetricId, Unit
from spm.domain.period import AsOf, NamedPeriod, Period
from spm.domain.ratio import quotient
from spm.domain.targets.attainment import PLAIN, Attained, Yardstick, composite
from spm.domain.targets.comparison import attained_of, comparable, pace_of
from spm.domain.targets.kpi import Kpi
from spm.domain.targets.pace import Pace
from spm.domain.targets.resolve import Resolved
from spm.domain.targets.rollup import RollUp
from spm.domain.targets.state import TargetState

TREND = 8
"""Earlier periods in a trend."""
WATCHED = Decimal("0.1")
"""How far short of the expected still counts as close (Zoho: cautioned down to −10 %)."""


class Status(StrEnum):
    """Where a line stands, in one word."""

    MET = "met"
    ON_PACE = "on-pace"
    CLOSE = "close"
    BEHIND = "behind"
    MISSED = "missed"
    UNKNOWN = "unknown"


GOOD = frozenset({Status.MET, Status.ON_PACE})


@dataclass(frozen=True, slots=True)
class KpiHead:
    """What a KPI is called and how it is measured.

    Attributes:
        unit: What its figures are counted in.
        currency: ISO code of a money KPI.
        stage: Name of the stage that it is bound to, if any.
        weight: Its part in the weighted attainment, 0 to 1; None without one.
        adds_up: Whether its figure grows over a period, so that a part of the target is
            expected by now; rates, averages and states do not.
    """

    id: KpiId
    key: str
    name: str
    metric: MetricId
    unit: Unit
    direction: Direction
    adds_up: bool
    currency: str | None = None
    stage_id: StageId | None = None
    stage: str | None = None
    basis: Basis | None = None
    weight: Decimal | None = None
    yardstick: Yardstick = PLAIN


def head_of(kpi: Kpi, currency: str) -> KpiHead:
    """Return the heading of a KPI that is bound to a metric; ``currency`` is the organisation's.

    Raises:
        ValueError: It is bound to none, or to one without a unit.
    """
    measure, unit, direction = kpi.measure, kpi.unit, kpi.direction
    if measure.metric is None or unit is None or direction is None:
        msg = f"KPI {kpi.key} is bound to no metric"
        raise ValueError(msg)
    is_money = unit in {Unit.MONEY, Unit.MONEY_PER_DAY}
    return KpiHead(
        id=kpi.id,
        key=kpi.key,
        name=kpi.name,
        metric=measure.metric,
        unit=unit,
        direction=direction,
        adds_up=kpi.adds_up,
        currency=currency if is_money else None,
        stage_id=measure.stage_id,
        stage=kpi.stage,
        basis=measure.basis,
        weight=kpi.weight,
        yardstick=replace(kpi.yardstick, currency=currency if is_money else None),
    )


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One earlier period of a line."""

    period: NamedPeriod
    actual: Reading
    target: Resolved
    attained: Attained


def trend_of(
    periods: Iterable[NamedPeriod],
    actuals: Iterable[Reading],
    target_of: Callable[[NamedPeriod], Resolved],
    yardstick: Yardstick,
) -> tuple[TrendPoint, ...]:
    """Return ``periods``, oldest first, without those before the first in which anything was or was due."""
    points: list[TrendPoint] = []
    for period, actual in zip(periods, actuals, strict=False):
        target = target_of(period)
        if points or actual.n or target.value is not None:
            attained = attained_of(actual, target, yardstick)
            points.append(TrendPoint(period, actual, target, attained))
    return tuple(points)


@dataclass(frozen=True, slots=True)
class KpiLine:
    """One KPI of one person or team in one period.

    Attributes:
        actual: The figure with its n, interval and reason.
        target: The target with what it was made of and its gaps.
        attained: Uncapped attainment.
        pace: Against elapsed working days.
        status: In one word.
        answer: The owner's answer to the targets behind ``target``: an
            objection before an open one before an agreement; None without a target.
        trend: Up to ``TREND`` earlier periods of the same kind, oldest first.
        below: The targets of who is below a team without one of its own, added up: shown
            beside the line as what it is, never as its target or held against its figure.
        below_currency: ISO code of ``below``, where it is money.
    """

    kpi: KpiHead
    actual: Reading
    target: Resolved
    attained: Attained
    pace: Pace
    status: Status
    answer: TargetState | None = None
    trend: tuple[TrendPoint, ...] = ()
    below: Decimal | None = None
    below_currency: str | None = None

    @property
    def currency(self) -> str | None:
        """ISO code of the target, of what is expected by now and of ``below``, where they are money.

        A target keeps the currency in which it was set; the figure has its own in ``actual``.
        """
        return self.target.currency or self.below_currency or self.kpi.currency

    @property
    def remaining(self) -> Decimal | None:
        """What is missing to the target, in its unit; negative beyond it, None if unknown."""
        known = comparable(self.actual, self.target)
        if self.target.value is None or known is None:
            return None
        return self.target.value - known

    @property
    def expected_share(self) -> Decimal | None:
        """What is expected by now ÷ target: where the pace stands; None without either."""
        if self.pace.expected is None or self.target.value is None:
            return None
        return quotient(self.pace.expected, self.target.value)

    @property
    def target_ids(self) -> tuple[TargetId, ...]:
        """The targets that were set and that ``target`` is made of, by date."""
        return tuple(TargetId(part.span.key) for part in self.target.parts if part.span.key)


def line(
    kpi: KpiHead,
    actual: Reading,
    target: Resolved,
    share: Decimal,
    *,
    answer: TargetState | None = None,
    trend: Sequence[TrendPoint] = (),
    below: Decimal | None = None,
    below_currency: str | None = None,
) -> KpiLine:
    """Return the line of ``kpi`` when ``share`` of the period is over."""
    by = kpi.yardstick
    attained = attained_of(actual, target, by)
    at = pace_of(actual, target, share, by, adds_up=kpi.adds_up)
    standing = status(attained, at, is_over=share >= 1, lower_is_better=by.lower_is_better)
    return KpiLine(
        kpi, actual, target, attained, at, standing, answer, tuple(trend), below, below_currency
    )


def status(attained: Attained, at: Pace, *, is_over: bool, lower_is_better: bool) -> Status:
    """Return where a line stands.

    While the period runs, against what is expected by now where the figure
    adds up (within ``WATCHED`` of it is close), else against the whole target;
    less of something that should stay low is not met before the period is over.
    """
    if attained.ratio is None:
        return Status.UNKNOWN
    if attained.ratio >= 1 and (is_over or not lower_is_better or at.gap is None):
        return Status.MET
    if is_over or at.gap is None:
        short = 1 - attained.ratio
        if short <= WATCHED:
            return Status.CLOSE
        return Status.MISSED if is_over else Status.BEHIND
    if at.gap >= 0:
        return Status.ON_PACE
    if at.ratio is None:
        return Status.BEHIND
    return Status.CLOSE if abs(1 - at.ratio) <= WATCHED else Status.BEHIND


def answer_of(states: Iterable[TargetState]) -> TargetState | None:
    """Return the answer that matters most of several targets: objected, open, accepted."""
    order = (TargetState.OBJECTED, TargetState.SET, TargetState.ACCEPTED)
    there = set(states)
    return next((state for state in order if state in there), None)


@dataclass(frozen=True, slots=True)
class WeightedPart:
    """A KPI in a weighted attainment.

    Attributes:
        weight: As it was given.
        share: What it counts with once the weights of those without an attainment are spread over
            the others; None where it is one of those.
        attained: Floored at 0, never capped; None where there is none.
    """

    kpi: KpiHead
    weight: Decimal
    share: Decimal | None
    attained: Decimal | None


@dataclass(frozen=True, slots=True)
class Weighted:
    """The weighted attainment of some lines; ``left_out`` of them have no attainment."""

    ratio: Decimal | None
    left_out: int
    parts: tuple[WeightedPart, ...]


def weighted(lines: Sequence[KpiLine]) -> Weighted | None:
    """Return the weighted attainment of the lines whose KPIs have a weight, None without any.

    Source:
        metrics.md 3.1: weights renormalised over the parts that there are, and that said.
    """
    pairs = [(one, weight) for one in lines if (weight := one.kpi.weight)]
    if not pairs:
        return None
    found = composite([(weight, one.attained.ratio) for one, weight in pairs])
    total = sum((part for one, part in pairs if one.attained.ratio is not None), Decimal(0))
    parts = tuple(
        WeightedPart(
            one.kpi,
            weight,
            None if one.attained.ratio is None else quotient(weight, total),
            one.attained.shown,
        )
        for one, weight in pairs
    )
    return Weighted(found.ratio, found.left_out, parts)


@dataclass(frozen=True, slots=True)
class Named:
    """A person or a team, as a heading shows it."""

    name: str
    person_id: PersonId | None = None
    team_id: TeamId | None = None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One person's or one team's lines, its ladder and what they say.

    Attributes:
        as_of_day: The last business date that counts.
        elapsed: Share of the period's working days that is over by then.
        finding: One or two sentences, the most important first.
    """

    subject: Named
    period: NamedPeriod
    as_of: AsOf
    as_of_day: date
    elapsed: Decimal
    lines: tuple[KpiLine, ...]
    ladders: tuple[Ladder, ...]
    finding: tuple[Said, ...]

    @property
    def weighted(self) -> Weighted | None:
        """The weighted attainment; None where no KPI has a weight."""
        return weighted(self.lines)

    @property
    def headline(self) -> KpiLine | None:
        """The first line: won revenue where it is among them."""
        money = (one for one in self.lines if one.kpi.metric is MetricId.WON_REVENUE)
        return next(money, self.lines[0] if self.lines else None)


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A member of a team or a team below it: a cell per KPI of the card, in its order.

    Attributes:
        share: The part of the period in which the member belonged to the team; None for all of
            it. The targets in the cells are prorated to it.
    """

    subject: Named
    cells: tuple[KpiLine, ...]
    share: Period | None = None

    @property
    def weighted(self) -> Weighted | None:
        """The row's weighted attainment; None where no KPI has a weight."""
        return weighted(self.cells)

    @property
    def answer(self) -> TargetState | None:
        """The answer that matters most of the row's targets; None for a team, which gives none."""
        if self.subject.person_id is None:
            return None
        return answer_of(cell.answer for cell in self.cells if cell.answer is not None)


@dataclass(frozen=True, slots=True)
class TeamScorecard:
    """A team as a table of members by KPIs, with its own lines and the roll-up of targets.

    Attributes:
        rows: Teams below, then who belonged to the team in the period, by name.
        total: The team's own line per KPI, by membership at each crediting event.
        roll_ups: The targets of the rows against the team's, per KPI.
        hidden: Former members whose rows the reader may not see; the totals count them.
    """

    subject: Named
    period: NamedPeriod
    as_of: AsOf
    as_of_day: date
    elapsed: Decimal
    kpis: tuple[KpiHead, ...]
    rows: tuple[TeamRow, ...]
    total: tuple[KpiLine, ...]
    roll_ups: tuple[RollUp, ...]
    ladders: tuple[Ladder, ...]
    finding: tuple[Said, ...]
    hidden: int = 0

    @property
    def weighted(self) -> Weighted | None:
        """The team's own weighted attainment; None where no KPI has a weight."""
        return weighted(self.total)

    @property
    def headline(self) -> int | None:
        """The column of won revenue, else the first; None without a KPI."""
        found = (i for i, kpi in enumerate(self.kpis) if kpi.metric is MetricId.WON_REVENUE)
        return next(found, 0 if self.kpis else None)


def median_of(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the median of the known ``values``, None without any."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    middle = len(known) // 2
    if len(known) % 2:
        return known[middle]
    return quotient(known[middle - 1] + known[middle], 2)
