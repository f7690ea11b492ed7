"""Long work: the table is the truth, whatever runs it."""

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, PLAIN, SECRET, Instant, column, key


class JobRow(Base):
    """A piece of long work, claimed by a lease; five tries, then it is parked.

    ``token`` names the present claim: only its holder may write progress or the end.
    """

    __tablename__ = "job"

    id: Mapped[int] = key()
    kind: Mapped[str] = column(PLAIN, String(40))
    key: Mapped[str] = column(PLAIN, String(120), unique=True)
    arguments: Mapped[dict[str, Any]] = column(PLAIN, JSON)
    state: Mapped[str] = column(PLAIN, String(12))
    tries: Mapped[int] = column(PLAIN, Integer, default=0)
    done: Mapped[int] = column(PLAIN, BigInteger, default=0)
    total: Mapped[int | None] = column(PLAIN, BigInteger)
    phase: Mapped[str] = column(PLAIN, String(60), default="")
    token: Mapped[str | None] = column(SECRET, String(64))
    lease_until: Mapped[Instant | None] = column(PLAIN)
    created_at: Mapped[Instant] = column(PLAIN)
    created_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    finished_at: Mapped[Instant | None] = column(PLAIN)
    message: Mapped[str] = column(PLAIN, Text, default="")

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'parked', 'cancelled')",
            name="state_is_known",
        ),
        Index(None, "state", "lease_until"),
    )
