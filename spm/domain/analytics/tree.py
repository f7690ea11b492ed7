"""The teams of an organisation as a tree that opens: each team's line beside its people's targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spm.domain.analytics.scorecard import KpiHead, KpiLine, Named
from spm.domain.ids import TeamId
from spm.domain.metrics.figure import Reading
from spm.domain.targets.resolve import Resolved
from spm.domain.targets.rollup import RollUp, roll_up

SMALL = 12
"""A tree of so many teams is shown whole until somebody closes a part of it."""


@dataclass(frozen=True, slots=True)
class Node:
    """One team of the tree.

    Attributes:
        depth: 0 at the top.
        children: How many teams are right below it.
        is_open: Whether they are shown.
        line: The KPI of the team, by membership at each crediting event, with earlier periods.
        people: The targets of everybody in it and below it against its own.
        coverage: Of what it lacks; None where coverage is not asked.
    """

    subject: Named
    depth: int
    children: int
    is_open: bool
    line: KpiLine
    people: RollUp
    coverage: Reading | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A team that is shown, before anything is read of it."""

    team_id: TeamId
    depth: int
    children: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class TeamTree:
    """The teams that are shown, each below the one that it belongs to.

    Attributes:
        kpi: What the lines are of.
        opened: The teams that are open.
        teams: How many there are, shown or not.
    """

    kpi: KpiHead
    nodes: tuple[Node, ...]
    opened: frozenset[TeamId]
    teams: int

    @property
    def has_branches(self) -> bool:
        """Whether there is anything to open or close."""
        return any(node.children for node in self.nodes)

    @property
    def is_whole(self) -> bool:
        """Whether every team is shown."""
        return len(self.nodes) == self.teams

    def toggled(self, team_id: TeamId) -> frozenset[TeamId]:
        """Return the open teams once ``team_id`` is opened, or closed if it is open."""
        return self.opened ^ {team_id}


def branches(
    tops: Sequence[TeamId],
    children: Mapping[TeamId, Sequence[TeamId]],
    opened: Collection[TeamId] | None,
) -> tuple[Branch, ...]:
    """Return the teams to show, depth first in the order of ``children``.

    Args:
        tops: The teams at the top.
        children: Those right below each.
        opened: Which are open; None for what a first look shows: all of a small tree, else the first
            two levels of it.
    """
    found: list[Branch] = []
    is_small = len(children) <= SMALL

    def add(team_id: TeamId, depth: int) -> None:
        below = children.get(team_id, ())
        is_open = (is_small or depth == 0) if opened is None else team_id in opened
        found.append(Branch(team_id, depth, len(below), is_open and bool(below)))
        if is_open:
            for one in below:
                add(one, depth + 1)

    for top in tops:
        add(top, 0)
    return tuple(found)


def people_against(own: Resolved, people: Sequence[Resolved]) -> RollUp:
    """Return the targets of people added up against their team's own."""
    currencies = {one.currency for one in people if one.value is not None}
    is_one = len(currencies) <= 1
    parent = own.value if currencies <= {own.currency} else None
    return roll_up(
        [one.value for one in people],
        parent,
        in_one_currency=is_one,
        currency=next(iter(currencies)) if len(currencies) == 1 else own.currency,
    )
