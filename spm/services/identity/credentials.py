"""Passwords and the one-time links with which people choose them."""

import secrets

from sqlalchemy import delete, select

from spm.adapters.database import LOCK
from spm.adapters.passwords import Passwords
from spm.domain.access import Permission, Subject
from spm.domain.errors import NotFound
from spm.domain.identity import (
    LIFETIME,
    PasswordMissing,
    PasswordWrong,
    Purpose,
    TokenSpent,
    check_password,
)
from spm.domain.ids import PersonId
from spm.models.identity import CredentialRow, OneTimeTokenRow
from spm.models.organisation import PersonRow
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.people import is_here
from spm.services.identity.sign_in import (
    as_person,
    digest_of,
    find_credential,
    own_id,
    record_own,
)
from spm.services.organisation.people import keep_an_administrator, lock_person
from spm.services.organisation.sessions import end_sessions
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work


def change_password(
    work: Work, passwords: Passwords, *, present: str, password: str, token: str | None
) -> None:
    """Change the actor's own password; every other session and every link of theirs ends.

    Raises:
        Forbidden: Nobody is signed in.
        PasswordWrong: ``present`` is not the present one.
        PasswordShort, PasswordLong, PasswordCommon: The new one does not hold.
    """
    person_id = own_id(work, Permission.PASSWORD_CHANGE)
    credential = find_credential(work, person_id)
    if not passwords.check(credential.password_hash if credential else None, present):
        raise PasswordWrong(field="present")
    keep_password(work, passwords, person_id, password, but=token)
    record_own(work, Permission.PASSWORD_CHANGE, {})


def make_token(work: Work, purpose: Purpose, person_id: PersonId | None = None) -> str:
    """Return a token that lets its bearer do one thing once; earlier ones for it are void."""
    work.session.execute(
        delete(OneTimeTokenRow).where(
            OneTimeTokenRow.purpose == purpose.value,
            OneTimeTokenRow.person_id.is_(None)
            if person_id is None
            else OneTimeTokenRow.person_id == person_id,
        )
    )
    token = secrets.token_urlsafe(24)
    work.session.add(
        OneTimeTokenRow(
            token_digest=digest_of(token),
            purpose=purpose.value,
            person_id=person_id,
            made_at=work.now,
            expires_at=work.now + LIFETIME[purpose],
        )
    )
    work.session.flush()
    return token


def invite(work: Work, person_id: PersonId) -> tuple[Purpose, str]:
    """Make a link with which a person chooses a password: the first one, or a new one.

    Whoever makes it hands it over; the old password works until the link is used.

    Returns:
        What kind of link it is (a reset waits 30 minutes, an invitation seven days), and its token.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        PasswordMissing: They have no e-mail address to sign in with.
    """
    work.require(Permission.PEOPLE_INVITE, Subject(owner_id=person_id))
    row = lock_person(work, person_id)
    if row.email is None:
        raise PasswordMissing(person=row.name)
    is_new = work.session.get(CredentialRow, person_id) is None
    purpose = Purpose.INVITATION if is_new else Purpose.RESET
    token = make_token(work, purpose, person_id)
    work.record(
        Permission.PEOPLE_INVITE,
        f"person:{person_id}",
        person_id=person_id,
        after={"purpose": purpose.value},
    )
    return purpose, token


def accept(work: Work, passwords: Passwords, *, token: str, password: str) -> PersonId:
    """Choose a password with a one-time link; all sessions of the person end, and so does the link.

    Returns:
        Whose password it is now.

    Raises:
        TokenSpent: The link is unknown, used, or too old.
        PasswordShort, PasswordLong, PasswordCommon: The password does not hold.
    """
    row = take_token(work, token, (Purpose.INVITATION, Purpose.RESET))
    person_id = PersonId(row.person_id or 0)
    if not _may_return(work, person_id):
        raise TokenSpent
    keep_password(work, passwords, person_id, password)
    actor = get_actor(work.session, person_id, work.today)
    as_person(work, actor).record(
        Permission.PASSWORD_CHANGE,
        f"person:{person_id}",
        person_id=person_id,
        after={"purpose": row.purpose},
    )
    return person_id


