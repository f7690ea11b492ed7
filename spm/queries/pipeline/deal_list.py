"""The list of deals: what can be filtered and sorted by, and only what the reader may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil, floor
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.access import Actor, Permission, Subject, reach
from spm.domain.errors import Invalid
from spm.domain.ids import (
    AccountId,
    DealId,
    PersonId,
    PipelineId,
    ProductId,
    StageId,
    TeamId,
    TerritoryId,
)
from spm.domain.money import MINOR_DIGITS, Money
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import Concern, Status
from spm.domain.pipeline.stages import StageKind
from spm.domain.text import fold
from spm.models.organisation import MembershipRow, PersonRow, TeamRow
from spm.models.pipeline import AccountRow, DealRow, ProductRow, StageRow
from spm.queries.access import sees
from spm.queries.organisation.settings import get_organisation
from spm.queries.pipeline import everybody

PAGE = 50
"""How many deals a page shows."""

USUAL_DIGITS = 2
"""Most currencies have cents."""


class Sort(StrEnum):
    """What a list of deals can be sorted by."""

    NAME = "name"
    ACCOUNT = "account"
    OWNER = "owner"
    STAGE = "stage"
    AMOUNT = "amount"
    EXPECTED = "expected"
    OPENED = "opened"
    CLOSED = "closed"
    SINCE = "since"


class RangeEmpty(Invalid):
    """A range of dates or amounts ends before it begins."""

    code = "deals.range-empty"


@dataclass(frozen=True, slots=True)
class Range:
    """The dates from ``start`` up to and including ``last``; None is open.

    (People type the last day of a range, so the form and the address say it inclusively.)
    """

    start: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.last is not None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deals; None and empty do not narrow.

    Attributes:
        team_id: Owned by somebody who belongs to that team, or to one below it, today.
        concern: Open, and asking for somebody's attention by that today.
        least: Worth at least so many units of the deal's own currency.
        most: Worth at most so many.
    """

    owner_id: PersonId | None = None
    team_id: TeamId | None = None
    pipeline_id: PipelineId | None = None
    stage_id: StageId | None = None
    account_id: AccountId | None = None
    product_id: ProductId | None = None
    territory_id: TerritoryId | None = None
    status: Status | None = None
    concern: Concern | None = None
    expected: Range = Range()
    opened: Range = Range()
    closed: Range = Range()
    least: Decimal | None = None
    most: Decimal | None = None
    text: str = ""

    def check(self) -> None:
        """Check that every range can hold a date.

        Raises:
            RangeEmpty: One ends before it begins; ``field`` names it.
        """
        for field, found in (
            ("expected_to", self.expected),
            ("opened_to", self.opened),
            ("closed_to", self.closed),
        ):
            if found.start and found.last and found.last < found.start:
                raise RangeEmpty(field=field)
        if self.least is not None and self.most is not None and self.most < self.least:
            raise RangeEmpty(field="amount_to")


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal in a list."""

    id: DealId
    name: str
    owner_id: PersonId
    owner_name: str
    account_id: AccountId | None
    account_name: str | None
    product_name: str | None
    stage_name: str
    stage_kind: StageKind
    amount: Money | None
    expected_close_on: date | None
    opened_on: date | None
    closed_on: date | None
    next_step: str
    version: int

    @property
    def subject(self) -> Subject:
        """What the rules of access ask of a deal."""
        return Subject(owner_id=self.owner_id)


@dataclass(frozen=True, slots=True)
class DealList:
    """One page of deals, and what all pages together come to.

    Attributes:
        total: How many deals match.
        sums: Their amounts, one sum per currency, by code.
        unknown_amounts: How many of them have no amount.
    """

    lines: tuple[DealLine, ...]
    total: int
    sums: tuple[Money, ...]
    unknown_amounts: int


_ORDER: dict[Sort, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    Sort.NAME: DealRow.name_key,
    Sort.ACCOUNT: AccountRow.name_key,
    Sort.OWNER: PersonRow.name_key,
    Sort.STAGE: StageRow.position,
    Sort.AMOUNT: DealRow.amount_minor,
    Sort.EXPECTED: DealRow.expected_close_on,
    Sort.OPENED: DealRow.opened_on,
    Sort.CLOSED: DealRow.closed_on,
    Sort.SINCE: DealRow.stage_since_at,
}


def deals_page(
    session: Session,
    actor: Actor,
    filters: Filters,
    today: date,
    *,
    sort: Sort = Sort.EXPECTED,
    is_descending: bool = False,
    page: int = 1,
) -> DealList:
    """Return one page (from 1) of the deals that match and that ``actor`` may see, and their sums.

    What has no value to sort by comes last, whichever way.

    Raises:
        RangeEmpty: A range of dates ends before it begins.
    """
    where = narrowed(session, actor, filters, today)
    stages = _stages_alone(session, actor, filters)
    groups = None if stages is None else everybody.totals(session, stages)
    if groups is None:
        groups = _groups(session, where, filters)
    offset = (page - 1) * PAGE
    if stages and sort in _BY_STAGE:
        ids = everybody.first_ids(
            session,
            stages,
            _BY_STAGE[sort],
            is_descending=is_descending,
            offset=offset,
            limit=PAGE,
        )
        lines = _lines_of(session, ids)
    else:
        lines = _lines(session, where, sort, is_descending=is_descending, offset=offset, limit=PAGE)
    return DealList(
        lines=lines,
        total=sum(count for _, count, _, _ in groups),
        sums=tuple(Money(currency, int(minor)) for currency, _, known, minor in groups if known),
        unknown_amounts=sum(count - known for _, count, known, _ in groups),
    )


_BY_STAGE: dict[Sort, InstrumentedAttribute[Any]] = {
    Sort.EXPECTED: DealRow.expected_close_on,
    Sort.CLOSED: DealRow.closed_on,
}
"""What an index orders the deals of a stage by."""


def _stages_alone(session: Session, actor: Actor, filters: Filters) -> tuple[int, ...] | None:
    """Return the stages that everybody's deals are narrowed to; None where it is not that simple."""
    seen = reach(actor, Permission.DEALS_VIEW)
    simple = Filters(
        status=filters.status, stage_id=filters.stage_id, pipeline_id=filters.pipeline_id
    )
    if not seen.is_everybody or seen.barred_people or filters != simple:
        return None
    statement = select(StageRow.id).order_by(StageRow.id)
    if filters.status is not None:
        statement = statement.where(_has_status(filters.status))
    if filters.stage_id is not None:
        statement = statement.where(StageRow.id == filters.stage_id)
    if filters.pipeline_id is not None:
        statement = statement.where(StageRow.pipeline_id == filters.pipeline_id)
    return tuple(session.scalars(statement))


