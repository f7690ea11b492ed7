"""The metrics: what each is called, takes, answers, and how a definition card reads.

The words of a definition are written here once, in English, for people who sell: they are shown on
the definition cards, printed in docs/glossary.md and translated through the catalogues.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from spm.domain.errors import Invalid


def _(message: str) -> str:
    """Mark ``message`` for the catalogues; the domain itself knows no language."""
    return message


class MetricId(StrEnum):
    """Names of the metrics; stored and typed by people: added to, never renamed."""

    WON_REVENUE = "won_revenue"
    WON_DEALS = "won_deals"
    LOST_DEALS = "lost_deals"
    WIN_RATE = "win_rate"
    AVERAGE_DEAL_SIZE = "average_deal_size"
    SALES_CYCLE_DAYS = "sales_cycle_days"
    OPEN_DEALS = "open_deals"
    OPEN_PIPELINE = "open_pipeline"
    DEALS_REACHING_STAGE = "deals_reaching_stage"
    VALUE_REACHING_STAGE = "value_reaching_stage"
    TARGET = "target"
    ATTAINMENT = "attainment"
    PACE = "pace"
    SALES_VELOCITY = "sales_velocity"
    STAGE_CONVERSION = "stage_conversion"
    TIME_IN_STAGE = "time_in_stage"
    WEIGHTED_PIPELINE = "weighted_pipeline"
    COVERAGE = "coverage"


class Unit(StrEnum):
    """What a figure is counted in."""

    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    DAYS = "days"
    MONEY_PER_DAY = "money_per_day"


class Kind(StrEnum):
    """When a figure is taken."""

    EVENT = "event"
    """Over a period: what happened in it."""
    STATE = "state"
    """At an instant: how things stood."""
    TARGET = "target"
    """Over a period, against what was agreed for it."""


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Dimension(StrEnum):
    """What a figure can be broken down by."""

    REP = "rep"
    TEAM = "team"
    OFFICE = "office"
    TERRITORY = "territory"
    PRODUCT = "product"
    ACCOUNT = "account"
    STAGE = "stage"
    SOURCE = "source"
    MONTH = "month"
    QUARTER = "quarter"


class Basis(StrEnum):
    """Which deals a rate or a velocity is worked out from."""

    CLOSED = "closed"
    OPEN = "open"
    FURTHEST = "furthest"
    STRICT = "strict"
    ANY_ORDER = "any-order"


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of one metric.

    Attributes:
        id: The stored name.
        label: What people call it.
        unit: What it is counted in; None where the KPI decides (``target``).
        kind: Whether it is taken over a period, at an instant, or against a target.
        direction: Which way is better.
        is_additive: Whether the figures of disjoint groups of deals add up to the whole.
        is_quotient: Whether it is one amount divided by another, shown to six places.
        summary: One sentence: what it tells.
        formula: How it is worked out, in words.
        rules: What happens at the edges, one rule a sentence.
        source: Where the formula is from.
        dimensions: What it can be broken down by, in the order in which it is offered.
        bases: The bases it can be asked on, the default first; empty where there is one only.
        formulas: How it is worked out on a basis for which ``formula`` does not hold.
        takes_stage: Whether a stage must be named.
        takes_kpi: Whether it is asked of a KPI.
    """

    id: MetricId
    label: str
    unit: Unit | None
    kind: Kind
    direction: Direction
    is_additive: bool
    is_quotient: bool
    summary: str
    formula: str
    rules: tuple[str, ...]
    source: str
    dimensions: tuple[Dimension, ...] = tuple(Dimension)
    bases: tuple[Basis, ...] = ()
    formulas: tuple[tuple[Basis, str], ...] = ()
    takes_stage: bool = False
    takes_kpi: bool = False

    def formula_on(self, basis: Basis | None) -> str:
        """Return how it is worked out on ``basis``, in words."""
        return next((text for one, text in self.formulas if one is basis), self.formula)


class UnknownMetric(Invalid):
    """No metric has that name."""

    code = "metric.unknown"


