"""The deals of a pack: open, won, lost, what they lack, and what became of those at each stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from spm.domain.analytics.waterfall import slippage as slipped_of
from spm.domain.analytics.waterfall import waterfalls
from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.packs.choice import largest, longest_past
from spm.domain.packs.content import (
    MOST_NAMED,
    MOST_OPEN,
    Deals,
    FallBar,
    Hygiene,
    Outlook,
    OutlookStage,
    PackDeal,
    Passage,
    PipelineFall,
    Slippage,
)
from spm.domain.period import AsOf, Period
from spm.domain.pipeline.history import FOREVER
from spm.models.organisation import MembershipRow
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealReachRow,
    DealRow,
    DealStateRow,
    StageRow,
)
from spm.queries.analytics.waterfall import compared, pushes

MOST_PAST = 5
"""Deals past their expected close that a pack names."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the deals of a person or a team are read for.

    Attributes:
        scope: Who is credited: a person, or who belonged to a team on the day.
        teams: The team and those below it; empty for a person.
        period: The pack's period.
        cutoff: What is dated before it counts.
        open_cutoff: The same for what stands open: the end of the period at the latest.
        open_day: The last business date before ``open_cutoff``.
    """

    scope: Scope
    teams: tuple[int, ...]
    period: Period
    cutoff: datetime
    open_cutoff: datetime
    open_day: date

    def credited(
        self, owner: ColumnElement[int] | Any, on: ColumnElement[Any] | Any
    ) -> ColumnElement[bool]:
        """Return the condition under which what ``owner`` did on a day counts."""
        if self.scope.kind is ScopeKind.REP:
            mine: ColumnElement[bool] = owner == self.scope.id
            return mine
        return exists().where(
            MembershipRow.person_id == owner,
            MembershipRow.team_id.in_(self.teams),
            MembershipRow.start_on <= on,
            MembershipRow.end_on > on,
        )

    @property
    def states(self) -> ColumnElement[bool]:
        """Return the condition under which a state's deal counts: by the close, else by the last day."""
        on = func.coalesce(DealStateRow.closed_on, literal(self.open_day, Date))
        return self.credited(DealStateRow.credited_owner_id, on)


@dataclass(frozen=True, slots=True)
class _State:
    """A deal as it stood; ``is_present`` while nothing has happened to it since."""

    deal: PackDeal
    is_present: bool


def open_deals(
    session: Session, organisation: Organisation, known: Known
) -> tuple[Deals, Hygiene, int]:
    """Return the open deals, the largest first, what they lack, and how many pushes of theirs in the
    period led into a later fiscal quarter.
    """
    rows = _states(session, known, DealStateRow.stage_kind == "open", known.open_cutoff)
    states = [_state(row, is_open=True) for row in rows]
    deals = [state.deal for state in states]
    past = [d for d in deals if d.expected_on is not None and d.expected_on < known.open_day]
    ids = [DealId(deal.id) for deal in deals]
    pushed = pushes(session, organisation, ids, known.period, AsOf(known.cutoff))
    is_past = any(not state.is_present for state in states)
    hygiene = Hygiene(
        past_close=longest_past(past, MOST_PAST),
        undated=sum(deal.expected_on is None for deal in deals),
        unpriced=sum(deal.amount is None for deal in deals),
        stepless=None if is_past else sum(not deal.words for deal in deals),
        pushed=len(pushed),
        pushes=sum(one.pushes for one in pushed.values()),
    )
    crossings = sum(one.crossings for one in pushed.values())
    return largest(deals, MOST_OPEN), hygiene, crossings


def closed_deals(session: Session, known: Known) -> tuple[Deals, Deals]:
    """Return the deals won and the deals lost in the period, the largest first."""
    found: dict[str, list[PackDeal]] = {"won": [], "lost": []}
    within = and_(
        DealStateRow.stage_kind.in_(tuple(found)),
        DealStateRow.closed_on >= known.period.start,
        DealStateRow.closed_on < known.period.end,
    )
    for row in _states(session, known, within, known.cutoff):
        found[row[0].stage_kind].append(_state(row, is_open=False).deal)
    return largest(found["won"], MOST_NAMED), largest(found["lost"], MOST_NAMED)


def find_recorded_until(session: Session, known: Known) -> datetime | None:
    """Return when the newest change of these deals was recorded; None without any."""
    mine = select(DealStateRow.deal_id).where(*_held(known.cutoff), known.states)
    return session.scalar(
        select(func.max(DealEventRow.recorded_at)).where(DealEventRow.deal_id.in_(mine))
    )


