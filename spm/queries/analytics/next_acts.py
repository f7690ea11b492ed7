"""What waits for somebody: the next acts beside a scorecard. As things stand now, not as of then."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from spm.domain.analytics.scorecard import TeamScorecard
from spm.domain.ids import PersonId
from spm.domain.targets.kpi import KpiState
from spm.domain.targets.state import TargetState
from spm.models.pipeline import DealRow, StageRow
from spm.models.targets import KpiRow, TargetRow


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
    people = (person_id,)
    return _some(
        ("next.accept", _targets(session, people, TargetState.SET, today)),
        *_deals(session, people, today),
    )


def of_team(session: Session, card: TeamScorecard, today: date) -> tuple[NextAct, ...]:
    """Return what waits for whoever leads a team, the most pressing first."""
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
    return _some(
        ("next.objections", _targets(session, people, TargetState.OBJECTED, today)),
        ("next.unanswered", _targets(session, people, TargetState.SET, today)),
        ("next.without-target", without if card.elapsed < 1 else 0),
        *_deals(session, people, today),
        ("next.drafts", drafts or 0),
    )


def _some(*counted: tuple[str, int]) -> tuple[NextAct, ...]:
    return tuple(NextAct(code, n) for code, n in counted if n)


def _targets(
    session: Session, people: Collection[PersonId], state: TargetState, today: date
) -> int:
    found = session.scalar(
        select(func.count()).where(
            TargetRow.person_id.in_(people),
            TargetRow.state == state.value,
            TargetRow.period_end > today,
        )
    )
    return found or 0


def _deals(
    session: Session, people: Collection[PersonId], today: date
) -> tuple[tuple[str, int], ...]:
    past, without_step, without_amount = session.execute(
        _open(people).with_only_columns(
            _number(DealRow.expected_close_on < today),
            _number(DealRow.next_step == ""),
            _number(DealRow.amount_minor.is_(None)),
        )
    ).one()
    return (
        ("next.past-close", past),
        ("next.no-step", without_step),
        ("next.no-amount", without_amount),
    )


def _open(people: Collection[PersonId]) -> Select[Any]:
    return (
        select(DealRow.id)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .where(StageRow.kind == "open", DealRow.owner_id.in_(people))
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)
