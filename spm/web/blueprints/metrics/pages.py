"""What the pages of the metrics show."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spm.domain.metrics.figure import (
    Figure,
    Group,
    Levers,
    Question,
    Reading,
    Scope,
    ScopeKind,
)
from spm.domain.metrics.registry import (
    METRICS,
    Dimension,
    Kind,
    Metric,
    MetricId,
    Unit,
    is_state,
)
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, name_of
from spm.domain.targets.resolve import Part
from spm.i18n import formats, readings
from spm.i18n.labels import label
from spm.i18n.words import N_, gettext, ngettext
from spm.queries.metrics.behind import Behind
from spm.queries.metrics.sight import Explained
from spm.web.figures import explain_address, thin

FEW = 8
"""So many deals stand on a card; its page has more."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """The metrics, by when they are taken."""

    sections: tuple[tuple[Kind, tuple[Metric, ...]], ...]


@dataclass(frozen=True, slots=True)
class DefinitionPage:
    """A definition card with how to ask for the metric on the command line."""

    metric: Metric
    command: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A part of the figure: its name (None: unassigned), value, n and the page that explains it."""

    label: str | None
    value: str
    interval: str
    reason: str | None
    n: int
    address: str | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target that was set: its period and value, and what of it counts."""

    id: int
    period: str
    value: str
    share: str
    counted: str


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """A figure with its definition, its own numbers and the deals behind it.

    Attributes:
        metric: The definition.
        subject: Whose figure; None for the organisation without a name.
        figure: The answer.
        value: The value as the reader's language writes it.
        reason: Why there is none.
        thin: Why it is grey: a rate over too few cases; empty otherwise.
        address: Of the same figure as a page.
        numbers: Names and values of what the value is made of.
        groups: Its parts.
        has_intervals: Whether the parts are rates with an interval.
        behind: The deals.
        parts: Behind a target, those that were set and what each of them counts with.
        rows: How many deals there are, are shown, and may not be opened.
        few: The same of the few that a card shows.
        view: For a team: whether it is counted as it was or as it is now; empty otherwise.
        bases: The same figure on each basis that the metric has, where there are several: words,
            address, whether it is this one.
        cuts: The same figure broken down otherwise, in the same form.
    """

    metric: Metric
    subject: Scope
    figure: Figure
    value: str
    reason: str | None
    thin: str
    address: str
    numbers: tuple[tuple[str, str], ...]
    groups: tuple[GroupLine, ...]
    has_intervals: bool
    behind: Behind
    parts: tuple[TargetLine, ...]
    rows: str
    few: str
    view: str
    bases: tuple[tuple[str, str, bool], ...]
    cuts: tuple[tuple[str, str, bool], ...]


def list_page() -> ListPage:
    """Return every metric, in the order in which they are offered."""
    return ListPage(
        tuple(
            (kind, tuple(metric for metric in METRICS.values() if metric.kind is kind))
            for kind in Kind
        )
    )


def definition_page(metric: Metric) -> DefinitionPage:
    """Return the definition of ``metric`` with an example of asking for it."""
    words = ["spm metric", metric.id.value]
    if metric.takes_stage:
        words.append('--stage "…"')
    if metric.kind is Kind.STATE:
        words.append("--as-of 2026-12-31")
    else:
        words.append("--period 2026-Q4")
    words.append("--by rep")
    return DefinitionPage(metric, " ".join(words))


def explain_page(found: Explained, organisation: Organisation, locale: str) -> ExplainPage:
    """Return the page of a figure, written for ``locale``."""
    figure, question = found.figure, found.figure.question
    subject = figure.subject
    is_target = figure.metric.id is MetricId.TARGET
    if subject.kind is ScopeKind.ORGANISATION and subject.label is None:
        subject = replace(subject, label=organisation.name or None)
    return ExplainPage(
        metric=figure.metric,
        subject=subject,
        figure=figure,
        value=_value(figure.metric, figure.reading, locale),
        reason=readings.reason(figure.reason, locale),
        thin=thin(figure.reading, organisation),
        address=explain_address(question, organisation),
        numbers=(
            *_numbers(figure.reading, figure.metric, found.kpi_unit, locale),
            *_asked(found, organisation, locale),
        ),
        groups=tuple(_group(group, question, organisation, locale) for group in figure.groups),
        has_intervals=any(group.reading.interval for group in figure.groups),
        behind=found.behind,
        parts=tuple(_part(part, figure.reading, organisation, locale) for part in found.parts),
        rows="" if is_target else _rows(found.behind, len(found.behind.deals)),
        few="" if is_target else _rows(found.behind, min(len(found.behind.deals), FEW)),
        view=_view(subject),
        bases=_bases(question, figure.metric, organisation),
        cuts=_cuts(question, figure.metric, organisation),
    )


def _value(metric: Metric, reading: Reading, locale: str) -> str:
    """Return a value as its metric is spoken of: a coverage is a multiple, no share."""
    if metric.id is MetricId.COVERAGE and reading.value is not None:
        return formats.times(reading.value, locale)
    return readings.value(reading, locale)


def _part(part: Part, reading: Reading, organisation: Organisation, locale: str) -> TargetLine:
    span = part.span
    return TargetLine(
        id=span.key,
        period=formats.period(name_of(span.period, organisation.fiscal_start), locale),
        value=readings.amount(span.value, reading.unit, span.currency, locale),
        share=formats.percent(part.share, locale),
        counted=readings.amount(part.value, reading.unit, span.currency, locale),
    )


def _view(subject: Scope) -> str:
    if subject.kind is not ScopeKind.TEAM:
        return ""
    if subject.on is None:
        return gettext("as it was: by who belonged to the team on the day of credit")
    return gettext("as it is now: by who belongs to the team today")


def _rows(behind: Behind, shown: int) -> str:
    said = [ngettext("%(num)s deal", "%(num)s deals", behind.number)]
    if shown < behind.number:
        said.append(gettext("the first %(shown)s are shown", shown=shown))
    if behind.hidden:
        said.append(
            ngettext(
                "%(num)s more counts that you may not open",
                "%(num)s more count that you may not open",
                behind.hidden,
            )
        )
    return ", ".join(said)


def _asked(found: Explained, organisation: Organisation, locale: str) -> Iterator[tuple[str, str]]:
    """Yield what was asked, as far as the page's heading does not say it."""
    figure, question = found.figure, found.figure.question
    day, zone = figure.as_of.day(organisation.zone), organisation.zone
    if AsOf.of_date(day, zone) == figure.as_of:
        yield gettext("As of"), formats.date(day, locale)
    else:
        yield gettext("As of"), formats.datetime(figure.as_of.cutoff, zone, locale)
    if figure.metric.bases:
        yield gettext("Basis"), label(question.basis or figure.metric.bases[0])
    if found.kpi:
        yield gettext("KPI"), found.kpi


