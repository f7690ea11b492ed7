"""The stage ladder: what reached each stage, what stands there, and what was needed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.analytics.ladder import Aim, Ladder, Rung, ladder
from spm.domain.analytics.scorecard import KpiLine
from spm.domain.analytics.stageplan import (
    Conversion,
    backwards,
    conversion,
    deals_for,
    latest_entry,
    mean_size,
    shares,
    shrunk,
    whole,
)
from spm.domain.ids import PipelineId, StageId
from spm.domain.metrics.arithmetic import Tally, median, reading
from spm.domain.metrics.figure import Group, Question, Reading, Scope
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, of_dates
from spm.domain.ratio import quotient
from spm.domain.targets.comparison import comparable
from spm.models.pipeline import PipelineRow, StageRow
from spm.queries.metrics.cells import CYCLE
from spm.queries.metrics.counted import twelve_months_to
from spm.queries.metrics.facts import credited_to, cycles, placed_in
from spm.queries.metrics.figures import figure
from spm.queries.metrics.rolled import Wanted, rolled
from spm.queries.metrics.tallies import tallies


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


def ladders(asked: Asked, lines: Sequence[KpiLine]) -> tuple[Ladder, ...]:
    """Return a ladder per pipeline in which something happened, stands, or was due; in their order.

    ``lines`` are the card's: those bound to a stage say what was agreed there, the one of won deals
    or won revenue what the stages are worked out from. For a team without a target of its own it is
    what those below it need.
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
    won = {
        pipeline_id: [one.id for one in stages if one.is_won]
        for (pipeline_id, _), stages in there.items()
    }
    aims = _aims(asked, lines, won)
    rates = _conversions(asked) if there else {}
    lasting = _lasting(asked) if there else {}
    found = []
    for (pipeline_id, pipeline), stages in there.items():
        aim = aims.get(pipeline_id)
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


@dataclass(frozen=True, slots=True)
class _Won:
    """The deals of a year that were won in one pipeline: how many, and what they were worth."""

    deals: int
    size: Reading


def _aims(
    asked: Asked, lines: Sequence[KpiLine], won: Mapping[PipelineId, Collection[StageId]]
) -> Mapping[PipelineId, Aim]:
    """Return what the stages of each pipeline are for: the target in won deals, else in revenue.

    Where deals run through several pipelines, each takes the share of them that was won there; one
    in which nothing was won in a year takes none and has no aim.
    """
    line = _headline(lines)
    if line is None:
        return {}
    target = line.target.value if line.target.value is not None else line.below
    own = _won(asked, asked.scope, won)
    team = None if asked.beside is None else _won(asked, asked.beside, won)
    known = shares(
        {key: one.deals for key, one in own.items()},
        None if team is None else {key: one.deals for key, one in team.items()},
    )
    if len(won) == 1:
        known = dict.fromkeys(won, Decimal(1))
    parts = {key: share for key, share in known.items() if share is not None and share > 0}
    is_money = line.kpi.metric is MetricId.WON_REVENUE
    size = _size(line, parts, own, team) if is_money else None
    deals = deals_for(target or Decimal(0), size) if is_money else target
    if deals is None or target is None:
        return {}
    reached = comparable(line.actual, line.target, line.currency) or 0
    everything = sum(one.deals for one in own.values())
    return {
        key: Aim(
            kpi=line.kpi.name,
            unit=line.kpi.unit,
            target=target,
            deals=deals * share,
            currency=line.currency,
            size=size,
            share=share,
            own=(own[key].deals, everything),
            is_added_up=line.target.value is None,
            is_reached=reached >= target,
        )
        for key, share in parts.items()
    }


def _headline(lines: Sequence[KpiLine]) -> KpiLine | None:
    """Return the line whose target the stages are worked out from."""
    for metric in (MetricId.WON_DEALS, MetricId.WON_REVENUE):
        for line in lines:
            target = line.target.value if line.target.value is not None else line.below
            if line.kpi.metric is metric and target is not None and target > 0:
                return line
    return None


def _size(
    line: KpiLine,
    parts: Mapping[PipelineId, Decimal],
    own: Mapping[PipelineId, _Won],
    team: Mapping[PipelineId, _Won] | None,
) -> Decimal | None:
    """Return the average won deal over the pipelines; None where it is unknown.

    So it is where deals were won in a currency other than the target's.
    """
    sizes: dict[PipelineId, Decimal | None] = {}
    for key in parts:
        both = (own[key].size, None if team is None else team[key].size)
        currencies = {one.currency for one in both if one and one.value is not None}
        if currencies != {line.currency}:
            return None
        sizes[key] = shrunk(*both)
    return mean_size(parts, sizes) if parts else None


def _won(
    asked: Asked, scope: Scope, stages: Mapping[PipelineId, Collection[StageId]]
) -> Mapping[PipelineId, _Won]:
    """Return what was won in each pipeline in a year."""
    counted = asked.by_stage(MetricId.WON_DEALS, scope, asked.year)
    sized = asked.by_stage(MetricId.AVERAGE_DEAL_SIZE, scope, asked.year)
    found = {}
    for key, won in stages.items():
        parts = [sized[one].reading for one in won if one in sized]
        deals = sum(counted[one].n for one in won if one in counted)
        found[key] = _Won(deals, _joint(parts, asked.organisation.currency))
    return found


def _joint(parts: Sequence[Reading], currency: str) -> Reading:
    """Return the average over several won stages; unknown where their currencies differ."""
    known = [one for one in parts if one.value is not None]
    currencies = {one.currency for one in known}
    above = sum((one.numerator or Decimal(0) for one in known), Decimal(0))
    below = sum((one.denominator or Decimal(0) for one in known), Decimal(0))
    is_one = len(currencies) == 1 and len(known) == len(parts)
    return Reading(
        unit=Unit.MONEY,
        value=quotient(above, below) if is_one else None,
        currency=currencies.pop() if is_one else currency,
        numerator=above,
        denominator=below,
        n=int(below),
    )


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
    own = days_to_win(asked, asked.scope)
    if asked.beside is None:
        return own
    team = days_to_win(asked, asked.beside)
    few = asked.organisation.minimum_n
    return {
        stage_id: own[stage_id] if sum(own.get(stage_id, {}).values()) >= few else days
        for stage_id, days in team.items()
    }


def days_to_win(asked: Asked, scope: Scope) -> dict[StageId, Mapping[int, int]]:
    """Return per stage how many of the deals won in a year took how many days from there to the win."""
    question = Question(MetricId.WON_DEALS, scope, asked.as_of, asked.year)
    wanted = Wanted(CYCLE, (), None, asked.year.period, with_days=True)
    by_stage = Dimension.STAGE
    known = rolled(asked.session, asked.organisation, question, by_stage, wanted)
    if known is not None:
        tallied = known[0]
    else:
        facts = cycles(asked.as_of.cutoff, asked.as_of.day(asked.organisation.zone))
        facts = placed_in(credited_to(asked.session, facts, scope), asked.year.period)
        tallied = tallies(asked.session, facts, by_stage, with_days=True)
    return {
        StageId(stage_id): tally.days
        for stage_id, tally in tallied.items()
        if isinstance(stage_id, int)
    }


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
        agreed_key=None if line is None else line.kpi.key,
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
