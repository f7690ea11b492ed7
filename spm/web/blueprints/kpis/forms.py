"""Forms of KPIs."""

from decimal import Decimal
from typing import Any

from wtforms.validators import ValidationError

from spm.domain.access import Permission, Subject, may
from spm.domain.ids import GoalId, StageId, TeamId
from spm.domain.metrics.registry import METRICS, Basis, Kind, Metric, MetricId
from spm.domain.period import PeriodKind
from spm.domain.targets.kpi import PERIOD_KINDS, Kpi, Measure
from spm.domain.targets.target import LARGEST
from spm.i18n import findings
from spm.i18n.labels import label
from spm.i18n.words import N_, gettext
from spm.queries.metrics.names import stages
from spm.queries.targets.goals import goals
from spm.queries.targets.owners import allowed, teams
from spm.services.targets.kpis import Wishes
from spm.services.work import Work
from spm.web.fields import (
    BlockField,
    BoolField,
    ChoiceField,
    DecimalField,
    Form,
    IdField,
    LineField,
    RatioField,
)


class WordsForm(Form):
    """What can be said of a KPI at any time: its words, its goal, its attainability."""

    name = LineField(N_("Name"), max_length=120, hint=N_("As people call it: Proposals sent."))
    specific = BlockField(
        N_("What exactly, and for whom"),
        max_length=2000,
        required=False,
        hint=N_("What is counted and what is not; whose deals; at which price."),
    )
    goal_id = IdField(N_("Company goal"), required=False, nothing=N_("None yet"))
    relevance = BlockField(N_("Why it serves that goal"), max_length=2000, required=False)
    weight = RatioField(
        N_("Weight"),
        required=False,
        places=2,
        hint=N_("In percent: its part in the weighted attainment of a scorecard. Empty: none."),
    )
    note = BlockField(
        N_("Why it can be attained"),
        max_length=2000,
        required=False,
        hint=N_("Targets are held against each person's own history."),
    )
    is_confirmed = BoolField(
        N_("I confirm that it can be attained"),
        hint=N_("Needed where there are fewer than four earlier periods to look back on."),
    )

    def offer(self, work: Work, kpi: Kpi | None) -> None:
        """Fill the choices with what there is; a goal that is over only where it is the KPI's own."""
        self.goal_id.choices = [
            (goal.id, goal.name)
            for goal in goals(work.session)
            if goal.is_active or (kpi is not None and goal.id == kpi.goal_id)
        ]

    def wishes(self, measure: Measure) -> Wishes:
        """Return what the form asks for."""
        goal = self.goal_id.data
        return Wishes(
            name=self.name.data or "",
            specific=self.specific.data or "",
            measure=measure,
            note=self.note.data or "",
            is_confirmed=self.is_confirmed.data,
            goal_id=None if goal is None else GoalId(goal),
            relevance=self.relevance.data or "",
            weight=self.weight.data,
        )


class KpiForm(WordsForm):
    """A draft: its words and what it measures."""

    team_id = IdField(N_("For"), required=False, nothing=N_("Everybody"))
    metric = ChoiceField(
        N_("Metric"),
        coerce=MetricId,
        required=False,
        nothing=N_("None yet"),
        hint=N_("Unit and direction come with it."),
    )
    stage_id = IdField(
        N_("Stage"),
        required=False,
        nothing=N_("None"),
        hint=N_("For metrics about deals reaching a stage."),
    )
    basis = ChoiceField(N_("Basis"), coerce=Basis, required=False, nothing=N_("The metric's own"))
    period_kind = ChoiceField(
        N_("Its targets run for"),
        coerce=PeriodKind,
        required=False,
        nothing=N_("Not said yet"),
    )
    start = DecimalField(
        N_("Start value"),
        required=False,
        minimum=-LARGEST,
        maximum=LARGEST,
        hint=N_("Progress counts from here: (actual − start) ÷ (target − start)."),
    )
    range_low = DecimalField(
        N_("On target from"),
        required=False,
        minimum=-LARGEST,
        maximum=LARGEST,
        hint=N_("For a KPI that is to stay within a range."),
    )
    range_high = DecimalField(
        N_("On target up to"), required=False, minimum=-LARGEST, maximum=LARGEST
    )

    def offer(self, work: Work, kpi: Kpi | None) -> None:
        """Fill the choices with what there is and what the person may choose."""
        super().offer(work, kpi)
        self.team_id.choices = [
            (one.owner.team_id, one.name)
            for one in allowed(work.actor, Permission.KPIS_EDIT, teams(work.session))
        ]
        may_all = may(work.actor, Permission.KPIS_EDIT, Subject())
        self.team_id.required = not may_all
        self.metric.choices = [
            (metric.id, gettext(metric.label))
            for metric in METRICS.values()
            if metric.kind is not Kind.TARGET
        ]
        self.stage_id.choices = [
            (stage_id, named.label) for stage_id, named in stages(work.session).items()
        ]
        self.basis.choices = [
            (Basis.OPEN, gettext("Open deals now")),
            (Basis.CLOSED, gettext("Deals closed in the period")),
            *((one, label(one)) for one in METRICS[MetricId.STAGE_CONVERSION].bases),
        ]
        self.period_kind.choices = [(kind, gettext(findings.KINDS[kind])) for kind in PERIOD_KINDS]

    def validate_basis(self, field: Any) -> None:
        """Refuse a basis that the metric does not have."""
        metric = self.bound
        if field.data is not None and (metric is None or field.data not in metric.bases):
            msg = gettext("This metric has no such basis.")
            raise ValidationError(msg)

    def validate_range_high(self, field: Any) -> None:
        """Refuse half a range."""
        if (field.data is None) != (self.range_low.data is None):
            msg = gettext("A range has both ends.")
            raise ValidationError(msg)

    @property
    def bound(self) -> Metric | None:
        """The metric that was chosen."""
        return None if self.metric.data is None else METRICS[self.metric.data]

    @property
    def measure(self) -> Measure:
        """What the form asks to measure; a stage only where the metric takes one."""
        metric, low, high = self.bound, self.range_low.data, self.range_high.data
        stage_id, team_id = self.stage_id.data, self.team_id.data
        takes_stage = metric is not None and metric.takes_stage and stage_id is not None
        return Measure(
            metric=None if metric is None else metric.id,
            stage_id=StageId(stage_id) if takes_stage else None,
            basis=self.basis.data,
            team_id=None if team_id is None else TeamId(team_id),
            bounds=None if low is None or high is None else (Decimal(low), Decimal(high)),
            start=self.start.data,
            period_kind=self.period_kind.data,
        )


def filled(kpi: Kpi) -> dict[str, object]:
    """Return the values of a form that shows ``kpi``."""
    low, high = kpi.measure.bounds or (None, None)
    return {
        "version": kpi.version,
        "name": kpi.name,
        "specific": kpi.specific,
        "goal_id": kpi.goal_id,
        "relevance": kpi.relevance,
        "weight": kpi.weight,
        "note": kpi.note,
        "is_confirmed": kpi.confirmed_at is not None,
        "team_id": kpi.measure.team_id,
        "metric": kpi.measure.metric,
        "stage_id": kpi.measure.stage_id,
        "basis": kpi.measure.basis,
        "period_kind": kpi.measure.period_kind,
        "start": kpi.measure.start,
        "range_low": low,
        "range_high": high,
    }
