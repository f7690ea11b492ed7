"""Whom targets can be set for: people and teams with where they stand in the tree of teams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from spm.adapters.database import remembered
from spm.domain.access import Actor, Permission, may
from spm.domain.ids import PersonId, TeamId
from spm.domain.targets.target import Owner
from spm.models.organisation import MembershipRow, PersonRow, RoleGrantRow, TeamRow


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who can have targets.

    Attributes:
        teams: The team that the person belongs to (or the team itself) and all above it, the
            nearest first; empty for a person without a team.
    """

    owner: Owner
    name: str
    teams: tuple[TeamId, ...]

    @property
    def team_id(self) -> TeamId | None:
        """The nearest team."""
        return self.teams[0] if self.teams else None


class Tree:
    """The tree of teams, read once."""

    def __init__(self, session: Session) -> None:
        rows = remembered(session, "tree-of-teams", lambda: _teams(session))
        self.names: Mapping[int, str] = {team_id: name for team_id, name, _ in rows}
        self.parents: Mapping[int, int | None] = {team_id: parent for team_id, _, parent in rows}

    def upward(self, team_id: int | None) -> tuple[TeamId, ...]:
        """Return ``team_id`` and all above it; a cycle, which services refuse, ends it."""
        found: list[TeamId] = []
        while team_id is not None and team_id not in found and team_id in self.parents:
            found.append(TeamId(team_id))
            team_id = self.parents[team_id]
        return tuple(found)

    def below(self, team_id: TeamId) -> frozenset[TeamId]:
        """Return ``team_id`` and all below it."""
        return frozenset(TeamId(one) for one in self.parents if team_id in self.upward(one))

    def children(self, team_id: TeamId | None) -> tuple[TeamId, ...]:
        """Return the teams right below ``team_id`` (None: those at the top), by name."""
        there = [one for one, parent in self.parents.items() if parent == team_id]
        return tuple(
            TeamId(one) for one in sorted(there, key=lambda one: (self.names[one].casefold(), one))
        )

    def owner(self, team_id: int) -> Owner:
        """Return a team as an owner of targets."""
        return Owner(team_id=TeamId(team_id), is_top_level=self.parents.get(team_id) is None)

    @property
    def root(self) -> TeamId | None:
        """The one team at the top; None where there are several, or none."""
        return self.top[0] if len(self.top) == 1 else None

    @property
    def top(self) -> tuple[TeamId, ...]:
        """The teams at the top, by name."""
        return self.children(None)


def _teams(session: Session) -> Sequence[tuple[int, str, int | None]]:
    rows = session.execute(select(TeamRow.id, TeamRow.name, TeamRow.parent_id))
    return [(team_id, name, parent_id) for team_id, name, parent_id in rows]


def find_standing(session: Session, owner: Owner, day: date) -> Standing | None:
    """Return where ``owner`` stands on ``day``; None where there is no such person or team."""
    tree = Tree(session)
    if owner.team_id is not None:
        if owner.team_id not in tree.names:
            return None
        of_team = tree.owner(owner.team_id)
        return Standing(of_team, tree.names[owner.team_id], tree.upward(owner.team_id))
    found = session.execute(
        select(PersonRow.id, PersonRow.name, MembershipRow.team_id)
        .outerjoin(MembershipRow, _on(day))
        .where(PersonRow.id == owner.person_id)
    ).first()
    if found is None:
        return None
    return Standing(owner, found.name, tree.upward(found.team_id))


def people(session: Session, day: date) -> tuple[Standing, ...]:
    """Return everybody who sells on ``day`` (a team, or the role of a rep or manager), by name."""
    tree = Tree(session)
    sells = select(RoleGrantRow.person_id).where(RoleGrantRow.role.in_(("rep", "manager")))
    rows = session.execute(
        select(PersonRow.id, PersonRow.name, MembershipRow.team_id)
        .outerjoin(MembershipRow, _on(day))
        .where(
            or_(PersonRow.left_on.is_(None), PersonRow.left_on > day),
            or_(MembershipRow.team_id.is_not(None), PersonRow.id.in_(sells)),
        )
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple(
        Standing(Owner(person_id=PersonId(row.id)), row.name, tree.upward(row.team_id))
        for row in rows
    )


def teams(session: Session) -> tuple[Standing, ...]:
    """Return all teams, by name."""
    tree = Tree(session)
    order = sorted(tree.names, key=lambda one: (tree.names[one].casefold(), one))
    return tuple(Standing(tree.owner(one), tree.names[one], tree.upward(one)) for one in order)


def allowed(
    actor: Actor, permission: Permission, standings: tuple[Standing, ...]
) -> tuple[Standing, ...]:
    """Return those of ``standings`` over whom ``actor`` has ``permission``, in their order."""
    return tuple(one for one in standings if may(actor, permission, one.owner.subject))


def members(session: Session, teams: frozenset[TeamId], day: date) -> tuple[Standing, ...]:
    """Return who belongs to one of ``teams`` on ``day``, by name."""
    return tuple(one for one in people(session, day) if one.team_id in teams)


def _on(day: date) -> ColumnElement[bool]:
    return and_(
        MembershipRow.person_id == PersonRow.id,
        MembershipRow.start_on <= day,
        MembershipRow.end_on > day,
    )
