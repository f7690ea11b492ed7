"""Review packs, frozen when they are issued."""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, PLAIN, SENSITIVE, Instant, column, key


class ReviewPackRow(Base):
    """A pack as it was handed out; only its sign-offs are added later.

    ``content`` is everything that the PDF shows, ``digest`` the SHA-256 of its canonical form.
    """

    __tablename__ = "review_pack"

    id: Mapped[int] = key()
    number: Mapped[str] = column(PLAIN, String(24), unique=True)
    issue: Mapped[int] = column(PLAIN, Integer)
    person_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    period_start: Mapped[date] = column(PLAIN)
    period_end: Mapped[date] = column(PLAIN)
    as_of: Mapped[Instant] = column(PLAIN)
    locale: Mapped[str] = column(PLAIN, String(8))
    paper: Mapped[str] = column(PLAIN, String(8))
    content: Mapped[dict[str, Any]] = column(SENSITIVE, JSON)
    digest: Mapped[str] = column(PLAIN, String(64))
    issued_at: Mapped[Instant] = column(PERSONAL)
    issued_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    supersedes_id: Mapped[int | None] = column(PLAIN, ForeignKey("review_pack.id"))

    __table_args__ = (
        CheckConstraint("paper IN ('a4', 'letter')", name="paper_is_known"),
        UniqueConstraint("person_id", "period_start", "period_end", "issue"),
        Index(None, "person_id", "issued_at"),
    )


class PackSignOffRow(Base):
    """That somebody acknowledged a pack, with a comment; acknowledging is not agreeing."""

    __tablename__ = "pack_sign_off"

    id: Mapped[int] = key()
    pack_id: Mapped[int] = column(PLAIN, ForeignKey("review_pack.id"))
    person_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    side: Mapped[str] = column(PERSONAL, String(8))
    comment: Mapped[str] = column(SENSITIVE, Text, default="")
    at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (
        UniqueConstraint("pack_id", "person_id"),
        CheckConstraint("side IN ('rep', 'manager')", name="side_is_known"),
    )
