"""Everybody's deals without reading them all: what they come to, and the first of them in an order.

For whoever sees everybody's deals and narrows them to stages at most: counts and sums stand in the
rollup, and an index holds each stage's deals in the order of their dates.
"""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.domain.ids import DealId
from spm.domain.period import EVER, NEVER
from spm.models.pipeline import DealRollupAllRow, DealRollupZoneRow, DealRow

_ALL = cast("Table", DealRollupAllRow.__table__).c


def totals(session: Session, stages: Collection[int]) -> Sequence[tuple[str, int, int, int]] | None:
    """Return per currency how many deals stand in ``stages``, how many have an amount, and their sum.

    None where there is no rollup yet.
    """
    if session.scalar(select(DealRollupZoneRow.id)) is None:
        return None
    rows = session.execute(
        select(
            _ALL.currency,
            func.sum(_ALL.deals),
            func.sum(_ALL.priced),
            func.sum(_ALL.amount_minor),
        )
        .where(
            _ALL.fact == "state",
            _ALL.since_on == NEVER,
            _ALL.stage_id.in_(stages),
            # The months, and what has no date; not the days, which say the same again.
            (_ALL.to_on > _ALL.from_on) | (_ALL.from_on == EVER),
        )
        .group_by(_ALL.currency)
        .order_by(_ALL.currency)
    )
    return [
        (currency, int(deals), int(priced), int(minor))
        for currency, deals, priced, minor in rows
        if deals
    ]


def first_ids(
    session: Session,
    stages: Collection[int],
    column: InstrumentedAttribute[Any],
    *,
    is_descending: bool,
    offset: int,
    limit: int,
) -> list[DealId]:
    """Return the ids of a page of the deals in ``stages``, by a date; those without one come last.

    Each stage gives its first ones; the first of all are among them. Deals of one date come in the
    order of their ids, backwards where the dates do.
    """

    def ordered(date: ColumnElement[Any], key: ColumnElement[int]) -> tuple[Any, Any]:
        return (date.desc(), key.desc()) if is_descending else (date.asc(), key.asc())

    own = column.expression
    each = [
        select(DealRow.id.label("id"), own.label("on"))
        .where(DealRow.stage_id == stage_id, own.is_not(None))
        .order_by(*ordered(own, DealRow.id.expression))
        .limit(offset + limit)
        .subquery(f"of_stage_{stage_id}")
        for stage_id in stages
    ]
    dated = union_all(*(select(one.c.id, one.c.on) for one in each)).subquery("dated")
    found = session.scalars(
        select(dated.c.id).order_by(*ordered(dated.c.on, dated.c.id)).offset(offset).limit(limit)
    ).all()
    ids = [DealId(one) for one in found]
    if len(ids) < limit:
        known = select(func.count()).where(DealRow.stage_id.in_(stages), own.is_not(None))
        skipped = max(0, offset - (session.scalar(known) or 0))
        key = DealRow.id.desc() if is_descending else DealRow.id.asc()
        undated = (
            select(DealRow.id)
            .where(DealRow.stage_id.in_(stages), own.is_(None))
            .order_by(key)
            .offset(skipped)
            .limit(limit - len(ids))
        )
        ids += [DealId(one) for one in session.scalars(undated)]
    return ids