def _numbers(
    reading: Reading, metric: Metric, kpi_unit: Unit | None, locale: str
) -> Iterator[tuple[str, str]]:
    """Yield what a value is made of, the parts that it has."""
    above, below = _units(reading, metric, kpi_unit)
    over, under = reading.numerator, reading.denominator
    if over is not None and under is not None:
        top = readings.amount(over, above, reading.currency, locale)
        against = reading.against_currency or reading.currency
        bottom = readings.amount(under, below, against, locale)
        if metric.id in _AGAINST:
            # Not always a quotient: where lower is better, or in a range, the form is another.
            yield gettext("Actual"), top
            yield gettext(_AGAINST[metric.id]), bottom
        else:
            yield gettext("From"), f"{top} ÷ {bottom}"
    yield "n", readings.amount(reading.n, Unit.COUNT, None, locale)
    if reading.still_open is not None:
        waiting = readings.amount(reading.still_open, Unit.COUNT, None, locale)
        yield gettext("Still open"), waiting
    if reading.needed is not None:
        yield gettext("Needed, 1 ÷ win rate"), formats.number(reading.needed, locale, digits=2)
    if reading.median is not None:
        median = readings.amount(reading.median, reading.unit, reading.currency, locale)
        yield gettext("Median"), median
    if reading.interval is not None:
        yield gettext("Interval"), _interval(reading, locale)
    if reading.levers is not None:
        yield from _levers(reading.levers, reading.currency, locale)
    if reading.gaps:
        yield (
            gettext("No target set for"),
            ", ".join(formats.period(gap, locale) for gap in reading.gaps),
        )
    if reading.excluded:
        left_out = readings.amount(reading.excluded, Unit.COUNT, None, locale)
        yield gettext("Left out, without date or amount"), left_out


