"""Figures against a target: the target of a period, its attainment, the pace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.errors import Invalid
from spm.domain.ids import KpiId, PersonId, TeamId
from spm.domain.metrics.figure import (
    Figure,
    Group,
    Question,
    Reading,
    Reason,
    Scope,
    ScopeKind,
    check,
)
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.money import Money, minor_digits
from spm.domain.organisation import Organisation
from spm.domain.period import Period, of_dates
from spm.domain.targets.attainment import Missing
from spm.domain.targets.comparison import (
    attained_of,
    coverage_of,
    in_other_currency,
    pace_of,
)
from spm.domain.targets.kpi import Measure
from spm.domain.targets.pace import NoPace, elapsed_share
from spm.domain.targets.resolve import NoTarget, Part, Resolved, Span, resolve
from spm.domain.targets.target import Owner
from spm.domain.workdays import Calendar
from spm.models.organisation import TeamRow
from spm.models.targets import KpiRow, TargetRow
from spm.queries.metrics.counted import (
    counted,
    is_in_time,
    open_expected,
    time_parts,
    twelve_months_to,
)
from spm.queries.metrics.facts import subtree
from spm.queries.metrics.names import names
from spm.queries.metrics.spans import measure_of, set_for, set_where, shares_of

DEFAULT_KPI = "won_revenue"
"""The KPI that ships active."""

_NO_TARGET: Mapping[NoTarget, str] = {
    NoTarget.NO_TARGET: "no-target",
    NoTarget.MIXED_CURRENCIES: "target-several-currencies",
    NoTarget.NOT_ADDITIVE: "target-not-additive",
}
_MISSING: Mapping[Missing, str] = {
    Missing.NO_TARGET: "no-target",
    Missing.NO_ACTUAL: "no-actual",
    Missing.NOT_APPLICABLE: "target-not-applicable",
    Missing.OTHER_CURRENCY: "target-currency",
}
_NO_PACE: Mapping[NoPace, str] = {
    NoPace.NO_TARGET: "no-target",
    NoPace.NO_ACTUAL: "no-actual",
    NoPace.NOT_APPLICABLE: "target-not-applicable",
    NoPace.NOT_BEGUN: "pace-not-begun",
    NoPace.NOT_ADDITIVE: "pace-not-additive",
    NoPace.OTHER_CURRENCY: "target-currency",
}


class KpiUnknown(Invalid):
    """No KPI has that key, or it is bound to no metric yet."""

    code = "figure.kpi-unknown"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a target metric needs to know of its KPI."""

    id: KpiId
    metric: MetricId
    measure: Measure

    @property
    def unit(self) -> Unit:
        """What it is counted in."""
        return self.measure.unit or Unit.COUNT


_SHIPPED = Bound(KpiId(0), MetricId.WON_REVENUE, Measure(MetricId.WON_REVENUE))


def targeted(session: Session, organisation: Organisation, question: Question) -> Figure:
    """Return the answer to a question about a target, an attainment or a pace.

    Raises:
        Invalid: The question cannot be asked, or its KPI is unknown.
    """
    check(question)
    kpi = bound_kpi(session, question.kpi)
    reader = _Reader(session, organisation, replace(question, kpi=question.kpi or DEFAULT_KPI), kpi)
    return Figure(
        question=reader.question, reading=reader.whole(), groups=reader.groups(), stage=None
    )


def target_parts(
    session: Session, organisation: Organisation, question: Question
) -> tuple[Part, ...]:
    """Return what the target of a question's subject and period is made of, by date.

    Raises:
        Invalid: The question cannot be asked, or its KPI is unknown.
    """
    check(question)
    return _Reader(session, organisation, question, bound_kpi(session, question.kpi)).parts()


def bound_kpi(session: Session, key: str | None) -> Bound:
    """Return the KPI called ``key`` (None: ``won_revenue``) with the metric that it is bound to.

    Raises:
        KpiUnknown: There is none, or it has no metric yet.
    """
    row = session.scalar(select(KpiRow).where(KpiRow.key == (key or DEFAULT_KPI)))
    if row is None and key in {None, DEFAULT_KPI}:
        return _SHIPPED  # an empty database: nothing is set for it yet
    if row is None or row.metric is None:
        known = session.scalars(
            select(KpiRow.key).where(KpiRow.metric.is_not(None)).order_by(KpiRow.key)
        )
        raise KpiUnknown(field="kpi", given=key or DEFAULT_KPI, candidates=tuple(known))
    return Bound(KpiId(row.id), MetricId(row.metric), measure_of(row))


def actual_question(question: Question, kpi: Bound) -> Question:
    """Return the question whose answer is the actual of a question about a target."""
    stage_id, basis = kpi.measure.stage_id, kpi.measure.basis
    return replace(question, metric=kpi.metric, stage_id=stage_id, basis=basis, kpi=None)