def passages(session: Session, known: Known) -> Mapping[PipelineId, tuple[Passage, ...]]:
    """Return, for each pipeline, what became of the deals that came to its open stages.

    The cohort of a stage is the deals of the person or team whose first reach of it lies in the period; a deal
    has gone on when it has reached the stage that follows, or for the last one when it is won.
    """
    stages = _ladders(session)
    reached = _reached(session, known)
    if not reached:
        return {}
    cohorts: dict[int, set[int]] = defaultdict(set)
    for deal_id, stage_id in _cohort(session, known):
        cohorts[stage_id].add(deal_id)
    still_open = set(
        session.scalars(
            select(DealStateRow.deal_id).where(
                *_held(known.cutoff),
                DealStateRow.stage_kind == "open",
                DealStateRow.deal_id.in_(_cohort_deals(known)),
            )
        )
    )
    found: dict[PipelineId, tuple[Passage, ...]] = {}
    for pipeline_id, steps in stages.items():
        made = tuple(
            _passage(
                stage.name, cohorts.get(stage.id, set()), reached.get(after, set()), still_open
            )
            for stage, after in steps
        )
        if any(passage.entered for passage in made):
            found[pipeline_id] = made
    return found


@dataclass(frozen=True, slots=True)
class _Stage:
    id: int
    name: str


def _passage(name: str, cohort: set[int], went_on: set[int], still_open: set[int]) -> Passage:
    advanced = cohort & went_on
    return Passage(name, len(cohort), len(advanced), len((cohort - advanced) & still_open))


def _ladders(session: Session) -> dict[PipelineId, list[tuple[_Stage, int | None]]]:
    """Return the open stages of each pipeline, each with the stage whose reach means going on."""
    rows = session.execute(
        select(StageRow.pipeline_id, StageRow.id, StageRow.name, StageRow.kind)
        .where(StageRow.kind.in_(("open", "won")))
        .order_by(StageRow.pipeline_id, StageRow.kind, StageRow.position)
    ).all()
    found: dict[PipelineId, list[tuple[_Stage, int | None]]] = {}
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        if row.kind == "open":
            is_same = following is not None and following.pipeline_id == row.pipeline_id
            after = following.id if following is not None and is_same else None
            steps = found.setdefault(PipelineId(row.pipeline_id), [])
            steps.append((_Stage(row.id, row.name), after))
    return found


def _cohort(session: Session, known: Known) -> Iterable[tuple[int, int]]:
    rows = session.execute(_came(known))
    return [(row.deal_id, row.stage_id) for row in rows]


def _cohort_deals(known: Known) -> Select[tuple[int]]:
    return select(_came(known).subquery().c.deal_id)


def _came(known: Known) -> Select[tuple[int, int]]:
    """The reaches in the period."""
    return (
        select(DealReachRow.deal_id, DealReachRow.stage_id)
        .join(StageRow, StageRow.id == DealReachRow.stage_id)
        .where(
            known.credited(DealReachRow.owner_id, DealReachRow.reached_on),
            StageRow.kind == "open",
            DealReachRow.reached_on >= known.period.start,
            DealReachRow.reached_on < known.period.end,
            DealReachRow.reached_at < known.cutoff,
        )
    )


def _reached(session: Session, known: Known) -> dict[int | None, set[int]]:
    """Return which deals of the cohorts reached each stage before the cut-off, whenever."""
    rows = session.execute(
        select(DealReachRow.stage_id, DealReachRow.deal_id)
        .join(DealRow, DealRow.id == DealReachRow.deal_id)
        .where(
            DealReachRow.deal_id.in_(_cohort_deals(known)),
            or_(
                DealReachRow.reached_at < known.cutoff,
                and_(DealReachRow.reached_at.is_(None), DealRow.created_at < known.cutoff),
            ),
        )
    )
    found: dict[int | None, set[int]] = defaultdict(set)
    for stage_id, deal_id in rows:
        found[stage_id].add(deal_id)
    return found


