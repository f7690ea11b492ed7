"""Acts that happen once, however often they are sent."""

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, PLAIN, Instant, column


class OnceRow(Base):
    """The answer to a form that was sent, written in the transaction of its effect."""

    __tablename__ = "once"

    token: Mapped[str] = column(PLAIN, String(64), primary_key=True)
    person_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    endpoint: Mapped[str] = column(PLAIN, String(120))
    body_digest: Mapped[str] = column(PLAIN, String(64))
    status: Mapped[int] = column(PLAIN, Integer)
    location: Mapped[str | None] = column(PLAIN, Text)
    at: Mapped[Instant] = column(PLAIN)

    __table_args__ = (Index(None, "at"),)
