"""Roles: granted, proposed, confirmed, taken away; never one's own.

Whoever has another role than before signs in anew: a cookie that was kept, by him or by somebody
else, has neither the old rights nor the new ones (reliability.md, G1).
"""

from sqlalchemy import select

from spm.domain.access import Permission, Role, Subject
from spm.domain.ids import PersonId
from spm.domain.organisation import NEEDS_SECOND, RoleHeld, RoleNotHeld, SecondNeeded
from spm.models.organisation import RoleGrantRow, RoleProposalRow
from spm.services.organisation.people import keep_an_administrator, lock_person
from spm.services.organisation.sessions import end_sessions
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work


def grant_role(work: Work, person_id: PersonId, role: Role) -> bool:
    """Give a person a role; administrator and auditor wait for a second administrator.

    The command line needs no second: it belongs to whoever holds the machine.

    Returns:
        Whether the person has the role now; False when it waits for confirmation.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        RoleHeld: They have it, or it waits already.
    """
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person_id))
    lock_person(work, person_id)
    if _grant(work, person_id, role) or _proposal(work, person_id, role):
        raise RoleHeld(role=role)
    proposer = work.actor.person_id
    if role in NEEDS_SECOND and proposer is not None:
        work.session.add(
            RoleProposalRow(
                person_id=person_id, role=role.value, proposed_at=work.now, proposed_by=proposer
            )
        )
        _record(work, person_id, {}, {"proposed": role.value})
        return False
    _hold(work, person_id, role)
    _record(work, person_id, {}, {"role": role.value})
    return True


def confirm_role(work: Work, person_id: PersonId, role: Role) -> None:
    """Give a person the role that another administrator proposed.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        RoleNotHeld: Nobody proposed it.
        SecondNeeded: The actor proposed it.
    """
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person_id))
    lock_person(work, person_id)
    proposal = _proposal(work, person_id, role)
    if proposal is None:
        raise RoleNotHeld(role=role)
    if proposal.proposed_by == work.actor.person_id:
        raise SecondNeeded(role=role)
    proposer = proposal.proposed_by
    work.session.delete(proposal)
    _hold(work, person_id, role)
    _record(
        work, person_id, {"proposed": role.value, "by": f"person:{proposer}"}, {"role": role.value}
    )


def withdraw_role(work: Work, person_id: PersonId, role: Role) -> None:
    """Take back the proposal of a role; any administrator may.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        RoleNotHeld: Nobody proposed it.
    """
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person_id))
    lock_person(work, person_id)
    proposal = _proposal(work, person_id, role)
    if proposal is None:
        raise RoleNotHeld(role=role)
    work.session.delete(proposal)
    _record(work, person_id, {"proposed": role.value}, {})


def revoke_role(work: Work, person_id: PersonId, role: Role) -> None:
    """Take a role away; the person's sessions end.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        RoleNotHeld: They do not have it.
        LastAdministrator: Nobody else could let people in.
    """
    work.require(Permission.ROLES_GRANT, Subject(owner_id=person_id))
    lock_organisation(work)
    lock_person(work, person_id)
    held = _grant(work, person_id, role)
    if held is None:
        raise RoleNotHeld(role=role)
    if role is Role.ADMINISTRATOR:
        keep_an_administrator(work, person_id)
    work.session.delete(held)
    end_sessions(work, person_id)
    _record(work, person_id, {"role": role.value}, {})


def _hold(work: Work, person_id: PersonId, role: Role) -> None:
    end_sessions(work, person_id)
    work.session.add(
        RoleGrantRow(
            person_id=person_id,
            role=role.value,
            granted_at=work.now,
            granted_by=work.actor.person_id,
        )
    )


def _grant(work: Work, person_id: PersonId, role: Role) -> RoleGrantRow | None:
    return work.session.scalar(
        select(RoleGrantRow).where(
            RoleGrantRow.person_id == person_id, RoleGrantRow.role == role.value
        )
    )


def _proposal(work: Work, person_id: PersonId, role: Role) -> RoleProposalRow | None:
    return work.session.scalar(
        select(RoleProposalRow).where(
            RoleProposalRow.person_id == person_id, RoleProposalRow.role == role.value
        )
    )


def _record(
    work: Work, person_id: PersonId, before: dict[str, object], after: dict[str, object]
) -> None:
    work.session.flush()
    work.record(
        Permission.ROLES_GRANT,
        f"person:{person_id}",
        person_id=person_id,
        before=before,
        after=after,
    )
