"""What teams and people are to reach in the period of a card, and what a card is read for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, Subject, may
from spm.domain.ids import PersonId, TeamId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, Period
from spm.domain.targets.kpi import Kpi
from spm.domain.targets.pace import elapsed_share
from spm.domain.targets.resolve import NoTarget, Resolved, Rule, resolve
from spm.domain.targets.target import Owner
from spm.domain.workdays import Calendar
from spm.queries.metrics.spans import Key, Set, shares_by_team
from spm.queries.targets.owners import Tree

NONE_SET = Set()


@dataclass(frozen=True, slots=True)
class Asked:
    """What every part of a card is read for.

    Attributes:
        on: The day on which it is asked who belongs to a team, for all that is counted; None for
            each deal's own day of credit.
    """

    session: Session
    organisation: Organisation
    period: NamedPeriod
    as_of: AsOf
    on: date | None = None

    @property
    def day(self) -> date:
        """The last business date that counts."""
        return self.as_of.day(self.organisation.zone)

    @property
    def calendar(self) -> Calendar:
        """Which days are worked."""
        return Calendar(self.organisation.holidays)

    @property
    def elapsed(self) -> Decimal:
        """Share of the period that is over."""
        return elapsed_share(self.period.period, self.day, self.calendar)

    @property
    def standing_day(self) -> date:
        """The day on which it is asked who belongs where: the as-of day within the period."""
        return self.period.period.nearest(self.day)


def crew_of(
    asked: Asked, actor: Actor, teams: Sequence[int]
) -> dict[TeamId, dict[PersonId, Period | None]]:
    """Return who belonged to each of ``teams``, of those whose figures the reader may see."""
    return {
        TeamId(team): {
            PersonId(one): part for one, part in there.items() if sees_figures_of(actor, one)
        }
        for team, there in shares_by_team(
            asked.session, teams, asked.period.period, asked.day, on=asked.on
        ).items()
    }


@dataclass(frozen=True, slots=True)
class Quotas:
    """What teams are to reach: their own targets, and those of who is below them.

    Attributes:
        crew: Who belonged to each team, and during which part of the period.
    """

    asked: Asked
    tree: Tree
    crew: Mapping[TeamId, Mapping[PersonId, Period | None]]
    sets: Mapping[Key, Set]

    def own(self, kpi: Kpi, team_id: TeamId | None) -> Resolved:
        """Return the target that was set for a team; without a value if none was."""
        if team_id is None:
            return Resolved(None, reason=NoTarget.NO_TARGET)
        return self._set(kpi, Owner(team_id=team_id))

    def below(self, kpi: Kpi, team_id: TeamId) -> Resolved:
        """Return what those below a team are to reach, added up; the team's own is not in it.

        Each team below counts with its own target, or without one with those below it.
        """
        there = [self._of(kpi, one) for one in self.tree.children(team_id)]
        for person_id, share in self.crew.get(team_id, {}).items():
            there.append(self._set(kpi, Owner(person_id=person_id), share))
        values = [one.value for one in there if one.value is not None]
        currencies = {one.currency for one in there if one.value is not None}
        if not values or not kpi.adds_up or len(currencies) > 1:
            return Resolved(None)
        return Resolved(sum(values, Decimal(0)), currencies.pop(), Rule.SUM)

    def of_people(self, kpi: Kpi, team_id: TeamId | None) -> tuple[Resolved, ...]:
        """Return the target of everybody who belonged to a team or to one below it (None: to any)."""
        teams = self.tree.parents if team_id is None else self.tree.below(team_id)
        return tuple(
            self._set(kpi, Owner(person_id=person_id), share)
            for team in sorted(teams)
            for person_id, share in self.crew.get(TeamId(team), {}).items()
        )

    def _of(self, kpi: Kpi, team_id: TeamId) -> Resolved:
        own = self.own(kpi, team_id)
        return self.below(kpi, team_id) if own.value is None else own

    def _set(self, kpi: Kpi, owner: Owner, share: Period | None = None) -> Resolved:
        known = self.sets.get(key_of(kpi, owner), NONE_SET)
        return target_of(self.asked, kpi, self.asked.period, known, share)


def target_of(
    asked: Asked, kpi: Kpi, period: NamedPeriod, known: Set, share: Period | None = None
) -> Resolved:
    """Return the target of ``period`` from what was set; of a member, for the part that counts."""
    return resolve(period.period, known.spans, asked.calendar, is_additive=kpi.adds_up, share=share)


def key_of(kpi: Kpi, owner: Owner) -> Key:
    """Return where the targets of ``owner`` lie among those that were read."""
    return (kpi.id, owner.person_id, owner.team_id)


def sees_figures_of(actor: Actor, person_id: int) -> bool:
    """Return whether ``actor`` may see somebody's figures."""
    return may(actor, Permission.FIGURES_VIEW, Subject(owner_id=PersonId(person_id)))
