"""Who belongs where on which day: the dated facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.ids import PersonId
from spm.domain.organisation import Line, LinkKind, Span, people_below
from spm.domain.period import EVER, NEVER
from spm.models.organisation import (
    Dated,
    MembershipRow,
    OfficeRow,
    PersonRow,
    PostingRow,
    ReportingLineRow,
    TeamHeadRow,
    TeamRow,
    TerritoryAssignmentRow,
    TerritoryRow,
)

LinkRow = type[MembershipRow | ReportingLineRow | PostingRow | TeamHeadRow | TerritoryAssignmentRow]

LINK_ROWS: Mapping[LinkKind, LinkRow] = {
    LinkKind.MEMBERSHIP: MembershipRow,
    LinkKind.LINE: ReportingLineRow,
    LinkKind.POSTING: PostingRow,
    LinkKind.HEAD: TeamHeadRow,
    LinkKind.TERRITORY: TerritoryAssignmentRow,
}
TARGET_COLUMNS: Mapping[LinkKind, str] = {
    LinkKind.MEMBERSHIP: "team_id",
    LinkKind.LINE: "manager_id",
    LinkKind.POSTING: "office_id",
    LinkKind.HEAD: "team_id",
    LinkKind.TERRITORY: "territory_id",
}
TARGET_ROWS: Mapping[LinkKind, type[PersonRow | TeamRow | OfficeRow | TerritoryRow]] = {
    LinkKind.MEMBERSHIP: TeamRow,
    LinkKind.LINE: PersonRow,
    LinkKind.POSTING: OfficeRow,
    LinkKind.HEAD: TeamRow,
    LinkKind.TERRITORY: TerritoryRow,
}


@dataclass(frozen=True, slots=True)
class Link:
    """A dated fact with the names of both its ends.

    Attributes:
        target_id: The team, manager, office or territory.
    """

    kind: LinkKind
    person_id: PersonId
    person: str
    target_id: int
    target: str
    start_on: date
    end_on: date

    @property
    def first_on(self) -> date | None:
        """The first day; None: always."""
        return None if self.start_on == EVER else self.start_on

    @property
    def last_on(self) -> date | None:
        """The last day; None: no end is known."""
        return None if self.end_on == NEVER else self.end_on - timedelta(days=1)


def target_column(kind: LinkKind) -> InstrumentedAttribute[Any]:
    """Return the column that says what a fact of ``kind`` ties a person to."""
    column: InstrumentedAttribute[Any] = getattr(LINK_ROWS[kind], TARGET_COLUMNS[kind])
    return column


def spans_of(session: Session, kind: LinkKind, person_id: PersonId) -> tuple[Span, ...]:
    """Return the facts of ``kind`` about a person, by start."""
    row = LINK_ROWS[kind]
    return tuple(
        Span(target_id, start_on, end_on)
        for target_id, start_on, end_on in session.execute(
            select(target_column(kind), row.start_on, row.end_on)
            .where(row.person_id == person_id)
            .order_by(row.start_on, row.id)
        )
    )


def links_of(
    session: Session,
    kind: LinkKind,
    *,
    person_id: PersonId | None = None,
    target_id: int | None = None,
    day: date | None = None,
) -> tuple[Link, ...]:
    """Return facts of ``kind``: a person's, those that point at one target, those of one day.

    Newest start first, then by the person's name.
    """
    row, target, target_row = LINK_ROWS[kind], target_column(kind), TARGET_ROWS[kind]
    target_name = (
        select(target_row.name).where(target_row.id == target).correlate(row).scalar_subquery()
    )
    query = (
        select(row.person_id, PersonRow.name, target, target_name, row.start_on, row.end_on)
        .join(PersonRow, PersonRow.id == row.person_id)
        .order_by(row.start_on.desc(), PersonRow.name_key, row.id)
    )
    if kind is LinkKind.LINE:
        # Both ends are people: the subquery needs a name of its own.
        manager = select(PersonRow.id, PersonRow.name).subquery()
        query = (
            select(row.person_id, PersonRow.name, target, manager.c.name, row.start_on, row.end_on)
            .join(PersonRow, PersonRow.id == row.person_id)
            .join(manager, manager.c.id == target)
            .order_by(row.start_on.desc(), PersonRow.name_key, row.id)
        )
    if person_id is not None:
        query = query.where(row.person_id == person_id)
    if target_id is not None:
        query = query.where(target == target_id)
    if day is not None:
        query = query.where(row.start_on <= day, day < row.end_on)
    return tuple(
        Link(kind, PersonId(about), person, to, name, start_on, end_on)
        for about, person, to, name, start_on, end_on in session.execute(query)
    )


def lines(session: Session) -> tuple[Line, ...]:
    """Return every reporting line there ever was or will be."""
    row = ReportingLineRow
    return tuple(
        Line(PersonId(person_id), PersonId(manager_id), start_on, end_on)
        for person_id, manager_id, start_on, end_on in session.execute(
            select(row.person_id, row.manager_id, row.start_on, row.end_on)
        )
    )


def people_led(session: Session, person_id: PersonId, today: date) -> frozenset[PersonId]:
    """Return everybody below ``person_id`` on ``today``, at any depth, without the person."""
    row = ReportingLineRow
    pairs = session.execute(select(row.manager_id, row.person_id).where(*_on(row, today)))
    return people_below([(manager_id, report_id) for manager_id, report_id in pairs], person_id)


def _on(row: type[Dated], day: date) -> tuple[Any, Any]:
    return row.start_on <= day, day < row.end_on
