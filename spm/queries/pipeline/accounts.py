"""Reads of accounts; the deals that count are those in the reader's sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.access import Actor, Permission, may, reach
from spm.domain.errors import NotFound
from spm.domain.ids import AccountId
from spm.domain.money import Money
from spm.domain.pipeline.accounts import Account, AccountFacts
from spm.domain.pipeline.stages import StageKind
from spm.domain.text import fold
from spm.models.pipeline import AccountRow, DealRow, StageRow
from spm.queries.access import sees


class AccountSort(StrEnum):
    """What a list of accounts can be sorted by."""

    NAME = "name"
    INDUSTRY = "industry"
    COUNTRY = "country"
    OPEN = "open"
    WON = "won"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in a list, with how many deals in sight are open and won."""

    id: AccountId
    name: str
    industry: str
    city: str
    country: str
    open_deals: int
    won_deals: int


@dataclass(frozen=True, slots=True)
class AccountList:
    """One page of accounts and how many there are in all."""

    lines: tuple[AccountLine, ...]
    total: int


def accounts_page(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    sort: AccountSort = AccountSort.NAME,
    is_descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> AccountList:
    """Return the accounts whose name holds every word of ``text``, one page of them."""
    where = _matches(text)
    total = session.scalar(select(func.count()).select_from(AccountRow).where(where)) or 0
    visible = sees(reach(actor, Permission.DEALS_VIEW), DealRow.owner_id)
    counts = (
        select(
            DealRow.account_id.label("account_id"),
            func.count().filter(StageRow.kind == StageKind.OPEN.value).label("open_deals"),
            func.count().filter(StageRow.kind == StageKind.WON.value).label("won_deals"),
        )
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .where(visible, DealRow.account_id.is_not(None))
        .group_by(DealRow.account_id)
        .subquery()
    )
    open_deals = func.coalesce(counts.c.open_deals, 0)
    won_deals = func.coalesce(counts.c.won_deals, 0)
    by: dict[AccountSort, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
        AccountSort.NAME: AccountRow.name_key,
        AccountSort.INDUSTRY: AccountRow.industry,
        AccountSort.COUNTRY: AccountRow.country,
        AccountSort.OPEN: open_deals,
        AccountSort.WON: won_deals,
    }
    order = by[sort].desc() if is_descending else by[sort].asc()
    rows = session.execute(
        select(AccountRow, open_deals, won_deals)
        .outerjoin(counts, counts.c.account_id == AccountRow.id)
        .where(where)
        .order_by(order, AccountRow.name_key, AccountRow.id)
        .offset(offset)
        .limit(limit)
    )
    return AccountList(tuple(_line(*row) for row in rows), total)


def get_account(session: Session, actor: Actor, account_id: AccountId) -> Account:
    """Return one account.

    Raises:
        NotFound: There is none, or the actor may read no accounts.
    """
    row = session.get(AccountRow, account_id)
    if row is None or not may(actor, Permission.ACCOUNTS_VIEW):
        raise NotFound(what="account", id=account_id)
    parent = None if row.parent_id is None else session.get(AccountRow, row.parent_id)
    return Account(
        id=AccountId(row.id),
        facts=AccountFacts(
            name=row.name,
            industry=row.industry,
            city=row.city,
            country=row.country,
            website=row.website,
            employees=row.employees,
            founded_year=row.founded_year,
            annual_revenue=_money(row.annual_revenue_minor, row.currency),
            parent_id=None if row.parent_id is None else AccountId(row.parent_id),
        ),
        parent_name=None if parent is None else parent.name,
        version=row.version,
    )


def accounts_named(session: Session, name: str) -> tuple[AccountId, ...]:
    """Return the accounts called ``name``, whatever the case and width of its letters."""
    return tuple(
        AccountId(account_id)
        for account_id in session.scalars(
            select(AccountRow.id).where(AccountRow.name_key == fold(name)).order_by(AccountRow.id)
        )
    )


def accounts_above(session: Session, account_id: AccountId) -> tuple[int, ...]:
    """Return an account, the one that it belongs to, and so on; a circle ends where it closes."""
    found: list[int] = []
    following: int | None = account_id
    while following is not None and following not in found:
        found.append(following)
        following = session.scalar(select(AccountRow.parent_id).where(AccountRow.id == following))
    return tuple(found)


def account_names(session: Session, limit: int = 500) -> tuple[str, ...]:
    """Return names of accounts in order, to choose from; at most ``limit``."""
    return tuple(
        session.scalars(select(AccountRow.name).distinct().order_by(AccountRow.name).limit(limit))
    )


def owners_of_account(session: Session, account_id: AccountId) -> Sequence[int]:
    """Return the ids of all people who own a deal with the account."""
    return session.scalars(
        select(DealRow.owner_id).where(DealRow.account_id == account_id).distinct()
    ).all()


def _matches(text: str) -> ColumnElement[bool]:
    """Every word of ``text`` stands in the name."""
    words = (AccountRow.name_key.contains(word, autoescape=True) for word in fold(text).split())
    return and_(true(), *words)


def _line(row: AccountRow, open_deals: int, won_deals: int) -> AccountLine:
    return AccountLine(
        AccountId(row.id),
        row.name,
        row.industry,
        row.city,
        row.country,
        open_deals,
        won_deals,
    )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(currency, minor)
