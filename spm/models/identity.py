"""How people sign in: passwords, sessions as rows, one-time tokens and tries."""

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, SECRET, Id, Instant, column, key


class CredentialRow(Base):
    """A person's password; a person without one does not sign in."""

    __tablename__ = "credential"

    person_id: Mapped[int] = column(PERSONAL, Id, ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str] = column(SECRET, String(200))
    changed_at: Mapped[Instant] = column(PERSONAL)
    is_disabled: Mapped[bool] = column(PERSONAL, Boolean, default=False)


class SignInRow(Base):
    """A signed-in browser. Ending it deletes the row, and the cookie is worth nothing."""

    __tablename__ = "sign_in"

    token_digest: Mapped[str] = column(SECRET, String(64), primary_key=True)
    person_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"), index=True)
    started_at: Mapped[Instant] = column(PERSONAL)
    seen_at: Mapped[Instant] = column(PERSONAL)
    expires_at: Mapped[Instant] = column(PERSONAL)
    browser: Mapped[str] = column(PERSONAL, String(200), default="")


class OneTimeTokenRow(Base):
    """Lets its bearer do one thing once: set up, accept an invitation, choose a new password."""

    __tablename__ = "one_time_token"

    token_digest: Mapped[str] = column(SECRET, String(64), primary_key=True)
    purpose: Mapped[str] = column(SECRET, String(20))
    person_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"), index=True)
    made_at: Mapped[Instant] = column(PERSONAL)
    expires_at: Mapped[Instant] = column(PERSONAL)
    used_at: Mapped[Instant | None] = column(PERSONAL)


class SignInTryRow(Base):
    """A try to sign in, counted per account and per address."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = key()
    counted: Mapped[str] = column(PERSONAL, String(80))
    at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (Index(None, "counted", "at"),)
