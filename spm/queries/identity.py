"""Reads of sign-ins and credentials."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.models.identity import CredentialRow, SignInRow
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
