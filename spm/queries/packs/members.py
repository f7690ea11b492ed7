"""Whose packs are a team's."""

from datetime import date

from sqlalchemy.orm import Session

from spm.domain.ids import PersonId, TeamId
from spm.domain.targets.target import Owner
from spm.queries.targets.owners import Tree, members, people, teams


def people_of(session: Session, team_id: TeamId, day: date) -> tuple[PersonId, ...]:
    """Return who belongs to a team or one below it on ``day``, by name."""
    below = Tree(session).below(team_id)
    found = (one.owner.person_id for one in members(session, below, day))
    return tuple(person_id for person_id in found if person_id is not None)


def owners_of(session: Session, team_id: TeamId | None, day: date) -> tuple[Owner, ...]:
    """Return the teams and then the people of a team and those below it on ``day``, by name.

    Without a team: all teams, and everybody who sells.
    """
    if team_id is None:
        below = teams(session)
        there = people(session, day)
    else:
        inside = Tree(session).below(team_id)
        below = tuple(one for one in teams(session) if one.owner.team_id in inside)
        there = members(session, inside, day)
    return tuple(one.owner for one in (*below, *there))