class _Reader:
    """Reads targets and actuals of one question."""

    def __init__(
        self, session: Session, organisation: Organisation, question: Question, kpi: Bound
    ) -> None:
        self.session = session
        self.organisation = organisation
        self.question = question
        self.kpi = kpi
        self.calendar = Calendar(holidays=organisation.holidays)

    @property
    def period(self) -> Period:
        """The period asked for; ``check`` has seen to it that there is one."""
        if self.question.period is None:
            raise AssertionError
        return self.question.period.period

    @property
    def day(self) -> date:
        """The last business date that counts."""
        return self.question.as_of.day(self.organisation.zone)

    def whole(self) -> Reading:
        """Return the reading of the subject itself."""
        subject = self.question.subject
        spans = self._own_spans()
        actual = None if self._is_target_only else self._actual_of(subject)
        missing = "no-target"
        if subject.kind is ScopeKind.ORGANISATION:
            missing = "no-target-organisation"
        return self._reading(self.period, spans, actual, missing)

    def parts(self) -> tuple[Part, ...]:
        """Return the targets that the subject's own is made of."""
        return resolve(
            self.period, self._own_spans(), self.calendar, is_additive=self.kpi.measure.adds_up
        ).parts

    def groups(self) -> tuple[Group, ...]:
        """Return the parts: over time of the subject, or the people or teams within it."""
        by = self.question.by
        if by is None:
            return ()
        if is_in_time(by):
            return self._in_time()
        return self._by_owner(by)

    def _in_time(self) -> tuple[Group, ...]:
        spans = self._own_spans()
        asked = () if self._is_target_only else self._asked().groups
        actual = {group.key: group.reading for group in asked}
        groups = []
        for part in time_parts(self.organisation, self.question):
            reading = self._reading(part.period, spans, actual.get(part.name))
            groups.append(Group(key=part.name, label=part.name, id=None, reading=reading))
        return tuple(groups)

    def _by_owner(self, by: Dimension) -> tuple[Group, ...]:
        shares = self._shares(by)
        spans = self._spans_by(by, shares)
        asked = () if self._is_target_only else self._asked().groups
        actual = {group.id: group.reading for group in asked if group.id is not None}
        known = names(self.session, by, spans.keys() | actual.keys())
        nobody = None if self._is_target_only else self._actual_of(Scope(ScopeKind.REP, -1))
        groups = []
        for key, named in known.items():
            found = actual.get(key, nobody)
            if by is Dimension.TEAM and not self._is_target_only:
                # The groups hold each team's own members; its target is held against all below it.
                found = self._actual_of(Scope(ScopeKind.TEAM, key, on=self.question.subject.on))
            share = None if shares is None else shares.get(key)
            theirs = Scope(ScopeKind.REP, key) if by is Dimension.REP else None
            reading = self._reading(
                self.period, spans.get(key, []), found, share=share, subject=theirs
            )
            groups.append(Group(key=named.key, label=named.label, id=key, reading=reading))
        return tuple(sorted(groups, key=_largest_first))

    def _shares(self, by: Dimension) -> Mapping[int, Period | None] | None:
        """Return whose targets count in the subject and during which part; None: everybody's."""
        subject = self.question.subject
        if subject.kind is ScopeKind.ORGANISATION or subject.id is None:
            return None
        if subject.kind is ScopeKind.REP:
            return {subject.id: None} if by is Dimension.REP else {}
        teams = subtree(self.session, TeamRow, subject.id)
        if by is Dimension.TEAM:
            return dict.fromkeys(teams)
        return shares_of(self.session, teams, self.period, self.day, on=subject.on)

    def _own_spans(self) -> Sequence[Span]:
        """Return the subject's own targets that touch the period."""
        owners = _owners(self.session, self.question.subject)
        found = set_for(self.session, [self.kpi.id], owners, self.period)
        return [span for known in found.values() for span in known.spans]

    def _spans_by(
        self, by: Dimension, shares: Mapping[int, Period | None] | None
    ) -> Mapping[int, Sequence[Span]]:
        """Return the targets of people or of teams, of everybody where ``shares`` is None."""
        column = TargetRow.person_id if by is Dimension.REP else TargetRow.team_id
        whose = column.is_not(None) if shares is None else column.in_(shares)
        found = set_where(self.session, [self.kpi.id], whose, self.period)
        return {person or team or 0: known.spans for (_, person, team), known in found.items()}

    @property
    def _is_target_only(self) -> bool:
        return self.question.metric is MetricId.TARGET

    def _asked(self) -> Figure:
        return counted(self.session, self.organisation, actual_question(self.question, self.kpi))

    def _actual_of(self, subject: Scope) -> Reading:
        asked = replace(actual_question(self.question, self.kpi), subject=subject, by=None)
        return counted(self.session, self.organisation, asked).reading

    def _reading(
        self,
        period: Period,
        spans: Iterable[Span],
        actual: Reading | None,
        missing: str = "no-target",
        share: Period | None = None,
        subject: Scope | None = None,
    ) -> Reading:
        target = resolve(
            period, spans, self.calendar, is_additive=self.kpi.measure.adds_up, share=share
        )
        gaps = target.missing
        if target.value is None and self.kpi.measure.bounds is None:
            code = _NO_TARGET[target.reason or NoTarget.NO_TARGET]
            reason = Reason(missing if code == "no-target" else code)
            unit = self.kpi.unit if self._is_target_only else Unit.RATIO
            n = actual.n if actual else 0
            return Reading(
                unit=unit, numerator=actual.value if actual else None, n=n, reason=reason
            )
        if self._is_target_only or actual is None:
            return self._target(target, gaps)
        if self.question.metric is MetricId.PACE:
            return self._pace(period, target, actual, gaps)
        if self.question.metric is MetricId.COVERAGE:
            return self._coverage(target, actual, gaps, subject)
        return self._attained(target, actual, gaps)

    def _target(self, target: Resolved, gaps: tuple[str, ...]) -> Reading:
        value = _in_currency(target.value, target.currency)
        return Reading(
            unit=self.kpi.unit,
            value=value,
            currency=target.currency,
            gaps=gaps,
            n=len(target.parts),
        )

    def _attained(self, target: Resolved, actual: Reading, gaps: tuple[str, ...]) -> Reading:
        by = self.kpi.measure.yardstick
        if self.kpi.unit in {Unit.MONEY, Unit.MONEY_PER_DAY}:
            by = replace(by, currency=self.organisation.currency)
        attained = attained_of(actual, target, by)
        code = _MISSING[attained.reason] if attained.reason else None
        return self._ratio(attained.ratio, code, target.value, target, actual, gaps)

    def _coverage(
        self, target: Resolved, actual: Reading, gaps: tuple[str, ...], subject: Scope | None
    ) -> Reading:
        """Return the open pipeline of the period against what its target still lacks."""
        pipeline = self._pipeline_of(subject)
        if self.kpi.metric is not MetricId.WON_REVENUE:
            reason = Reason("coverage-of-revenue")
            return Reading(unit=Unit.RATIO, n=pipeline.n, gaps=gaps, reason=reason)
        found = coverage_of(actual, target, pipeline, self._win_rate_of(subject))
        left = _in_currency(found.denominator, target.currency)
        return replace(found, denominator=left)

    def _pipeline_of(self, subject: Scope | None) -> Reading:
        question = replace(self.question, subject=subject or self.question.subject, by=None)
        nothing = Reading(unit=Unit.MONEY, value=Decimal(0), currency=self.organisation.currency)
        return open_expected(self.session, self.organisation, question).get(None, nothing)

    def _win_rate_of(self, subject: Scope | None) -> Decimal | None:
        year = of_dates(twelve_months_to(self.day))
        asked = replace(
            actual_question(self.question, self.kpi),
            metric=MetricId.WIN_RATE,
            subject=subject or self.question.subject,
            period=year,
            by=None,
            stage_id=None,
            basis=None,
        )
        return counted(self.session, self.organisation, asked).reading.value

    def _pace(
        self, period: Period, target: Resolved, actual: Reading, gaps: tuple[str, ...]
    ) -> Reading:
        measure = self.kpi.measure
        elapsed = elapsed_share(period, self.day, self.calendar)
        found = pace_of(actual, target, elapsed, measure.yardstick, adds_up=measure.adds_up)
        code = _NO_PACE[found.reason] if found.reason else None
        return self._ratio(found.ratio, code, found.expected, target, actual, gaps)

    def _ratio(
        self,
        ratio: Decimal | None,
        code: str | None,
        against: Decimal | None,
        target: Resolved,
        actual: Reading,
        gaps: tuple[str, ...],
    ) -> Reading:
        reason = Reason(code) if code else None
        currency, other = actual.currency, None
        if code == "no-actual":
            reason = actual.reason or reason
        if code == "target-currency":
            other = target.currency or self.organisation.currency
            reason = in_other_currency(replace(target, currency=other), actual)
        elif target.currency is not None:
            currency = target.currency  # nothing at all fits any currency
        return Reading(
            unit=Unit.RATIO,
            value=ratio,
            currency=currency,
            against_currency=other,
            numerator=actual.value,
            denominator=_in_currency(against, target.currency),
            n=actual.n,
            excluded=actual.excluded,
            gaps=gaps,
            reason=reason,
        )


def _owners(session: Session, subject: Scope) -> list[Owner]:
    """Return whose own targets are the subject's: the organisation's are those of its one team."""
    match subject.kind:
        case ScopeKind.REP if subject.id is not None:
            return [Owner(person_id=PersonId(subject.id))]
        case ScopeKind.TEAM if subject.id is not None:
            return [Owner(team_id=TeamId(subject.id))]
        case _:
            roots = session.scalars(select(TeamRow.id).where(TeamRow.parent_id.is_(None))).all()
            return [Owner(team_id=TeamId(roots[0]))] if len(roots) == 1 else []


def _in_currency(value: Decimal | None, currency: str | None) -> Decimal | None:
    """Return a money target with its currency's own digits; half-even where it was prorated."""
    if value is None:
        return None
    if currency is None:
        return value
    minor = int(value.scaleb(minor_digits(currency)).to_integral_value())
    return Money(currency, minor).amount


def _largest_first(group: Group) -> tuple[Decimal, str]:
    value = group.value if group.value is not None else Decimal("-Infinity")
    return -value, group.label or ""
