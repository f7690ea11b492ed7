"""Review packs, frozen when they are issued."""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
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

    It is about a person or about a team. ``content`` is everything that the PDF shows, ``digest`` the SHA-256 of its canonical form.
    """

    __tablename__ = "review_pack"

    id: Mapped[int] = key()
    number: Mapped[str] = column(PLAIN, String(24), unique=True)
    issue: Mapped[int] = column(PLAIN, Integer)
    person_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))
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
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="is_about_one"),
        UniqueConstraint("person_id", "period_start", "period_end", "issue"),
        UniqueConstraint("team_id", "period_start", "period_end", "issue"),
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


class PackRunRow(Base):
    """The packs of a team, or of everybody where ``team_id`` is NULL, asked for in one go.

    ``file`` is the name under which the finished ZIP is kept, NULL before and once it is purged.
    """

    __tablename__ = "pack_run"

    id: Mapped[int] = key()
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))
    period_start: Mapped[date] = column(PLAIN)
    period_end: Mapped[date] = column(PLAIN)
    as_of: Mapped[Instant] = column(PLAIN)
    locale: Mapped[str] = column(PLAIN, String(8))
    paper: Mapped[str] = column(PLAIN, String(8))
    asked_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"), index=True)
    asked_at: Mapped[Instant] = column(PERSONAL)
    file: Mapped[str | None] = column(PLAIN, String(48))
    digest: Mapped[str] = column(PLAIN, String(64), default="")
    size: Mapped[int | None] = column(PLAIN, BigInteger)
    finished_at: Mapped[Instant | None] = column(PLAIN)

    __table_args__ = (CheckConstraint("paper IN ('a4', 'letter')", name="paper_is_known"),)


class PackRunItemRow(Base):
    """One pack of a run: whose, and what became of it.

    ``done_at`` is set with ``pack_id``, or with ``refused``, the code of why there is none.
    """

    __tablename__ = "pack_run_item"

    id: Mapped[int] = key()
    run_id: Mapped[int] = column(PLAIN, ForeignKey("pack_run.id"))
    position: Mapped[int] = column(PLAIN, Integer)
    person_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))
    pack_id: Mapped[int | None] = column(PLAIN, ForeignKey("review_pack.id"))
    refused: Mapped[str] = column(PLAIN, String(60), default="")
    done_at: Mapped[Instant | None] = column(PLAIN)

    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="is_about_one"),
        CheckConstraint(
            "(done_at IS NULL) = (pack_id IS NULL AND refused = '')", name="is_done_or_not"
        ),
    )
