"""The stage ladder: what reached each stage, what stands there, and what was needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.analytics.ladder import Aim, Ladder, Rung, ladder
from spm.domain.analytics.scorecard import KpiLine
from spm.domain.analytics.stageplan import (
    Conversion,
    backwards,
    conversion,
    deals_for,
    latest_entry,
    shrunk,
    whole,
)
from spm.domain.ids import PipelineId, StageId
from spm.domain.metrics.arithmetic import Tally, median, reading
from spm.domain.metrics.figure import Group, Question, Reading, Scope
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, of_dates
from spm.domain.targets.comparison import comparable
from spm.models.pipeline import DealReachRow, PipelineRow, StageRow
from spm.queries.metrics.counted import twelve_months_to
from spm.queries.metrics.facts import credited_to, days_between, placed_in, states_at
from spm.queries.metrics.figures import figure


@dataclass(frozen=True, slots=True)
class _Stage:
    id: StageId
    name: str
    is_won: bool


STAGE_METRICS = (MetricId.DEALS_REACHING_STAGE, MetricId.VALUE_REACHING_STAGE)
"""Stage-aligned KPIs; where a stage has both, its number is what the ladder shows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ladder is read for.

    Attributes:
        scope: Whose it is.
        beside: Whose rates the own ones stand beside and are shrunk to; None for nobody's.
        elapsed: Share of the period's working days that is over.
    """

    session: Session
    organisation: Organisation
    scope: Scope
    beside: Scope | None
    period: NamedPeriod
    as_of: AsOf
    elapsed: Decimal

    @property
    def year(self) -> NamedPeriod:
        """The twelve months up to the as-of day."""
        return of_dates(twelve_months_to(self.as_of.day(self.organisation.zone)))

    def by_stage(
        self, metric: MetricId, scope: Scope | None = None, period: NamedPeriod | None = None
    ) -> Mapping[int | None, Group]:
        """Return a figure per stage, those without anything left out."""
        asked = Question(
            metric, scope or self.scope, self.as_of, period or self.period, by=Dimension.STAGE
        )
        groups = figure(self.session, self.organisation, asked).groups
        return {group.id: group for group in groups}

    def average(self, scope: Scope) -> Reading:
        """Return the average won deal of a year."""
        asked = Question(MetricId.AVERAGE_DEAL_SIZE, scope, self.as_of, self.year)
        return figure(self.session, self.organisation, asked).reading


def ladders(asked: Asked, lines: Sequence[KpiLine]) -> tuple[Ladder, ...]:
    """Return a ladder per pipeline in which something happened, stands, or was due; in their order.

    ``lines`` are the card's: those bound to a stage say what was agreed there, the one of won deals
    or won revenue what the stages are worked out from, where there is one pipeline only. For a team
    without a target of its own it is what those below it need.
    """
    bound = _bound(lines)
    reached = asked.by_stage(MetricId.DEALS_REACHING_STAGE)
    worth = (
        asked.by_stage(MetricId.VALUE_REACHING_STAGE)
        if any(line.kpi.unit is Unit.MONEY for line in bound.values())
        else {}
    )
    standing, value = (
        asked.by_stage(MetricId.OPEN_DEALS),
        asked.by_stage(MetricId.OPEN_PIPELINE),
    )
    there = {
        pipeline: stages
        for pipeline, stages in _stages(asked.session).items()
        if any(one.id in reached or one.id in standing or one.id in bound for one in stages)
    }
    aim = _aim(asked, lines) if len(there) == 1 else None
    rates = _conversions(asked) if there else {}
    lasting = _lasting(asked) if there else {}
    found = []
    for (pipeline_id, pipeline), stages in there.items():
        needed = _needed(aim, stages, rates)
        rungs = [
            _planned(
                asked,
                _rung(
                    stage,
                    bound.get(stage.id),
                    (worth if _is_money(bound.get(stage.id)) else reached).get(stage.id),
                    standing.get(stage.id),
                    value.get(stage.id),
                    elapsed=asked.elapsed,
                ),
                needed.get(stage.id),
                aim,
                None if stage.is_won else rates.get(stage.id),
                {} if stage.is_won else lasting.get(stage.id, {}),
            )
            for stage in stages
        ]
        found.append(
            ladder(
                pipeline_id,
                pipeline,
                rungs,
                aim=aim,
                beside=asked.beside,
                year=asked.year,
                least=asked.organisation.minimum_n,
            )
        )
    return tuple(found)


def _aim(asked: Asked, lines: Sequence[KpiLine]) -> Aim | None:
    """Return what the stages are for: the target in won deals, else that of won revenue."""
    for metric in (MetricId.WON_DEALS, MetricId.WON_REVENUE):
        for line in lines:
            target = line.target.value if line.target.value is not None else line.below
            if line.kpi.metric is not metric or target is None or target <= 0:
                continue
            reached = comparable(line.actual, line.target, line.currency)
            size = None
            if metric is MetricId.WON_REVENUE:
                own = asked.average(asked.scope)
                team = None if asked.beside is None else asked.average(asked.beside)
                currencies = {one.currency for one in (own, team) if one and one.value is not None}
                if currencies != {line.currency}:
                    return None
                size = shrunk(own, team)
            deals = target if metric is MetricId.WON_DEALS else deals_for(target, size)
            if deals is not None:
                return Aim(
                    kpi=line.kpi.name,
                    unit=line.kpi.unit,
                    target=target,
                    deals=deals,
                    currency=line.currency,
                    size=size,
                    is_added_up=line.target.value is None,
                    is_reached=(reached or 0) >= target,
                )
    return None


def _conversions(asked: Asked) -> Mapping[StageId, Conversion]:
    """Return the rates of a year per stage, own and beside."""
    own = asked.by_stage(MetricId.STAGE_CONVERSION, period=asked.year)
    team: Mapping[int | None, Group] = {}
    if asked.beside is not None:
        team = asked.by_stage(MetricId.STAGE_CONVERSION, asked.beside, asked.year)
    nothing = reading(MetricId.STAGE_CONVERSION, Tally(), asked.organisation.currency)
    return {
        StageId(stage_id): conversion(
            own[stage_id].reading if stage_id in own else nothing,
            team[stage_id].reading if stage_id in team else None,
        )
        for stage_id in own.keys() | team.keys()
        if stage_id is not None
    }


def _lasting(asked: Asked) -> Mapping[StageId, Mapping[int, int]]:
    """Return per stage how many days the deals won in a year took from their entry there.

    Those beside where the own ones are too few to say.
    """
    own = _days_to_win(asked, asked.scope)
    if asked.beside is None:
        return own
    team = _days_to_win(asked, asked.beside)
    few = asked.organisation.minimum_n
    return {
        stage_id: own[stage_id] if sum(own.get(stage_id, {}).values()) >= few else days
        for stage_id, days in team.items()
    }


def _days_to_win(asked: Asked, scope: Scope) -> dict[StageId, dict[int, int]]:
    facts = states_at(asked.as_of.cutoff, asked.as_of.day(asked.organisation.zone))
    facts = credited_to(asked.session, facts.only(facts.kind == "won"), scope)
    facts = placed_in(facts, asked.year.period)
    reach = DealReachRow.__table__.alias("entered")
    days = days_between(reach.c.reached_on, facts.placed_on)
    found: dict[StageId, dict[int, int]] = {}
    for stage_id, taken, deals in asked.session.execute(
        select(reach.c.stage_id, days, func.count())
        .select_from(facts.lean.join(reach, reach.c.deal_id == facts.deal_id))
        .where(*facts.where, reach.c.reached_on.is_not(None))
        .group_by(reach.c.stage_id, days)
    ):
        found.setdefault(StageId(stage_id), {})[taken] = deals
    return found


def _needed(
    aim: Aim | None, stages: Sequence[_Stage], rates: Mapping[StageId, Conversion]
) -> Mapping[StageId, Decimal | None]:
    """Return how many deals each stage needs for the aim, in whole deals."""
    if aim is None:
        return {}
    steps = [stage for stage in stages if not stage.is_won]
    used = [rates[one.id].used if one.id in rates else None for one in steps]
    found = dict(zip((one.id for one in steps), backwards(aim.deals, used), strict=True))
    found |= {one.id: aim.deals for one in stages if one.is_won}
    return {stage_id: whole(deals) for stage_id, deals in found.items()}


def _planned(
    asked: Asked,
    rung: Rung,
    needed: Decimal | None,
    aim: Aim | None,
    known: Conversion | None,
    lasting: Mapping[int, int],
) -> Rung:
    """Return ``rung`` with what was worked out; a stage that is agreed in money keeps its own.

    Expected by now is a part of it, or of what was agreed for the stage where that is more.
    """
    is_worked_out = needed is not None and rung.unit is Unit.COUNT
    asked_for = max(needed or Decimal(0), rung.needed or Decimal(0))
    days = median(lasting)
    return replace(
        rung,
        needed=needed if is_worked_out else rung.needed,
        expected=asked_for * asked.elapsed if is_worked_out else rung.expected,
        is_added_up=(aim is not None and aim.is_added_up) if is_worked_out else rung.is_added_up,
        conversion=known,
        days=days,
        days_n=sum(lasting.values()),
        by=latest_entry(asked.period.period, days),
    )


def _bound(lines: Sequence[KpiLine]) -> dict[StageId, KpiLine]:
    found: dict[StageId, KpiLine] = {}
    for metric in reversed(STAGE_METRICS):
        for line in lines:
            stage_id = line.kpi.stage_id
            is_needed = line.target.value is not None or line.below is not None
            if line.kpi.metric is metric and stage_id is not None and is_needed:
                found[stage_id] = line
    return found


def _is_money(line: KpiLine | None) -> bool:
    return line is not None and line.kpi.unit is Unit.MONEY


def _rung(
    stage: _Stage,
    line: KpiLine | None,
    have: Group | None,
    standing: Group | None,
    value: Group | None,
    *,
    elapsed: Decimal,
) -> Rung:
    has = None if have is None else have.value
    currency = None if have is None else have.reading.currency
    if line is not None and has and currency not in {None, line.currency}:
        line = None  # what was agreed in another currency cannot be held against it
    needed = None if line is None else line.target.value
    expected = None if line is None else line.pace.expected
    is_added_up = line is not None and needed is None
    if line is not None and needed is None and line.below is not None:
        needed, expected = line.below, line.below * elapsed
    return Rung(
        stage_id=stage.id,
        stage=stage.name,
        unit=Unit.COUNT if line is None else line.kpi.unit,
        have=Decimal(0) if has is None else has,
        needed=needed,
        expected=expected,
        open_deals=0 if standing is None else standing.n,
        open_value=None if value is None else value.value,
        currency=_currency(line, value),
        kpi_id=None if line is None else line.kpi.id,
        is_added_up=is_added_up,
        agreed=None if line is None else line.target.value,
        is_won=stage.is_won,
    )


def _currency(line: KpiLine | None, value: Group | None) -> str | None:
    if line is not None and line.currency is not None:
        return line.currency
    return None if value is None else value.reading.currency


def _stages(session: Session) -> dict[tuple[PipelineId, str], list[_Stage]]:
    """Return the open and won stages of every pipeline, in their order."""
    rows = session.execute(
        select(PipelineRow.id, PipelineRow.name, StageRow.id, StageRow.name, StageRow.kind)
        .join(StageRow, StageRow.pipeline_id == PipelineRow.id)
        .where(StageRow.kind != "lost")
        .order_by(PipelineRow.id, StageRow.position, StageRow.id)
    )
    found: dict[tuple[PipelineId, str], list[_Stage]] = {}
    for pipeline_id, pipeline, stage_id, stage, kind in rows:
        one = _Stage(StageId(stage_id), stage, is_won=kind == "won")
        found.setdefault((PipelineId(pipeline_id), pipeline), []).append(one)
    return found
