"""Proposals to move people."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, Instant, column, key
from spm.models.versioned import Versioned


class MoveProposalRow(Versioned, Base):
    """That a manager proposes to move a person below, and what became of it.

    It is to hold from ``from_on``, and, approved, holds from ``holds_on``. ``team_id`` and ``manager_id`` are NULL where that is to stay. At most one a person is open.
    """

    __tablename__ = "move_proposal"

    id: Mapped[int] = key()
    person_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    team_id: Mapped[int | None] = column(PERSONAL, ForeignKey("team.id"))
    manager_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    from_on: Mapped[date] = column(PERSONAL)
    reason: Mapped[str] = column(PERSONAL, Text)
    state: Mapped[str] = column(PERSONAL, String(12))
    proposed_by: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    proposed_at: Mapped[Instant] = column(PERSONAL)
    decided_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    decided_at: Mapped[Instant | None] = column(PERSONAL)
    words: Mapped[str] = column(PERSONAL, Text, default="")
    holds_on: Mapped[date | None] = column(PERSONAL)

    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'approved', 'declined', 'withdrawn')", name="state_is_known"
        ),
        CheckConstraint("team_id IS NOT NULL OR manager_id IS NOT NULL", name="moves_something"),
        CheckConstraint("person_id <> manager_id", name="nobody_below_himself"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_or_open"),
        CheckConstraint("(state = 'approved') = (holds_on IS NOT NULL)", name="holds_if_approved"),
        Index(
            "uq_move_proposal_open",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "proposed_by"),
    )
