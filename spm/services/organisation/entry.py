"""A new person with a first place: what is usually known on the first day, in one act."""

from dataclasses import dataclass
from datetime import date

from spm.domain.access import Role
from spm.domain.ids import OfficeId, PersonId, TeamId
from spm.services.organisation.links import move_to_team, post_to, report_to
from spm.services.organisation.people import add_person
from spm.services.organisation.roles import grant_role
from spm.services.work import Work


@dataclass(frozen=True, slots=True)
class FirstPlace:
    """Where a new person belongs; None where nothing is known yet.

    Attributes:
        since: From which day on.
        roles: Administrator and auditor wait for a second administrator.
    """

    since: date
    team_id: TeamId | None = None
    manager_id: PersonId | None = None
    office_id: OfficeId | None = None
    roles: tuple[Role, ...] = ()


def enter_person(work: Work, *, name: str, email: str, title: str, place: FirstPlace) -> PersonId:
    """Add a person and say where they belong.

    Raises:
        Forbidden: The actor may not do one of these.
        NotFound: There is no such team, manager or office.
        NameMissing, EmailUnfit, EmailTaken: The texts do not hold.
    """
    person_id = add_person(work, name=name, email=email, title=title)
    for role in place.roles:
        grant_role(work, person_id, role)
    if place.team_id is not None:
        move_to_team(work, person_id, place.team_id, place.since)
    if place.manager_id is not None:
        report_to(work, person_id, place.manager_id, place.since)
    if place.office_id is not None:
        post_to(work, person_id, place.office_id, place.since)
    return person_id
