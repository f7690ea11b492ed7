"""A target as its owner and the owner's manager see it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from spm.domain.access import Subject
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import KpiId, PersonId, TargetId, TeamId
from spm.domain.metrics.registry import Unit
from spm.domain.period import NamedPeriod
from spm.domain.targets.state import AnswerKind, Standing, TargetState


class TargetExists(Conflict):
    """One is set for exactly this KPI, owner and period; it can be revised."""

    code = "targets.exists"


class TargetOfZero(Invalid):
    """Nothing can be attained of nothing."""

    code = "targets.zero"


class TargetTooFine(Invalid):
    """It has more places after the point than its unit."""

    code = "targets.too-fine"


class TargetTooLarge(Invalid):
    """It is larger than what is kept."""

    code = "targets.too-large"


class NotForOwner(Invalid):
    """The KPI is for a team that its would-be owner does not belong to."""

    code = "targets.not-for-owner"


LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose target it is: a person's or a team's, exactly one of the two."""

    person_id: PersonId | None = None
    team_id: TeamId | None = None
    is_top_level: bool = False

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.team_id is None):
            msg = "a target is a person's or a team's"
            raise ValueError(msg)

    @property
    def subject(self) -> Subject:
        """What the rules of access ask."""
        return Subject(
            owner_id=self.person_id, team_id=self.team_id, is_top_level=self.is_top_level
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a person or a team is to reach of a KPI in a period, as it is now.

    Attributes:
        owner_name: The person's or the team's.
        currency: ISO 4217 code of a money target.
        rationale: Why this value.
        revision: Counts the values that were set, from 1.
        set_by: Who set the present value; None for the command line or an import.
        state: The owner's answer to the present revision.
    """

    id: TargetId
    kpi_id: KpiId
    kpi: str
    unit: Unit
    owner: Owner
    owner_name: str
    period: NamedPeriod
    value: Decimal
    currency: str | None
    rationale: str
    revision: int
    set_at: datetime
    set_by: str | None
    state: TargetState
    answered_at: datetime | None
    version: int

    @property
    def subject(self) -> Subject:
        """What the rules of access ask of a target."""
        return self.owner.subject

    @property
    def standing(self) -> Standing:
        """What the rules of its life ask."""
        return Standing(self.state, self.revision, self.value, self.rationale, self.answered_at)


@dataclass(frozen=True, slots=True)
class Revision:
    """A value that a target had."""

    revision: int
    value: Decimal
    rationale: str
    reason: str
    set_at: datetime
    set_by: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said about a target."""

    revision: int
    kind: AnswerKind
    words: str
    by_id: PersonId
    by: str
    at: datetime


def check_value(value: Decimal, digits: int) -> None:
    """Refuse a value that cannot be a target.

    Raises:
        TargetOfZero: It is zero.
        TargetTooFine: It has more than ``digits`` places.
        TargetTooLarge: It is beyond a million million.
    """
    if value == 0:
        raise TargetOfZero(field="value")
    if abs(value) > LARGEST:
        raise TargetTooLarge(field="value", largest=LARGEST)
    if value != round(value, digits):
        raise TargetTooFine(field="value", digits=digits)
