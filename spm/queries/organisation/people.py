"""Reads of people: the directory, one person, who can be chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import NotFound
from spm.domain.ids import OfficeId, PersonId, TeamId
from spm.domain.organisation import Person
from spm.domain.text import fold
from spm.models.organisation import (
    MembershipRow,
    OfficeRow,
    PersonRow,
    PostingRow,
    RoleGrantRow,
    RoleProposalRow,
    TeamRow,
)
from spm.queries.paging import PAGE_SIZE, Page, offset

ROLES_IN_ORDER = tuple(Role)
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class DirectoryLine:
    """A person as the directory shows them; team and office as they are that day.

    ``left_on`` is None for whoever is still here, whatever is planned.
    """

    id: PersonId
    name: str
    title: str
    left_on: date | None
    team_id: TeamId | None
    team: str | None
    office_id: OfficeId | None
    office: str | None
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryFilter:
    """What narrows the directory; everything empty shows all who are here."""

    search: str = ""
    team_id: int | None = None
    office_id: int | None = None
    role: Role | None = None
    with_leavers: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A role that waits for a second administrator."""

    person_id: PersonId
    person: str
    role: Role
    proposed_by: PersonId
    proposer: str


def find_person(session: Session, person_id: PersonId) -> Person | None:
    """Return a person, None where there is none of that id."""
    row = session.get(PersonRow, person_id)
    return None if row is None else person_of(row)


def get_person(session: Session, person_id: PersonId) -> Person:
    """Return a person.

    Raises:
        NotFound: There is none of that id.
    """
    person = find_person(session, person_id)
    if person is None:
        raise NotFound(what="person", id=person_id)
    return person


def person_of(row: PersonRow) -> Person:
    """Return a row as a record."""
    return Person(
        PersonId(row.id),
        row.name,
        row.email,
        row.title,
        row.locale,
        row.theme,
        row.left_on,
        row.version,
    )


def find_by_email(session: Session, email: str) -> Person | None:
    """Return who has an e-mail address, however it is written."""
    row = session.scalar(select(PersonRow).where(PersonRow.email_key == fold(email)))
    return None if row is None else person_of(row)


def people_named(session: Session, key: str) -> tuple[Person, ...]:
    """Return whom ``key`` may mean: the one with that address, else all of that name, by id."""
    found = find_by_email(session, key)
    if found is not None:
        return (found,)
    rows = session.scalars(
        select(PersonRow).where(PersonRow.name_key == fold(key)).order_by(PersonRow.id)
    )
    return tuple(person_of(row) for row in rows)


def everybody(session: Session) -> tuple[Person, ...]:
    """Return all people ever, by name."""
    rows = session.scalars(select(PersonRow).order_by(PersonRow.name_key, PersonRow.id))
    return tuple(person_of(row) for row in rows)


def directory(
    session: Session, wanted: DirectoryFilter, day: date, number: int = 1
) -> Page[DirectoryLine]:
    """Return a page of the directory as it is on ``day``, by name."""
    on_day = and_(MembershipRow.start_on <= day, day < MembershipRow.end_on)
    posted = and_(PostingRow.start_on <= day, day < PostingRow.end_on)
    query = (
        select(
            PersonRow.id,
            PersonRow.name,
            PersonRow.title,
            PersonRow.left_on,
            TeamRow.id,
            TeamRow.name,
            OfficeRow.id,
            OfficeRow.name,
        )
        .outerjoin(MembershipRow, and_(MembershipRow.person_id == PersonRow.id, on_day))
        .outerjoin(TeamRow, TeamRow.id == MembershipRow.team_id)
        .outerjoin(PostingRow, and_(PostingRow.person_id == PersonRow.id, posted))
        .outerjoin(OfficeRow, OfficeRow.id == PostingRow.office_id)
        .where(*_narrowed(wanted, day))
    )
    lines = session.execute(
        query.order_by(PersonRow.name_key, PersonRow.id).limit(PAGE_SIZE).offset(offset(number))
    ).all()
    roles = roles_of_people(session, [line[0] for line in lines])
    return Page(
        [
            DirectoryLine(
                PersonId(about),
                name,
                title,
                left_on if left_on is not None and left_on <= day else None,
                None if team_id is None else TeamId(team_id),
                team,
                None if office_id is None else OfficeId(office_id),
                office,
                roles.get(about, ()),
            )
            for about, name, title, left_on, team_id, team, office_id, office in lines
        ],
        _count(session, query),
        number,
    )


