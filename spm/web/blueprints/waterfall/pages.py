"""What the page of a pipeline's changes shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask import url_for

from spm.domain.access import Permission
from spm.domain.analytics.waterfall import (
    Bar,
    Cause,
    Compared,
    Pushed,
    Slipped,
    Standing,
    Waterfall,
    slippage,
    waterfalls,
)
from spm.domain.ids import DealId
from spm.domain.metrics.figure import Question, Scope, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.money import Money
from spm.domain.period import AsOf, NamedPeriod, Period, PeriodKind, containing, parse
from spm.i18n import formats
from spm.i18n.labels import label
from spm.i18n.words import gettext
from spm.queries.analytics.waterfall import ChangedDeal, compared, named, pushes
from spm.queries.targets.owners import allowed, people, teams
from spm.reports import svg
from spm.reports.charts.waterfall import Fall, waterfall
from spm.reports.charts.waterfall import Waterfall as Drawing
from spm.services.work import Work
from spm.web.asked import Asked
from spm.web.charts import WIDE, Drawn, drawn, reader
from spm.web.figures import explain_address
from spm.web.looking import offered
from spm.web.navigation import here

PARAMETERS = ("since", "as_of", "closing", "cause", "currency", "late")
WEEK = timedelta(days=7)
MOST_DEALS = 100
"""Deals of a bar that are named."""


class Late(StrEnum):
    """Deals whose date was moved to a later day: since when it is asked, or out of the period asked for."""

    PUSHED = "pushed"
    SLIPPED = "slipped"


@dataclass(frozen=True, slots=True)
class Span:
    """From the end of one day to the end of another.

    Attributes:
        since: The day at whose end it begins.
        until: The day at whose end it ends.
        is_now: Nothing was said of an end: the page moves on.
        closing: Only deals that are expected to close then; None for all.
        cause: The bar that is opened, if any.
        currency: Its currency.
        late: The deals that are opened instead, if any.
    """

    since: date
    until: date
    begin: AsOf
    end: AsOf
    is_now: bool
    closing: NamedPeriod | None
    cause: Cause | None
    currency: str
    late: Late | None


def span_of(work: Work) -> Span:
    """Return what the address asks for: the last seven days where it says nothing.

    Raises:
        QuestionUnknown: It asks for what the page does not know.
        PeriodUnknown: No such period.
    """
    asked, organisation = Asked(PARAMETERS), work.organisation
    said = asked.day("as_of")
    until = work.today if said is None else min(said, work.today)
    since = asked.day("since") or until - WEEK
    closing = asked.line("closing")
    return Span(
        since=min(since, until),
        until=until,
        begin=AsOf.of_date(min(since, until), organisation.zone),
        end=min(AsOf.of_date(until, organisation.zone), AsOf.at(work.now)),
        is_now=said is None,
        closing=parse(closing, organisation.fiscal_start) if closing else None,
        cause=asked.choice("cause", Cause),
        currency=asked.line("currency", 3).upper(),
        late=asked.choice("late", Late),
    )


@dataclass(frozen=True, slots=True)
class BarLine:
    """A row of a waterfall's table; ``url`` opens it.

    A start or end has none where it is not all that was open: of one period only, or of one of
    several currencies.
    """

    words: str
    amount: Money
    deals: int
    unpriced: int
    url: str | None
    is_total: bool
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Fallen:
    """The waterfall of one currency, drawn and as a table."""

    currency: str
    chart: Drawn
    lines: tuple[BarLine, ...]
    has_unpriced: bool


@dataclass(frozen=True, slots=True)
class DealLine:
    """An opened deal, with what it was and is, and what of that is counted."""

    deal: ChangedDeal
    before: Standing | None
    after: Standing
    change: Money | None
    pushes: int

    @property
    def was(self) -> Money | None:
        """What it was worth at the beginning; None where it was not there, or without an amount."""
        return _worth(self.before)

    @property
    def is_now(self) -> Money | None:
        """What it is worth at the end; None without an amount."""
        return _worth(self.after)


def _worth(standing: Standing | None) -> Money | None:
    if standing is None or standing.minor is None:
        return None
    return Money(standing.currency, standing.minor)


@dataclass(frozen=True, slots=True)
class Opened:
    """What is opened: its deals, and how many more are not listed, and out of sight."""

    words: str
    deals: tuple[DealLine, ...]
    left_out: int
    hidden: int


@dataclass(frozen=True, slots=True)
class WaterfallPage:
    """What changed in somebody's pipeline.

    Attributes:
        slipped: Of the deals that were to close in ``span.closing``; None without one.
        late_urls: The addresses that open the deals that were pushed, and those that slipped.
        pushed: Deals whose expected close was pushed in the span, and how often, and how often into
            a later quarter.
        offered: Names of periods to choose from.
        others: Whose pipeline can be looked at instead: words, address, whether it is this one.
    """

    name: str
    scope: Scope
    span: Span
    finding: str
    falls: tuple[Fallen, ...]
    opened: Opened | None
    slipped: Slipped | None
    pushed: tuple[int, int, int]
    late_urls: Mapping[str, str]
    offered: tuple[str, ...]
    others: tuple[tuple[str, str, bool], ...]
    today: date


def waterfall_page(work: Work, scope: Scope, span: Span) -> WaterfallPage:
    """Return the page of ``scope``, which the reader may see."""
    closing = None if span.closing is None else span.closing.period
    deals = compared(work.session, work.organisation, scope, span.begin, span.end)
    falls = _home_first(waterfalls(deals, closing), work.organisation.currency)
    ends = _ends(work, scope, span) if closing is None and len(falls) == 1 else (None, None)
    counted = _pushes(work, deals, span)
    slipping, slipped = _slipped(work, scope, span)
    opened: Opened | None
    if span.late is Late.PUSHED:
        opened = _opened(work, deals, dict.fromkeys(counted), counted, gettext("Deals pushed"))
    elif span.late is Late.SLIPPED and slipped is not None:
        late = dict.fromkeys(slipped.deal_ids)
        opened = _opened(work, slipping, late, counted, gettext("Deals that slipped"))
    else:
        opened = _opened_bar(work, falls, deals, span, counted)
    return WaterfallPage(
        name=scope.label or work.organisation.name,
        scope=scope,
        span=span,
        finding=_finding(falls),
        falls=tuple(_fallen(fall, span, ends) for fall in falls),
        opened=opened,
        slipped=slipped,
        late_urls={
            late.value: here(
                late=None if late is span.late else late.value, cause=None, currency=None
            )
            + "#deals"
            for late in Late
        },
        pushed=(
            len(counted),
            sum(one.pushes for one in counted.values()),
            sum(one.crossings for one in counted.values()),
        ),
        offered=_periods(work, span),
        others=_others(work, scope),
        today=work.today,
    )


def _home_first(falls: Sequence[Waterfall], home: str) -> tuple[Waterfall, ...]:
    return tuple(sorted(falls, key=lambda fall: (fall.currency != home, fall.currency)))


def _pushes(work: Work, deals: Sequence[Compared], span: Span) -> Mapping[DealId, Pushed]:
    days = Period(span.since + timedelta(days=1), span.until + timedelta(days=1))
    return pushes(work.session, work.organisation, [deal.deal_id for deal in deals], days, span.end)


def _slipped(work: Work, scope: Scope, span: Span) -> tuple[Sequence[Compared], Slipped | None]:
    """Return what slipped out of the period so far: from its beginning, not from the span's."""
    if span.closing is None:
        return (), None
    period, organisation = span.closing.period, work.organisation
    begin = AsOf(organisation.start_of(period.start))
    end = min(span.end, AsOf(organisation.start_of(period.end)))
    if end.cutoff <= begin.cutoff:
        return (), None
    deals = compared(work.session, organisation, scope, begin, end)
    is_over = end.cutoff >= organisation.start_of(period.end)
    return deals, slippage(deals, period, is_over=is_over)


