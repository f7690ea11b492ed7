"""Company goals, KPIs and targets."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    Boolean,
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
from spm.models.columns import PERSONAL, PLAIN, SENSITIVE, FixedPoint, Instant, column, key
from spm.models.versioned import Versioned


class GoalRow(Versioned, Base):
    """What the company wants; KPIs say how it shows."""

    __tablename__ = "goal"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(200))
    name_key: Mapped[str] = column(PLAIN, String(400), unique=True)
    description: Mapped[str] = column(PLAIN, Text, default="")
    author_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    is_active: Mapped[bool] = column(PLAIN, Boolean, default=True)


class KpiRow(Versioned, Base):
    """A KPI with its five SMART parts as checked fields.

    Specific: ``name``, ``specific`` and for whom (``team_id``, NULL for everybody). Measurable:
    ``metric`` with ``stage_id`` and ``basis`` as its arguments, ``unit`` and ``direction``.
    Attainable: checked against history, or ``attainable_confirmed_at`` where there is none yet.
    Relevant: ``goal_id`` and ``relevance``. Time-bound: ``period_kind``.
    """

    __tablename__ = "kpi"

    id: Mapped[int] = key()
    key: Mapped[str] = column(PLAIN, String(60), unique=True)
    name: Mapped[str] = column(PLAIN, String(120))
    state: Mapped[str] = column(PLAIN, String(12))
    specific: Mapped[str] = column(PLAIN, Text, default="")
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))
    metric: Mapped[str | None] = column(PLAIN, String(60))
    stage_id: Mapped[int | None] = column(PLAIN, ForeignKey("stage.id"))
    basis: Mapped[str | None] = column(PLAIN, String(20))
    unit: Mapped[str | None] = column(PLAIN, String(20))
    currency: Mapped[str | None] = column(PLAIN, String(3))
    direction: Mapped[str | None] = column(PLAIN, String(8))
    range_low: Mapped[Decimal | None] = column(PLAIN, FixedPoint)
    range_high: Mapped[Decimal | None] = column(PLAIN, FixedPoint)
    baseline: Mapped[Decimal | None] = column(PLAIN, FixedPoint)
    attainable_note: Mapped[str] = column(PLAIN, Text, default="")
    attainable_confirmed_at: Mapped[Instant | None] = column(PERSONAL)
    attainable_confirmed_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    goal_id: Mapped[int | None] = column(PLAIN, ForeignKey("goal.id"))
    relevance: Mapped[str] = column(PLAIN, Text, default="")
    period_kind: Mapped[str | None] = column(PLAIN, String(8))
    weight_bp: Mapped[int | None] = column(PLAIN, Integer)
    author_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    activated_at: Mapped[Instant | None] = column(PLAIN)

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'active', 'retired')", name="state_is_known"),
    )


class TargetRow(Versioned, Base):
    """What a person or a team is to reach of a KPI in a period, as it is now.

    ``revision`` counts the values that were set; each is a ``target_revision``. The answer
    (``state``) is to the present revision.
    """

    __tablename__ = "target"

    id: Mapped[int] = key()
    kpi_id: Mapped[int] = column(PLAIN, ForeignKey("kpi.id"))
    person_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))
    period_kind: Mapped[str] = column(PLAIN, String(8))
    period_start: Mapped[date] = column(PLAIN)
    period_end: Mapped[date] = column(PLAIN)
    value: Mapped[Decimal] = column(PERSONAL, FixedPoint)
    currency: Mapped[str | None] = column(PLAIN, String(3))
    rationale: Mapped[str] = column(PERSONAL, Text, default="")
    revision: Mapped[int] = column(PLAIN, Integer, default=1)
    set_at: Mapped[Instant] = column(PERSONAL)
    set_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    state: Mapped[str] = column(PERSONAL, String(12))
    answered_at: Mapped[Instant | None] = column(PERSONAL)
    answered_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("period_start < period_end", name="period_is_not_empty"),
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="person_or_team"),
        CheckConstraint("state IN ('set', 'accepted', 'objected')", name="state_is_known"),
        CheckConstraint("(answered_at IS NULL) = (state = 'set')", name="answered_when_not_set"),
        Index(
            "uq_target_person",
            "kpi_id",
            "person_id",
            "period_start",
            "period_end",
            unique=True,
        ),
        Index("uq_target_team", "kpi_id", "team_id", "period_start", "period_end", unique=True),
        Index(None, "person_id", "period_start"),
    )


class TargetRevisionRow(Base):
    """A value that a target had; append-only."""

    __tablename__ = "target_revision"

    id: Mapped[int] = key()
    target_id: Mapped[int] = column(PLAIN, ForeignKey("target.id"))
    revision: Mapped[int] = column(PLAIN, Integer)
    value: Mapped[Decimal] = column(PERSONAL, FixedPoint)
    rationale: Mapped[str] = column(PERSONAL, Text, default="")
    reason: Mapped[str] = column(PERSONAL, Text, default="")
    set_at: Mapped[Instant] = column(PERSONAL)
    set_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))

    __table_args__ = (UniqueConstraint("target_id", "revision"),)


class TargetAnswerRow(Base):
    """What was said about a target: an acceptance, an objection with words, a comment; append-only."""

    __tablename__ = "target_answer"

    id: Mapped[int] = key()
    target_id: Mapped[int] = column(PLAIN, ForeignKey("target.id"), index=True)
    revision: Mapped[int] = column(PLAIN, Integer)
    kind: Mapped[str] = column(PERSONAL, String(12))
    words: Mapped[str] = column(SENSITIVE, Text, default="")
    by_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (
        CheckConstraint("kind IN ('accept', 'object', 'comment')", name="kind_is_known"),
    )