def _narrowed(wanted: DirectoryFilter, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        words = fold(wanted.search[:LONGEST_SEARCH]).split()
        conditions += [
            or_(
                PersonRow.name_key.contains(word, autoescape=True),
                func.lower(PersonRow.title).contains(word, autoescape=True),
            )
            for word in words
        ]
    if wanted.team_id is not None:
        conditions.append(TeamRow.id == wanted.team_id)
    if wanted.office_id is not None:
        conditions.append(OfficeRow.id == wanted.office_id)
    if wanted.role is not None:
        held = select(RoleGrantRow.person_id).where(RoleGrantRow.role == wanted.role.value)
        conditions.append(PersonRow.id.in_(held))
    if not wanted.with_leavers:
        conditions.append(is_here(day))
    return conditions


def is_here(day: date) -> ColumnElement[bool]:
    """Return the condition under which a person has not left on ``day``."""
    return or_(PersonRow.left_on.is_(None), PersonRow.left_on > day)


def _count(session: Session, query: Select[Any]) -> int:
    people = query.with_only_columns(PersonRow.id).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(people)) or 0


def people_choices(session: Session, day: date) -> tuple[tuple[PersonId, str], ...]:
    """Return everybody who is here on ``day`` as (id, name), by name.

    Namesakes are told apart by their e-mail address or number.
    """
    rows = session.execute(
        select(PersonRow.id, PersonRow.name, PersonRow.name_key, PersonRow.email)
        .where(is_here(day))
        .order_by(PersonRow.name_key, PersonRow.id)
    ).all()
    keys = [row.name_key for row in rows]
    return tuple(
        (
            PersonId(row.id),
            row.name if keys.count(row.name_key) == 1 else f"{row.name} ({row.email or row.id})",
        )
        for row in rows
    )


def roles_of(session: Session, person_id: PersonId) -> tuple[Role, ...]:
    """Return a person's roles, in the order of ``Role``."""
    return roles_of_people(session, [person_id]).get(person_id, ())


def roles_of_people(session: Session, people: Iterable[int]) -> Mapping[int, tuple[Role, ...]]:
    """Return the roles of some people, in the order of ``Role``; without those who have none."""
    held: dict[int, set[Role]] = {}
    for person_id, role in session.execute(
        select(RoleGrantRow.person_id, RoleGrantRow.role).where(
            RoleGrantRow.person_id.in_(list(people))
        )
    ):
        held.setdefault(person_id, set()).add(Role(role))
    return {
        person_id: tuple(role for role in ROLES_IN_ORDER if role in roles)
        for person_id, roles in held.items()
    }


def proposals(session: Session, person_id: PersonId | None = None) -> tuple[Proposal, ...]:
    """Return the roles that wait for a second administrator, everybody's or one person's."""
    proposer = select(PersonRow.id, PersonRow.name).subquery()
    query = (
        select(
            RoleProposalRow.person_id,
            PersonRow.name,
            RoleProposalRow.role,
            RoleProposalRow.proposed_by,
            proposer.c.name,
        )
        .join(PersonRow, PersonRow.id == RoleProposalRow.person_id)
        .join(proposer, proposer.c.id == RoleProposalRow.proposed_by)
        .order_by(RoleProposalRow.proposed_at, RoleProposalRow.person_id, RoleProposalRow.role)
    )
    if person_id is not None:
        query = query.where(RoleProposalRow.person_id == person_id)
    return tuple(
        Proposal(PersonId(about), name, Role(role), PersonId(by), by_name)
        for about, name, role, by, by_name in session.execute(query)
    )
