"""The rows that a figure is counted from, and how they are credited and cut, as SQL."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from spm.adapters.database import remembered
from spm.domain.ids import StageId
from spm.domain.metrics.figure import Scope, ScopeKind
from spm.domain.metrics.registry import Dimension
from spm.domain.period import Period
from spm.domain.pipeline.history import FOREVER
from spm.models.functions import days_between
from spm.models.organisation import MembershipRow, PostingRow, TeamRow, TerritoryRow
from spm.models.pipeline import DealLineRow, DealReachRow, DealRow, DealStateRow, StageRow


@dataclass(frozen=True, slots=True)
class Facts:
    """Deals as a figure sees them: one row per deal, or per deal and product or stage.

    Attributes:
        joined: What they are read from.
        lean: The same without the deal, for whoever needs neither its product nor its source.
        where: Which rows are meant.
        kind: Kind of the stage: open, won or lost.
        owner_id: Who is credited.
        credit_on: The day on which team and office are looked up.
        placed_on: The date that puts the row in a period; NULL where the source gave none.
        days: Calendar days from the first dated event to the close; NULL without both.
        cutoff: As of when they are: what lines a deal has is asked of that instant.
    """

    joined: FromClause
    lean: FromClause
    where: tuple[ColumnElement[bool], ...]
    deal_id: ColumnElement[int]
    kind: ColumnElement[str]
    stage_id: ColumnElement[int]
    owner_id: ColumnElement[int]
    credit_on: ColumnElement[Any]
    placed_on: ColumnElement[Any]
    territory_id: ColumnElement[Any]
    account_id: ColumnElement[Any]
    product_id: ColumnElement[Any]
    source: ColumnElement[Any]
    amount_minor: ColumnElement[Any]
    currency: ColumnElement[str]
    days: ColumnElement[Any]
    cutoff: datetime = FOREVER

    def only(self, *where: ColumnElement[bool]) -> "Facts":
        """Return these facts, as far as ``where`` holds too."""
        return replace(self, where=(*self.where, *where))


def states_at(cutoff: datetime, day: date) -> Facts:
    """Return every deal as it stood at ``cutoff``, ``day`` being the last business date before it.

    A closed deal is credited on the day of its close, an open one on ``day``.
    """
    state, deal = DealStateRow, DealRow
    return Facts(
        joined=state.__table__.join(deal.__table__, deal.id == state.deal_id),
        lean=state.__table__,
        where=(state.from_at < cutoff, state.to_at >= cutoff),
        deal_id=state.deal_id.expression,
        kind=state.stage_kind.expression,
        stage_id=state.stage_id.expression,
        owner_id=state.credited_owner_id.expression,
        credit_on=func.coalesce(state.closed_on, literal(day, Date)),
        placed_on=state.closed_on.expression,
        territory_id=state.territory_id.expression,
        account_id=state.account_id.expression,
        product_id=deal.product_id.expression,
        source=deal.lead_source.expression,
        amount_minor=state.amount_minor.expression,
        currency=state.currency.expression,
        days=days_between(state.opened_on, state.closed_on),
        cutoff=cutoff,
    )


def past_first_stage(facts: Facts) -> Facts:
    """Return the deals of ``facts`` that are past the first open stage of their pipeline."""
    stage = StageRow.__table__.alias("present_stage")
    first = StageRow.__table__.alias("first_stage")
    return facts.only(
        exists().where(
            stage.c.id == facts.stage_id,
            stage.c.position
            > select(func.min(first.c.position))
            .where(first.c.pipeline_id == stage.c.pipeline_id, first.c.kind == "open")
            .scalar_subquery(),
        )
    )


def reaches(cutoff: datetime, day: date, stage_id: StageId | None) -> Facts:
    """Return the first reaches of a stage (None: of every stage) known before ``cutoff``.

    A reach is credited to the owner at that time, on the day it happened.
    """
    reach, deal, stage = DealReachRow, DealRow, StageRow
    table = reach.__table__.join(deal.__table__, deal.id == reach.deal_id)
    return Facts(
        joined=table.join(stage.__table__, stage.id == reach.stage_id),
        lean=table.join(stage.__table__, stage.id == reach.stage_id),
        where=(
            or_(
                reach.reached_at < cutoff,
                and_(reach.reached_at.is_(None), deal.created_at < cutoff),
            ),
            true() if stage_id is None else reach.stage_id == stage_id,
        ),
        deal_id=reach.deal_id.expression,
        kind=stage.kind.expression,
        stage_id=reach.stage_id.expression,
        owner_id=reach.owner_id.expression,
        credit_on=func.coalesce(reach.reached_on, literal(day, Date)),
        placed_on=reach.reached_on.expression,
        territory_id=deal.territory_id.expression,
        account_id=deal.account_id.expression,
        product_id=deal.product_id.expression,
        source=deal.lead_source.expression,
        amount_minor=reach.amount_minor.expression,
        currency=reach.currency.expression,
        days=null(),
        cutoff=cutoff,
    )


def stays(cutoff: datetime, day: date, stage_id: StageId | None) -> Facts:
    """Return the first reaches of open stages with what became of them before ``cutoff``.

    ``kind`` is "won" where a later stage was reached, "lost" where the deal was lost before that,
    else "open". ``days`` run from the entry to the first later one or the loss; NULL without both
    dates, for the open ones, and where the stage was only passed, never stood in.
    """
    known = reaches(cutoff, day, stage_id)
    reach, stage = DealReachRow, StageRow
    later, beyond = reach.__table__.alias("later_reach"), stage.__table__.alias("later_stage")
    went_on = (
        later.c.deal_id == reach.deal_id,
        beyond.c.id == later.c.stage_id,
        or_(
            beyond.c.kind == "won",
            and_(beyond.c.kind == "open", beyond.c.position > stage.position),
        ),
        or_(
            later.c.reached_at < cutoff,
            and_(later.c.reached_at.is_(None), DealRow.created_at < cutoff),
        ),
    )
    gone_on = (
        select(func.min(later.c.reached_on)).where(*went_on).correlate(reach, stage, DealRow)
    ).scalar_subquery()
    state = DealStateRow.__table__.alias("later_state")
    was_lost = (
        state.c.deal_id == reach.deal_id,
        state.c.from_at < cutoff,
        state.c.to_at >= cutoff,
        state.c.stage_kind == "lost",
    )
    lost_on = select(state.c.closed_on).where(*was_lost).correlate(reach).scalar_subquery()
    visit = DealStateRow.__table__.alias("visit")
    was_there = exists().where(visit.c.deal_id == reach.deal_id, visit.c.stage_id == reach.stage_id)
    advanced = exists().where(*went_on).correlate(reach, stage, DealRow)
    return replace(
        known.only(stage.kind == "open"),
        kind=case((advanced, "won"), (exists().where(*was_lost), "lost"), else_="open"),
        days=case(
            (and_(was_there, advanced), days_between(reach.reached_on, gone_on)),
            (was_there, days_between(reach.reached_on, lost_on)),
            else_=null(),
        ),
    )


def kept_stays() -> Facts:
    """Return the same as of now, as the reaches themselves keep it: read from one table.

    It holds where nothing that happened is later than the as-of.
    """
    reach, deal = DealReachRow, DealRow
    return Facts(
        joined=reach.__table__.join(deal.__table__, deal.id == reach.deal_id),
        lean=reach.__table__,
        where=(reach.outcome.is_not(None),),
        deal_id=reach.deal_id.expression,
        kind=type_coerce(reach.outcome.expression, String),
        stage_id=reach.stage_id.expression,
        owner_id=reach.owner_id.expression,
        credit_on=reach.reached_on.expression,
        placed_on=reach.reached_on.expression,
        territory_id=deal.territory_id.expression,
        account_id=deal.account_id.expression,
        product_id=deal.product_id.expression,
        source=deal.lead_source.expression,
        amount_minor=reach.amount_minor.expression,
        currency=reach.currency.expression,
        days=reach.stay_days.expression,
    )


def cycles(cutoff: datetime, day: date) -> Facts:
    """Return the stages that the deals won before ``cutoff`` had reached, each by its date.

    ``days`` run from the entry to the win. They are credited and placed as the win is.
    """
    won = states_at(cutoff, day)
    reach = DealReachRow.__table__.alias("entered")
    entered = reach.c.deal_id == won.deal_id
    return replace(
        won.only(won.kind == "won", reach.c.reached_on.is_not(None)),
        joined=won.joined.join(reach, entered),
        lean=won.lean.join(reach, entered),
        stage_id=reach.c.stage_id,
        days=days_between(reach.c.reached_on, won.placed_on),
    )


def weighed(facts: Facts) -> Facts:
    """Return ``facts`` with each amount times the probability of its stage, in basis points."""
    stage = StageRow.__table__.alias("weighing_stage")
    chance = select(stage.c.probability_bp).where(stage.c.id == facts.stage_id).scalar_subquery()
    return replace(facts, amount_minor=facts.amount_minor * chance)


def expected_in(facts: Facts, period: Period) -> Facts:
    """Return the states of ``facts`` whose expected close date lies in ``period``."""
    expected = DealStateRow.expected_close_on
    return facts.only(expected >= period.start, expected < period.end)


def placed_in(facts: Facts, period: Period) -> Facts:
    """Return the facts whose date lies in ``period``."""
    return facts.only(facts.placed_on >= period.start, facts.placed_on < period.end)


def undated(facts: Facts) -> Facts:
    """Return the facts that have no date, and so are in no period."""
    return facts.only(facts.placed_on.is_(None))


def credited_to(session: Session, facts: Facts, scope: Scope) -> Facts:
    """Return the facts that are ``scope``'s.

    A team's are those of the people who belonged to it, or to a team below it, on the day of
    credit, or on the scope's own day where it has one; a territory's are those of the deals in it or below it.
    """
    match scope.kind:
        case ScopeKind.ORGANISATION:
            return facts
        case ScopeKind.REP:
            return facts.only(facts.owner_id == scope.id)
        case ScopeKind.TEAM:
            # By a name of its own: the facts may be joined to their teams as well.
            member = aliased(MembershipRow, name="credited_member")
            ever = aliased(MembershipRow, name="ever_member")
            teams = subtree(session, TeamRow, scope.id)
            return facts.only(
                # Follows from the other, and leads to the few owners before their days are looked at.
                facts.owner_id.in_(select(ever.person_id).where(ever.team_id.in_(teams))),
                exists().where(_holds_on(member, facts, scope.on), member.team_id.in_(teams)),
            )
        case ScopeKind.TERRITORY:
            within = subtree(session, TerritoryRow, scope.id)
            return facts.only(facts.territory_id.in_(within))


def subtree(
    session: Session, tree: type[TeamRow] | type[TerritoryRow], root: int | None
) -> tuple[int, ...]:
    """Return the ids of ``root`` and of all that lie below it, in no order."""
    below = remembered(session, ("below", tree), lambda: _below(session, tree))
    found: list[int] = []
    at = [] if root is None else [root]
    while at:
        node = at.pop()
        found.append(node)
        at.extend(child for child in below.get(node, ()) if child not in found)
    return tuple(found)


def _below(
    session: Session, tree: type[TeamRow] | type[TerritoryRow]
) -> dict[int | None, list[int]]:
    below: dict[int | None, list[int]] = {}
    for child, parent in session.execute(select(tree.id, tree.parent_id)):
        below.setdefault(parent, []).append(child)
    return below


def cut_by(facts: Facts, by: Dimension | None) -> tuple[Facts, ColumnElement[Any]]:
    """Return ``facts`` joined for ``by``, and the column of the key; NULL is the unassigned.

    What neither product nor source is asked of is read without the deal. The key of month and quarter is
    the day itself. By product a deal that has lines is one row per
    product, with the sum of its lines as the amount; one without lines goes by its own product.
    """
    match by:
        case Dimension.TEAM:
            return _joined(facts, MembershipRow), MembershipRow.team_id.expression
        case Dimension.OFFICE:
            return _joined(facts, PostingRow), PostingRow.office_id.expression
        case Dimension.PRODUCT:
            return _by_product(facts)
        case None:
            return replace(facts, joined=facts.lean), null()
        case Dimension.SOURCE:
            return facts, _column(facts, by)
        case _:
            return replace(facts, joined=facts.lean), _column(facts, by)


def _column(facts: Facts, by: Dimension) -> ColumnElement[Any]:
    columns: dict[Dimension, ColumnElement[Any]] = {
        Dimension.REP: facts.owner_id,
        Dimension.TERRITORY: facts.territory_id,
        Dimension.ACCOUNT: facts.account_id,
        Dimension.STAGE: facts.stage_id,
        Dimension.SOURCE: func.nullif(facts.source, ""),
        Dimension.MONTH: facts.placed_on,
        Dimension.QUARTER: facts.placed_on,
    }
    return columns[by]


def _holds_on(
    fact: type[MembershipRow] | type[PostingRow], facts: Facts, on: date | None = None
) -> ColumnElement[bool]:
    day = facts.credit_on if on is None else literal(on, Date)
    return and_(fact.person_id == facts.owner_id, fact.start_on <= day, fact.end_on > day)


def _joined(facts: Facts, fact: type[MembershipRow] | type[PostingRow]) -> Facts:
    return replace(facts, joined=facts.lean.outerjoin(fact.__table__, _holds_on(fact, facts)))


def _by_product(facts: Facts) -> tuple[Facts, ColumnElement[Any]]:
    lines = (
        select(
            DealLineRow.deal_id,
            DealLineRow.product_id,
            func.sum(DealLineRow.amount_minor).label("amount_minor"),
        )
        .where(
            or_(DealLineRow.from_at.is_(None), DealLineRow.from_at < facts.cutoff),
            or_(DealLineRow.to_at.is_(None), DealLineRow.to_at >= facts.cutoff),
        )
        .group_by(DealLineRow.deal_id, DealLineRow.product_id)
        .subquery("product_lines")
    )
    has_lines = lines.c.deal_id.is_not(None)
    per_product = replace(
        facts,
        joined=facts.joined.outerjoin(lines, lines.c.deal_id == facts.deal_id),
        amount_minor=case((has_lines, lines.c.amount_minor), else_=facts.amount_minor),
        product_id=case((has_lines, lines.c.product_id), else_=facts.product_id),
    )
    return per_product, per_product.product_id
