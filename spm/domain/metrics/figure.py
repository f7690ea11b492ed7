"""A question about the figures, and the answer with all that explains it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType

from spm.domain.errors import Invalid
from spm.domain.ids import StageId
from spm.domain.metrics.registry import (
    METRICS,
    Basis,
    Dimension,
    Kind,
    Metric,
    MetricId,
    Unit,
    is_state,
)
from spm.domain.period import AsOf, NamedPeriod


def _(message: str) -> str:
    """Mark ``message`` for the catalogues; the domain itself knows no language."""
    return message


class ScopeKind(StrEnum):
    """Whose deals a question is about."""

    REP = "rep"
    TEAM = "team"
    TERRITORY = "territory"
    ORGANISATION = "org"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures they are.

    Attributes:
        kind: One person's own credit, a team with the teams below it, a territory with those
            below it, or everything.
        id: Primary key of the person, team or territory; None for the organisation.
        key: What finds it again on the command line: e-mail, external id or name.
        label: The name to show.
        on: For a team: the day on which it is asked who belongs to it, for all that is counted
            ("as it is now"). None: each deal's own day of credit ("as it was").
    """

    kind: ScopeKind
    id: int | None = None
    key: str | None = None
    label: str | None = None
    on: date | None = None


EVERYTHING = Scope(ScopeKind.ORGANISATION)
"""The whole organisation."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        metric: Which metric.
        subject: Whose.
        as_of: What counts: all that is dated before its cut-off.
        period: The period of an event or a target metric. For a state metric it only cuts ``by``
            month and quarter; the state is taken at ``as_of``.
        by: What to break the figure down by; None for the figure alone.
        kpi: Key of the KPI that a target metric is asked of.
        stage_id: The stage that deals reach, where the metric takes one.
        basis: The basis of a metric that has several; None for its default.
    """

    metric: MetricId
    subject: Scope
    as_of: AsOf
    period: NamedPeriod | None = None
    by: Dimension | None = None
    kpi: str | None = None
    stage_id: StageId | None = None
    basis: Basis | None = None


class PeriodNeeded(Invalid):
    """The metric is one over a period, and none was given."""

    code = "figure.period-needed"


class ArgumentNotTaken(Invalid):
    """The metric does not take that argument."""

    code = "figure.argument-not-taken"


class ValueNotTaken(Invalid):
    """The metric does not take that value of an argument; ``candidates`` are those it does."""

    code = "figure.value-not-taken"


class StageNeeded(Invalid):
    """The metric is about a stage, and none was given."""

    code = "figure.stage-needed"


def check(question: Question) -> Metric:
    """Return the metric of ``question`` when it can be asked.

    Raises:
        PeriodNeeded: An event or target metric, or a breakdown by month or quarter, without one.
        StageNeeded: A metric that takes a stage without one, unless it is broken down by stage.
        ArgumentNotTaken: A basis, stage, KPI or territory that the metric does not take.
        ValueNotTaken: A dimension or basis that is none of the metric's.
    """
    metric = METRICS[question.metric]
    in_time = question.by in {Dimension.MONTH, Dimension.QUARTER}
    if question.period is None and (in_time or not is_state(metric, question.basis)):
        raise PeriodNeeded(field="period", metric=metric.id)
    for name, given, taken in (
        ("by", question.by, metric.dimensions),
        ("basis", question.basis, metric.bases),
    ):
        if given is not None and not taken:
            raise ArgumentNotTaken(field=name, argument=name, metric=metric.id)
        if given is not None and given not in taken:
            raise ValueNotTaken(
                field=name,
                argument=name,
                metric=metric.id,
                given=given.value,
                candidates=tuple(value.value for value in taken),
            )
    territory = question.subject.kind is ScopeKind.TERRITORY
    for name, is_given, is_taken in (
        ("stage", question.stage_id is not None, metric.takes_stage),
        ("kpi", question.kpi is not None, metric.takes_kpi),
        ("territory", territory, metric.kind is not Kind.TARGET),
    ):
        if is_given and not is_taken:
            raise ArgumentNotTaken(field=name, argument=name, metric=metric.id)
    if metric.takes_stage and question.stage_id is None and question.by is not Dimension.STAGE:
        raise StageNeeded(field="stage", metric=metric.id)
    return metric


class Outcome(StrEnum):
    """What became of a deal of a cohort: it advanced, was lost before it did, or neither yet."""

    WENT_ON = "won"
    LOST = "lost"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is unknown: a code whose words are in the labels, and what fills its blanks."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no-deals-won": _("No deal was won in the period."),
        "no-deals-closed": _("No deal was closed in the period."),
        "no-dated-start": _("None of the deals won has a dated start."),
        "no-amounts": _("None of the %(deals)s deals has an amount."),
        "several-currencies": _("The deals are in several currencies: %(currencies)s."),
        "none-resolved": _("No deal that entered the stage in the period has left it yet."),
        "target-met": _("The target is met: nothing is left to cover."),
        "coverage-of-revenue": _("Coverage is asked of won revenue only."),
        "not-begun": _("The period has not begun."),
        "per-stage-only": _("A deal counts once for each stage; see the stages."),
        "no-target": _("No target is set."),
        "no-target-organisation": _("No target is set for the organisation as a whole."),
        "target-not-additive": _("No target is set for exactly this period or one around it."),
        "target-several-currencies": _("The targets of the period are in several currencies."),
        "target-currency": _("The target is in %(target)s, the result in %(actual)s."),
        "target-not-applicable": _("The target is 0, so the ratio is not applicable."),
        "no-actual": _("The result is unknown."),
        "pace-not-additive": _("A rate, an average or a state has no expected part to date."),
        "pace-not-begun": _("No working day of the period has gone by yet."),
    }
)
"""Why a figure is unknown, by code; the blanks are filled from the facts of the reason."""


