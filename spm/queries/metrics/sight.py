"""Whose figures somebody may see: access is judged on today's tree, content on the deals' days."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import NOTHING, Actor, Permission, Subject, may, reach
from spm.domain.errors import NotFound
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import Figure, Scope, ScopeKind
from spm.domain.metrics.registry import Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.targets.resolve import Part
from spm.models.targets import KpiRow
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.behind import Behind, deals_behind
from spm.queries.metrics.figures import figure
from spm.queries.metrics.names import NobodyOfThatName
from spm.queries.metrics.targeted import target_parts


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure with the deals behind it, as far as the reader may see them.

    Attributes:
        parts: Behind a target, those that were set.
        kpi: Name of the KPI that is asked about; None where none is.
        kpi_unit: What its figure is counted in.
    """

    figure: Figure
    behind: Behind
    parts: tuple[Part, ...] = ()
    kpi: str | None = None
    kpi_unit: Unit | None = None


def may_see(actor: Actor, subject: Scope) -> bool:
    """Return whether ``actor`` may see the figures of ``subject``."""
    match subject.kind:
        case ScopeKind.REP:
            owner = Subject(owner_id=PersonId(subject.id or 0))
            return may(actor, Permission.FIGURES_VIEW, owner)
        case ScopeKind.TEAM:
            team = Subject(team_id=TeamId(subject.id or 0))
            return may(actor, Permission.TEAM_FIGURES_VIEW, team)
        case _:
            return may(actor, Permission.TEAM_FIGURES_VIEW, NOTHING)


def veiled(actor: Actor, answer: Figure) -> Figure:
    """Return ``answer`` without the groups of people or teams whom ``actor`` may not see today.

    Somebody who has left a team still counts in what the team sold then, but is not shown in it.
    """
    match answer.question.by:
        case Dimension.REP:
            people = reach(actor, Permission.FIGURES_VIEW)
            groups = (g for g in answer.groups if g.id and people.has_person(PersonId(g.id)))
        case Dimension.TEAM:
            teams = reach(actor, Permission.TEAM_FIGURES_VIEW)
            groups = (g for g in answer.groups if g.id is None or teams.has_team(TeamId(g.id)))
        case _:
            return answer
    return replace(answer, groups=tuple(groups))


def explain(
    session: Session, organisation: Organisation, actor: Actor, now: datetime, asked: Asked
) -> Explained:
    """Return the figure that ``asked`` means with the deals behind it.

    Raises:
        Invalid: Something that was said is unknown or does not fit the metric.
        NotFound: The subject is out of sight.
    """
    try:
        question = question_of(session, organisation, now, asked)
    except NobodyOfThatName as error:
        # The same answer as for somebody who is there and out of sight.
        raise NotFound(**error.facts) from None
    if not may_see(actor, question.subject):
        raise NotFound(what=question.subject.kind.value, id=question.subject.id)
    answer = veiled(actor, figure(session, organisation, question))
    sight = reach(actor, Permission.DEALS_VIEW)
    behind = deals_behind(session, organisation, question, sight)
    is_target = question.metric is MetricId.TARGET
    parts = target_parts(session, organisation, question) if is_target else ()
    key = answer.question.kpi
    kpi = session.execute(select(KpiRow.name, KpiRow.unit).where(KpiRow.key == key)).one_or_none()
    name, unit = (key, None) if kpi is None else (kpi.name, kpi.unit)
    return Explained(answer, behind, parts, name, Unit(unit) if unit else None)
