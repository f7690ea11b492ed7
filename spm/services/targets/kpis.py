"""KPIs: defining, editing, activating and retiring them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from spm.adapters.database import LOCK
from spm.domain.access import Permission, Subject
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import GoalId, KpiId
from spm.domain.metrics.registry import METRICS, MetricId
from spm.domain.period import AsOf, PeriodKind
from spm.domain.targets.kpi import (
    WON_REVENUE,
    Kpi,
    KpiState,
    Measure,
    NotActive,
    NotADraft,
    check_edit,
    check_measure,
    key_of,
)
from spm.domain.targets.smart import require_kept, require_smart
from spm.domain.text import fold
from spm.models.organisation import TeamRow
from spm.models.pipeline import StageRow
from spm.models.targets import GoalRow, KpiRow
from spm.queries.targets.actuals import audience, current_period, history, values_of
from spm.queries.targets.kpis import find_kpi, get_kpi, taken_keys
from spm.services.work import Work

GROW = "Grow revenue"
"""The company goal that ships, so that the KPI that ships serves one; it can be renamed."""


class KpiNameMissing(Invalid):
    """A KPI has a name, even as a draft."""

    code = "kpis.name-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """A KPI as somebody fills it in; all but the name can wait until it is activated.

    Attributes:
        specific: What exactly is counted, for whom.
        measure: What is measured, for which team, by which period.
        note: Why it can be attained.
        is_confirmed: Somebody stands for that without a history to show it.
        relevance: Why it serves the goal.
        weight: Its part in a weighted attainment, 0 to 1, in hundredths of a percent; None: none.
    """

    name: str
    specific: str = ""
    measure: Measure = field(default_factory=Measure)
    note: str = ""
    is_confirmed: bool = False
    goal_id: GoalId | None = None
    relevance: str = ""
    weight: Decimal | None = None


def define_kpi(work: Work, wishes: Wishes) -> KpiId:
    """Add a KPI as a draft; return its id.

    Raises:
        Forbidden: The actor defines none for that team, or none for everybody.
        KpiNameMissing: It has no name.
        NotATargetMetric, RangeBackwards: Nothing can be measured so.
        NotFound: There is no such goal, team or stage.
    """
    work.require(Permission.KPIS_EDIT, Subject(team_id=wishes.measure.team_id))
    _check(work, wishes)
    row = KpiRow(
        key=key_of(wishes.name, taken_keys(work.session)),
        state=KpiState.DRAFT.value,
        author_id=work.actor.person_id,
    )
    _write(work, row, wishes)
    work.session.add(row)
    work.session.flush()
    work.record(Permission.KPIS_EDIT, f"kpi:{row.id}", after=_text(row))
    return KpiId(row.id)


def edit_kpi(work: Work, kpi_id: KpiId, version: int, wishes: Wishes) -> None:
    """Change a KPI; what it measures only while it is a draft.

    Raises:
        NotFound: There is none, or no such goal, team or stage.
        Forbidden: The actor defines none for its team, or for the one it is to be for.
        StaleEdit: It was changed since ``version``.
        MeasureFixed: It is active or retired, and ``wishes`` measures something else.
        LetterLost: It is active, and one of the five letters would not hold any more.
        KpiNameMissing, NotATargetMetric, RangeBackwards: It cannot be so.
    """
    row, kpi = _locked(work, kpi_id)
    work.require(Permission.KPIS_EDIT, kpi.subject)
    work.require(Permission.KPIS_EDIT, Subject(team_id=wishes.measure.team_id))
    before = _text(row)
    _check(work, wishes)
    check_edit(kpi, wishes.measure)
    work.expect_version(row, version, theirs=before, yours=_wished(wishes))
    _write(work, row, wishes)
    work.session.flush()
    if kpi.state is KpiState.ACTIVE:
        known = _history(work, kpi)
        require_kept(kpi.draft(known), get_kpi(work.session, kpi_id).draft(known))
    work.record_change(Permission.KPIS_EDIT, f"kpi:{kpi_id}", before=before, after=_text(row))


def activate_kpi(work: Work, kpi_id: KpiId) -> None:
    """Put a draft to use, once all five letters of SMART hold.

    Raises:
        NotFound: There is none.
        Forbidden: The actor defines none for its team.
        NotADraft: It is active or retired.
        NotSmart: ``letters`` names those that do not hold.
    """
    row, kpi = _locked(work, kpi_id)
    work.require(Permission.KPIS_ACTIVATE, kpi.subject)
    if kpi.state is not KpiState.DRAFT:
        raise NotADraft(state=kpi.state)
    require_smart(kpi.draft(_history(work, kpi)))
    row.state = KpiState.ACTIVE.value
    row.activated_at = work.now
    work.session.flush()
    work.record(
        Permission.KPIS_ACTIVATE,
        f"kpi:{kpi_id}",
        before={"state": KpiState.DRAFT.value},
        after={"state": row.state},
    )


def retire_kpi(work: Work, kpi_id: KpiId) -> None:
    """Take an active KPI out of use; its targets and figures stay readable.

    Raises:
        NotFound: There is none.
        Forbidden: The actor defines none for its team.
        NotActive: It is a draft, or retired already.
    """
    row, kpi = _locked(work, kpi_id)
    work.require(Permission.KPIS_ACTIVATE, kpi.subject)
    if kpi.state is not KpiState.ACTIVE:
        raise NotActive(state=kpi.state)
    row.state = KpiState.RETIRED.value
    work.session.flush()
    work.record(
        Permission.KPIS_ACTIVATE,
        f"kpi:{kpi_id}",
        before={"state": KpiState.ACTIVE.value},
        after={"state": row.state},
    )


def ensure_won_revenue_kpi(session: Session, now: datetime) -> KpiId:
    """Return the KPI ``won_revenue`` that ships active; make it, with its goal, where it is missing.

    Called at set-up, by the first command that needs it and by imports that bring targets. It holds
    all five letters: that it can be attained is said of each target against its owner's history.
    """
    known = find_kpi(session, WON_REVENUE)
    if known is not None:
        return known.id
    goal = GoalRow(name=GROW, name_key=fold(GROW), description="", is_active=True)
    session.add(goal)
    session.flush()
    metric = METRICS[MetricId.WON_REVENUE]
    row = KpiRow(
        key=WON_REVENUE,
        name=metric.label,
        state=KpiState.ACTIVE.value,
        specific=metric.summary,
        metric=metric.id.value,
        unit=metric.unit.value if metric.unit else None,
        direction=metric.direction.value,
        attainable_confirmed_at=now,
        goal_id=goal.id,
        period_kind=PeriodKind.QUARTER.value,
        activated_at=now,
    )
    session.add(row)
    session.flush()
    return KpiId(row.id)


def _locked(work: Work, kpi_id: KpiId) -> tuple[KpiRow, Kpi]:
    row = work.session.get(KpiRow, kpi_id, with_for_update=LOCK)
    if row is None:
        raise NotFound(what="kpi", id=kpi_id)
    return row, get_kpi(work.session, kpi_id)


def _history(work: Work, kpi: Kpi) -> tuple[Decimal, ...]:
    """Return the figure of those whom a KPI is for in earlier periods, oldest first."""
    as_of = AsOf.at(work.now)
    now = current_period(work.organisation, kpi, as_of)
    return values_of(history(work.session, work.organisation, kpi, audience(kpi), now, as_of))


def _check(work: Work, wishes: Wishes) -> None:
    if not wishes.name.strip():
        raise KpiNameMissing(field="name")
    check_measure(wishes.measure)
    for kind, row, number in (
        ("goal", GoalRow, wishes.goal_id),
        ("team", TeamRow, wishes.measure.team_id),
        ("stage", StageRow, wishes.measure.stage_id),
    ):
        if number is not None and work.session.get(row, number) is None:
            raise NotFound(what=kind, id=number)


def _write(work: Work, row: KpiRow, wishes: Wishes) -> None:
    measure = wishes.measure
    metric = None if measure.metric is None else METRICS[measure.metric]
    row.name, row.specific = wishes.name, wishes.specific
    row.team_id = measure.team_id
    row.metric = None if metric is None else metric.id.value
    row.stage_id = measure.stage_id if metric is not None and metric.takes_stage else None
    row.basis = None if measure.basis is None else measure.basis.value
    row.unit = None if metric is None or metric.unit is None else metric.unit.value
    row.direction = None if metric is None else metric.direction.value
    row.range_low, row.range_high = measure.bounds or (None, None)
    row.baseline = measure.start
    row.attainable_note = wishes.note
    row.goal_id, row.relevance = wishes.goal_id, wishes.relevance
    row.weight_bp = None if not wishes.weight else int(wishes.weight.scaleb(4))
    row.period_kind = None if measure.period_kind is None else measure.period_kind.value
    if wishes.is_confirmed and row.attainable_confirmed_at is None:
        row.attainable_confirmed_at = work.now
        row.attainable_confirmed_by = work.actor.person_id
    elif not wishes.is_confirmed:
        row.attainable_confirmed_at = row.attainable_confirmed_by = None


def _text(row: KpiRow) -> dict[str, object]:
    return {
        "name": row.name,
        "specific": row.specific,
        "team_id": row.team_id,
        "metric": row.metric,
        "stage_id": row.stage_id,
        "basis": row.basis,
        "range": _number(row.range_low, row.range_high),
        "baseline": _number(row.baseline),
        "note": row.attainable_note,
        "is_confirmed": row.attainable_confirmed_at is not None,
        "goal_id": row.goal_id,
        "relevance": row.relevance,
        "weight_bp": row.weight_bp,
        "period_kind": row.period_kind,
    }


def _wished(wishes: Wishes) -> dict[str, object]:
    measure = wishes.measure
    return {
        "name": wishes.name,
        "specific": wishes.specific,
        "team_id": measure.team_id,
        "metric": measure.metric,
        "stage_id": measure.stage_id,
        "basis": measure.basis,
        "range": _number(*(measure.bounds or (None, None))),
        "baseline": _number(measure.start),
        "note": wishes.note,
        "is_confirmed": wishes.is_confirmed,
        "goal_id": wishes.goal_id,
        "relevance": wishes.relevance,
        "weight_bp": None if not wishes.weight else int(wishes.weight.scaleb(4)),
        "period_kind": measure.period_kind,
    }


def _number(*values: Decimal | None) -> str:
    return "..".join("" if value is None else format(value, "f") for value in values)
