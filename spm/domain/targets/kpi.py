"""KPIs and the company goals that they serve."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from spm.domain.access import Subject
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import GoalId, KpiId, PersonId, StageId, TeamId
from spm.domain.metrics.registry import (
    METRICS,
    Basis,
    Direction,
    Kind,
    Metric,
    MetricId,
    Unit,
)
from spm.domain.money import minor_digits
from spm.domain.period import PeriodKind
from spm.domain.targets.attainment import Yardstick
from spm.domain.targets.smart import Draft

WON_REVENUE = "won_revenue"
"""Key of the KPI that ships active; imported targets attach to it."""

PERIOD_KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR)
"""How long the targets of a KPI can run."""

KEY_LENGTH = 60


class KpiState(StrEnum):
    """Where a KPI is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class NotADraft(Conflict):
    """Only a draft is activated."""

    code = "kpis.not-a-draft"


class NotActive(Conflict):
    """Only an active KPI has targets set, and only an active one is retired."""

    code = "kpis.not-active"


class MeasureFixed(Conflict):
    """What an active or retired KPI measures, for whom and by which period no longer changes."""

    code = "kpis.measure-fixed"


class NotATargetMetric(Invalid):
    """A KPI is bound to a figure of the deals, not to one that is about a target itself."""

    code = "kpis.not-a-target-metric"


class RangeBackwards(Invalid):
    """A range begins below its end, and has both."""

    code = "kpis.range-backwards"


@dataclass(frozen=True, slots=True)
class Goal:
    """What the company wants.

    Attributes:
        kpis: How many KPIs serve it, drafts and retired ones among them.
    """

    id: GoalId
    name: str
    description: str
    is_active: bool
    version: int
    kpis: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """What a KPI measures: fixed once it is active.

    Attributes:
        metric: None while unbound.
        stage_id: The stage that deals reach, where the metric takes one.
        basis: None for the metric's default.
        team_id: Whose KPI it is, with the teams below; None for everybody.
        bounds: Ends of the range in which it is on target, if it has one.
        start: The baseline that progress counts from, if it has one.
        period_kind: How long its targets run; None while unsaid.
    """

    metric: MetricId | None = None
    stage_id: StageId | None = None
    basis: Basis | None = None
    team_id: TeamId | None = None
    bounds: tuple[Decimal, Decimal] | None = None
    start: Decimal | None = None
    period_kind: PeriodKind | None = None

    @property
    def defined(self) -> Metric | None:
        """The definition of the metric; None while unbound."""
        return None if self.metric is None else METRICS[self.metric]

    @property
    def unit(self) -> Unit | None:
        """What it is counted in; None while unbound."""
        return None if self.defined is None else self.defined.unit

    @property
    def direction(self) -> Direction | None:
        """Which way is better; None while unbound."""
        return None if self.defined is None else self.defined.direction

    @property
    def adds_up(self) -> bool:
        """Whether the figures of parts of a period add up to that of the whole."""
        metric = self.defined
        return metric is not None and metric.is_additive and metric.kind is Kind.EVENT

    @property
    def yardstick(self) -> Yardstick:
        """How attainment is measured."""
        return Yardstick(
            lower_is_better=self.direction is Direction.DOWN, start=self.start, bounds=self.bounds
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A KPI as people define it.

    Attributes:
        key: What finds it on the command line.
        specific: What exactly is counted, for whom; in words.
        note: What was said about whether it can be attained.
        confirmed_at: When somebody confirmed that, without a history to show it.
        relevance: Why it serves its goal; in words.
        weight: Its part in a scorecard's weighted attainment, 0 to 1; None: it has none.
    """

    id: KpiId
    key: str
    name: str
    state: KpiState
    specific: str
    measure: Measure
    version: int
    note: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    goal_id: GoalId | None = None
    goal: str | None = None
    relevance: str = ""
    weight: Decimal | None = None
    team: str | None = None
    stage: str | None = None
    author_id: PersonId | None = None
    author: str | None = None
    activated_at: datetime | None = None

    @property
    def metric(self) -> Metric | None:
        """The definition of its metric; None while unbound."""
        return self.measure.defined

    @property
    def unit(self) -> Unit | None:
        """What it is counted in; None while unbound."""
        return self.measure.unit

    @property
    def direction(self) -> Direction | None:
        """Which way is better; None while unbound."""
        return self.measure.direction

    @property
    def lacks_stage(self) -> bool:
        """Whether its metric needs a stage that is not named."""
        metric = self.metric
        return metric is not None and metric.takes_stage and self.measure.stage_id is None

    @property
    def adds_up(self) -> bool:
        """Whether the figures of parts of a period add up to that of the whole."""
        return self.measure.adds_up

    @property
    def yardstick(self) -> Yardstick:
        """How its attainment is measured."""
        return self.measure.yardstick

    @property
    def subject(self) -> Subject:
        """What the rules of access ask of a KPI: whose team it is for."""
        return Subject(team_id=self.measure.team_id)

    def draft(self, history: tuple[Decimal, ...]) -> Draft:
        """Return what the SMART check asks, with the figure of its people in earlier periods."""
        return Draft(
            name=self.name,
            purpose=self.specific,
            metric=self.measure.metric,
            unit=self.unit,
            direction=self.direction,
            lacks_argument="stage" if self.lacks_stage else None,
            history=history,
            is_confirmed=self.confirmed_at is not None,
            goal=self.goal,
            period_kind=self.measure.period_kind,
        )


def check_measure(measure: Measure) -> None:
    """Refuse what no KPI can measure.

    Raises:
        NotATargetMetric: It is bound to target, attainment or pace.
        RangeBackwards: Its range ends below its beginning.
    """
    if measure.metric is not None and METRICS[measure.metric].kind is Kind.TARGET:
        raise NotATargetMetric(field="metric", metric=measure.metric)
    if measure.bounds is not None and measure.bounds[0] > measure.bounds[1]:
        raise RangeBackwards(field="range_low")


def check_edit(kpi: Kpi, measure: Measure) -> None:
    """Refuse to change what a KPI measures once targets may hang on it.

    Raises:
        MeasureFixed: It is no draft any more and ``measure`` differs.
    """
    if kpi.state is not KpiState.DRAFT and measure != kpi.measure:
        raise MeasureFixed


def digits_of(unit: Unit, currency: str) -> int:
    """Return how many places after the point a target in ``unit`` has.

    A ratio has four (hundredths of a percent), a mean of days two.
    """
    match unit:
        case Unit.MONEY | Unit.MONEY_PER_DAY:
            return minor_digits(currency)
        case Unit.COUNT:
            return 0
        case Unit.DAYS:
            return 2
        case Unit.RATIO:
            return 4


def key_of(name: str, taken: Collection[str]) -> str:
    """Return a key for a KPI called ``name``: its ASCII words, numbered where the key is taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[: KEY_LENGTH - 8] or "kpi"
    key, number = plain, 1
    while key in taken:
        number += 1
        key = f"{plain}_{number}"
    return key
