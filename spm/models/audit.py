"""The log of what was done, by whom and when."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import LOGGED, Instant, column, key


class AuditEntryRow(Base):
    """One act; never deleted, and never changed after the transaction that wrote it.

    ``actor_id`` is NULL for the command line (``actor_name`` says ``console``). ``person_id`` is whom
    the act is about, where it is about a person.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = key()
    at: Mapped[Instant] = column(LOGGED)
    actor_id: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))
    actor_name: Mapped[str] = column(LOGGED, String(200))
    act: Mapped[str] = column(LOGGED, String(80))
    object: Mapped[str] = column(LOGGED, String(80))
    person_id: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))
    before: Mapped[dict[str, Any]] = column(LOGGED, JSON)
    after: Mapped[dict[str, Any]] = column(LOGGED, JSON)
    request_id: Mapped[str] = column(LOGGED, String(36))

    __table_args__ = (
        Index(None, "object", "id"),
        Index(None, "person_id", "id"),
        Index(None, "at"),
    )


class AuditLinkRow(Base):
    """Binds an entry to all before it (see ``spm.domain.audit``); never changed, never deleted.

    ``id`` counts 1, 2, 3 … in the order of commits, without a gap.
    """

    __tablename__ = "audit_link"

    id: Mapped[int] = key()
    entry_id: Mapped[int] = column(LOGGED, ForeignKey("audit_entry.id"), unique=True)
    key_version: Mapped[int] = column(LOGGED, Integer)
    digest: Mapped[str] = column(LOGGED, String(64))
