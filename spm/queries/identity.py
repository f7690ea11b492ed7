"""Reads of sign-ins and credentials."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.identity import AccountState, Purpose
from spm.domain.ids import PersonId
from spm.models.identity import CredentialRow, OneTimeTokenRow, SignInRow
from spm.models.organisation import PersonRow
from spm.queries.organisation.actor import get_actor


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever a session belongs to.

    Attributes:
        seen_at: When the session was last used, to the minute.
        locale: The person's own language, None where they chose none.
        theme: ``auto``, ``light`` or ``dark``.
    """

    actor: Actor
    seen_at: datetime
    locale: str | None
    theme: str


def find_signed_in(
    session: Session, token_digest: str, now: datetime, today: date, *, idle: timedelta
) -> SignedIn | None:
    """Return whose a session is, None where it has ended or its person may not sign in."""
    found = session.execute(
        select(SignInRow.person_id, SignInRow.seen_at, PersonRow.locale, PersonRow.theme)
        .join(CredentialRow, CredentialRow.person_id == SignInRow.person_id)
        .join(PersonRow, PersonRow.id == SignInRow.person_id)
        .where(
            SignInRow.token_digest == token_digest,
            SignInRow.expires_at > now,
            SignInRow.seen_at > now - idle,
            CredentialRow.is_disabled.is_(False),
            or_(PersonRow.left_on.is_(None), PersonRow.left_on > today),
        )
    ).first()
    if found is None:
        return None
    actor = get_actor(session, PersonId(found.person_id), today)
    return SignedIn(actor, found.seen_at, found.locale, found.theme)


def may_sign_in(session: Session, today: date) -> frozenset[PersonId]:
    """Return who has a password that lets them in today."""
    return frozenset(
        PersonId(person_id)
        for person_id in session.scalars(
            select(CredentialRow.person_id)
            .join(PersonRow, PersonRow.id == CredentialRow.person_id)
            .where(
                CredentialRow.is_disabled.is_(False),
                PersonRow.email_key.is_not(None),
                or_(PersonRow.left_on.is_(None), PersonRow.left_on > today),
            )
        )
    )


def account_state(session: Session, person_id: PersonId, now: datetime) -> AccountState:
    """Return whether a person can sign in, was invited to, is barred from it, or never could."""
    is_disabled = session.scalar(
        select(CredentialRow.is_disabled).where(CredentialRow.person_id == person_id)
    )
    if is_disabled is not None:
        return AccountState.DISABLED if is_disabled else AccountState.ACTIVE
    invited = session.scalar(
        select(OneTimeTokenRow.token_digest).where(
            OneTimeTokenRow.person_id == person_id,
            OneTimeTokenRow.used_at.is_(None),
            OneTimeTokenRow.expires_at > now,
        )
    )
    return AccountState.NONE if invited is None else AccountState.INVITED


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of a person's sessions.

    Attributes:
        browser: What the browser calls itself.
        is_this: It is the one that asks.
    """

    started_at: datetime
    seen_at: datetime
    browser: str
    is_this: bool


def own_sessions(
    session: Session, person_id: PersonId, now: datetime, *, idle: timedelta, this: str
) -> tuple[OwnSession, ...]:
    """Return a person's sessions that still live, the last used first.

    Args:
        session: The database.
        person_id: Whose.
        now: The present instant.
        idle: After how long unused a session is over.
        this: Digest of the token of the session that asks.
    """
    rows = session.scalars(
        select(SignInRow)
        .where(
            SignInRow.person_id == person_id,
            SignInRow.expires_at > now,
            SignInRow.seen_at > now - idle,
        )
        .order_by(SignInRow.seen_at.desc(), SignInRow.started_at.desc())
    )
    return tuple(
        OwnSession(row.started_at, row.seen_at, row.browser, row.token_digest == this)
        for row in rows
    )


def find_link(session: Session, token_digest: str, now: datetime) -> tuple[Purpose, str] | None:
    """Return what a one-time link is for and the e-mail address of whom, None where it is spent.

    The address is empty for the set-up, which is nobody's yet.
    """
    found = session.execute(
        select(OneTimeTokenRow.purpose, PersonRow.email)
        .outerjoin(PersonRow, PersonRow.id == OneTimeTokenRow.person_id)
        .where(
            OneTimeTokenRow.token_digest == token_digest,
            OneTimeTokenRow.used_at.is_(None),
            OneTimeTokenRow.expires_at > now,
        )
    ).one_or_none()
    return None if found is None else (Purpose(found.purpose), found.email or "")
