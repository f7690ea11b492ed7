"""What waits for somebody: the next acts beside a scorecard. As things stand now, not as of then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from spm.domain.analytics.scorecard import TeamScorecard
from spm.domain.ids import PersonId, TeamId
from spm.domain.targets.kpi import KpiState
from spm.domain.targets.state import TargetState
from spm.models.organisation import MembershipRow
from spm.models.pipeline import DealRow, StageRow
from spm.models.targets import KpiRow, TargetRow
from spm.queries.targets.owners import Tree


@dataclass(frozen=True, slots=True)
class NextAct:
    """Something to do: a code that has words, and how many of it."""

    code: str
    n: int

    @property
    def facts(self) -> Mapping[str, object]:
        """What fills the words' blanks."""
        return {"n": self.n}


def of_person(session: Session, person_id: PersonId, today: date) -> tuple[NextAct, ...]:
    """Return what waits for a person, the most pressing first; empty where nothing does."""
    (waiting,) = _targets(session, (person_id,), (TargetState.SET,), today)
    return _some(
        ("next.accept", waiting),
        *_deals(session, DealRow.owner_id == person_id, today),
    )


def of_team(session: Session, card: TeamScorecard, today: date) -> tuple[NextAct, ...]:
    """Return what waits for whoever leads a team, the most pressing first.

    Targets are those of the team's own people; deals those of the teams below as well, as the list
    of deals shows them.
    """
    people = [row.subject.person_id for row in card.rows if row.subject.person_id is not None]
    teams = [row.subject.team_id for row in card.rows if row.subject.person_id is None]
    headline = card.headline
    without = (
        0
        if headline is None
        else sum(
            row.cells[headline].target.value is None
            for row in card.rows
            if row.subject.person_id is not None
        )
    )
    drafts = session.scalar(
        select(func.count()).where(
            KpiRow.state == KpiState.DRAFT.value,
            KpiRow.team_id.in_([card.subject.team_id, *teams]),
        )
    )
    states = (TargetState.OBJECTED, TargetState.SET)
    objected, unanswered = _targets(session, people, states, today)
    return _some(
        ("next.objections", objected),
        ("next.unanswered", unanswered),
        ("next.without-target", without if card.elapsed < 1 else 0),
        *_deals(session, _owned_in(session, card.subject.team_id, today), today),
        ("next.drafts", drafts or 0),
    )


def _some(*counted: tuple[str, int]) -> tuple[NextAct, ...]:
    return tuple(NextAct(code, n) for code, n in counted if n)


def _targets(
    session: Session, people: Collection[PersonId], states: Sequence[TargetState], today: date
) -> tuple[int, ...]:
    """Return how many targets of ``people`` are in each of ``states``, in their order.

    Of KPIs that are in use, and of periods that are not over.
    """
    numbers = (func.count().filter(TargetRow.state == state.value) for state in states)
    return tuple(
        session.execute(
            select(*numbers)
            .join(KpiRow, KpiRow.id == TargetRow.kpi_id)
            .where(
                KpiRow.state == KpiState.ACTIVE.value,
                TargetRow.person_id.in_(people),
                TargetRow.state.in_([state.value for state in states]),
                TargetRow.period_end > today,
            )
        ).one()
    )


def _owned_in(session: Session, team_id: TeamId | None, today: date) -> ColumnElement[bool] | None:
    """What the list of deals takes for a team's: of who belongs to it, or to one below it, today."""
    if team_id is None:
        return None
    members = select(MembershipRow.person_id).where(
        MembershipRow.team_id.in_(Tree(session).below(team_id)),
        MembershipRow.start_on <= today,
        MembershipRow.end_on > today,
    )
    return DealRow.owner_id.in_(members)


def _deals(
    session: Session, whose: ColumnElement[bool] | None, today: date
) -> tuple[tuple[str, int], ...]:
    conditions = (
        DealRow.expected_close_on < today,
        # Said out, and not as a parameter: so SQLite sees that an index is about these deals only.
        DealRow.next_step == literal_column("''"),
        DealRow.amount_minor.is_(None),
    )
    if whose is None:
        # Everybody's are many, and each of the three counts has an index of its own.
        stages = session.scalars(select(StageRow.id).where(StageRow.kind == "open")).all()
        counts = (
            select(func.count()).where(DealRow.stage_id.in_(stages), one).scalar_subquery()
            for one in conditions
        )
        found = session.execute(select(*counts)).one()
    else:
        numbers = (func.count().filter(one) for one in conditions)
        found = session.execute(_open(whose).with_only_columns(*numbers)).one()
    past, without_step, without_amount = found
    return (
        ("next.past-close", past),
        ("next.no-step", without_step),
        ("next.no-amount", without_amount),
    )


def _open(whose: ColumnElement[bool]) -> Select[Any]:
    return (
        select(DealRow.id)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .where(StageRow.kind == "open", whose)
    )
