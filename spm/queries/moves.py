"""Reads of proposals to move people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, aliased

from spm.domain.access import Actor, Permission, Subject, may, reach
from spm.domain.errors import NotFound
from spm.domain.ids import MoveId, PersonId, TeamId
from spm.domain.moves import Move, MoveState, Place
from spm.domain.organisation import LinkKind
from spm.models.moves import MoveProposalRow
from spm.models.organisation import PersonRow, TeamRow
from spm.queries.access import sees
from spm.queries.organisation.links import links_of

MOST = 200
"""So many proposals are listed, the open ones first."""


@dataclass(frozen=True, slots=True)
class NamedMove:
    """A proposal with the names of all who are in it.

    Attributes:
        from_team, from_manager: Where the person is on the day by what is known; "" where nowhere, and
            where the reader no longer leads them.
        is_foreign: The reader made it and no longer leads the person: what was said of them is left out.
    """

    move: Move
    person: str
    to_team: str
    to_manager: str
    from_team: str
    from_manager: str
    proposer: str
    decider: str
    is_foreign: bool


def moves(session: Session, actor: Actor) -> tuple[NamedMove, ...]:
    """Return the proposals that ``actor`` may know of, and his own; the open ones first, then the newest."""
    covered = sees(reach(actor, Permission.MOVES_VIEW), MoveProposalRow.person_id)
    if actor.person_id is not None:
        covered = or_(covered, MoveProposalRow.proposed_by == actor.person_id)
    return tuple(_named(session, actor, session.execute(_query().where(covered).limit(MOST))))


def get_move(session: Session, actor: Actor, move_id: MoveId) -> NamedMove:
    """Return one proposal.

    Raises:
        NotFound: There is none, or none about somebody whose proposals ``actor`` may see.
    """
    rows = session.execute(_query().where(MoveProposalRow.id == move_id)).all()
    for named in _named(session, actor, rows):
        if may(actor, Permission.MOVES_VIEW, Subject(owner_id=named.move.person_id)):
            return named
    raise NotFound(what="move", id=move_id)


def find_open_move(session: Session, actor: Actor, person_id: PersonId) -> NamedMove | None:
    """Return the proposal about a person that waits; None where there is none that ``actor`` may see."""
    if not may(actor, Permission.MOVES_VIEW, Subject(owner_id=person_id)):
        return None
    is_open = MoveProposalRow.state == MoveState.OPEN.value
    rows = session.execute(_query().where(MoveProposalRow.person_id == person_id, is_open))
    return next(iter(_named(session, actor, rows)), None)


def place_on(session: Session, person_id: PersonId, day: date) -> Place:
    """Return where a person belongs and to whom they report on a day."""
    found = _links(session, person_id, day)
    team, manager = found.get(LinkKind.MEMBERSHIP), found.get(LinkKind.LINE)
    return Place(
        None if team is None else TeamId(team[0]), None if manager is None else PersonId(manager[0])
    )


def _links(session: Session, person_id: PersonId, day: date) -> dict[LinkKind, tuple[int, str]]:
    return {
        kind: (link.target_id, link.target)
        for kind in (LinkKind.MEMBERSHIP, LinkKind.LINE)
        for link in links_of(session, kind, person_id=person_id, day=day)
    }


_PERSON, _MANAGER, _PROPOSER, _DECIDER = (
    aliased(PersonRow, name=name) for name in ("moved", "manager", "proposer", "decider")
)


def _query() -> Any:
    row = MoveProposalRow
    return (
        select(row, _PERSON.name, TeamRow.name, _MANAGER.name, _PROPOSER.name, _DECIDER.name)
        .join(_PERSON, _PERSON.id == row.person_id)
        .join(_PROPOSER, _PROPOSER.id == row.proposed_by)
        .outerjoin(TeamRow, TeamRow.id == row.team_id)
        .outerjoin(_MANAGER, _MANAGER.id == row.manager_id)
        .outerjoin(_DECIDER, _DECIDER.id == row.decided_by)
        .order_by(case((row.state == MoveState.OPEN.value, 0), else_=1), row.id.desc())
    )


def _named(session: Session, actor: Actor, rows: Iterable[Any]) -> Iterable[NamedMove]:
    for row, person, team, manager, proposer, decider in rows:
        move = _record(row)
        is_foreign = not may(actor, Permission.MOVES_VIEW, Subject(owner_id=move.person_id))
        known: dict[LinkKind, tuple[int, str]] = {}
        if is_foreign:
            move = replace(move, reason="", words="")
        elif move.state is MoveState.OPEN:
            known = _links(session, move.person_id, move.day)
        yield NamedMove(
            move,
            person,
            team or "",
            manager or "",
            known.get(LinkKind.MEMBERSHIP, (0, ""))[1],
            known.get(LinkKind.LINE, (0, ""))[1],
            proposer,
            decider or "",
            is_foreign=is_foreign,
        )


def _record(row: MoveProposalRow) -> Move:
    return Move(
        id=MoveId(row.id),
        person_id=PersonId(row.person_id),
        to=Place(
            None if row.team_id is None else TeamId(row.team_id),
            None if row.manager_id is None else PersonId(row.manager_id),
        ),
        day=row.from_on,
        reason=row.reason,
        state=MoveState(row.state),
        proposed_by=PersonId(row.proposed_by),
        proposed_at=row.proposed_at,
        decided_by=None if row.decided_by is None else PersonId(row.decided_by),
        decided_at=row.decided_at,
        words=row.words,
        holds_from=row.holds_on,
        version=row.version,
    )
