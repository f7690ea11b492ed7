"""What became of the deals that came to each stage in a pack's period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from spm.domain.ids import PersonId, PipelineId
from spm.domain.metrics.registry import Unit
from spm.domain.packs.comparison import blurred, may_be_told
from spm.domain.packs.content import FEWEST_DECIDED, Passage
from spm.domain.ratio import quotient
from spm.models.pipeline import DealReachRow, DealRow, DealStateRow, StageRow
from spm.queries.packs.known import Known, held


@dataclass(frozen=True, slots=True)
class Came:
    """The deals that came to a stage in the period, by number.

    Attributes:
        owners: Whose each of them is.
        went_on: Those of them that reached the stage that follows.
        open: Those of them that are open and have not gone on.
    """

    owners: Mapping[int, int] = field(default_factory=dict)
    went_on: frozenset[int] = frozenset()
    open: frozenset[int] = frozenset()

    @property
    def decided(self) -> frozenset[int]:
        """Those that went on or left."""
        return frozenset(self.owners) - self.open

    def is_told(self, person_id: PersonId | None) -> bool:
        """Return whether what was decided is of enough deals and people to be told to somebody."""
        decided = self.decided
        owners = {self.owners[deal_id] for deal_id in decided}
        return len(decided) >= FEWEST_DECIDED and may_be_told(owners, person_id)


@dataclass(frozen=True, slots=True)
class Step:
    """An open stage with the one whose reach means going on; None for none."""

    id: int
    name: str
    expected_days: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The open stages of each pipeline, and what came to each of them."""

    steps: Mapping[PipelineId, Sequence[Step]]
    came: Mapping[int, Came]

    def of(self, step: Step) -> Came:
        """Return what came to a stage."""
        return self.came.get(step.id, Came())


def funnel(session: Session, known: Known) -> Funnel:
    """Return what became of the deals that came to each open stage in the period.

    The cohort of a stage is the deals of the person or team whose first reach of it lies in the
    period; a deal has gone on when it has reached the stage that follows, or for the last one when
    it is won.
    """
    steps = _steps(session)
    cohorts: dict[int, dict[int, int]] = defaultdict(dict)
    for deal_id, stage_id, owner_id in session.execute(_came(known)):
        cohorts[stage_id][deal_id] = owner_id
    if not cohorts:
        return Funnel(steps, {})
    reached = _reached(session, known)
    still_open = frozenset(
        session.scalars(
            select(DealStateRow.deal_id).where(
                *held(known.cutoff),
                DealStateRow.stage_kind == "open",
                DealStateRow.deal_id.in_(_cohort_deals(known)),
            )
        )
    )
    came: dict[int, Came] = {}
    for step in (step for there in steps.values() for step in there):
        owners = cohorts.get(step.id, {})
        went_on = frozenset(owners) & reached.get(step.after, set())
        came[step.id] = Came(owners, went_on, (frozenset(owners) - went_on) & still_open)
    return Funnel(steps, came)


def passages(
    own: Funnel, team: Funnel | None, person_id: PersonId | None
) -> Mapping[PipelineId, tuple[Passage, ...]]:
    """Return what became of the deals, for each pipeline that any came to, with the team's rates."""
    found: dict[PipelineId, tuple[Passage, ...]] = {}
    for pipeline_id, steps in own.steps.items():
        made = tuple(
            Passage(
                step.name,
                len(came.owners),
                len(came.went_on),
                len(came.open),
                None if team is None else _team_rate(team.of(step), person_id),
            )
            for step, came in ((step, own.of(step)) for step in steps)
        )
        if any(passage.entered for passage in made):
            found[pipeline_id] = made
    return found


def _team_rate(came: Came, person_id: PersonId | None) -> Decimal | None:
    """Return at what rate the team's deals went on; None where it is not told."""
    if not came.is_told(person_id):
        return None
    rate = quotient(Decimal(len(came.went_on)), Decimal(len(came.decided)))
    return None if rate is None else blurred(rate, Unit.RATIO)


def _steps(session: Session) -> dict[PipelineId, list[Step]]:
    rows = session.execute(
        select(
            StageRow.pipeline_id, StageRow.id, StageRow.name, StageRow.expected_days, StageRow.kind
        )
        .where(StageRow.kind.in_(("open", "won")))
        .order_by(StageRow.pipeline_id, StageRow.kind, StageRow.position)
    ).all()
    found: dict[PipelineId, list[Step]] = {}
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        if row.kind == "open":
            is_same = following is not None and following.pipeline_id == row.pipeline_id
            after = following.id if following is not None and is_same else None
            step = Step(row.id, row.name, row.expected_days, after)
            found.setdefault(PipelineId(row.pipeline_id), []).append(step)
    return found


def _cohort_deals(known: Known) -> Select[tuple[int]]:
    return select(_came(known).subquery().c.deal_id)


def _came(known: Known) -> Select[tuple[int, int, int]]:
    """The reaches in the period."""
    return (
        select(DealReachRow.deal_id, DealReachRow.stage_id, DealReachRow.owner_id)
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