def reason_text(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """Return ``reason`` as a sentence; ``translate`` looks the message up in a catalogue."""
    return translate(REASONS[reason.code]) % dict(reason.facts)


@dataclass(frozen=True, slots=True)
class Lever:
    """One factor of a velocity: its value (None: unknown) and over how many deals."""

    value: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class Levers:
    """The four factors of a sales velocity."""

    deals: Lever
    value: Lever
    win_rate: Lever
    cycle_days: Lever


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value with what stands behind it.

    Attributes:
        unit: What ``value`` is counted in.
        value: Money in the currency's units, a count, a ratio (never percent) or days; None when
            it is unknown, and then ``reason`` says why.
        currency: ISO code, for money and money per day; of a ratio of money, that of its numerator.
        against_currency: ISO code of a denominator that is in another currency than the numerator.
        numerator: What was divided, for a quotient; unrounded.
        denominator: By what.
        n: Over how many deals.
        excluded: How many more would count but lack the amount or the date that it takes.
        interval: Bounds of the 95 % interval of a rate.
        median: The median, beside a mean.
        still_open: Of a cohort, how many have neither gone on nor been lost; None elsewhere.
        needed: What a coverage would have to be, 1 ÷ win rate; None elsewhere or if unknown.
        levers: The factors, for a velocity.
        gaps: Names of the parts of the period for which no target is set.
        reason: Why there is no value.
    """

    unit: Unit
    value: Decimal | None = None
    currency: str | None = None
    against_currency: str | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    n: int = 0
    excluded: int = 0
    interval: tuple[float, float] | None = None
    median: Decimal | None = None
    still_open: int | None = None
    needed: Decimal | None = None
    levers: Levers | None = None
    gaps: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One part of a figure.

    Attributes:
        key: What finds it again: as for a subject, or the name of a period; None for the deals
            that belong to no one of the dimension.
        label: The name to show; None with ``key``.
        id: Primary key of the person, team, …; None for periods, sources and the unassigned.
        reading: What was read off it.
    """

    key: str | None
    label: str | None
    id: int | None
    reading: Reading

    @property
    def value(self) -> Decimal | None:
        """The value of the part."""
        return self.reading.value

    @property
    def n(self) -> int:
        """Over how many deals."""
        return self.reading.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The answer to a question.

    Attributes:
        question: What was asked, with the as-of that was used.
        reading: The value and what stands behind it.
        groups: The parts, in the order of time, of stages, or of the value, the largest first,
            and the unassigned last; empty where no breakdown was asked for.
        stage: Name of the stage asked about.
    """

    question: Question
    reading: Reading
    groups: tuple[Group, ...] = ()
    stage: str | None = None

    @property
    def metric(self) -> Metric:
        """The definition."""
        return METRICS[self.question.metric]

    @property
    def subject(self) -> Scope:
        """Whose figure it is."""
        return self.question.subject

    @property
    def period(self) -> NamedPeriod | None:
        """The period asked for."""
        return self.question.period

    @property
    def as_of(self) -> AsOf:
        """What counted: all that is dated before its cut-off."""
        return self.question.as_of

    @property
    def value(self) -> Decimal | None:
        """The value; None when it is unknown."""
        return self.reading.value

    @property
    def unit(self) -> Unit:
        """What the value is counted in."""
        return self.reading.unit

    @property
    def currency(self) -> str | None:
        """ISO code of the currency, for money."""
        return self.reading.currency

    @property
    def numerator(self) -> Decimal | None:
        """What was divided."""
        return self.reading.numerator

    @property
    def denominator(self) -> Decimal | None:
        """By what it was divided."""
        return self.reading.denominator

    @property
    def n(self) -> int:
        """Over how many deals."""
        return self.reading.n

    @property
    def interval(self) -> tuple[float, float] | None:
        """Bounds of the 95 % interval of a rate."""
        return self.reading.interval

    @property
    def median(self) -> Decimal | None:
        """The median beside a mean."""
        return self.reading.median

    @property
    def levers(self) -> Levers | None:
        """The factors of a velocity."""
        return self.reading.levers

    @property
    def reason(self) -> Reason | None:
        """Why the value is unknown."""
        return self.reading.reason

    @property
    def rule(self) -> str:
        """The rule that was applied, in words: the formula of the definition, on its basis."""
        return self.metric.formula_on(self.question.basis)


_SIXTH_PLACE = Decimal("0.000001")
_TICK = timedelta(microseconds=1)


def decimal_text(value: Decimal, *, is_quotient: bool) -> str:
    """Return ``value`` in digits, without an exponent.

    A quotient has exactly six places, half-up; any other value keeps the digits it has.
    """
    if is_quotient:
        value = value.quantize(_SIXTH_PLACE, ROUND_HALF_UP)
    return format(value, "f")


def as_of_name(as_of: AsOf, zone: tzinfo) -> str:
    """Return what ``as_of`` is called: the day at whose end in ``zone`` it is, else the instant.

    What is returned can be asked for again, on the command line and in an address.
    """
    day = as_of.day(zone)
    if AsOf.of_date(day, zone) == as_of:
        return day.isoformat()
    return (as_of.cutoff - _TICK).isoformat().replace("+00:00", "Z")
