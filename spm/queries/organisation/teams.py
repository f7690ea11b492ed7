"""Reads of the teams: the tree, one team."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.errors import NotFound
from spm.domain.ids import PersonId, TeamId
from spm.domain.organisation import LinkKind
from spm.models.organisation import MembershipRow, PersonRow, TeamHeadRow, TeamRow
from spm.queries.organisation.links import Link, links_of


@dataclass(frozen=True, slots=True)
class Team:
    """A team; ``parent_id`` is None at the top of the tree."""

    id: TeamId
    name: str
    parent_id: TeamId | None
    version: int


@dataclass(frozen=True, slots=True)
class Branch:
    """A team in the tree, as it is on one day.

    Attributes:
        depth: 0 at the top.
        heads: (id, name) of who leads it that day.
        members: How many belong to it that day, those of teams below not counted.
    """

    team: Team
    depth: int
    heads: tuple[tuple[PersonId, str], ...]
    members: int


def get_team(session: Session, team_id: TeamId) -> Team:
    """Return a team.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.get(TeamRow, team_id)
    if row is None:
        raise NotFound(what="team", id=team_id)
    return _team(row)


def _team(row: TeamRow) -> Team:
    parent_id = None if row.parent_id is None else TeamId(row.parent_id)
    return Team(TeamId(row.id), row.name, parent_id, row.version)


def teams(session: Session) -> tuple[Team, ...]:
    """Return all teams, by name."""
    return tuple(_team(row) for row in session.scalars(select(TeamRow).order_by(TeamRow.name_key)))


def parents(session: Session) -> Mapping[int, int | None]:
    """Return the tree of teams as child → parent."""
    return dict(session.execute(select(TeamRow.id, TeamRow.parent_id)).tuples().all())


def team_tree(session: Session, day: date) -> tuple[Branch, ...]:
    """Return the teams from the top down, each followed by those below it, siblings by name."""
    heads: dict[int, list[tuple[PersonId, str]]] = {}
    for team_id, person_id, name in session.execute(
        select(TeamHeadRow.team_id, PersonRow.id, PersonRow.name)
        .join(PersonRow, PersonRow.id == TeamHeadRow.person_id)
        .where(TeamHeadRow.start_on <= day, day < TeamHeadRow.end_on)
        .order_by(PersonRow.name_key)
    ):
        heads.setdefault(team_id, []).append((PersonId(person_id), name))
    counts = dict(
        session.execute(
            select(MembershipRow.team_id, func.count())
            .where(MembershipRow.start_on <= day, day < MembershipRow.end_on)
            .group_by(MembershipRow.team_id)
        )
        .tuples()
        .all()
    )
    return tuple(
        Branch(team, depth, tuple(heads.get(team.id, ())), counts.get(team.id, 0))
        for team, depth in _walk(teams(session))
    )


def _walk(all_teams: tuple[Team, ...]) -> Iterator[tuple[Team, int]]:
    below: dict[TeamId | None, list[Team]] = {}
    for team in all_teams:
        below.setdefault(team.parent_id, []).append(team)
    waiting = [(team, 0) for team in reversed(below.get(None, ()))]
    while waiting:
        team, depth = waiting.pop()
        yield team, depth
        waiting.extend((child, depth + 1) for child in reversed(below.get(team.id, ())))


def team_choices(session: Session) -> tuple[tuple[TeamId, str], ...]:
    """Return all teams as (id, name), by name."""
    return tuple((team.id, team.name) for team in teams(session))


def members_of(session: Session, team_id: TeamId, day: date | None = None) -> tuple[Link, ...]:
    """Return the memberships of a team, on ``day`` or ever; newest first."""
    return links_of(session, LinkKind.MEMBERSHIP, target_id=team_id, day=day)


def heads_of(session: Session, team_id: TeamId, day: date | None = None) -> tuple[Link, ...]:
    """Return who leads a team on ``day``, or led it ever; newest first."""
    return links_of(session, LinkKind.HEAD, target_id=team_id, day=day)
