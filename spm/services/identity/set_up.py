"""The first start: an organisation and its first administrator, by a token printed at the start."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.adapters.passwords import Passwords
from spm.domain.access import Actor, Permission, Role
from spm.domain.identity import Purpose, SetUpDone
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.models.identity import CredentialRow
from spm.models.organisation import RoleGrantRow
from spm.queries.organisation.actor import get_actor
from spm.services.identity.credentials import keep_password, take_token
from spm.services.identity.sign_in import as_person
from spm.services.organisation.people import add_person
from spm.services.organisation.settings import keep_settings, lock_organisation
from spm.services.work import Work


def needs_set_up(session: Session) -> bool:
    """Return whether nobody can sign in yet."""
    return session.scalar(select(CredentialRow.person_id).limit(1)) is None


def set_up(
    work: Work,
    passwords: Passwords,
    *,
    token: str,
    organisation: Organisation,
    name: str,
    email: str,
    password: str,
    is_operations: bool,
) -> PersonId:
    """Set the organisation up and add its first administrator, with the token printed at the start.

    Returns:
        The administrator, who can sign in now.

    Raises:
        SetUpDone: Somebody can sign in already.
        TokenSpent: The token is unknown, used, or too old.
        Invalid: A setting, the name, the address or the password does not hold.
    """
    lock_organisation(work)
    if not needs_set_up(work.session):
        raise SetUpDone
    take_token(work, token, (Purpose.SET_UP,))
    # Nobody is signed in who could be asked: the token is the right to do this, once.
    console = replace(work, actor=Actor.console())
    keep_settings(console, organisation)
    person_id = add_person(console, name=name, email=email)
    known = replace(console, organisation=organisation)
    keep_password(known, passwords, person_id, password)
    roles = [Role.ADMINISTRATOR, *([Role.OPERATIONS] if is_operations else [])]
    for role in roles:
        work.session.add(RoleGrantRow(person_id=person_id, role=role.value, granted_at=work.now))
    work.session.flush()
    actor = get_actor(work.session, person_id, work.today)
    as_person(work, actor).record(
        Permission.SET_UP,
        "organisation:1",
        person_id=person_id,
        after={"administrator": f"person:{person_id}", "roles": [role.value for role in roles]},
    )
    return person_id
