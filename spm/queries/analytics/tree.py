"""The tree of teams with one KPI: what each reached, was asked for, and what its people were."""

from collections.abc import Collection
from dataclasses import replace

from spm.domain.access import Actor, Permission, Subject, may
from spm.domain.analytics.scorecard import TREND, Named, head_of, line, trend_of
from spm.domain.analytics.tree import Branch, Node, TeamTree, branches, people_against
from spm.domain.errors import NotFound
from spm.domain.ids import KpiId, TeamId
from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.period import NamedPeriod, Period
from spm.domain.targets.comparison import coverage_of
from spm.domain.targets.kpi import Kpi
from spm.domain.targets.target import Owner
from spm.queries.analytics.coverage import Coverage
from spm.queries.analytics.quotas import NONE_SET, Asked, Quotas, crew_of, key_of, target_of
from spm.queries.metrics.cells import read_together
from spm.queries.metrics.spans import set_for
from spm.queries.targets.actuals import actuals, earlier
from spm.queries.targets.kpis import get_kpi
from spm.queries.targets.owners import Tree


def team_tree(
    asked: Asked,
    actor: Actor,
    root: TeamId | None,
    kpi_id: KpiId,
    opened: Collection[TeamId] | None = None,
) -> TeamTree:
    """Return the teams at and below ``root`` (None: all), those within the ``opened`` ones shown.

    A team's figures are those of its members at each crediting event, with a day in ``asked`` those of
    who belongs to it then; the targets of people count by their days in it. Only what is shown is
    read.

    Raises:
        NotFound: No such team or KPI, or none whose figures ``actor`` may see.
    """
    session, organisation = asked.session, asked.organisation
    tree = Tree(session)
    is_there = root is None or root in tree.names
    if not is_there or not may(actor, Permission.TEAM_FIGURES_VIEW, Subject(team_id=root)):
        raise NotFound(what="team", id=root)
    kpi = get_kpi(session, kpi_id)
    read_together(session, root, asked.day, asked.period.period)
    teams = tuple(TeamId(one) for one in tree.parents) if root is None else tuple(tree.below(root))
    shown = branches(
        tree.top if root is None else (root,),
        {one: tree.children(one) for one in teams},
        opened,
    )
    past = earlier(asked.period, TREND)
    quotas = _quotas(asked, actor, tree, kpi, teams, past)
    covered = (
        Coverage(session, organisation, asked.period, asked.as_of).of_teams(
            tree, [one.team_id for one in shown], asked.on
        )
        if kpi.measure.metric is MetricId.WON_REVENUE and asked.elapsed < 1
        else {}
    )
    nodes = []
    for branch in shown:
        node = _node(asked, kpi, branch, quotas, past)
        if branch.team_id in covered:
            pipeline, rate = covered[branch.team_id]
            covers = coverage_of(node.line.actual, node.line.target, pipeline, rate)
            node = replace(node, coverage=covers)
        nodes.append(node)
    return TeamTree(
        kpi=head_of(kpi, organisation.currency),
        nodes=tuple(nodes),
        opened=frozenset(one.team_id for one in shown if one.is_open),
        teams=len(teams),
    )


def _quotas(
    asked: Asked,
    actor: Actor,
    tree: Tree,
    kpi: Kpi,
    teams: Collection[TeamId],
    past: Collection[NamedPeriod],
) -> Quotas:
    """Return the targets of the teams, in the earlier periods too, and of who belonged to them."""
    crew = crew_of(asked, actor, tuple(teams))
    people = {one for there in crew.values() for one in there}
    starts = [one.period.start for one in past] + [asked.period.period.start]
    span = Period(min(starts), asked.period.period.end)
    of_teams = [Owner(team_id=one) for one in teams]
    of_people = [Owner(person_id=one) for one in sorted(people)]
    sets = set_for(asked.session, [kpi.id], of_teams, span)
    sets |= set_for(asked.session, [kpi.id], of_people, asked.period.period)
    return Quotas(asked, tree, crew, sets)


def _node(
    asked: Asked, kpi: Kpi, branch: Branch, quotas: Quotas, past: tuple[NamedPeriod, ...]
) -> Node:
    name = quotas.tree.names[branch.team_id]
    scope = Scope(ScopeKind.TEAM, branch.team_id, label=name, on=asked.on)
    read = actuals(
        asked.session, asked.organisation, kpi.measure, scope, (*past, asked.period), asked.as_of
    )
    head = head_of(kpi, asked.organisation.currency)
    known = quotas.sets.get(key_of(kpi, Owner(team_id=branch.team_id)), NONE_SET)
    trend = trend_of(
        past, read, lambda period: target_of(asked, kpi, period, known), head.yardstick
    )
    own = quotas.own(kpi, branch.team_id)
    people = quotas.of_people(kpi, branch.team_id) if kpi.adds_up else ()
    return Node(
        subject=Named(name, team_id=branch.team_id),
        depth=branch.depth,
        children=branch.children,
        is_open=branch.is_open,
        line=line(head, read[-1], own, asked.elapsed, trend=trend),
        people=people_against(own, people),
    )
