"""The board: one pipeline's deals in columns, and only what the reader may see.

A column's count and sums are over all its deals; its cards are the first few, so that a board of
thousands of deals is as quick as one of ten.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor
from spm.domain.ids import AccountId, PersonId, StageId
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.pipeline.deals import Concern, Deal, concerns
from spm.domain.pipeline.stages import Pipeline, Stage, StageKind
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealRow, StageRow
from spm.queries.pipeline.deal_list import Filters, narrowed
from spm.queries.pipeline.deals import deal_record

CARDS = 12
"""How many cards a column shows at first."""
MORE_CARDS = 200
"""How many the column shows of which more is asked for; whoever wants all takes the list."""
DECIDED_DAYS = 30
"""A column of decided deals goes back so many days, today included."""

MARKS = frozenset({Concern.OVERDUE, Concern.LINGERING, Concern.NO_NEXT_STEP})
"""What a card says of itself; that the rest is missing is seen on it."""


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A deal on the board.

    Attributes:
        days_in_stage: Whole days since it entered its stage; None where nobody knows when it did.
        marks: What asks for attention, the most pressing first.
    """

    deal: Deal
    owner_name: str
    account_id: AccountId | None
    account_name: str | None
    days_in_stage: int | None
    marks: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A stage with its deals.

    Attributes:
        total: How many deals match, shown or not.
        sums: What they come to, one sum per currency, by code.
        unknown_amounts: How many of them have no amount.
        since: From when on a decided deal is counted; None where the stage is open.
    """

    stage: Stage
    total: int
    sums: tuple[Money, ...]
    unknown_amounts: int
    cards: tuple[BoardCard, ...]
    since: date | None

    @property
    def hidden(self) -> int:
        """How many deals have no card here."""
        return self.total - len(self.cards)


def board(
    session: Session,
    actor: Actor,
    pipeline: Pipeline,
    filters: Filters,
    today: date,
    organisation: Organisation,
    *,
    more: StageId | None = None,
) -> tuple[BoardColumn, ...]:
    """Return the columns of a pipeline, in the order of its stages.

    A stage that is no longer used has a column while deals are in it. ``more`` names the column
    that shows up to ``MORE_CARDS``. The next to close comes first; of the decided, the latest.

    Raises:
        RangeEmpty: A range of dates or amounts ends before it begins.
    """
    since = today - timedelta(days=DECIDED_DAYS - 1)
    matching = narrowed(session, actor, replace(filters, pipeline_id=pipeline.id), today)
    totals: dict[StageId, Total] = {}
    cards: dict[StageId, list[BoardCard]] = {}
    for columns in _halves(pipeline, since):
        where = and_(matching, columns)
        totals |= _totals(session, where, has_text=bool(filters.text))
        cards |= _cards(session, where, pipeline, today, organisation, more)
    found = []
    for stage in pipeline.stages:
        total, sums, unknown = totals.get(stage.id, (0, (), 0))
        if stage.is_active or total:
            found.append(
                BoardColumn(
                    stage,
                    total,
                    sums,
                    unknown,
                    tuple(cards.get(stage.id, ())),
                    since if stage.is_closed else None,
                )
            )
    return tuple(found)


def _halves(pipeline: Pipeline, since: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What is open, and what was decided lately, by the stages themselves.

    Two questions, each with an index of its own: as one, the database reads all that was ever decided.
    """
    undecided = [stage.id for stage in pipeline.stages if not stage.is_closed]
    decided = [stage.id for stage in pipeline.stages if stage.is_closed]
    return (
        DealRow.stage_id.in_(undecided),
        and_(DealRow.stage_id.in_(decided), DealRow.closed_on >= since),
    )


Total = tuple[int, tuple[Money, ...], int]


def _totals(
    session: Session, where: ColumnElement[bool], *, has_text: bool
) -> dict[StageId, Total]:
    asked = select(
        DealRow.stage_id,
        DealRow.currency,
        func.count(),
        func.count(DealRow.amount_minor),
        func.sum(DealRow.amount_minor),
    ).join(StageRow, StageRow.id == DealRow.stage_id)
    if has_text:  # only words are looked for in the account's name
        asked = asked.outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
    rows = session.execute(
        asked.where(where)
        .group_by(DealRow.stage_id, DealRow.currency)
        .order_by(DealRow.stage_id, DealRow.currency)
    )
    found: dict[StageId, Total] = {}
    for stage_id, currency, count, known, minor in rows:
        total, sums, unknown = found.get(StageId(stage_id), (0, (), 0))
        mine = (Money(currency, int(minor)),) if known else ()
        found[StageId(stage_id)] = (total + count, sums + mine, unknown + count - known)
    return found


def _cards(
    session: Session,
    where: ColumnElement[bool],
    pipeline: Pipeline,
    today: date,
    organisation: Organisation,
    more: StageId | None,
) -> dict[StageId, list[BoardCard]]:
    order = (
        DealRow.closed_on.desc().nulls_last(),
        DealRow.expected_close_on.asc().nulls_last(),
        DealRow.id,
    )
    place = func.row_number().over(partition_by=DealRow.stage_id, order_by=order)
    placed = (
        select(DealRow.id, DealRow.stage_id, place.label("place"))
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
        .where(where)
        .subquery()
    )
    shown = placed.c.place <= CARDS
    if more is not None:
        shown = or_(shown, and_(placed.c.stage_id == more, placed.c.place <= MORE_CARDS))
    rows = session.execute(
        select(DealRow, PersonRow.name, AccountRow.name)
        .join(placed, placed.c.id == DealRow.id)
        .join(PersonRow, PersonRow.id == DealRow.owner_id)
        .outerjoin(AccountRow, AccountRow.id == DealRow.account_id)
        .where(shown)
        .order_by(placed.c.stage_id, placed.c.place)
    )
    found: dict[StageId, list[BoardCard]] = {}
    for row, owner, account in rows:
        stage = pipeline.stage(StageId(row.stage_id))
        deal = deal_record(row, stage.kind)
        found.setdefault(stage.id, []).append(
            _card(deal, stage, owner, account, today, organisation)
        )
    return found


def _card(
    deal: Deal,
    stage: Stage,
    owner: str,
    account: str | None,
    today: date,
    organisation: Organisation,
) -> BoardCard:
    since = deal.stage_since_at
    return BoardCard(
        deal=deal,
        owner_name=owner,
        account_id=deal.facts.account_id,
        account_name=account,
        days_in_stage=None if since is None else (today - organisation.business_date(since)).days,
        marks=tuple(each for each in concerns(deal, stage, today, organisation) if each in MARKS),
    )


def default_owner(session: Session, actor: Actor) -> PersonId | None:
    """Return the actor where they own an open deal: their board is what they come for; else None."""
    if actor.person_id is None:
        return None
    own = (
        select(DealRow.id)
        .join(StageRow, StageRow.id == DealRow.stage_id)
        .where(DealRow.owner_id == actor.person_id, StageRow.kind == StageKind.OPEN.value)
        .limit(1)
    )
    return actor.person_id if session.scalar(own) is not None else None