def _groups(
    session: Session, where: ColumnElement[bool], filters: Filters
) -> Sequence[tuple[str, int, int, int]]:
    """Return per currency how many deals match, how many have an amount, and their sum.

    Only what is asked of is joined: over all deals each table more is felt.
    """
    statement = (
        select(
            DealRow.currency,
            func.count(),
            func.count(DealRow.amount_minor),
            func.sum(DealRow.amount_minor),
        )
        .select_from(DealRow)
        .where(where)
        .group_by(DealRow.currency)
        .order_by(DealRow.currency)
    )
    if filters.status is not None or filters.concern is not None:
        statement = statement.join(StageRow, StageRow.id == DealRow.stage_id)
    if filters.text:
        statement = statement.outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
    return [
        (currency, count, known, int(minor or 0))
        for currency, count, known, minor in session.execute(statement)
    ]


def all_deals(
    session: Session,
    actor: Actor,
    filters: Filters,
    today: date,
    *,
    sort: Sort = Sort.EXPECTED,
    is_descending: bool = False,
) -> tuple[DealLine, ...]:
    """Return every deal that matches and that ``actor`` may see, for an export.

    Raises:
        RangeEmpty: A range of dates ends before it begins.
    """
    where = narrowed(session, actor, filters, today)
    return _lines(session, where, sort, is_descending=is_descending, offset=0, limit=None)


