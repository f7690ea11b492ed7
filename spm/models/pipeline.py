"""Pipelines, accounts, products and deals with their history.

``deal_event`` is the truth. The current columns of ``deal``, ``deal_state``, ``deal_reach`` and
``deal_rollup`` are caches that ``spm.domain.pipeline.history`` derives from it; they are written in the transaction of
the event and can be rebuilt.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import PERSONAL, PLAIN, FixedPoint, Id, Instant, column, key
from spm.models.versioned import Versioned


class PipelineRow(Versioned, Base):
    """An ordered set of stages."""

    __tablename__ = "pipeline"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)
    description: Mapped[str] = column(PLAIN, Text, default="")
    is_active: Mapped[bool] = column(PLAIN, Boolean, default=True)


class StageRow(Base):
    """A stage; its id is stable when it is renamed or moved."""

    __tablename__ = "stage"

    id: Mapped[int] = key()
    pipeline_id: Mapped[int] = column(PLAIN, ForeignKey("pipeline.id"))
    position: Mapped[int] = column(PLAIN, Integer)
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240))
    kind: Mapped[str] = column(PLAIN, String(8))
    probability_bp: Mapped[int] = column(PLAIN, Integer)
    expected_days: Mapped[int | None] = column(PLAIN, Integer)
    entry_criteria: Mapped[str] = column(PLAIN, Text, default="")
    exit_criteria: Mapped[str] = column(PLAIN, Text, default="")
    is_gated: Mapped[bool] = column(PLAIN, Boolean, default=False, server_default=false())
    is_active: Mapped[bool] = column(PLAIN, Boolean, default=True)

    __table_args__ = (
        UniqueConstraint("pipeline_id", "name_key"),
        CheckConstraint("kind IN ('open', 'won', 'lost')", name="kind_is_known"),
        CheckConstraint("probability_bp BETWEEN 0 AND 10000", name="probability_is_a_share"),
    )


class AccountRow(Versioned, Base):
    """A company that is sold to."""

    __tablename__ = "account"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(200))
    name_key: Mapped[str] = column(PLAIN, String(400), index=True)
    industry: Mapped[str] = column(PLAIN, String(120), default="")
    city: Mapped[str] = column(PLAIN, String(120), default="")
    country: Mapped[str] = column(PLAIN, String(120), default="")
    website: Mapped[str] = column(PLAIN, String(254), default="")
    employees: Mapped[int | None] = column(PLAIN, BigInteger)
    founded_year: Mapped[int | None] = column(PLAIN, Integer)
    annual_revenue_minor: Mapped[int | None] = column(PLAIN, BigInteger)
    currency: Mapped[str | None] = column(PLAIN, String(3))
    parent_id: Mapped[int | None] = column(PLAIN, ForeignKey("account.id"))


class ProductRow(Versioned, Base):
    """Something that is sold; names may repeat, ids do not."""

    __tablename__ = "product"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(200))
    name_key: Mapped[str] = column(PLAIN, String(400), index=True)
    family: Mapped[str] = column(PLAIN, String(120), default="")
    category: Mapped[str] = column(PLAIN, String(120), default="")
    list_price_minor: Mapped[int | None] = column(PLAIN, BigInteger)
    cost_minor: Mapped[int | None] = column(PLAIN, BigInteger)
    currency: Mapped[str | None] = column(PLAIN, String(3))
    is_active: Mapped[bool] = column(PLAIN, Boolean, default=True)


class DealRow(Versioned, Base):
    """A deal as it is now; all but ``name``, ``lead_source`` and ``product_id`` follows from its events.

    ``opened_on`` is the first dated event, ``closed_on`` the date of the close that holds,
    ``stage_since_at`` when the present stage was entered; NULL where the source gave no date.
    """

    __tablename__ = "deal"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PERSONAL, String(200))
    name_key: Mapped[str] = column(PERSONAL, String(400))
    pipeline_id: Mapped[int] = column(PLAIN, ForeignKey("pipeline.id"))
    stage_id: Mapped[int] = column(PLAIN, ForeignKey("stage.id"))
    owner_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    account_id: Mapped[int | None] = column(PLAIN, ForeignKey("account.id"), index=True)
    product_id: Mapped[int | None] = column(PLAIN, ForeignKey("product.id"), index=True)
    territory_id: Mapped[int | None] = column(PLAIN, ForeignKey("territory.id"), index=True)
    amount_minor: Mapped[int | None] = column(PERSONAL, BigInteger)
    currency: Mapped[str] = column(PLAIN, String(3))
    lead_source: Mapped[str] = column(PLAIN, String(120), default="")
    next_step: Mapped[str] = column(PERSONAL, String(200), default="")
    loss_reason: Mapped[str] = column(PLAIN, String(120), default="")
    loss_notes: Mapped[str] = column(PERSONAL, Text, default="", server_default=text("''"))
    expected_close_on: Mapped[date | None] = column(PERSONAL)
    opened_on: Mapped[date | None] = column(PERSONAL)
    closed_on: Mapped[date | None] = column(PERSONAL)
    stage_since_at: Mapped[Instant | None] = column(PERSONAL)
    created_at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (
        # By the letters that a name begins with; PostgreSQL needs to be told that letters count.
        Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
        Index(None, "owner_id", "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
        # With all that is counted of somebody's deals, so that none of them has to be looked at.
        Index(
            "ix_deal_owner_id_and_what_counts",
            "owner_id",
            "stage_id",
            "expected_close_on",
            "amount_minor",
            "currency",
            "next_step",
        ),
        Index(None, "stage_id", "closed_on"),
        Index(None, "stage_id", "expected_close_on"),
        Index(
            "ix_deal_stage_id_without_step",
            "stage_id",
            sqlite_where=text("next_step = ''"),
            postgresql_where=text("next_step = ''"),
        ),
        Index(
            "ix_deal_stage_id_without_amount",
            "stage_id",
            sqlite_where=text("amount_minor IS NULL"),
            postgresql_where=text("amount_minor IS NULL"),
        ),
        Index(None, "closed_on"),
    )


class DealLineRow(Base):
    """A part of a deal: so many of a product. Lines that hold, where there are any, sum to its amount.

    A line counts from ``from_at`` (NULL: from the deal's beginning) up to, not including, ``to_at`` (NULL:
    it holds).
    """

    __tablename__ = "deal_line"

    id: Mapped[int] = key()
    deal_id: Mapped[int] = column(PLAIN, ForeignKey("deal.id"), index=True)
    product_id: Mapped[int] = column(PLAIN, ForeignKey("product.id"), index=True)
    quantity: Mapped[Decimal] = column(PLAIN, FixedPoint)
    unit_price_minor: Mapped[int | None] = column(PERSONAL, BigInteger)
    amount_minor: Mapped[int] = column(PERSONAL, BigInteger)
    cost_minor: Mapped[int | None] = column(PLAIN, BigInteger)
    from_at: Mapped[Instant | None] = column(PERSONAL)
    to_at: Mapped[Instant | None] = column(PERSONAL)


class DealEventRow(Base):
    """One change of a deal; append-only.

    ``kind`` says which columns are set: ``created`` (all that is known), ``stage`` and ``reopened``
    (``stage_id``), ``amount`` (``amount_minor``, ``currency``), ``close_date``
    (``expected_close_on``), ``owner``, ``account``, ``territory``. ``occurred_on`` is the business
    date of ``occurred_at`` in the organisation's zone at the time of booking; both are NULL where the
    source gave no date. ``act_id`` is the audit entry of the act that wrote it, ``voided_act_id`` of
    the import that took it back, because its source corrected what it had said: such an event is
    kept, and counts for nothing. ``undoes_id`` is the move that this one takes back.
    """

    __tablename__ = "deal_event"

    id: Mapped[int] = key()
    deal_id: Mapped[int] = column(PLAIN, ForeignKey("deal.id"))
    kind: Mapped[str] = column(PLAIN, String(16))
    occurred_at: Mapped[Instant | None] = column(PERSONAL)
    occurred_on: Mapped[date | None] = column(PERSONAL)
    recorded_at: Mapped[Instant] = column(PERSONAL)
    actor_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    act_id: Mapped[int | None] = column(PLAIN, ForeignKey("audit_entry.id"))
    voided_act_id: Mapped[int | None] = column(PLAIN, ForeignKey("audit_entry.id"))
    undoes_id: Mapped[int | None] = column(PLAIN, ForeignKey("deal_event.id"))
    stage_id: Mapped[int | None] = column(PLAIN, ForeignKey("stage.id"))
    amount_minor: Mapped[int | None] = column(PERSONAL, BigInteger)
    currency: Mapped[str | None] = column(PLAIN, String(3))
    expected_close_on: Mapped[date | None] = column(PERSONAL)
    owner_id: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))
    account_id: Mapped[int | None] = column(PLAIN, ForeignKey("account.id"))
    territory_id: Mapped[int | None] = column(PLAIN, ForeignKey("territory.id"))
    reason: Mapped[str] = column(PERSONAL, Text, default="")

    __table_args__ = (
        Index(None, "deal_id", "id"),
        Index(
            None,
            "undoes_id",
            sqlite_where=text("undoes_id IS NOT NULL"),
            postgresql_where=text("undoes_id IS NOT NULL"),
        ),
    )


class DealStateRow(Base):
    """How a deal stood from ``from_at`` up to, not including, ``to_at`` (cache).

    An undated state counts from the instant it was recorded, never before (``is_dated`` false). The
    present state ends at ``9999-12-31``. ``credited_owner_id`` is the owner at the close, and the
    owner while the deal is open.
    """

    __tablename__ = "deal_state"

    id: Mapped[int] = key()
    deal_id: Mapped[int] = column(PLAIN, ForeignKey("deal.id"))
    from_at: Mapped[Instant] = column(PERSONAL)
    to_at: Mapped[Instant] = column(PERSONAL)
    is_dated: Mapped[bool] = column(PLAIN, Boolean)
    pipeline_id: Mapped[int] = column(PLAIN, ForeignKey("pipeline.id"))
    stage_id: Mapped[int] = column(PLAIN, ForeignKey("stage.id"))
    stage_kind: Mapped[str] = column(PLAIN, String(8))
    owner_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    credited_owner_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    account_id: Mapped[int | None] = column(PLAIN, ForeignKey("account.id"))
    territory_id: Mapped[int | None] = column(PLAIN, ForeignKey("territory.id"))
    amount_minor: Mapped[int | None] = column(PERSONAL, BigInteger)
    currency: Mapped[str] = column(PLAIN, String(3))
    expected_close_on: Mapped[date | None] = column(PERSONAL)
    opened_on: Mapped[date | None] = column(PERSONAL)
    closed_on: Mapped[date | None] = column(PERSONAL)

    __table_args__ = (
        CheckConstraint("from_at < to_at", name="starts_before_it_ends"),
        UniqueConstraint("deal_id", "from_at"),
        Index(None, "stage_kind", "closed_on"),
        Index(None, "credited_owner_id", "stage_kind", "closed_on"),
        Index(None, "to_at", "from_at"),
    )


class DealReachRow(Base):
    """When a deal first reached a stage or one beyond it (cache).

    Won is beyond every open stage; lost is beyond none. ``reached_on`` is NULL where only undated
    events say so. ``outcome`` is what has become of the deal in an open stage after all that is known:
    won (it went on), lost or open; ``stay_days`` how long that took (``spm.domain.pipeline.stays``).
    ``outcome`` is NULL for stages that are not open, and in rows from before it until the rollup is
    built.
    """

    __tablename__ = "deal_reach"

    deal_id: Mapped[int] = column(PLAIN, Id, ForeignKey("deal.id"), primary_key=True)
    stage_id: Mapped[int] = column(PLAIN, Id, ForeignKey("stage.id"), primary_key=True)
    reached_at: Mapped[Instant | None] = column(PERSONAL)
    reached_on: Mapped[date | None] = column(PERSONAL)
    owner_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    amount_minor: Mapped[int | None] = column(PERSONAL, BigInteger)
    currency: Mapped[str] = column(PLAIN, String(3))
    outcome: Mapped[str | None] = column(PLAIN, String(4))
    stay_days: Mapped[int | None] = column(PERSONAL, Integer)

    __table_args__ = (
        Index(None, "stage_id", "reached_on"),
        Index(None, "owner_id", "reached_on", "stage_id", "outcome", "stay_days"),
    )


class SavedViewRow(Versioned, Base):
    """A list of deals that somebody comes back to: what it asks, as the address says it.

    ``team_id`` is the team that it is published to; NULL where it is its owner's alone. Whoever opens
    it sees only what is in their own sight.
    """

    __tablename__ = "saved_view"

    id: Mapped[int] = key()
    owner_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    name: Mapped[str] = column(PERSONAL, String(80))
    name_key: Mapped[str] = column(PERSONAL, String(160))
    question: Mapped[str] = column(PERSONAL, String(2000))
    team_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"), index=True)

    __table_args__ = (UniqueConstraint("owner_id", "name_key"),)


class DealRollupRow(Base):
    """Deals counted by whom they are credited to, where they stand and in which month (cache).

    A row of ``fact`` ``state`` counts ``deal_state``, one of ``reach`` counts ``deal_reach``, one of
    ``stay`` the stays in open stages with their outcome as ``stage_kind``, one of ``cycle`` the stages
    that won deals had reached, in the month of their close, one of ``due`` the open deals in the month in
    which they are expected to close. With ``since_on`` at ``9999-12-31`` it
    holds what counts as of now; with the first of a month, what that month changed (signed), so that
    the sum of the months before a first of month is what counted then. ``month_on`` to
    ``month_last_on`` is the month of the close or of the reach, both ``0001-01-01`` where there is no
    such date. ``priced`` of the ``deals`` have an amount; ``amount_minor`` is their sum. ``days_taken``
    says how many took how many days, each as ``days:deals`` and a space, signed and in no order: what is
    learnt is added at its end. No change that the row knows of is later than ``last_at``.
    """

    __tablename__ = "deal_rollup"

    fact: Mapped[str] = column(PLAIN, String(5), primary_key=True)
    since_on: Mapped[date] = column(PLAIN, primary_key=True)
    month_on: Mapped[date] = column(PLAIN, primary_key=True)
    owner_id: Mapped[int] = column(PERSONAL, Id, ForeignKey("person.id"), primary_key=True)
    stage_id: Mapped[int] = column(PLAIN, Id, ForeignKey("stage.id"), primary_key=True)
    stage_kind: Mapped[str] = column(PLAIN, String(8), primary_key=True)
    currency: Mapped[str] = column(PLAIN, String(3), primary_key=True)
    month_last_on: Mapped[date] = column(PLAIN)
    deals: Mapped[int] = column(PERSONAL, BigInteger)
    priced: Mapped[int] = column(PERSONAL, BigInteger)
    amount_minor: Mapped[int] = column(PERSONAL, BigInteger)
    days_taken: Mapped[str] = column(PERSONAL, Text)
    last_at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (
        CheckConstraint("fact IN ('state', 'reach', 'stay', 'cycle', 'due')", name="fact_is_known"),
        Index(None, "owner_id", "fact", "month_on", "since_on"),
        Index(None, "fact", "month_on", "since_on"),
    )


class DealRollupAllRow(Base):
    """The same for everybody together: by month, and as of now by day as well (cache).

    ``from_on`` to ``to_on`` is a month, or one day; both are ``0001-01-01`` where there is no date.
    """

    __tablename__ = "deal_rollup_all"

    fact: Mapped[str] = column(PLAIN, String(5), primary_key=True)
    since_on: Mapped[date] = column(PLAIN, primary_key=True)
    from_on: Mapped[date] = column(PLAIN, primary_key=True)
    to_on: Mapped[date] = column(PLAIN, primary_key=True)
    stage_id: Mapped[int] = column(PLAIN, Id, ForeignKey("stage.id"), primary_key=True)
    stage_kind: Mapped[str] = column(PLAIN, String(8), primary_key=True)
    currency: Mapped[str] = column(PLAIN, String(3), primary_key=True)
    deals: Mapped[int] = column(PLAIN, BigInteger)
    priced: Mapped[int] = column(PLAIN, BigInteger)
    amount_minor: Mapped[int] = column(PLAIN, BigInteger)
    days_taken: Mapped[str] = column(PLAIN, Text)
    last_at: Mapped[Instant] = column(PLAIN)

    __table_args__ = (
        CheckConstraint("fact IN ('state', 'reach', 'stay', 'cycle', 'due')", name="fact_is_known"),
        Index(None, "fact", "from_on", "since_on"),
    )


class DealRollupZoneRow(Base):
    """In whose months ``deal_rollup`` counts changes: the organisation's zone when it was last built."""

    __tablename__ = "deal_rollup_zone"

    id: Mapped[int] = key()
    time_zone: Mapped[str] = column(PLAIN, String(64))

    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
