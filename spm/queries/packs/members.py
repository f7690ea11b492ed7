"""Whose packs are a team's."""

from datetime import date

from sqlalchemy.orm import Session

from spm.domain.ids import PersonId, TeamId
from spm.queries.targets.owners import Tree, members


def people_of(session: Session, team_id: TeamId, day: date) -> tuple[PersonId, ...]:
    """Return who belongs to a team or one below it on ``day``, by name."""
    below = Tree(session).below(team_id)
    found = (one.owner.person_id for one in members(session, below, day))
    return tuple(person_id for person_id in found if person_id is not None)