def chosen_deals(
    session: Session, actor: Actor, deal_ids: Sequence[DealId], today: date
) -> tuple[DealLine, ...]:
    """Return those of some deals that ``actor`` may see, by name."""
    where = and_(narrowed(session, actor, Filters(), today), DealRow.id.in_(deal_ids))
    return _lines(session, where, Sort.NAME, is_descending=False, offset=0, limit=None)


def owners_in_sight(session: Session, actor: Actor) -> tuple[tuple[PersonId, str], ...]:
    """Return the people whose deals ``actor`` may see and who have some, by name."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(
            sees(reach(actor, Permission.DEALS_VIEW), PersonRow.id),
            select(DealRow.id).where(DealRow.owner_id == PersonRow.id).exists(),
        )
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple((PersonId(key), name) for key, name in rows)


def _lines(
    session: Session,
    where: ColumnElement[bool],
    sort: Sort,
    *,
    is_descending: bool,
    offset: int,
    limit: int | None,
) -> tuple[DealLine, ...]:
    column = _ORDER[sort]
    order = column.desc() if is_descending else column.asc()
    statement = (
        _joined(_LINE)
        .where(where)
        .order_by(order.nulls_last(), DealRow.id.desc() if is_descending else DealRow.id.asc())
        .offset(offset)
        .limit(limit)
    )
    return tuple(_line(*row) for row in session.execute(statement))


_LINE = select(
    DealRow,
    StageRow.name,
    StageRow.kind,
    PersonRow.name,
    AccountRow.name,
    ProductRow.name,
)


def _lines_of(session: Session, ids: Sequence[DealId]) -> tuple[DealLine, ...]:
    """Return some deals in the order of ``ids``."""
    rows = session.execute(_joined(_LINE).where(DealRow.id.in_(ids)))
    found = {row[0].id: _line(*row) for row in rows}
    return tuple(found[one] for one in ids if one in found)


def _line(
    row: DealRow, stage: str, kind: str, owner: str, account: str | None, product: str | None
) -> DealLine:
    minor = row.amount_minor
    return DealLine(
        id=DealId(row.id),
        name=row.name,
        owner_id=PersonId(row.owner_id),
        owner_name=owner,
        account_id=None if row.account_id is None else AccountId(row.account_id),
        account_name=account,
        product_name=product,
        stage_name=stage,
        stage_kind=StageKind(kind),
        amount=None if minor is None else Money(row.currency, minor),
        expected_close_on=row.expected_close_on,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        next_step=row.next_step,
        version=row.version,
    )


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.select_from(DealRow)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .join(PersonRow, PersonRow.id == DealRow.owner_id)
        .outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
        .outerjoin(ProductRow, ProductRow.id == DealRow.product_id)
    )


def narrowed(session: Session, actor: Actor, filters: Filters, today: date) -> ColumnElement[bool]:
    """Return which deals match, over deal, stage and account joined.

    The reader's sight comes first: a filter only ever narrows it.

    Raises:
        RangeEmpty: A range ends before it begins.
    """
    filters.check()
    conditions = [sees(reach(actor, Permission.DEALS_VIEW), DealRow.owner_id)]
    conditions.extend(_equal(filters))
    conditions.extend(_words(filters.text))
    conditions.extend(_within(DealRow.expected_close_on, filters.expected))
    conditions.extend(_within(DealRow.opened_on, filters.opened))
    conditions.extend(_within(DealRow.closed_on, filters.closed))
    conditions.extend(_worth(filters))
    if filters.status is not None:
        conditions.append(_has_status(filters.status))
    if filters.team_id is not None:
        members = select(MembershipRow.person_id).where(
            MembershipRow.team_id.in_(_team_and_below(session, filters.team_id)),
            MembershipRow.start_on <= today,
            today < MembershipRow.end_on,
        )
        conditions.append(DealRow.owner_id.in_(members))
    if filters.concern is not None:
        organisation = get_organisation(session)
        conditions.append(StageRow.kind == StageKind.OPEN.value)
        conditions.append(_asking(session, filters.concern, today, organisation))
    return and_(*conditions)


def _has_status(status: Status) -> ColumnElement[bool]:
    if status is Status.CLOSED:
        return StageRow.kind != StageKind.OPEN.value
    return StageRow.kind == status.value


def _asking(
    session: Session, concern: Concern, today: date, organisation: Organisation
) -> ColumnElement[bool]:
    """What ``deals.concerns`` says of one open deal, of all of them."""
    match concern:
        case Concern.OVERDUE:
            return DealRow.expected_close_on < today
        case Concern.NO_NEXT_STEP:
            return DealRow.next_step == ""
        case Concern.NO_CLOSE_DATE:
            return DealRow.expected_close_on.is_(None)
        case Concern.NO_AMOUNT:
            return DealRow.amount_minor.is_(None)
        case Concern.LINGERING:
            stages = session.execute(
                select(StageRow.id, StageRow.expected_days).where(
                    StageRow.expected_days.is_not(None)
                )
            )
            long_ago = [
                and_(
                    DealRow.stage_id == stage_id,
                    DealRow.stage_since_at
                    < organisation.start_of(today - timedelta(days=expected or 0)),
                )
                for stage_id, expected in stages
            ]
            return or_(false(), *long_ago)


def _equal(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (DealRow.owner_id, filters.owner_id),
        (DealRow.pipeline_id, filters.pipeline_id),
        (DealRow.stage_id, filters.stage_id),
        (DealRow.account_id, filters.account_id),
        (DealRow.product_id, filters.product_id),
        (DealRow.territory_id, filters.territory_id),
    ):
        if value is not None:
            yield column == value


def _within(
    column: InstrumentedAttribute[date | None], found: Range
) -> Iterator[ColumnElement[bool]]:
    if found.start is not None:
        yield column >= found.start
    if found.last is not None:
        yield column <= found.last


def _worth(filters: Filters) -> Iterator[ColumnElement[bool]]:
    """An amount is compared in the units of its own currency, whatever that is."""
    if filters.least is not None:
        yield _by_currency(filters.least, lambda minor: DealRow.amount_minor >= ceil(minor))
    if filters.most is not None:
        yield _by_currency(filters.most, lambda minor: DealRow.amount_minor <= floor(minor))


def _by_currency(
    bound: Decimal, compare: Callable[[Decimal], ColumnElement[bool]]
) -> ColumnElement[bool]:
    unusual: dict[int, list[str]] = {}
    for code, digits in MINOR_DIGITS.items():
        if digits != USUAL_DIGITS:
            unusual.setdefault(digits, []).append(code)
    rest = DealRow.currency.not_in([code for codes in unusual.values() for code in codes])
    return or_(
        and_(rest, compare(bound.scaleb(USUAL_DIGITS))),
        *(
            and_(DealRow.currency.in_(codes), compare(bound.scaleb(digits)))
            for digits, codes in unusual.items()
        ),
    )


def _words(text: str) -> Iterator[ColumnElement[bool]]:
    """Every word stands in the deal's name or in its account's."""
    for word in fold(text).split():
        yield or_(
            DealRow.name_key.contains(word, autoescape=True),
            AccountRow.name_key.contains(word, autoescape=True),
        )


def _team_and_below(session: Session, team_id: TeamId) -> frozenset[int]:
    children: dict[int | None, list[int]] = {}
    for key, parent_id in session.execute(select(TeamRow.id, TeamRow.parent_id)):
        children.setdefault(parent_id, []).append(key)
    found = {int(team_id)}
    waiting = [int(team_id)]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)
