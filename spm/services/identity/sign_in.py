"""Sign-ins: tries counted, sessions started, kept and ended."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from spm.adapters.database import LOCK
from spm.adapters.passwords import Passwords
from spm.domain.access import Actor, Permission, Subject
from spm.domain.identity import (
    LONGEST,
    LONGEST_PASSWORD,
    TRIES,
    TRIES_WITHIN,
    SignInRefused,
    TooManyTries,
)
from spm.domain.ids import PersonId
from spm.domain.text import fold
from spm.models.identity import CredentialRow, SignInRow, SignInTryRow
from spm.models.organisation import PersonRow
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.people import is_here
from spm.services.organisation.sessions import end_sessions
from spm.services.work import Work

TRIES_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Try:
    """A try to sign in, counted before anything is hashed."""

    keys: tuple[str, ...]
    at: datetime


def digest_of(token: str) -> str:
    """Return what the tables hold of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def keep_seen(session: Session, token_digest: str, now: datetime) -> None:
    """Keep when a session was last used."""
    session.execute(
        update(SignInRow).where(SignInRow.token_digest == token_digest).values(seen_at=now)
    )


def count_try(work: Work, *, email: str, address: str, device: str | None) -> Try:
    """Count a try to sign in, per account and per address.

    A browser that has signed in to the account before (``device``) is counted by itself: whoever
    tries the account from elsewhere does not lock its owner out.

    Args:
        work: A short unit of its own, kept whatever comes of the try.
        email: As typed.
        address: Where the request comes from.
        device: The mark that this browser got at an earlier sign-in to this account.

    Raises:
        TooManyTries: Ten failed within the last minute.
    """
    account = digest_of(_account_key(email))[:40]
    own = f"device:{device}"[:80] if device else f"account:{account}"
    keys = (own, f"address:{address}"[:80])
    session = work.session
    session.execute(delete(SignInTryRow).where(SignInTryRow.at <= work.now - TRIES_KEPT))
    counts = session.execute(
        select(SignInTryRow.counted, func.count())
        .where(SignInTryRow.counted.in_(keys), SignInTryRow.at > work.now - TRIES_WITHIN)
        .group_by(SignInTryRow.counted)
    )
    if any(number >= TRIES for _key, number in counts):
        raise TooManyTries
    session.add_all(SignInTryRow(counted=key, at=work.now) for key in keys)
    session.flush()
    return Try(keys, work.now)


def _account_key(email: str) -> str:
    """Return what an address is found by; whatever no address holds is left out."""
    typed = fold(email[:LONGEST_PASSWORD])
    return "".join(c for c in typed if c.isprintable() and not c.isspace())


def check_sign_in(work: Work, passwords: Passwords, *, email: str, password: str) -> PersonId:
    """Return who signs in with this address and password; hashes exactly once whoever it is.

    Raises:
        SignInRefused: Unknown, wrong, disabled or gone; never which.
    """
    found = work.session.execute(
        select(PersonRow.id, CredentialRow.password_hash)
        .join(CredentialRow, CredentialRow.person_id == PersonRow.id)
        .where(
            PersonRow.email_key == _account_key(email),
            CredentialRow.is_disabled.is_(False),
            is_here(work.today),
        )
    ).one_or_none()
    kept = found.password_hash if found else None
    if not passwords.check(kept, password[: LONGEST_PASSWORD + 1]) or found is None:
        raise SignInRefused
    return PersonId(found.id)


def start_session(
    work: Work, person_id: PersonId, *, browser: str, replaces: str | None, counted: Try | None
) -> str:
    """Start a session and return the token for the cookie; the one that it replaces ends.

    Raises:
        SignInRefused: The person may no longer sign in.
    """
    actor = get_actor(work.session, person_id, work.today)
    if find_credential(work, person_id) is None:
        raise SignInRefused
    if replaces is not None:
        work.session.execute(delete(SignInRow).where(SignInRow.token_digest == digest_of(replaces)))
    work.session.execute(delete(SignInRow).where(SignInRow.expires_at <= work.now))
    if counted is not None:
        _forgive(work.session, counted)
    token = secrets.token_urlsafe(32)
    work.session.add(
        SignInRow(
            token_digest=digest_of(token),
            person_id=person_id,
            started_at=work.now,
            seen_at=work.now,
            expires_at=work.now + LONGEST,
            browser=browser[:200],
        )
    )
    work.session.flush()
    as_person(work, actor).record(Permission.SIGN_IN, f"person:{person_id}", person_id=person_id)
    return token


def _forgive(session: Session, counted: Try) -> None:
    """Take one try back: it was right, and ten people behind one address sign in every minute."""
    for key in counted.keys:
        row_id = session.scalar(
            select(func.max(SignInTryRow.id)).where(
                SignInTryRow.counted == key, SignInTryRow.at == counted.at
            )
        )
        session.execute(delete(SignInTryRow).where(SignInTryRow.id == row_id))


def as_person(work: Work, actor: Actor) -> Work:
    """Return the same unit of work with somebody who has just shown who they are."""
    return replace(work, actor=actor)


def sign_out(work: Work, token: str) -> None:
    """End one session; the cookie is worth nothing from now on."""
    work.require(Permission.SIGN_OUT)
    work.session.execute(delete(SignInRow).where(SignInRow.token_digest == digest_of(token)))
    record_own(work, Permission.SIGN_OUT, {})


def sign_out_everywhere(work: Work) -> int:
    """End all sessions of the actor, this one included; return how many there were."""
    person_id = own_id(work, Permission.SIGN_OUT_EVERYWHERE)
    ended = end_sessions(work, person_id)
    record_own(work, Permission.SIGN_OUT_EVERYWHERE, {"sessions": ended})
    return ended


def find_credential(work: Work, person_id: PersonId) -> CredentialRow | None:
    """Return a person's credential, locked; None where they may not sign in."""
    row = work.session.scalar(
        select(CredentialRow).where(CredentialRow.person_id == person_id).with_for_update(**LOCK)
    )
    return None if row is None or row.is_disabled else row


def own_id(work: Work, act: Permission) -> PersonId:
    """Return whose own thing this act is about.

    Raises:
        Forbidden: Nobody is signed in.
    """
    person_id = work.actor.person_id
    work.require(act, Subject(owner_id=person_id))
    return person_id or PersonId(0)


def record_own(work: Work, act: Permission, after: dict[str, object]) -> None:
    """Record an act of the actor about himself."""
    person_id = work.actor.person_id
    work.record(act, f"person:{person_id}", person_id=person_id, after=after)
