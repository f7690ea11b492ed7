"""Reads of sign-ins and credentials."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.models.identity import CredentialRow, SignInRow
from spm.models.organisation import PersonRow
from spm.queries.organisation.actor import get_actor


def find_signed_in(
    session: Session, token_digest: str, now: datetime, today: date, *, idle: timedelta
) -> Actor | None:
    """Return the actor of a session, None where it has ended or its person may not sign in."""
    person_id = session.scalar(
        select(SignInRow.person_id)
        .join(CredentialRow, CredentialRow.person_id == SignInRow.person_id)
        .join(PersonRow, PersonRow.id == SignInRow.person_id)
        .where(
            SignInRow.token_digest == token_digest,
            SignInRow.expires_at > now,
            SignInRow.seen_at > now - idle,
            CredentialRow.is_disabled.is_(False),
            or_(PersonRow.left_on.is_(None), PersonRow.left_on > today),
        )
    )
    return None if person_id is None else get_actor(session, PersonId(person_id), today)


def seen_at(session: Session, token_digest: str) -> datetime | None:
    """Return when a session was last used, None where there is no such session."""
    return session.scalar(
        select(SignInRow.seen_at).where(SignInRow.token_digest == token_digest)
    )
