"""Figures against a target: the target of a period, its attainment, the pace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from spm.domain.errors import Invalid
from spm.domain.ids import StageId
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
from spm.domain.metrics.registry import (
    METRICS,
    Basis,
    Dimension,
    Direction,
    Kind,
    MetricId,
    Unit,
)
from spm.domain.money import Money, minor_digits
from spm.domain.organisation import Organisation
from spm.domain.period import Period, name_of
from spm.domain.targets.attainment import Attained, Missing, attainment, attainment_in_range
from spm.domain.targets.pace import NoPace, elapsed_share, pace
from spm.domain.targets.resolve import NoTarget, Resolved, Span, prorated_by_days, resolve
from spm.domain.workdays import Calendar
from spm.models.organisation import MembershipRow, TeamRow
from spm.models.targets import KpiRow, TargetRow
from spm.queries.metrics.counted import counted, is_in_time, time_parts
from spm.queries.metrics.facts import subtree
from spm.queries.metrics.names import names

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
}
_NO_PACE: Mapping[NoPace, str] = {
    NoPace.NO_TARGET: "no-target",
    NoPace.NO_ACTUAL: "no-actual",
    NoPace.NOT_APPLICABLE: "target-not-applicable",
    NoPace.NOT_BEGUN: "pace-not-begun",
    NoPace.NOT_ADDITIVE: "pace-not-additive",
}


class KpiUnknown(Invalid):
    """No KPI has that key, or it is bound to no metric yet."""

    code = "figure.kpi-unknown"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a target metric needs to know of its KPI."""

    id: int
    metric: MetricId
    unit: Unit
    lower_is_better: bool
    is_additive: bool
    stage_id: StageId | None
    basis: Basis | None
    range: tuple[Decimal, Decimal] | None
    baseline: Decimal | None


_SHIPPED = Bound(
    id=0,
    metric=MetricId.WON_REVENUE,
    unit=Unit.MONEY,
    lower_is_better=False,
    is_additive=True,
    stage_id=None,
    basis=None,
    range=None,
    baseline=None,
)


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
    metric = METRICS[MetricId(row.metric)]
    direction = Direction(row.direction) if row.direction else metric.direction
    limits = (row.range_low, row.range_high)
    return Bound(
        id=row.id,
        metric=metric.id,
        unit=metric.unit or Unit.COUNT,
        lower_is_better=direction is Direction.DOWN,
        is_additive=metric.is_additive and metric.kind is Kind.EVENT,
        stage_id=None if row.stage_id is None else StageId(row.stage_id),
        basis=Basis(row.basis) if row.basis else None,
        range=(limits[0], limits[1]) if limits[0] is not None and limits[1] is not None else None,
        baseline=row.baseline,
    )