def _held(cutoff: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DealStateRow.from_at < cutoff, DealStateRow.to_at >= cutoff


def _states(
    session: Session, known: Known, which: ColumnElement[bool], cutoff: datetime
) -> Iterable[tuple[DealStateRow, DealRow, str, str | None]]:
    rows = session.execute(
        select(DealStateRow, DealRow, StageRow.name, AccountRow.name)
        .join(DealRow, DealRow.id == DealStateRow.deal_id)
        .join(StageRow, StageRow.id == DealStateRow.stage_id)
        .outerjoin(AccountRow, AccountRow.id == DealStateRow.account_id)
        .where(*_held(cutoff), known.states, which)
        .order_by(DealStateRow.deal_id)
    )
    return [(state, deal, stage, account) for state, deal, stage, account in rows]


def _state(row: tuple[DealStateRow, DealRow, str, str | None], *, is_open: bool) -> _State:
    state, deal, stage, account = row
    is_present = state.to_at >= FOREVER
    words = deal.next_step if is_open else deal.loss_reason
    return _State(
        PackDeal(
            id=deal.id,
            name=deal.name,
            account=account or "",
            stage=stage,
            amount=None
            if state.amount_minor is None
            else Money(state.currency, state.amount_minor),
            opened_on=state.opened_on,
            closed_on=state.closed_on,
            expected_on=state.expected_close_on,
            words=words if is_present else "",
        ),
        is_present,
    )


def falls(
    session: Session, organisation: Organisation, known: Known, crossings: int
) -> tuple[tuple[PipelineFall, ...], Slippage]:
    """Return how the open pipeline became what it is since the period began, the organisation's own
    currency first, and what was to close in the period and did not.
    """
    begin = AsOf(organisation.start_of(known.period.start))
    deals = compared(session, organisation, known.scope, begin, AsOf(known.open_cutoff))
    found = sorted(
        waterfalls(deals), key=lambda fall: (fall.currency != organisation.currency, fall.currency)
    )
    is_over = known.open_cutoff >= organisation.start_of(known.period.end)
    slipped = slipped_of(deals, known.period, is_over=is_over)
    return tuple(
        PipelineFall(
            Money(fall.currency, fall.start.minor),
            fall.start.deals,
            tuple(
                FallBar(
                    bar.cause.value, Money(fall.currency, bar.minor), len(bar.changes), bar.unpriced
                )
                for bar in fall.bars
            ),
            Money(fall.currency, fall.end.minor),
            fall.end.deals,
        )
        for fall in found
    ), Slippage(
        slipped.baseline,
        slipped.slipped,
        _one_currency(slipped.baseline_minor),
        _one_currency(slipped.slipped_minor),
        crossings,
    )


def _one_currency(worth: tuple[tuple[str, int], ...]) -> Money | None:
    return Money(*worth[0]) if len(worth) == 1 else None


def outlook(
    session: Session,
    organisation: Organisation,
    known: Known,
    coming: Period,
    target: Money | None,
) -> Outlook:
    """Return what the open deals that are expected to close in ``coming`` promise."""
    within = and_(
        DealStateRow.stage_kind == "open",
        DealStateRow.expected_close_on >= coming.start,
        DealStateRow.expected_close_on < coming.end,
    )
    rows = list(_states(session, known, within, known.open_cutoff))
    home = organisation.currency
    by_stage: dict[int, list[PackDeal]] = defaultdict(list)
    others = 0
    for row in rows:
        if row[0].currency == home:
            by_stage[row[0].stage_id].append(_state(row, is_open=True).deal)
        else:
            others += 1
    stages = session.execute(
        select(StageRow.id, StageRow.name, StageRow.probability_bp)
        .where(StageRow.id.in_(by_stage))
        .order_by(StageRow.pipeline_id, StageRow.position)
    )
    made = tuple(
        _outlook_stage(name, probability, by_stage[stage_id], home)
        for stage_id, name, probability in stages
    )
    deals = [deal for some in by_stage.values() for deal in some]
    weighted = sum(stage.weighted.minor for stage in made if stage.weighted is not None)
    missing = None if target is None else Money(home, max(target.minor - weighted, 0))
    return Outlook(
        stages=made,
        worth=Money(home, sum(deal.amount.minor for deal in deals if deal.amount is not None)),
        weighted=Money(home, weighted),
        target=target,
        to_create=missing,
        deals=largest(deals, MOST_PAST),
        others=others,
    )


def _outlook_stage(
    name: str, probability_bp: int | None, deals: list[PackDeal], home: str
) -> OutlookStage:
    amounts = [deal.amount.minor for deal in deals if deal.amount is not None]
    probability = Decimal(probability_bp or 0) / 10_000
    weighted = (sum(amounts) * probability).quantize(Decimal(1), ROUND_HALF_EVEN)
    return OutlookStage(
        name,
        probability,
        len(deals),
        Money(home, sum(amounts)) if amounts else None,
        Money(home, int(weighted)) if amounts else None,
    )


def open_counts(session: Session, known: Known) -> Mapping[PersonId, int]:
    """Return how many open deals each person has who counts."""
    rows = session.execute(
        select(DealStateRow.credited_owner_id, func.count())
        .where(*_held(known.open_cutoff), DealStateRow.stage_kind == "open", known.states)
        .group_by(DealStateRow.credited_owner_id)
    )
    return {PersonId(person_id): count for person_id, count in rows}
