"""Sign-ins: starting, keeping and ending them."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from spm.models.identity import SignInRow


def keep_seen(session: Session, token_digest: str, now: datetime) -> None:
    """Keep when a session was last used."""
    session.execute(
        update(SignInRow).where(SignInRow.token_digest == token_digest).values(seen_at=now)
    )
