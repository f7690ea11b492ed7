"""Sign-ins: starting, keeping and ending them."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from spm.models.identity import SignInRow
from spm.queries import identity as queries


def was_seen_since(session: Session, token_digest: str, instant: datetime) -> bool:
    """Return whether a session's last use is kept as later than ``instant`` (or it has ended)."""
    seen = queries.seen_at(session, token_digest)
    return seen is None or seen > instant


def keep_seen(session: Session, token_digest: str, now: datetime) -> None:
    """Keep when a session was last used."""
    session.execute(
        update(SignInRow).where(SignInRow.token_digest == token_digest).values(seen_at=now)
    )