def get_metric(name: str) -> Metric:
    """Return the metric called ``name``.

    Raises:
        UnknownMetric: There is none; ``candidates`` names them all.
    """
    try:
        return METRICS[MetricId(name)]
    except ValueError:
        raise UnknownMetric(
            field="metric", given=name, candidates=tuple(str(known) for known in MetricId)
        ) from None


def is_state(metric: Metric, basis: Basis | None) -> bool:
    """Return whether ``metric`` on ``basis`` is taken at an instant (None: the default basis)."""
    if metric.id is MetricId.SALES_VELOCITY:
        return basis is not Basis.CLOSED
    return metric.kind is Kind.STATE


_CREDIT = _(
    "A deal is credited to whoever owned it when it closed; a team's figure counts the people "
    "who were its members on that day, a territory's figure the deals of that territory."
)
_CLOSE_DATE = _(
    "The date that counts is the close date of the deal, in the organisation's time zone; "
    "a deal closed without a date is in no period."
)
_REOPENED = _(
    "A deal that was reopened no longer counts as closed in any period when you look from a "
    "later day; seen from an earlier day it still does."
)
_CURRENCY = _("Amounts in different currencies are never added; such a figure stays unknown.")
_NO_AMOUNT = _("A deal without an amount adds nothing to the money; the figure says how many.")
_OWNER_NOW = _(
    "An open deal belongs to its owner at that instant, and to the team and office where its "
    "owner was on that day."
)
_UNDATED = _(
    "A deal whose source gives no date counts from the day it was entered, never in the past."
)
_REACHING = (
    _("A deal counts once per stage; a step back does not erase it, coming again adds none."),
    _("A move that was taken back was never made."),
    _("A skipped stage counts as reached on the day when a later one was entered."),
    _("Won lies beyond every open stage; lost is beyond none."),
    _("A deal is credited to its owner on the day when it reached the stage."),
    _("An entry without a date is in no period; the figure says how many there are."),
)
_COHORT = (
    _("The deals that entered the stage, or one beyond it, in the period; each counts once."),
    _("A skipped stage counts as passed; a step back does not erase what was reached."),
    _("Deals that are still open in the stage count on neither side; the figure says how many."),
    _("A deal is credited to its owner on the day when it reached the stage."),
    _("An entry without a date is in no period; the figure says how many there are."),
)
_FURTHEST = _("Furthest stage reached: skipped is passed, moving back erases nothing.")
_FIELD = _("The field's definition; no one source.")

_TIME_AND_PEOPLE = (Dimension.REP, Dimension.TEAM, Dimension.MONTH, Dimension.QUARTER)


