"""The target of any period, from those that were set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from spm.domain.period import Period, name_of
from spm.domain.ratio import quotient
from spm.domain.workdays import Calendar

ZERO = Decimal(0)
ONE = Decimal(1)


class Rule(StrEnum):
    """How the target of a period was found."""

    EXACT = "exact"
    SUM = "sum"
    PRORATED = "prorated"
    CONTAINING = "containing"


class NoTarget(StrEnum):
    """Why a period has no target."""

    NO_TARGET = "no-target"
    MIXED_CURRENCIES = "mixed-currencies"
    NOT_ADDITIVE = "not-additive"


@dataclass(frozen=True, slots=True)
class Span:
    """A target as set: its value for its whole period.

    Attributes:
        period: What it was set for.
        value: In ``currency``'s units, or a count, ratio or days without one.
        currency: ISO 4217 code of a money target.
        key: The target's id, so that a page can open what it shows; 0 if none.
    """

    period: Period
    value: Decimal
    currency: str | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What one set target gives to the period asked for; ``share`` is 1 unless it was cut."""

    span: Span
    share: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Resolved:
    """The target of a period.

    Attributes:
        value: None without one.
        parts: What it was made of, by date.
        gaps: Dates of the period for which nothing was set, by date.
        rule: How it was found; None without a value.
        reason: Why there is none.
    """

    value: Decimal | None
    currency: str | None = None
    rule: Rule | None = None
    parts: tuple[Part, ...] = ()
    gaps: tuple[Period, ...] = ()
    reason: NoTarget | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the months, or of the parts of one, for which nothing was set, by date.

        Month by month, since that is how targets are set at their finest: a gap of two months is
        two names wherever it is said. All of the period where there is no target at all.
        """
        return tuple(name_of(month) for gap in self.gaps for month in gap.months())


def resolve(
    period: Period,
    spans: Iterable[Span],
    calendar: Calendar,
    *,
    is_additive: bool = True,
    share: Period | None = None,
) -> Resolved:
    """Return the target of ``period``.

    The one set for exactly it; else the sum of the finest that lie inside it,
    a coarser one only where no finer one is, and those cut by its bounds
    prorated by working days, again the finest first; what nothing covers is
    named as a gap. A figure that does not add up over time (a rate) takes the
    exact one, else the finest one that contains the whole period.

    Args:
        period: What the target is asked for.
        spans: What was set.
        calendar: Which days are worked.
        is_additive: Whether the figure adds up over time.
        share: The part of ``period`` that counts, for who belonged to a team for a part of it;
            what adds up is prorated to its days.

    Source:
        metrics-cli.md, targets.
    """
    found = _resolve(period, spans, calendar, is_additive=is_additive)
    if share is None or found.value is None or not is_additive:
        return found
    return replace(found, value=prorated_by_days(found.value, share, period))


def _resolve(
    period: Period, spans: Iterable[Span], calendar: Calendar, *, is_additive: bool
) -> Resolved:
    touching = [span for span in spans if _common(span.period, period) is not None]
    exact = next((span for span in touching if span.period == period), None)
    if exact is not None:
        whole = (Part(exact, ONE, exact.value),)
        return Resolved(exact.value, exact.currency, Rule.EXACT, whole)
    if not touching:
        return Resolved(None, gaps=(period,), reason=NoTarget.NO_TARGET)
    if not is_additive:
        return _holding(period, touching)
    chosen = _choose(period, touching)
    if len({span.currency for span in chosen}) > 1:
        return Resolved(None, reason=NoTarget.MIXED_CURRENCIES)
    parts = tuple(_part(span, period, calendar) for span in chosen)
    rule = Rule.SUM if all(part.share == ONE for part in parts) else Rule.PRORATED
    return Resolved(
        sum((part.value for part in parts), ZERO),
        chosen[0].currency,
        rule,
        parts,
        _gaps(period, [part.span.period for part in parts]),
    )


def prorated_by_days(value: Decimal, part: Period, whole: Period) -> Decimal:
    """Return the share of ``value`` that falls on the calendar days of ``part``.

    For membership in a team for part of a period.

    Source:
        metrics.md 3.1: 146 000 · 60 ÷ 365 = 24 000.
    """
    common = _common(part, whole)
    return ZERO if common is None else value * common.days / whole.days


def _holding(period: Period, spans: Sequence[Span]) -> Resolved:
    holding = [s for s in spans if s.period.start <= period.start and period.end <= s.period.end]
    if not holding:
        return Resolved(None, reason=NoTarget.NOT_ADDITIVE)
    finest = min(holding, key=lambda span: (span.period.days, span.period.start))
    whole = (Part(finest, ONE, finest.value),)
    return Resolved(finest.value, finest.currency, Rule.CONTAINING, whole)


def _choose(period: Period, spans: Sequence[Span]) -> list[Span]:
    def order(span: Span) -> tuple[bool, int, Period]:
        inside = period.start <= span.period.start and span.period.end <= period.end
        return not inside, span.period.days, span.period

    chosen: list[Span] = []
    for span in sorted(spans, key=order):
        if all(_common(span.period, other.period) is None for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.period)


def _part(span: Span, period: Period, calendar: Calendar) -> Part:
    common = _common(span.period, period)
    if common is None or common == span.period:
        return Part(span, ONE, span.value)
    worked = calendar.count(span.period.start, span.period.end)
    share = quotient(calendar.count(common.start, common.end), worked)
    if share is None:
        share = Decimal(common.days) / span.period.days
    return Part(span, share, span.value * share)


def _gaps(period: Period, covered: Sequence[Period]) -> tuple[Period, ...]:
    gaps, at = [], period.start
    for part in covered:
        if part.start > at:
            gaps.append(Period(at, part.start))
        at = max(at, part.end)
    if at < period.end:
        gaps.append(Period(at, period.end))
    return tuple(gaps)


def _common(left: Period, right: Period) -> Period | None:
    start, end = max(left.start, right.start), min(left.end, right.end)
    return Period(start, end) if start < end else None
