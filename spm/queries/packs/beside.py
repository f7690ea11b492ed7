"""What stands beside a person's figures: the medians of the team, and how long deals stay."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from spm.domain.ids import PersonId, PipelineId, StageId, TeamId
from spm.domain.metrics.figure import Question, Reading, Scope, ScopeKind
from spm.domain.metrics.registry import METRICS, Basis, Dimension, MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.packs.comparison import StageTime, TeamMedian, blurred, team_median
from spm.domain.period import AsOf, NamedPeriod
from spm.queries.metrics.figures import figure
from spm.queries.packs.funnel import Came, Funnel
from spm.queries.packs.standing import Standing
from spm.queries.targets.owners import members


@dataclass(frozen=True, slots=True)
class Team:
    """The team that a person stands beside, in the pack's period.

    Attributes:
        colleagues: Who else belongs to it on the day.
    """

    session: Session
    organisation: Organisation
    period: NamedPeriod
    as_of: AsOf
    team_id: TeamId
    colleagues: tuple[PersonId, ...]

    @property
    def scope(self) -> Scope:
        """The team with those below it."""
        return Scope(ScopeKind.TEAM, self.team_id)

    def median(
        self,
        own: Reading,
        metric: MetricId,
        stage_id: StageId | None = None,
        basis: Basis | None = None,
    ) -> TeamMedian:
        """Return the median of a metric over the person and the colleagues.

        Who has done nothing has 0 of what adds up, and no rate and no average.
        """
        asked = Question(
            metric,
            self.scope,
            self.as_of,
            self.period,
            by=Dimension.REP,
            stage_id=stage_id,
            basis=basis,
        )
        groups = figure(self.session, self.organisation, asked).groups
        theirs = {group.id: group.reading for group in groups}
        nothing = Decimal(0) if METRICS[metric].is_additive else None
        known = (_comparable(theirs.get(one), own, nothing) for one in self.colleagues)
        return team_median(own.value, known, own.unit)


def _comparable(theirs: Reading | None, own: Reading, nothing: Decimal | None) -> Decimal | None:
    if theirs is None:
        return nothing
    is_other = None not in {theirs.currency, own.currency} and theirs.currency != own.currency
    return None if is_other else theirs.value


def colleagues_of(
    session: Session, team_id: TeamId, person_id: PersonId, day: date
) -> tuple[PersonId, ...]:
    """Return who else belongs to a team on ``day``; teams below it do not count."""
    found = (one.owner.person_id for one in members(session, frozenset({team_id}), day))
    return tuple(one for one in found if one is not None and one != person_id)


def days_by_stage(
    session: Session, organisation: Organisation, scope: Scope, period: NamedPeriod, as_of: AsOf
) -> Mapping[int | None, Reading]:
    """Return how long the deals stayed that came to each stage in the period, by stage."""
    asked = Question(MetricId.TIME_IN_STAGE, scope, as_of, period, by=Dimension.STAGE)
    return {group.id: group.reading for group in figure(session, organisation, asked).groups}


def stage_times(
    own: Funnel,
    days: Mapping[int | None, Reading],
    standing: Sequence[Standing],
    team: Funnel | None,
    theirs: Mapping[int | None, Reading],
    person_id: PersonId | None,
) -> Mapping[PipelineId, tuple[StageTime, ...]]:
    """Return how long deals stay in each open stage, and how many stay too long.

    Args:
        own: The stages, and what came to them.
        days: How long that stayed.
        standing: What is open.
        team: What came to them of the team's; None where nobody stands beside.
        theirs: How long that stayed.
        person_id: Whom it is told to.
    """
    counts = Counter(one.stage_id for one in standing)
    stale = Counter(one.stage_id for one in standing if one.deal.is_stale)
    found: dict[PipelineId, tuple[StageTime, ...]] = {}
    for pipeline_id, steps in own.steps.items():
        made = tuple(
            StageTime(
                step.name,
                step.expected_days,
                None if step.id not in days else days[step.id].median,
                0 if step.id not in days else days[step.id].n,
                None if team is None else _told(team.of(step), theirs.get(step.id), person_id),
                counts[step.id],
                None if step.expected_days is None else stale[step.id],
            )
            for step in steps
        )
        if any(one.n or one.open for one in made):
            found[pipeline_id] = made
    return found


def _told(came: Came, reading: Reading | None, person_id: PersonId | None) -> Decimal | None:
    if reading is None or reading.median is None or not came.is_told(person_id):
        return None
    return blurred(reading.median, Unit.DAYS)