_DEFINITIONS = (
    Metric(
        id=MetricId.WON_REVENUE,
        label=_("Won revenue"),
        unit=Unit.MONEY,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("What the deals won in the period are worth."),
        formula=_("Sum of the amounts of the deals won in the period."),
        rules=(_CLOSE_DATE, _CREDIT, _REOPENED, _NO_AMOUNT, _CURRENCY),
        source=_("Sales revenue as a KPI of sales performance management."),
    ),
    Metric(
        id=MetricId.WON_DEALS,
        label=_("Won deals"),
        unit=Unit.COUNT,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("How many deals were won in the period."),
        formula=_("Number of deals won in the period."),
        rules=(_CLOSE_DATE, _CREDIT, _REOPENED),
        source=_FIELD,
    ),
    Metric(
        id=MetricId.LOST_DEALS,
        label=_("Lost deals"),
        unit=Unit.COUNT,
        kind=Kind.EVENT,
        direction=Direction.DOWN,
        is_additive=True,
        is_quotient=False,
        summary=_("How many deals were lost in the period."),
        formula=_("Number of deals lost in the period."),
        rules=(_CLOSE_DATE, _CREDIT, _REOPENED),
        source=_("Fewer lost deals as a sign of an efficient pipeline; the count is the field's."),
    ),
    Metric(
        id=MetricId.WIN_RATE,
        label=_("Win rate"),
        unit=Unit.RATIO,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("Which share of the deals decided in the period were won."),
        formula=_("Deals won in the period ÷ (deals won + deals lost in the period)."),
        rules=(
            _("Deals that are still open count on neither side."),
            _("No deal closed: the rate is unknown, not 0."),
            _(
                "The interval says how far chance alone could move a rate from so few deals: "
                "Wilson's score interval at 95 percent."
            ),
            _CLOSE_DATE,
            _CREDIT,
            _REOPENED,
        ),
        source=_(
            "Closed basis: won ÷ (won + lost), the narrow win rate of the field; the interval is "
            "E. B. Wilson's of 1927."
        ),
        bases=(Basis.CLOSED,),
    ),
    Metric(
        id=MetricId.AVERAGE_DEAL_SIZE,
        label=_("Average deal size"),
        unit=Unit.MONEY,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("What a won deal is worth on average."),
        formula=_("Sum of the amounts of the deals won in the period ÷ their number."),
        rules=(
            _("A deal without an amount counts on neither side; the figure says how many."),
            _("No deal won: the average is unknown, not 0."),
            _CLOSE_DATE,
            _CREDIT,
            _REOPENED,
            _CURRENCY,
        ),
        source=_("Average deal size as a KPI of customer lifetime value: won value ÷ won count."),
    ),
    Metric(
        id=MetricId.SALES_CYCLE_DAYS,
        label=_("Sales cycle"),
        unit=Unit.DAYS,
        kind=Kind.EVENT,
        direction=Direction.DOWN,
        is_additive=False,
        is_quotient=True,
        summary=_("How many days a won deal took from its first dated step to the close."),
        formula=_(
            "Mean, over the deals won in the period, of the calendar days from the first dated "
            "step of the deal to its close. The median stands beside it."
        ),
        rules=(
            _("Whole calendar days; the time of day does not matter. Won the same day is 0 days."),
            _("Half of the deals took at most the median; a few very long ones do not move it."),
            _("A deal without a dated start is left out; the figure says how many."),
            _("Lost and open deals do not count; the shortest cycle is not always the best one."),
            _CLOSE_DATE,
            _CREDIT,
            _REOPENED,
        ),
        source=_("Average sales cycle: the time from the first contact to the close."),
    ),
    Metric(
        id=MetricId.OPEN_DEALS,
        label=_("Open deals"),
        unit=Unit.COUNT,
        kind=Kind.STATE,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("How many deals were open at that instant."),
        formula=_("Number of deals that stood in an open stage at the as-of instant."),
        rules=(
            _("Taken at the as-of instant; with a period, at the end of the period."),
            _("Expected close dates do not matter."),
            _OWNER_NOW,
            _UNDATED,
        ),
        source=_("Pipeline size: the deals in all stages at a given time."),
    ),
    Metric(
        id=MetricId.OPEN_PIPELINE,
        label=_("Open pipeline"),
        unit=Unit.MONEY,
        kind=Kind.STATE,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("What the deals open at that instant are worth, unweighted."),
        formula=_(
            "Sum of the amounts of the deals that stood in an open stage at the as-of instant."
        ),
        rules=(
            _("Taken at the as-of instant; with a period, at the end of the period."),
            _("Full amounts: no probability is applied, and expected close dates do not matter."),
            _("An open deal imported without an amount is entered at its product's list price."),
            _OWNER_NOW,
            _UNDATED,
            _NO_AMOUNT,
            _CURRENCY,
        ),
        source=_("Pipeline size by value: the open deals of all stages at a given time."),
    ),
    Metric(
        id=MetricId.DEALS_REACHING_STAGE,
        label=_("Deals reaching a stage"),
        unit=Unit.COUNT,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("How many deals came as far as a stage for the first time in the period."),
        formula=_(
            "Number of deals whose first entry to the stage, or to one beyond it, lies in the "
            "period."
        ),
        rules=_REACHING,
        source=_FURTHEST,
        takes_stage=True,
    ),
    Metric(
        id=MetricId.VALUE_REACHING_STAGE,
        label=_("Value reaching a stage"),
        unit=Unit.MONEY,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=True,
        is_quotient=False,
        summary=_("What the deals are worth that came as far as a stage in the period."),
        formula=_(
            "Sum of the amounts, on that day, of the deals whose first entry to the stage, or to "
            "one beyond it, lies in the period."
        ),
        rules=(*_REACHING, _NO_AMOUNT, _CURRENCY),
        source=_FURTHEST,
        takes_stage=True,
    ),
    Metric(
        id=MetricId.TARGET,
        label=_("Target"),
        unit=None,
        kind=Kind.TARGET,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=False,
        summary=_("What was agreed for the period."),
        formula=_(
            "The target set for exactly this period; without one, the sum of the finest targets "
            "that lie inside it."
        ),
        rules=(
            _("Where the finer targets leave a part of the period open, the gap is named."),
            _("A target that the period cuts counts by the share of its working days inside."),
            _("A manager's target is his own; it is not the sum of his people's targets."),
            _("No target set: unknown, not 0."),
        ),
        source=_("Quota practice of the field: targets per month, quarter and year."),
        dimensions=_TIME_AND_PEOPLE,
        takes_kpi=True,
    ),
    Metric(
        id=MetricId.ATTAINMENT,
        label=_("Attainment"),
        unit=Unit.RATIO,
        kind=Kind.TARGET,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("Which part of the target was reached."),
        formula=_("Actual of the whole period ÷ target of the period, uncapped."),
        rules=(
            _("Where lower is better: 1 − (actual − target) ÷ |target|."),
            _("With a negative target, higher being better: 1 + (actual − target) ÷ |target|."),
            _(
                "For a target range: 1 inside it, less by the distance from the nearer bound outside."
            ),
            _("A target of 0, or none: not applicable, neither missed nor met."),
            _("Where target months are missing, the actual still counts the whole period."),
            _("Scorecards and packs show what is below 0 as 0; here it stands as it is."),
        ),
        source=_("Actual ÷ target; Infor's form where lower is better, kept unfloored."),
        dimensions=_TIME_AND_PEOPLE,
        takes_kpi=True,
    ),
    Metric(
        id=MetricId.PACE,
        label=_("Pace"),
        unit=Unit.RATIO,
        kind=Kind.TARGET,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("Whether the result so far keeps up with the working days gone by."),
        formula=_("Actual to date ÷ (target × elapsed working days ÷ working days of the period)."),
        rules=(
            _("The as-of day counts as elapsed."),
            _("1 is exactly on pace; after the period has ended, pace equals attainment."),
            _("Before the first working day of the period there is no pace yet."),
            _("A target of 0, or none: not applicable."),
        ),
        source=_("Linear expectation by working days, as the field's goal trackers do."),
        dimensions=_TIME_AND_PEOPLE,
        takes_kpi=True,
    ),
    Metric(
        id=MetricId.SALES_VELOCITY,
        label=_("Sales velocity"),
        unit=Unit.MONEY_PER_DAY,
        kind=Kind.STATE,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("How much money the pipeline brings in per day."),
        formula=_(
            "Number of deals × average amount of the won deals × win rate ÷ mean sales cycle in "
            "days."
        ),
        rules=(
            _(
                "Open basis: the number is that of the deals open at the as-of instant past the "
                "first stage of their pipeline; amount, win rate and cycle are those of the deals "
                "closed in the twelve months up to then."
            ),
            _("Closed basis: all four levers are those of the deals closed in the period."),
            _("A mean cycle shorter than a day counts as one day."),
            _("If one lever is unknown, the velocity is unknown."),
            _CURRENCY,
        ),
        source=_("Opportunities × value × win rate ÷ cycle, the common definition of the field."),
        bases=(Basis.OPEN, Basis.CLOSED),
    ),
    Metric(
        id=MetricId.STAGE_CONVERSION,
        label=_("Stage conversion"),
        unit=Unit.RATIO,
        kind=Kind.EVENT,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_("Which share of the deals that entered a stage went on to a later one."),
        formula=_(
            "Of the deals that entered the stage in the period: those that reached a later stage ÷ "
            "(those that did + those lost before they did)."
        ),
        rules=(
            *_COHORT,
            _(
                "Won is later than every open stage; a deal that advanced and was lost after counts."
            ),
            _("No deal of them advanced or lost yet: the rate is unknown, not 0."),
            _("The interval is Wilson's score interval at 95 percent."),
            _(
                "Strict: only deals that stood in every open stage up to this one, in their order, "
                "and only those advanced that then stood in the very next; passing over it does "
                "not count as advancing."
            ),
            _(
                "Any order: only deals that stood in the stage themselves, before or after others; "
                "a skipped stage does not count as passed."
            ),
        ),
        source=_("Furthest stage reached, cohort by entry: the linear funnel of the field."),
        bases=(Basis.FURTHEST, Basis.STRICT, Basis.ANY_ORDER),
        formulas=(
            (
                Basis.STRICT,
                _(
                    "Of the deals that stood in every open stage up to this one, in order, and "
                    "entered it in the period: those that then stood in the very next one ÷ (those "
                    "that reached any later stage + those lost before they did)."
                ),
            ),
            (
                Basis.ANY_ORDER,
                _(
                    "Of the deals that stood in the stage themselves and came as far as it in the "
                    "period: those that were in a later stage at any time ÷ (those that were + "
                    "those lost before they were)."
                ),
            ),
        ),
        takes_stage=True,
    ),
    Metric(
        id=MetricId.TIME_IN_STAGE,
        label=_("Time in stage"),
        unit=Unit.DAYS,
        kind=Kind.EVENT,
        direction=Direction.DOWN,
        is_additive=False,
        is_quotient=True,
        summary=_("How many days deals stay in a stage before they go on or are lost."),
        formula=_(
            "Mean, over the deals that entered the stage in the period and have left it, of the "
            "calendar days from the first entry to the first entry of a later stage, or to the "
            "loss. The median stands beside it."
        ),
        rules=(
            *_COHORT,
            _("All visits count: a step back adds to the days, it does not begin them anew."),
            _("A stage that was skipped was not stayed in; such a deal is left out."),
            _("Deals still in the stage have no end yet; the mean of the others is too short."),
        ),
        source=_("Cumulative time in stage, as the field's stage properties count it."),
        takes_stage=True,
    ),
    Metric(
        id=MetricId.WEIGHTED_PIPELINE,
        label=_("Weighted pipeline"),
        unit=Unit.MONEY,
        kind=Kind.STATE,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=False,
        summary=_("What the open deals are worth, each by the probability of its stage."),
        formula=_(
            "Sum of amount × probability over the open deals expected to close in the period."
        ),
        rules=(
            _("Taken at the as-of instant; with a period, at its end where that comes first."),
            _("With a period, only deals whose expected close date lies in it; without, all."),
            _("The probability is that of the stage in which the deal stands; none is averaged."),
            _("Won and lost deals count with nothing."),
            _OWNER_NOW,
            _UNDATED,
            _NO_AMOUNT,
            _CURRENCY,
        ),
        source=_("Expected value: each amount by its own probability, summed."),
        dimensions=tuple(by for by in Dimension if by is not Dimension.PRODUCT),
    ),
    Metric(
        id=MetricId.COVERAGE,
        label=_("Pipeline coverage"),
        unit=Unit.RATIO,
        kind=Kind.TARGET,
        direction=Direction.UP,
        is_additive=False,
        is_quotient=True,
        summary=_(
            "How many times the open deals of the period cover what is missing to its target."
        ),
        formula=_(
            "Amount of the open deals expected to close in the period ÷ (target − won in the period)."
        ),
        rules=(
            _("Unweighted: all open stages, full amounts, by the expected close date."),
            _("Nothing missing any more: the target is met, and there is no coverage to state."),
            _("Needed is 1 ÷ the win rate of the twelve months to the as-of; it stands beside it."),
            _("Three times is only right where one deal in three is won."),
            _("Asked of won revenue; other KPIs have no pipeline in money."),
            _CURRENCY,
        ),
        source=_("Open pipeline ÷ remaining quota, with 1 ÷ win rate as what is needed."),
        dimensions=(Dimension.REP,),
        takes_kpi=True,
    ),
)

METRICS: Mapping[MetricId, Metric] = MappingProxyType(
    {metric.id: metric for metric in _DEFINITIONS}
)
"""Every metric by its name, in the order in which they are offered."""