def actual_question(question: Question, kpi: Bound) -> Question:
    """Return the question whose answer is the actual of a question about a target."""
    return replace(question, metric=kpi.metric, stage_id=kpi.stage_id, basis=kpi.basis, kpi=None)


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

    def whole(self) -> Reading:
        """Return the reading of the subject itself."""
        subject = self.question.subject
        spans = self._spans(_owned_by(self.session, subject)).get(None, [])
        actual = None if self._is_target_only else self._actual_of(subject)
        missing = "no-target"
        if subject.kind is ScopeKind.ORGANISATION:
            missing = "no-target-organisation"
        return self._reading(self.period, spans, actual, missing)

    def groups(self) -> tuple[Group, ...]:
        """Return the parts: over time of the subject, or the people or teams within it."""
        by = self.question.by
        if by is None:
            return ()
        if is_in_time(by):
            return self._in_time()
        return self._by_owner(by)

    def _in_time(self) -> tuple[Group, ...]:
        spans = self._spans(_owned_by(self.session, self.question.subject)).get(None, [])
        asked = () if self._is_target_only else self._asked().groups
        actual = {group.key: group.reading for group in asked}
        groups = []
        for part in time_parts(self.organisation, self.question):
            reading = self._reading(part.period, spans, actual.get(part.name))
            groups.append(Group(key=part.name, label=part.name, id=None, reading=reading))
        return tuple(groups)

    def _by_owner(self, by: Dimension) -> tuple[Group, ...]:
        column = TargetRow.person_id if by is Dimension.REP else TargetRow.team_id
        shares = self._shares(by)
        within = column.is_not(None) if shares is None else column.in_(shares)
        spans = self._spans(within, column.expression)
        asked = () if self._is_target_only else self._asked().groups
        actual = {group.id: group.reading for group in asked if group.id is not None}
        known = names(self.session, by, {key for key in spans.keys() | actual if key is not None})
        nobody = None if self._is_target_only else self._actual_of(Scope(ScopeKind.REP, -1))
        groups = []
        for key, named in known.items():
            found = actual.get(key, nobody)
            if by is Dimension.TEAM and not self._is_target_only:
                # The groups hold each team's own members; its target is held against all below it.
                found = self._actual_of(Scope(ScopeKind.TEAM, key))
            share = None if shares is None else shares.get(key)
            reading = self._reading(self.period, spans.get(key, []), found, share=share)
            groups.append(Group(key=named.key, label=named.label, id=key, reading=reading))
        return tuple(sorted(groups, key=_largest_first))

    def _shares(self, by: Dimension) -> dict[int, Period | None] | None:
        """Return whose targets count in the subject and during which part; None: everybody's."""
        subject = self.question.subject
        if subject.kind is ScopeKind.ORGANISATION or subject.id is None:
            return None
        if subject.kind is ScopeKind.REP:
            return {subject.id: None} if by is Dimension.REP else {}
        teams = subtree(self.session, TeamRow, subject.id)
        if by is Dimension.TEAM:
            return dict.fromkeys(teams)
        return self._members(teams)

    def _members(self, teams: Sequence[int]) -> dict[int, Period | None]:
        rows = self.session.execute(
            select(MembershipRow.person_id, MembershipRow.start_on, MembershipRow.end_on).where(
                MembershipRow.team_id.in_(teams),
                MembershipRow.start_on < self.period.end,
                MembershipRow.end_on > self.period.start,
            )
        )
        spans: dict[int, Period] = {}
        for person, start, end in rows:
            span = Period(max(start, self.period.start), min(end, self.period.end))
            known = spans.get(person, span)
            spans[person] = Period(min(known.start, span.start), max(known.end, span.end))
        return {person: None if span == self.period else span for person, span in spans.items()}

    def _spans(
        self, owner: ColumnElement[bool], key: ColumnElement[int | None] | None = None
    ) -> dict[int | None, list[Span]]:
        """Return the targets that touch the period, by owner where ``key`` is given, else by None."""
        rows = self.session.execute(
            select(TargetRow, key if key is not None else TargetRow.id).where(
                TargetRow.kpi_id == self.kpi.id,
                TargetRow.period_start < self.period.end,
                TargetRow.period_end > self.period.start,
                owner,
            )
        )
        found: dict[int | None, list[Span]] = {}
        for row, owner_id in rows:
            span = Span(Period(row.period_start, row.period_end), row.value, row.currency, row.id)
            found.setdefault(None if key is None else owner_id, []).append(span)
        return found

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
    ) -> Reading:
        target = resolve(period, spans, self.calendar, is_additive=self.kpi.is_additive)
        if share is not None and target.value is not None:
            value = prorated_by_days(target.value, share, period)
            target = replace(target, value=value)
        gaps = tuple(name_of(gap) for part in target.gaps for gap in _by_months(part))
        if target.value is None and self.kpi.range is None:
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
        def work_out(value: Decimal | None) -> Attained:
            if self.kpi.range is not None:
                return attainment_in_range(value, *self.kpi.range)
            return attainment(
                value,
                target.value,
                lower_is_better=self.kpi.lower_is_better,
                start=self.kpi.baseline,
            )

        attained = work_out(_same_currency(target, actual))
        code = _MISSING[attained.reason] if attained.reason else None
        return self._ratio(attained.ratio, code, target.value, target, actual, gaps)

    def _pace(
        self, period: Period, target: Resolved, actual: Reading, gaps: tuple[str, ...]
    ) -> Reading:
        day = self.question.as_of.day(self.organisation.zone)
        found = pace(
            _same_currency(target, actual),
            target.value,
            elapsed_share(period, day, self.calendar),
            lower_is_better=self.kpi.lower_is_better,
            is_additive=self.kpi.is_additive,
        )
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
        if code == "no-actual" and actual.value is None:
            reason = actual.reason or reason
        elif code == "no-actual":
            facts = {"target": target.currency, "actual": actual.currency}
            reason = Reason("target-currency", facts)
        return Reading(
            unit=Unit.RATIO,
            value=ratio,
            currency=actual.currency,
            numerator=actual.value,
            denominator=_in_currency(against, target.currency),
            n=actual.n,
            excluded=actual.excluded,
            gaps=gaps,
            reason=reason,
        )


def _owned_by(session: Session, subject: Scope) -> ColumnElement[bool]:
    match subject.kind:
        case ScopeKind.REP:
            return TargetRow.person_id == subject.id
        case ScopeKind.TEAM:
            return TargetRow.team_id == subject.id
        case _:
            roots = session.scalars(select(TeamRow.id).where(TeamRow.parent_id.is_(None))).all()
            return TargetRow.team_id == (roots[0] if len(roots) == 1 else -1)


def _same_currency(target: Resolved, actual: Reading) -> Decimal | None:
    """Return the actual where it can be held against the target; nothing at all fits any currency."""
    if target.currency in {None, actual.currency} or not actual.value:
        return actual.value
    return None


def _in_currency(value: Decimal | None, currency: str | None) -> Decimal | None:
    """Return a money target with its currency's own digits; half-even where it was prorated."""
    if value is None:
        return None
    if currency is None:
        return value
    minor = int(value.scaleb(minor_digits(currency)).to_integral_value())
    return Money(currency, minor).amount


def _by_months(gap: Period) -> tuple[Period, ...]:
    """Cut a gap at the months, so that its parts have names that people use."""
    return gap.months()


def _largest_first(group: Group) -> tuple[Decimal, str]:
    value = group.value if group.value is not None else Decimal("-Infinity")
    return -value, group.label or ""