def _interval(reading: Reading, locale: str) -> str:
    if reading.interval is None:
        return formats.UNKNOWN
    return readings.interval(*reading.interval, locale)


def _units(reading: Reading, metric: Metric, kpi_unit: Unit | None) -> tuple[Unit, Unit]:
    """Return what stands above and below the line of a quotient."""
    if metric.kind is Kind.TARGET:
        unit = kpi_unit or (Unit.MONEY if reading.currency else Unit.COUNT)
        return unit, unit
    return (Unit.COUNT if reading.unit is Unit.RATIO else reading.unit), Unit.COUNT


def _levers(levers: Levers, currency: str | None, locale: str) -> Iterator[tuple[str, str]]:
    for name, lever, unit in (
        (gettext("Deals"), levers.deals, Unit.COUNT),
        (gettext("Average amount"), levers.value, Unit.MONEY),
        (gettext("Win rate"), levers.win_rate, Unit.RATIO),
        (gettext("Mean cycle"), levers.cycle_days, Unit.DAYS),
    ):
        yield name, readings.amount(lever.value, unit, currency, locale)


_AGAINST = {
    MetricId.ATTAINMENT: N_("Target"),
    MetricId.PACE: N_("Expected to date"),
}

_SUBJECTS = {Dimension.REP: ScopeKind.REP, Dimension.TEAM: ScopeKind.TEAM}


def _group(group: Group, question: Question, organisation: Organisation, locale: str) -> GroupLine:
    kind = _SUBJECTS.get(question.by) if question.by else None
    address = None
    # Within a team, a person's part is not the whole of his own figure, so that has no page here.
    if kind and group.id and question.subject.kind is ScopeKind.ORGANISATION:
        theirs = Scope(kind, group.id, group.key, group.label)
        address = explain_address(replace(question, subject=theirs, by=None), organisation)
    return GroupLine(
        label=group.label,
        value=_value(METRICS[question.metric], group.reading, locale),
        interval=_interval(group.reading, locale),
        reason=readings.reason(group.reading.reason, locale),
        n=group.n,
        address=address,
    )


def _bases(
    question: Question, metric: Metric, organisation: Organisation
) -> tuple[tuple[str, str, bool], ...]:
    """Return the bases of a metric that has several, as far as the question can be asked on them."""
    if len(metric.bases) < 2:
        return ()
    chosen = question.basis or metric.bases[0]
    return tuple(
        (
            label(basis),
            explain_address(replace(question, basis=basis), organisation),
            basis is chosen,
        )
        for basis in metric.bases
        if question.period is not None or is_state(metric, basis)
    )


def _cuts(
    question: Question, metric: Metric, organisation: Organisation
) -> tuple[tuple[str, str, bool], ...]:
    in_time = {Dimension.MONTH, Dimension.QUARTER}
    return tuple(
        (label(by), explain_address(replace(question, by=by), organisation), by is question.by)
        for by in metric.dimensions
        if question.period is not None or by not in in_time
    )