def _finding(falls: Sequence[Waterfall]) -> str:
    if not falls:
        return gettext("Nothing was open, and nothing came.")
    fall = falls[0]
    before, after = Money(fall.currency, fall.start.minor), Money(fall.currency, fall.end.minor)
    net = Money(fall.currency, fall.end.minor - fall.start.minor)
    largest = max(fall.bars, key=lambda bar: abs(bar.minor), default=None)
    said = gettext(
        "%(after)s open after %(before)s: %(net)s.",
        after=_money(after, compact=True),
        before=_money(before, compact=True),
        net=_money(net, compact=True, signed=True),
    )
    if largest is None:
        return gettext("%(said)s Nothing changed.", said=said)
    return gettext(
        "%(said)s The largest change: %(cause)s, %(amount)s.",
        said=said,
        cause=label(largest.cause),
        amount=_money(Money(fall.currency, largest.minor), compact=True, signed=True),
    )


def _ends(work: Work, scope: Scope, span: Span) -> tuple[str, str]:
    """Return the addresses of all that was open at both ends of a span."""
    begin, end = (
        explain_address(Question(MetricId.OPEN_PIPELINE, scope, as_of), work.organisation)
        for as_of in (span.begin, span.end)
    )
    return begin, end


def _fallen(fall: Waterfall, span: Span, ends: tuple[str | None, str | None]) -> Fallen:
    lines = (
        BarLine(
            gettext("Open, %(day)s", day=_day(span.since)),
            Money(fall.currency, fall.start.minor),
            fall.start.deals,
            fall.start.unpriced,
            ends[0],
            is_total=True,
        ),
        *(_line(fall, bar, span) for bar in fall.bars),
        BarLine(
            gettext("Open, %(day)s", day=_day(span.until)),
            Money(fall.currency, fall.end.minor),
            fall.end.deals,
            fall.end.unpriced,
            ends[1],
            is_total=True,
        ),
    )
    return Fallen(fall.currency, _chart(lines), lines, any(line.unpriced for line in lines))


