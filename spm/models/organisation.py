"""The organisation, its people, teams, offices and territories.

Facts about who belongs where are effective-dated, half-open: ``start_on <= day < end_on``. An open
start is ``date.min`` and an open end ``date.max`` (``spm.domain.period.EVER`` and ``NEVER``), so that
one comparison serves and an index can.
"""

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, declared_attr

from spm.models.base import Base
from spm.models.columns import PERSONAL, PLAIN, Id, Instant, column, key
from spm.models.versioned import Versioned


class OrganisationRow(Versioned, Base):
    """The one organisation of this installation (id 1)."""

    __tablename__ = "organisation"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(200))
    time_zone: Mapped[str] = column(PLAIN, String(64))
    currency: Mapped[str] = column(PLAIN, String(3))
    fiscal_start_month: Mapped[int] = column(PLAIN, Integer)
    locale: Mapped[str] = column(PLAIN, String(8))
    is_fiscal_start_chosen: Mapped[bool] = column(PLAIN, Boolean)
    is_set_up: Mapped[bool] = column(PLAIN, Boolean)
    requires_target_approval: Mapped[bool] = column(PLAIN, Boolean, default=False)
    minimum_n: Mapped[int] = column(PLAIN, Integer, default=10)

    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("minimum_n BETWEEN 1 AND 1000", name="minimum_n_is_some"),
        CheckConstraint("fiscal_start_month BETWEEN 1 AND 12", name="fiscal_start_is_a_month"),
    )


class HolidayRow(Base):
    """A day on which nobody is expected to sell; people edit this calendar."""

    __tablename__ = "holiday"

    on: Mapped[date] = column(PLAIN, primary_key=True)
    name: Mapped[str] = column(PLAIN, String(120))


class RegionRow(Versioned, Base):
    """A group of offices."""

    __tablename__ = "region"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)


class OfficeRow(Versioned, Base):
    """A place that people sell from."""

    __tablename__ = "office"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)
    region_id: Mapped[int | None] = column(PLAIN, ForeignKey("region.id"))


class PersonRow(Versioned, Base):
    """Somebody who is measured or who signs in; imported people may do only the first."""

    __tablename__ = "person"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PERSONAL, String(200))
    name_key: Mapped[str] = column(PERSONAL, String(400), index=True)
    email: Mapped[str | None] = column(PERSONAL, String(254))
    email_key: Mapped[str | None] = column(PERSONAL, String(508), unique=True)
    title: Mapped[str] = column(PERSONAL, String(120), default="")
    locale: Mapped[str | None] = column(PERSONAL, String(8))
    theme: Mapped[str] = column(PERSONAL, String(8), default="auto")
    left_on: Mapped[date | None] = column(PERSONAL)
    created_at: Mapped[Instant] = column(PERSONAL)

    __table_args__ = (
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_and_its_key"),
    )


class RoleGrantRow(Base):
    """A role that a person has; taking it away deletes the row, the audit log keeps it."""

    __tablename__ = "role_grant"

    person_id: Mapped[int] = column(PERSONAL, Id, ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = column(PERSONAL, String(20), primary_key=True)
    granted_at: Mapped[Instant] = column(PERSONAL)
    granted_by: Mapped[int | None] = column(PERSONAL, ForeignKey("person.id"))


class RoleProposalRow(Base):
    """A role that one administrator proposed and a second one has yet to confirm."""

    __tablename__ = "role_proposal"

    person_id: Mapped[int] = column(PERSONAL, Id, ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = column(PERSONAL, String(20), primary_key=True)
    proposed_at: Mapped[Instant] = column(PERSONAL)
    proposed_by: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))


class TeamRow(Versioned, Base):
    """A team; the tree is by ``parent_id``."""

    __tablename__ = "team"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)
    parent_id: Mapped[int | None] = column(PLAIN, ForeignKey("team.id"))


class TerritoryRow(Versioned, Base):
    """A part of the market; the tree is by ``parent_id`` (a group of territories is one)."""

    __tablename__ = "territory"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)
    country: Mapped[str] = column(PLAIN, String(120), default="")
    parent_id: Mapped[int | None] = column(PLAIN, ForeignKey("territory.id"))


class Dated:
    """Mixin of the effective-dated facts about a person."""

    id: Mapped[int] = key()
    start_on: Mapped[date] = column(PERSONAL, default=date.min)
    end_on: Mapped[date] = column(PERSONAL, default=date.max)
    recorded_at: Mapped[Instant] = column(PERSONAL)

    @declared_attr
    def person_id(cls) -> Mapped[int]:
        """Whom the fact is about."""
        return column(PERSONAL, ForeignKey("person.id"))


def _dated(*columns: str) -> tuple[CheckConstraint, UniqueConstraint, Index]:
    return (
        CheckConstraint("start_on < end_on", name="starts_before_it_ends"),
        UniqueConstraint("person_id", *columns, "start_on"),
        Index(None, *(columns or ("person_id",)), "start_on", "end_on"),
    )


class MembershipRow(Dated, Base):
    """That a person belongs to a team; one team at a time."""

    __tablename__ = "membership"

    team_id: Mapped[int] = column(PERSONAL, ForeignKey("team.id"))
    __table_args__ = _dated("team_id")


class TeamHeadRow(Dated, Base):
    """That a person leads a team."""

    __tablename__ = "team_head"

    team_id: Mapped[int] = column(PERSONAL, ForeignKey("team.id"))
    __table_args__ = _dated("team_id")


class ReportingLineRow(Dated, Base):
    """That a person reports to another; one manager at a time."""

    __tablename__ = "reporting_line"

    manager_id: Mapped[int] = column(PERSONAL, ForeignKey("person.id"))
    __table_args__ = (
        *_dated("manager_id"),
        CheckConstraint("person_id <> manager_id", name="nobody_reports_to_himself"),
    )


class PostingRow(Dated, Base):
    """That a person works at an office; one office at a time."""

    __tablename__ = "posting"

    office_id: Mapped[int] = column(PERSONAL, ForeignKey("office.id"))
    __table_args__ = _dated("office_id")


class TerritoryAssignmentRow(Dated, Base):
    """That a person works a territory; many to many."""

    __tablename__ = "territory_assignment"

    territory_id: Mapped[int] = column(PERSONAL, ForeignKey("territory.id"))
    __table_args__ = _dated("territory_id")
