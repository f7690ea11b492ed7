"""Search over people, accounts and deals: only what the reader may see, few of each kind, no counts.

What begins with the words is found by an index and comes first. Only where that is too little are
names looked through that hold the words somewhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.access import Actor, Permission, may_at_all, reach
from spm.domain.ids import AccountId, DealId, PersonId
from spm.domain.money import Money
from spm.domain.pipeline.stages import StageKind
from spm.domain.text import fold
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealRow, StageRow
from spm.queries.access import sees

MOST = 8
"""So many of each kind are shown."""
MOST_WORDS = 6
MOST_ACCOUNTS = 50
"""The deals of so many accounts that match are looked for as well."""
LAST = "\U0010ffff"
"""No text comes after this character."""


@dataclass(frozen=True, slots=True)
class PersonHit:
    """A person whose name matches."""

    id: PersonId
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class AccountHit:
    """An account whose name matches."""

    id: AccountId
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class DealHit:
    """A deal in sight whose name, or whose account's name, matches."""

    id: DealId
    name: str
    account_name: str | None
    owner_name: str
    stage_name: str
    stage_kind: StageKind
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the best first; ``has_more_deals``: the list of deals holds more."""

    people: tuple[PersonHit, ...] = ()
    accounts: tuple[AccountHit, ...] = ()
    deals: tuple[DealHit, ...] = ()
    has_more_deals: bool = False

    def __bool__(self) -> bool:
        return bool(self.people or self.accounts or self.deals)


def search(session: Session, actor: Actor, text: str, today: date) -> Found:
    """Return the people, accounts and deals whose names hold every word of ``text``.

    Case, width and blanks do not count. Nothing is found for nothing.
    """
    key = fold(text)
    words = key.split()[:MOST_WORDS]
    if not words or actor.person_id is None:
        return Found()
    accounts = _accounts(session, actor, key, words)
    deals = _deals(session, actor, key, words, [account.id for account in accounts])
    return Found(
        people=_people(session, words, today),
        accounts=tuple(accounts[:MOST]),
        deals=tuple(deals[:MOST]),
        has_more_deals=len(deals) > MOST,
    )


def _begins(session: Session, column: InstrumentedAttribute[str], key: str) -> ColumnElement[bool]:
    """Return the condition that an index on ``column`` answers in this database."""
    if session.get_bind().dialect.name == "sqlite":
        return and_(column >= key, column < key + LAST)
    return column.startswith(key, autoescape=True)


def _holds(column: InstrumentedAttribute[str], words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(column.contains(word, autoescape=True) for word in words))


def _people(session: Session, words: Sequence[str], today: date) -> tuple[PersonHit, ...]:
    """The directory is everybody's to read."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.name, PersonRow.title)
        .where(
            _holds(PersonRow.name_key, words),
            or_(PersonRow.left_on.is_(None), PersonRow.left_on > today),
        )
        .order_by(PersonRow.name_key, PersonRow.id)
        .limit(MOST)
    )
    return tuple(PersonHit(PersonId(key), name, title) for key, name, title in rows)


def _accounts(session: Session, actor: Actor, key: str, words: Sequence[str]) -> list[AccountHit]:
    if not may_at_all(actor, Permission.ACCOUNTS_VIEW):
        return []
    found: dict[int, AccountHit] = {}
    for where in (_begins(session, AccountRow.name_key, key), _holds(AccountRow.name_key, words)):
        rows = session.execute(
            select(AccountRow.id, AccountRow.name, AccountRow.city, AccountRow.country)
            .where(where)
            .order_by(AccountRow.name_key, AccountRow.id)
            .limit(MOST_ACCOUNTS)
        )
        for row in rows:
            place = ", ".join(part for part in (row.city, row.country) if part)
            found.setdefault(row.id, AccountHit(AccountId(row.id), row.name, place))
        if len(found) >= MOST_ACCOUNTS:
            break
    return list(found.values())


def _deals(
    session: Session,
    actor: Actor,
    key: str,
    words: Sequence[str],
    account_ids: Sequence[AccountId],
) -> list[DealHit]:
    visible = sees(reach(actor, Permission.DEALS_VIEW), DealRow.owner_id)
    ways: list[tuple[ColumnElement[bool], Any]] = [
        (_begins(session, DealRow.name_key, key), DealRow.name_key),
        (DealRow.account_id.in_(account_ids), DealRow.id.desc()),
        (_holds(DealRow.name_key, words), DealRow.name_key),
    ]
    found: dict[int, DealHit] = {}
    for where, order in ways:
        for hit in _hits(session, and_(visible, where), order):
            found.setdefault(hit.id, hit)
        if len(found) > MOST:
            break
    return list(found.values())


def _hits(session: Session, where: ColumnElement[bool], order: Any) -> list[DealHit]:
    # First the few rows, by one table and its index; then their names.
    ids = select(DealRow.id).where(where).order_by(order).limit(MOST + 1).subquery()
    rows = session.execute(
        select(DealRow, StageRow.name, StageRow.kind, PersonRow.name, AccountRow.name)
        .join(ids, ids.c.id == DealRow.id)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .join(PersonRow, PersonRow.id == DealRow.owner_id)
        .outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
        .order_by(order)
    )
    return [
        DealHit(
            id=DealId(row.id),
            name=row.name,
            account_name=account,
            owner_name=owner,
            stage_name=stage,
            stage_kind=StageKind(kind),
            amount=None if row.amount_minor is None else Money(row.currency, row.amount_minor),
        )
        for row, stage, kind, owner, account in rows
    ]
