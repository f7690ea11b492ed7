"""Roles: never one's own, and two people for administrator and auditor."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import PersonId
from spm.domain.organisation import LastAdministrator, RoleHeld, RoleNotHeld, SecondNeeded
from spm.queries.organisation.people import proposals, roles_of
from spm.services.organisation.roles import confirm_role, grant_role, revoke_role, withdraw_role
from spm.services.work import Work
from tests.builders import a_person

WorkAs = Callable[[int], Work]


@pytest.fixture
def administrators(session: Session) -> tuple[int, int]:
    return tuple(  # type: ignore[return-value]
        a_person(session, name, Role.ADMINISTRATOR).id for name in ("First", "Second")
    )


@pytest.fixture
def rep(session: Session) -> PersonId:
    return PersonId(a_person(session, "Rep").id)


def test_a_role_is_granted_once_and_taken_away(
    session: Session, work_as: WorkAs, administrators: tuple[int, int], rep: PersonId
) -> None:
    work = work_as(administrators[0])
    assert grant_role(work, rep, Role.MANAGER) is True
    assert roles_of(session, rep) == (Role.REP, Role.MANAGER)
    with pytest.raises(RoleHeld):
        grant_role(work, rep, Role.MANAGER)
    revoke_role(work, rep, Role.MANAGER)
    with pytest.raises(RoleNotHeld):
        revoke_role(work, rep, Role.MANAGER)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_two_administrators_make_a_third_or_an_auditor(
    session: Session, work_as: WorkAs, administrators: tuple[int, int], rep: PersonId, role: Role
) -> None:
    first, second = (work_as(person_id) for person_id in administrators)
    assert grant_role(first, rep, role) is False
    assert role not in roles_of(session, rep)
    assert [(each.person, each.proposer) for each in proposals(session)] == [("Rep", "First")]
    with pytest.raises(SecondNeeded):
        confirm_role(first, rep, role)
    with pytest.raises(RoleHeld):
        grant_role(second, rep, role)
    confirm_role(second, rep, role)
    assert role in roles_of(session, rep)
    assert proposals(session, rep) == ()


def test_a_proposal_can_be_taken_back(
    session: Session, work_as: WorkAs, administrators: tuple[int, int], rep: PersonId
) -> None:
    first, second = (work_as(person_id) for person_id in administrators)
    grant_role(first, rep, Role.AUDITOR)
    withdraw_role(second, rep, Role.AUDITOR)
    for act in (confirm_role, withdraw_role):
        with pytest.raises(RoleNotHeld):
            act(second, rep, Role.AUDITOR)


def test_the_console_needs_no_second(session: Session, work: Work, rep: PersonId) -> None:
    assert grant_role(work, rep, Role.ADMINISTRATOR) is True


@pytest.mark.parametrize("act", [grant_role, confirm_role, withdraw_role, revoke_role])
def test_nobody_touches_his_own_roles(
    work_as: WorkAs, administrators: tuple[int, int], act: Callable[[Work, PersonId, Role], object]
) -> None:
    with pytest.raises(Forbidden):
        act(work_as(administrators[0]), PersonId(administrators[0]), Role.MANAGER)


def test_the_last_administration_is_not_taken_away(
    session: Session, work_as: WorkAs, administrators: tuple[int, int]
) -> None:
    first, second = administrators
    revoke_role(work_as(first), PersonId(second), Role.ADMINISTRATOR)
    with pytest.raises(Forbidden):
        revoke_role(work_as(second), PersonId(first), Role.ADMINISTRATOR)
    third = a_person(session, "Third", Role.ADMINISTRATOR)
    acting = work_as(third.id)
    third_id = PersonId(third.id)
    revoke_role(work_as(first), third_id, Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        revoke_role(acting, PersonId(first), Role.ADMINISTRATOR)


def test_a_role_of_nobody_is_not_found(work: Work) -> None:
    with pytest.raises(NotFound):
        grant_role(work, PersonId(999), Role.REP)
