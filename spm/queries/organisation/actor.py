"""The actor behind a signed-in person: roles and relations as they are today."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Role
from spm.domain.errors import NotFound
from spm.domain.ids import PersonId, TeamId
from spm.models.organisation import PersonRow, RoleGrantRow, TeamHeadRow, TeamRow
from spm.queries.organisation.links import people_led


def get_actor(session: Session, person_id: PersonId, today: date) -> Actor:
    """Return the actor for ``person_id``, with whom they lead on ``today``.

    Raises:
        NotFound: There is no such person.
    """
    person = session.get(PersonRow, person_id)
    if person is None:
        raise NotFound(what="person", id=person_id)
    roles = frozenset(
        Role(name)
        for name in session.scalars(
            select(RoleGrantRow.role).where(RoleGrantRow.person_id == person_id)
        )
    )
    leads = people_led(session, person_id, today)
    heads, heads_below = _teams_headed(session, person_id, leads, today)
    return Actor(
        person_id=person_id,
        roles=roles,
        leads=leads,
        heads=heads,
        heads_below=heads_below,
        name=person.name,
    )


def _teams_headed(
    session: Session, person_id: PersonId, leads: frozenset[PersonId], today: date
) -> tuple[frozenset[TeamId], frozenset[TeamId]]:
    """Return the teams below and including those that the person heads, and which of them
    stand below: under such a team, or headed by somebody whom the person leads.
    """
    heads: dict[int, set[int]] = {}
    for team_id, head_id in session.execute(
        select(TeamHeadRow.team_id, TeamHeadRow.person_id).where(
            TeamHeadRow.start_on <= today, today < TeamHeadRow.end_on
        )
    ):
        heads.setdefault(team_id, set()).add(head_id)
    children: dict[int | None, list[int]] = {}
    for team_id, parent_id in session.execute(select(TeamRow.id, TeamRow.parent_id)):
        children.setdefault(parent_id, []).append(team_id)
    own = {team_id for team_id, people in heads.items() if person_id in people}
    covered = set(own) | {team_id for team_id, people in heads.items() if people & leads}
    waiting = list(covered)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in covered:
                covered.add(child)
                waiting.append(child)
    return (
        frozenset(TeamId(team_id) for team_id in covered),
        frozenset(TeamId(team_id) for team_id in covered - own),
    )
