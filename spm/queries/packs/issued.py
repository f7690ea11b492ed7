"""The packs that were issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from spm.domain.access import Actor, Permission, reach
from spm.domain.errors import NotFound
from spm.domain.ids import PackId, PersonId, TeamId
from spm.domain.packs.content import PackContent, ReviewPack, Side, SignOff
from spm.domain.period import Period, name_of
from spm.domain.targets.target import Owner
from spm.models.organisation import PersonRow, TeamRow
from spm.models.packs import PackSignOffRow, ReviewPackRow
from spm.queries.access import sees
from spm.queries.paging import PAGE_SIZE, Page, offset

_SUBJECT = aliased(PersonRow, name="pack_person")
_ISSUER = aliased(PersonRow, name="pack_issuer")
_TEAM = aliased(TeamRow, name="pack_team")


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack as a list shows it.

    Attributes:
        person_id: Whom it is about; None where it is about a team.
        person: The name of the person or team.
        sides: Who has signed it off.
        is_latest: Whether no later issue replaces it.
    """

    id: PackId
    number: str
    issue: int
    person_id: PersonId | None
    person: str
    period_name: str
    as_of: datetime
    issued_at: datetime
    issued_by: str
    sides: frozenset[Side]
    is_latest: bool


def packs(
    session: Session,
    actor: Actor,
    *,
    fiscal_start: int = 1,
    person_id: PersonId | None = None,
    waits_for: Side | None = None,
    number: int = 1,
) -> Page[PackLine]:
    """Return the packs in sight, the latest issue first.

    Args:
        session: Where to read.
        actor: Who looks.
        fiscal_start: The month that names of periods go by.
        person_id: Only this person's packs.
        waits_for: Only the latest issues that this side has not signed off.
        number: Which page.
    """
    later = _later()
    query = (
        select(
            ReviewPackRow.id,
            ReviewPackRow.number,
            ReviewPackRow.issue,
            ReviewPackRow.person_id,
            func.coalesce(_SUBJECT.name, _TEAM.name),
            ReviewPackRow.period_start,
            ReviewPackRow.period_end,
            ReviewPackRow.as_of,
            ReviewPackRow.issued_at,
            _ISSUER.name,
            later.c.number,
        )
        .outerjoin(_SUBJECT, _SUBJECT.id == ReviewPackRow.person_id)
        .outerjoin(_TEAM, _TEAM.id == ReviewPackRow.team_id)
        .outerjoin(_ISSUER, _ISSUER.id == ReviewPackRow.issued_by)
        .outerjoin(later, later.c.supersedes_id == ReviewPackRow.id)
        .where(_in_sight(actor))
    )
    if person_id is not None:
        query = query.where(ReviewPackRow.person_id == person_id)
    if waits_for is not None:
        signed = select(PackSignOffRow.pack_id).where(PackSignOffRow.side == waits_for.value)
        query = query.where(later.c.number.is_(None), ReviewPackRow.id.not_in(signed))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(
        query.order_by(ReviewPackRow.issued_at.desc(), ReviewPackRow.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset(number))
    ).all()
    sides = _sides(session, [row[0] for row in rows])
    lines = [
        PackLine(
            PackId(pack_id),
            name,
            issue,
            None if about is None else PersonId(about),
            person,
            name_of(Period(start, end), fiscal_start),
            as_of,
            issued_at,
            issuer or "",
            sides.get(pack_id, frozenset()),
            replaced is None,
        )
        for pack_id, name, issue, about, person, start, end, as_of, issued_at, issuer, replaced in rows
    ]
    return Page(lines, total, number)


def get_pack(session: Session, actor: Actor, pack_id: PackId) -> ReviewPack:
    """Return an issued pack with its content and sign-offs.

    Raises:
        NotFound: There is none, or none that ``actor`` may see.
        PackUnreadable: Its content was stored by a later release.
    """
    # Sight is part of the question: to read the content first would let the clock tell that it exists.
    found = session.execute(_packs().where(ReviewPackRow.id == pack_id, _in_sight(actor))).first()
    if found is None:
        raise NotFound(what="pack", id=pack_id)
    return _record(session, found)


def find_latest(session: Session, owner: Owner, period: Period) -> ReviewPack | None:
    """Return the latest issue for a person or team and a period; None before the first."""
    found = session.execute(
        _packs()
        .where(
            _about(owner),
            ReviewPackRow.period_start == period.start,
            ReviewPackRow.period_end == period.end,
        )
        .order_by(ReviewPackRow.issue.desc())
        .limit(1)
    ).first()
    return None if found is None else _record(session, found)


def find_first_id(session: Session, owner: Owner, start: date, end: date) -> int | None:
    """Return the id of the first issue for a person or team and a period, which numbers all of them."""
    return session.scalar(
        select(func.min(ReviewPackRow.id)).where(
            _about(owner),
            ReviewPackRow.period_start == start,
            ReviewPackRow.period_end == end,
        )
    )


def _about(owner: Owner) -> ColumnElement[bool]:
    if owner.team_id is not None:
        return ReviewPackRow.team_id == owner.team_id
    return ReviewPackRow.person_id == owner.person_id


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    seen = reach(actor, Permission.PACKS_VIEW)
    return sees(seen, ReviewPackRow.person_id, ReviewPackRow.team_id)


def _later() -> Any:
    row = aliased(ReviewPackRow, name="later_pack")
    return select(row.supersedes_id, row.number).where(row.supersedes_id.is_not(None)).subquery()


def _packs() -> Select[Any]:
    later = _later()
    before = aliased(ReviewPackRow, name="earlier_pack")
    return (
        select(ReviewPackRow, _ISSUER.name, before.number, later.c.number)
        .outerjoin(_ISSUER, _ISSUER.id == ReviewPackRow.issued_by)
        .outerjoin(before, before.id == ReviewPackRow.supersedes_id)
        .outerjoin(later, later.c.supersedes_id == ReviewPackRow.id)
    )


def _record(session: Session, found: Any) -> ReviewPack:
    row, issuer, supersedes, superseded_by = found
    return ReviewPack(
        id=PackId(row.id),
        number=row.number,
        issue=row.issue,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        team_id=None if row.team_id is None else TeamId(row.team_id),
        content=PackContent.from_json(row.content),
        language=row.locale,
        paper=row.paper,
        digest=row.digest,
        issued_at=row.issued_at,
        issued_by=issuer or "",
        supersedes=supersedes,
        superseded_by=superseded_by,
        sign_offs=_sign_offs(session, row.id),
    )


def _sign_offs(session: Session, pack_id: int) -> tuple[SignOff, ...]:
    rows = session.execute(
        select(PackSignOffRow, PersonRow.name)
        .join(PersonRow, PersonRow.id == PackSignOffRow.person_id)
        .where(PackSignOffRow.pack_id == pack_id)
        .order_by(PackSignOffRow.id)
    )
    return tuple(
        SignOff(Side(row.side), name, row.at, row.comment, PersonId(row.person_id))
        for row, name in rows
    )


def _sides(session: Session, packs: list[int]) -> Mapping[int, frozenset[Side]]:
    found: dict[int, set[Side]] = {}
    for pack_id, side in session.execute(
        select(PackSignOffRow.pack_id, PackSignOffRow.side).where(PackSignOffRow.pack_id.in_(packs))
    ):
        found.setdefault(pack_id, set()).add(Side(side))
    return {pack_id: frozenset(sides) for pack_id, sides in found.items()}
