"""The deals of a pack: open, won, lost, what they lack, and what became of those at each stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from spm.domain.ids import PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.packs.choice import largest, longest_past
from spm.domain.packs.content import (
    MOST_NAMED,
    MOST_OPEN,
    Deals,
    Hygiene,
    PackDeal,
    Passage,
)
from spm.domain.period import Period
from spm.domain.pipeline.history import FOREVER
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealReachRow,
    DealRow,
    DealStateRow,
    StageRow,
)

MOST_PAST = 5
"""Deals past their expected close that a pack names."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a person's deals are read for.

    Attributes:
        person_id: Who is credited.
        period: The pack's period.
        cutoff: What is dated before it counts.
        open_cutoff: The same for what stands open: the end of the period at the latest.
        open_day: The last business date before ``open_cutoff``.
    """

    person_id: PersonId
    period: Period
    cutoff: datetime
    open_cutoff: datetime
    open_day: date


@dataclass(frozen=True, slots=True)
class _State:
    """A deal as it stood; ``is_present`` while nothing has happened to it since."""

    deal: PackDeal
    is_present: bool


def open_deals(session: Session, known: Known) -> tuple[Deals, Hygiene]:
    """Return the open deals, the largest first, and what they lack."""
    rows = _states(session, known, DealStateRow.stage_kind == "open", known.open_cutoff)
    states = [_state(row, is_open=True) for row in rows]
    deals = [state.deal for state in states]
    past = [d for d in deals if d.expected_on is not None and d.expected_on < known.open_day]
    pushed, pushes = _pushes(session, known)
    is_past = any(not state.is_present for state in states)
    hygiene = Hygiene(
        past_close=longest_past(past, MOST_PAST),
        undated=sum(deal.expected_on is None for deal in deals),
        unpriced=sum(deal.amount is None for deal in deals),
        stepless=None if is_past else sum(not deal.words for deal in deals),
        pushed=pushed,
        pushes=pushes,
    )
    return largest(deals, MOST_OPEN), hygiene


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


def find_recorded_until(session: Session, person_id: PersonId, cutoff: datetime) -> datetime | None:
    """Return when the newest change of the person's deals was recorded; None without any."""
    mine = _mine(person_id, cutoff)
    return session.scalar(
        select(func.max(DealEventRow.recorded_at)).where(DealEventRow.deal_id.in_(mine))
    )


def passages(session: Session, known: Known) -> Mapping[PipelineId, tuple[Passage, ...]]:
    """Return, for each pipeline, what became of the deals that came to its open stages.

    The cohort of a stage is the person's deals whose first reach of it lies in the period; a deal
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
    for row, following in zip(rows, [*rows[1:], None], strict=True):
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
    """The reaches of the person in the period."""
    return (
        select(DealReachRow.deal_id, DealReachRow.stage_id)
        .join(StageRow, StageRow.id == DealReachRow.stage_id)
        .where(
            DealReachRow.owner_id == known.person_id,
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


def _pushes(session: Session, known: Known) -> tuple[int, int]:
    """Return how many open deals had their expected close moved later in the period, and how often."""
    mine = select(DealStateRow.deal_id).where(
        *_held(known.open_cutoff),
        DealStateRow.stage_kind == "open",
        DealStateRow.credited_owner_id == known.person_id,
    )
    rows = session.execute(
        select(DealEventRow.deal_id, DealEventRow.occurred_on, DealEventRow.expected_close_on)
        .where(
            DealEventRow.deal_id.in_(mine),
            DealEventRow.kind.in_(("created", "close_date")),
            or_(DealEventRow.occurred_at.is_(None), DealEventRow.occurred_at < known.cutoff),
        )
        .order_by(
            DealEventRow.deal_id,
            DealEventRow.occurred_at.is_not(None),
            DealEventRow.occurred_at,
            DealEventRow.id,
        )
    )
    expected: dict[int, date | None] = {}
    pushed: set[int] = set()
    pushes = 0
    for deal_id, on, close_on in rows:
        before = expected.get(deal_id)
        is_later = before is not None and close_on is not None and close_on > before
        if is_later and on is not None and on in known.period:
            pushed.add(deal_id)
            pushes += 1
        expected[deal_id] = close_on
    return len(pushed), pushes


def _held(cutoff: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DealStateRow.from_at < cutoff, DealStateRow.to_at >= cutoff


def _mine(person_id: PersonId, cutoff: datetime) -> Select[tuple[int]]:
    return select(DealStateRow.deal_id).where(
        *_held(cutoff), DealStateRow.credited_owner_id == person_id
    )


def _states(
    session: Session, known: Known, which: ColumnElement[bool], cutoff: datetime
) -> Iterable[tuple[DealStateRow, DealRow, str, str | None]]:
    rows = session.execute(
        select(DealStateRow, DealRow, StageRow.name, AccountRow.name)
        .join(DealRow, DealRow.id == DealStateRow.deal_id)
        .join(StageRow, StageRow.id == DealStateRow.stage_id)
        .outerjoin(AccountRow, AccountRow.id == DealStateRow.account_id)
        .where(*_held(cutoff), DealStateRow.credited_owner_id == known.person_id, which)
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
