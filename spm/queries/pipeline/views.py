"""Saved views of the list of deals: one's own, and those published to one's team."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.errors import NotFound
from spm.domain.ids import TeamId, ViewId
from spm.models.organisation import MembershipRow, PersonRow, TeamRow
from spm.models.pipeline import SavedViewRow


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list of deals to come back to.

    Attributes:
        question: What it asks, as the address says it: ``status=open&sort=-amount``.
        owner: The name of whoever saved it.
        team: The team that it is published to; None where it is private.
    """

    id: ViewId
    name: str
    question: str
    owner: str
    is_own: bool
    team: str | None
    team_id: TeamId | None
    version: int


def views_in_sight(session: Session, actor: Actor, today: date) -> tuple[SavedView, ...]:
    """Return the views of the actor and those published to a team of today's, own ones first, by name."""
    if actor.person_id is None:
        return ()
    teams = [team_id for team_id, _name in own_teams(session, actor, today)]
    published = SavedViewRow.team_id.in_(teams) if teams else false()
    is_own = SavedViewRow.owner_id == actor.person_id
    rows = session.execute(
        select(SavedViewRow, PersonRow.name, TeamRow.name)
        .join(PersonRow, PersonRow.id == SavedViewRow.owner_id)
        .outerjoin(TeamRow, TeamRow.id == SavedViewRow.team_id)
        .where(or_(is_own, published))
        .order_by(is_own.desc(), SavedViewRow.name_key, SavedViewRow.id)
    )
    return tuple(
        SavedView(
            ViewId(row.id),
            row.name,
            row.question,
            owner,
            row.owner_id == actor.person_id,
            team,
            None if row.team_id is None else TeamId(row.team_id),
            row.version,
        )
        for row, owner, team in rows
    )


def get_own_view(session: Session, actor: Actor, view_id: ViewId, today: date) -> SavedView:
    """Return a view of the actor's own.

    Raises:
        NotFound: There is no such view of the actor's.
    """
    for view in views_in_sight(session, actor, today):
        if view.id == view_id and view.is_own:
            return view
    raise NotFound(what="view", id=view_id)


def own_teams(session: Session, actor: Actor, today: date) -> tuple[tuple[TeamId, str], ...]:
    """Return the teams that the actor belongs to or heads today, by name."""
    member = select(MembershipRow.team_id).where(
        MembershipRow.person_id == actor.person_id,
        MembershipRow.start_on <= today,
        today < MembershipRow.end_on,
    )
    rows = session.execute(
        select(TeamRow.id, TeamRow.name)
        .where(or_(TeamRow.id.in_(member), TeamRow.id.in_(actor.heads)))
        .order_by(TeamRow.name_key)
    )
    return tuple((TeamId(key), name) for key, name in rows)