def _line(fall: Waterfall, bar: Bar, span: Span) -> BarLine:
    is_open = span.cause is bar.cause and span.currency == fall.currency
    return BarLine(
        label(bar.cause),
        Money(fall.currency, bar.minor),
        len(bar.changes),
        bar.unpriced,
        here(cause=None if is_open else bar.cause.value, currency=fall.currency, late=None)
        + "#deals",
        is_total=False,
        is_open=is_open,
    )


def _chart(lines: Sequence[BarLine]) -> Drawn:
    falls = tuple(
        Fall(
            label=line.words,
            amount=line.amount.amount,
            said=_money(line.amount, signed=not line.is_total),
            short=_money(line.amount, compact=True, signed=not line.is_total),
            is_total=line.is_total,
        )
        for line in lines
    )
    title = gettext("From %(start)s to %(end)s", start=lines[0].words, end=lines[-1].words)
    head = (gettext("Change"), gettext("Amount"))
    empty = gettext("Nothing was open, and nothing came.")
    return drawn(waterfall(Drawing(title, falls, head, empty), svg.points(WIDE), 160.0))


def _opened_bar(
    work: Work,
    falls: Sequence[Waterfall],
    deals: Sequence[Compared],
    span: Span,
    counted: Mapping[DealId, Pushed],
) -> Opened | None:
    fall = next((one for one in falls if one.currency == span.currency), None)
    bars = () if fall is None else fall.bars
    bar = next((one for one in bars if one.cause is span.cause), None)
    if bar is None:
        return None
    changes = {one.deal_id: Money(one.currency, one.minor) for one in bar.changes}
    return _opened(work, deals, changes, counted, label(bar.cause))


def _opened(
    work: Work,
    deals: Sequence[Compared],
    changes: Mapping[DealId, Money | None],
    counted: Mapping[DealId, Pushed],
    words: str,
) -> Opened:
    """Return the deals of ``changes``, in their order, as far as the reader may see them."""
    known = named(work.session, work.actor, list(changes))
    ends = {deal.deal_id: deal for deal in deals}
    seen = [deal_id for deal_id in changes if deal_id in known]
    lines = tuple(
        DealLine(
            known[deal_id],
            ends[deal_id].before,
            ends[deal_id].after,
            changes[deal_id],
            counted.get(deal_id, Pushed()).pushes,
        )
        for deal_id in seen[:MOST_DEALS]
    )
    return Opened(words, lines, len(seen) - len(lines), len(changes) - len(seen))


def _periods(work: Work, span: Span) -> tuple[str, ...]:
    present = containing(work.today, PeriodKind.QUARTER, work.organisation.fiscal_start)
    return offered(work, span.closing or present)


def _others(work: Work, scope: Scope) -> tuple[tuple[str, str, bool], ...]:
    """Return the teams and people in sight, teams first."""
    found: list[tuple[str, str, bool]] = []
    for one in allowed(work.actor, Permission.TEAM_FIGURES_VIEW, teams(work.session)):
        is_this = scope.kind is ScopeKind.TEAM and scope.id == one.owner.team_id
        found.append((one.name, url_for("waterfall.of_team", team_id=one.owner.team_id), is_this))
    for one in allowed(work.actor, Permission.FIGURES_VIEW, people(work.session, work.today)):
        is_this = scope.kind is ScopeKind.REP and scope.id == one.owner.person_id
        url = url_for("waterfall.person", person_id=one.owner.person_id)
        found.append((one.name, url, is_this))
    return tuple(found)


def _money(amount: Money, *, compact: bool = False, signed: bool = False) -> str:
    return formats.money(amount, reader().locale, compact=compact, signed=signed)


def _day(day: date) -> str:
    return formats.date(day, reader().locale, "short")