def set_password(work: Work, passwords: Passwords, person_id: PersonId, password: str) -> None:
    """Give a person a password, from the command line or a generator of people.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such person.
        PasswordMissing: They have no e-mail address to sign in with.
        PasswordShort, PasswordLong, PasswordCommon: The password does not hold.
    """
    work.require(Permission.PEOPLE_INVITE, Subject(owner_id=person_id))
    if lock_person(work, person_id).email is None:
        raise PasswordMissing
    keep_password(work, passwords, person_id, password)
    work.record(Permission.PASSWORD_CHANGE, f"person:{person_id}", person_id=person_id)


def set_disabled(work: Work, person_id: PersonId, *, is_disabled: bool) -> None:
    """Bar a person from signing in, or let them again; all their sessions and links end at once.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person, or they never could sign in.
        LastAdministrator: Nobody else could let people in.
    """
    work.require(Permission.PEOPLE_DISABLE, Subject(owner_id=person_id))
    lock_organisation(work)
    lock_person(work, person_id)
    credential = work.session.get(CredentialRow, person_id)
    if credential is None:
        raise NotFound(what="credential", id=person_id)
    if credential.is_disabled == is_disabled:
        return
    if is_disabled:
        keep_an_administrator(work, person_id)
    credential.is_disabled = is_disabled
    work.session.flush()
    end_sessions(work, person_id)
    _void_tokens(work, person_id)
    work.record(
        Permission.PEOPLE_DISABLE,
        f"person:{person_id}",
        person_id=person_id,
        before={"is_disabled": not is_disabled},
        after={"is_disabled": is_disabled},
    )


def take_token(work: Work, token: str, purposes: tuple[Purpose, ...]) -> OneTimeTokenRow:
    """Return the row of a token that can still be used, and mark it used.

    Raises:
        TokenSpent: It is unknown, used, or too old.
    """
    row = work.session.scalar(
        select(OneTimeTokenRow)
        .where(
            OneTimeTokenRow.token_digest == digest_of(token),
            OneTimeTokenRow.purpose.in_([purpose.value for purpose in purposes]),
            OneTimeTokenRow.used_at.is_(None),
            OneTimeTokenRow.expires_at > work.now,
        )
        .with_for_update(**LOCK)
    )
    if row is None:
        raise TokenSpent
    row.used_at = work.now
    work.session.flush()
    return row


def _may_return(work: Work, person_id: PersonId) -> bool:
    """Return whether a link may open the account: not of leavers, not of those who are barred."""
    barred = select(CredentialRow.person_id).where(CredentialRow.is_disabled.is_(True))
    return (
        work.session.scalar(
            select(PersonRow.id).where(
                PersonRow.id == person_id, is_here(work.today), PersonRow.id.not_in(barred)
            )
        )
        is not None
    )


def keep_password(
    work: Work,
    passwords: Passwords,
    person_id: PersonId,
    password: str,
    *,
    but: str | None = None,
) -> None:
    """Keep a new password; sessions (all ``but`` one) and links of the person end.

    Raises:
        PasswordShort, PasswordLong, PasswordCommon: It does not hold.
    """
    person = lock_person(work, person_id)
    known = (person.name, person.email or "", work.organisation.name)
    check_password(password, known, guesses=passwords.guesses)
    row = work.session.get(CredentialRow, person_id)
    if row is None:
        row = CredentialRow(person_id=person_id, is_disabled=False)
        work.session.add(row)
    row.password_hash, row.changed_at = passwords.hash(password), work.now
    work.session.flush()
    end_sessions(work, person_id, but=None if but is None else digest_of(but))
    _void_tokens(work, person_id)


def _void_tokens(work: Work, person_id: PersonId) -> None:
    """A link is bound to the password that it was made to replace."""
    work.session.execute(
        delete(OneTimeTokenRow).where(
            OneTimeTokenRow.person_id == person_id, OneTimeTokenRow.used_at.is_(None)
        )
    )
