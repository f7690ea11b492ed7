"""The rollup counted anew from ``deal_state`` and ``deal_reach``, by statements over all of them.

Stays of deals whose reaches are in order of their dates are counted by a statement; the few others
(undated, or written down later in another order) one by one, by the rules of the domain.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy import cast as cast_sql
from sqlalchemy.orm import Session

from spm.domain.organisation import Organisation
from spm.domain.period import EVER, NEVER
from spm.domain.pipeline.history import FOREVER
from spm.domain.pipeline.stays import LOST, OPEN, WON, order_of
from spm.models.columns import Id, UtcDateTime
from spm.models.functions import days_between
from spm.models.pipeline import (
    DealReachRow,
    DealRollupAllRow,
    DealRollupRow,
    DealRow,
    DealStateRow,
    StageRow,
)
from spm.queries.pipeline.pipelines import pipelines
from spm.services.pipeline.ledger import (
    CYCLE,
    DUE,
    NO_CURRENCY,
    NO_KIND,
    REACH,
    STATE,
    STAY,
    Cells,
    month_of,
)
from spm.services.pipeline.staying import OfDeal, kept, of_deals

_OWNERS = cast("Table", DealRollupRow.__table__)
_ALL = cast("Table", DealRollupAllRow.__table__)
_STATE = cast("Table", DealStateRow.__table__)
_REACH = cast("Table", DealReachRow.__table__)
_DEAL = cast("Table", DealRow.__table__)
_STAGE = cast("Table", StageRow.__table__)
_BATCH = 500


# --- what reaches keep ---------------------------------------------------------------------------


def settle(session: Session) -> None:
    """Let reaches from before they kept it say what became of their deals."""
    known = select(_REACH.c.deal_id.distinct()).join(_STAGE, _STAGE.c.id == _REACH.c.stage_id)
    missing = known.where(_STAGE.c.kind == OPEN, _REACH.c.outcome.is_(None))
    for deal in _one_by_one(session, missing):
        deal_id = deal.reaches[0].deal_id
        rows = [
            {"its_deal": deal_id, "its_stage": stage_id, **columns}
            for stage_id, columns in kept(deal.stays).items()
        ]
        session.connection().execute(
            update(_REACH)
            .where(
                _REACH.c.deal_id == bindparam("its_deal"),
                _REACH.c.stage_id == bindparam("its_stage"),
            )
            .values(outcome=bindparam("outcome"), stay_days=bindparam("stay_days")),
            rows,
        )


def add_winding(session: Session, cells: Cells) -> None:
    """Add the stays of deals whose reaches are not in order."""
    for deal in _one_by_one(session, select(_WINDING.c.deal_id)):
        deal.add_stays_to(cells, 1)


def _one_by_one(session: Session, of: Select[Any]) -> Iterator[OfDeal]:
    order = order_of(pipelines(session))
    ids = session.scalars(of).all()
    connection = session.connection()
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        written = connection.execute(
            select(_DEAL.c.id, _DEAL.c.created_at).where(_DEAL.c.id.in_(some))
        )
        yield from of_deals(session, {row.id: row.created_at for row in written}, order)


_WAY = Table(
    "deal_way",
    MetaData(),
    Column("deal_id", Id, primary_key=True),
    Column("stage_id", Id, primary_key=True),
    Column("owner_id", Id),
    Column("kind", String(8)),
    Column("reached_at", UtcDateTime),
    Column("reached_on", Date),
    Column("left_at", UtcDateTime),
    Column("left_on", Date),
    Column("stay_days", Integer),
    prefixes=["TEMPORARY"],
)
"""The reaches of open and won stages, each with the next one on the deal's way."""
_WINDING = Table(
    "deal_way_winding", MetaData(), Column("deal_id", Id, primary_key=True), prefixes=["TEMPORARY"]
)
"""The deals whose reaches have no date or not the order of their stages."""


@contextmanager
def ways(session: Session) -> Iterator[None]:
    """Hold the ways of all deals ready in tables of this unit of work."""
    connection = session.connection()
    for table in (_WAY, _WINDING):
        table.create(connection)
    place = (case((_STAGE.c.kind == WON, 1), else_=0), _STAGE.c.position, _STAGE.c.id)

    def following(column: ColumnElement[Any]) -> ColumnElement[Any]:
        lead = func.lead(column, type_=column.type)
        return lead.over(partition_by=_REACH.c.deal_id, order_by=place)

    reach = _REACH.c
    found = (
        select(
            reach.deal_id,
            reach.stage_id,
            reach.owner_id,
            _STAGE.c.kind,
            reach.reached_at,
            reach.reached_on,
            following(reach.reached_at),
            following(reach.reached_on),
            reach.stay_days,
        )
        .join(_STAGE, _STAGE.c.id == reach.stage_id)
        .where(_STAGE.c.kind != LOST)
    )
    connection.execute(insert(_WAY).from_select(list(_WAY.c.keys()), found))
    w = _WAY.c
    winding = (
        select(w.deal_id)
        .where(or_(w.reached_at.is_(None), w.left_at < w.reached_at, w.left_on < w.reached_on))
        .distinct()
    )
    connection.execute(insert(_WINDING).from_select(["deal_id"], winding))
    if connection.dialect.name == "postgresql":
        # A table of this moment has no statistics unless one asks.
        connection.exec_driver_sql("ANALYZE deal_way")
        connection.exec_driver_sql("ANALYZE deal_way_winding")
    try:
        yield
    finally:
        for table in (_WAY, _WINDING):
            table.drop(connection)


# --- what is counted -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """What is counted, as SQL: where it stands, with what sign, and the day and instant that place it."""

    table: FromClause
    owner_id: ColumnElement[int]
    stage_id: ColumnElement[int]
    kind: ColumnElement[str]
    currency: ColumnElement[str]
    minor: ColumnElement[Any]
    placed_on: ColumnElement[Any]
    days: ColumnElement[Any]
    from_at: ColumnElement[Any]
    to_at: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...] = ()


def counted(session: Session, organisation: Organisation) -> Iterator[tuple[Table, Select[Any]]]:
    """Yield what fills the owners' months, and everybody's days as of now; all but ``add_winding``."""
    for fact, source in (
        (STATE, _states()),
        (REACH, _reaches()),
        (STAY, _stays()),
        (CYCLE, _cycles()),
        (DUE, _due()),
    ):
        spans = _spans(session, organisation, source)
        if spans is None:
            continue
        changes = _changes(source, with_ended=True)
        yield _OWNERS, _cells(fact, changes, _bucket(changes.c["at"], spans.instants), spans)
        now = _changes(source, with_ended=fact in {STATE, CYCLE, DUE}, is_now=True)
        yield _OWNERS, _cells(fact, now, literal(NEVER, Date), spans)
        yield _ALL, _cells(fact, now, literal(NEVER, Date), None)


def _states() -> _Source:
    state = _STATE.c
    days = case((state.stage_kind == WON, days_between(state.opened_on, state.closed_on)))
    return _Source(
        _STATE,
        state.credited_owner_id,
        state.stage_id,
        state.stage_kind,
        state.currency,
        state.amount_minor,
        state.closed_on,
        days,
        state.from_at,
        state.to_at,
    )


def _due() -> _Source:
    state = _STATE.c
    return replace(
        _states(),
        kind=literal(NO_KIND),
        placed_on=state.expected_close_on,
        days=null(),
        where=(state.stage_kind == OPEN, state.expected_close_on.is_not(None)),
    )


def _reaches() -> _Source:
    reach = _REACH.c
    return _Source(
        _REACH.join(_DEAL, _DEAL.c.id == reach.deal_id),
        reach.owner_id,
        reach.stage_id,
        literal(NO_KIND),
        reach.currency,
        reach.amount_minor,
        reach.reached_on,
        null(),
        func.coalesce(reach.reached_at, _DEAL.c.created_at, type_=UtcDateTime),
        literal(FOREVER, UtcDateTime),
    )


def _cycles() -> _Source:
    state, reach = _STATE.c, _REACH.c
    return _Source(
        _STATE.join(_REACH, reach.deal_id == state.deal_id),
        state.credited_owner_id,
        reach.stage_id,
        literal(NO_KIND),
        literal(NO_CURRENCY),
        null(),
        state.closed_on,
        days_between(reach.reached_on, state.closed_on),
        state.from_at,
        state.to_at,
        (
            state.stage_kind == WON,
            state.closed_on.is_not(None),
            reach.reached_on.is_not(None),
        ),
    )


def _stays() -> _Source:
    """Return the spans of all stays but the winding ones: open, gone on, and lost in between."""
    way, w, winding = _WAY, _WAY.c, _WINDING
    left = func.coalesce(w.left_at, literal(FOREVER, UtcDateTime), type_=UtcDateTime)
    visit = _STATE.alias("visit")
    was_there = exists().where(visit.c.deal_id == w.deal_id, visit.c.stage_id == w.stage_id)
    straight = (w.kind == OPEN, w.deal_id.not_in(select(winding.c.deal_id)))

    loss = _STATE.alias("loss")
    begun = case((loss.c.from_at > w.reached_at, loss.c.from_at), else_=w.reached_at)
    ended = case((loss.c.to_at < left, loss.c.to_at), else_=left)
    lost = (loss.c.deal_id == w.deal_id, loss.c.stage_kind == LOST, *straight, begun < ended)
    lost_days = case((was_there, days_between(w.reached_on, loss.c.closed_on)))

    def span(
        outcome: str, days: ColumnElement[Any], begun: Any, ended: Any, sign: int
    ) -> Select[Any]:
        return select(
            w.owner_id,
            w.stage_id,
            literal(outcome, String).label("outcome"),
            w.reached_on,
            cast_sql(days, Integer).label("days"),
            begun.label("from_at"),
            ended.label("to_at"),
            literal(sign, Integer).label("sign"),
        )

    forever = literal(FOREVER, UtcDateTime)
    spans = union_all(
        span(OPEN, null(), w.reached_at, left, 1).where(*straight),
        # What it stayed for is on the reach, since it has gone on for good.
        span(WON, w.stay_days, w.left_at, forever, 1).where(*straight, w.left_at.is_not(None)),
        span(LOST, lost_days, begun, ended, 1).select_from(way.join(loss, lost[0])).where(*lost),
        span(OPEN, null(), begun, ended, -1).select_from(way.join(loss, lost[0])).where(*lost),
    ).subquery("spans")
    s = spans.c
    return _Source(
        spans,
        s.owner_id,
        s.stage_id,
        s.outcome,
        literal(NO_CURRENCY),
        null(),
        s.reached_on,
        s.days,
        s.from_at,
        s.to_at,
    )


def _changes(source: _Source, *, with_ended: bool, is_now: bool = False) -> Any:
    """Return what begins and ends, signed; as of now, what holds, and that something has ended.

    What has ended counts nothing then, but as of before its end the rollup cannot say.
    """
    own = source.table.c.sign if "sign" in source.table.c else literal(1)
    ended = source.to_at < literal(FOREVER, UtcDateTime)

    def change(at: ColumnElement[Any], sign: ColumnElement[Any]) -> Select[Any]:
        return (
            select(
                source.owner_id.label("owner_id"),
                source.stage_id.label("stage_id"),
                source.kind.label("stage_kind"),
                source.currency.label("currency"),
                cast_sql(source.minor, _STATE.c.amount_minor.type).label("minor"),
                source.placed_on.label("placed_on"),
                cast_sql(source.days, Integer).label("days"),
                at.label("at"),
                sign.label("sign"),
            )
            .select_from(source.table)
            .where(*source.where)
        )

    parts = [change(source.from_at, own)]
    if is_now:
        parts = [parts[0].where(~ended)]
        if with_ended:
            parts.append(change(source.to_at, literal(0)).where(ended))
    else:
        parts.append(change(source.to_at, -own).where(ended))
    return union_all(*parts).subquery("changes")


@dataclass(frozen=True, slots=True)
class _Spans:
    """The months in which anything lies: by instant in the organisation's zone, and by day."""

    instants: Sequence[tuple[datetime, date]]
    days: Sequence[tuple[date, date]]


def _spans(session: Session, organisation: Organisation, source: _Source) -> _Spans | None:
    end = case((source.to_at < literal(FOREVER, UtcDateTime), source.to_at), else_=source.from_at)
    first, last, ended, first_on, last_on = session.execute(
        select(
            func.min(source.from_at, type_=UtcDateTime),
            func.max(source.from_at, type_=UtcDateTime),
            func.max(end, type_=UtcDateTime),
            func.min(source.placed_on),
            func.max(source.placed_on),
        )
        .select_from(source.table)
        .where(*source.where)
    ).one()
    if first is None:
        return None
    months = _months(
        organisation.business_date(first), organisation.business_date(max(last, ended))
    )
    days = _months(first_on, last_on) if first_on is not None else [EVER]
    return _Spans(
        [(organisation.start_of(month), month) for month in months], [(day, day) for day in days]
    )


def _months(first: date, last: date) -> list[date]:
    found = [first.replace(day=1)]
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= last:
        found.append(following)
    return found


def _bucket(column: ColumnElement[Any], starts: Sequence[tuple[Any, date]]) -> ColumnElement[Any]:
    """Return the second part of the last of ``starts`` that is not after ``column``: halving each time."""
    if len(starts) == 1:
        return literal(starts[0][1], Date)
    middle = len(starts) // 2
    return case(
        (column < starts[middle][0], _bucket(column, starts[:middle])),
        else_=_bucket(column, starts[middle:]),
    )


def _cells(fact: str, changes: Any, since: ColumnElement[Any], spans: _Spans | None) -> Select[Any]:
    """Return changes added up to cells: per owner and month, or (no ``spans``) per day for everybody."""
    c = changes.c
    if spans is None:
        key = {"from_on": c.placed_on, "to_on": c.placed_on}
    else:
        nowhere = (c.placed_on.is_(None), literal(EVER, Date))
        lasts = [(first, month_of(first)[1]) for first, _ in spans.days]
        key = {
            "month_on": case(nowhere, else_=_bucket(c.placed_on, spans.days)),
            "month_last_on": case(nowhere, else_=_bucket(c.placed_on, lasts)),
            "owner_id": c.owner_id,
        }
    key |= {
        "since_on": since,
        "stage_id": c.stage_id,
        "stage_kind": c.stage_kind,
        "currency": c.currency,
    }
    placed = (
        select(
            *(column.label(name) for name, column in key.items()),
            c.sign,
            c.minor,
            c.days,
            c["at"],
        )
        .where(c.placed_on.is_not(None) if spans is None else true())
        .subquery("placed")
    )
    p = placed.c
    names = [p[name] for name in key]
    # Each number of days first, then one text of all of a cell.
    per_days = (
        select(
            *names,
            p.days,
            func.sum(p.sign).label("deals"),
            func.sum(case((p.minor.is_not(None), p.sign), else_=0)).label("priced"),
            func.coalesce(func.sum(p.sign * p.minor), 0).label("amount_minor"),
            func.max(p["at"]).label("last_at"),
        )
        .group_by(*names, p.days)
        .subquery("per_days")
    )
    d = per_days.c
    names = [d[name] for name in key]
    pair = cast_sql(d.days, String).concat(":").concat(cast_sql(d.deals, String)).concat(" ")
    text = case((and_(d.days.is_not(None), d.deals != 0), pair), else_="")
    found = select(
        literal(fact).label("fact"),
        *names,
        func.sum(d.deals).label("deals"),
        func.sum(d.priced).label("priced"),
        func.sum(d.amount_minor).label("amount_minor"),
        func.aggregate_strings(text, "").label("days_taken"),
        func.max(d.last_at).label("last_at"),
    ).group_by(*names)
    if fact == STAY:
        found = found.having(or_(func.sum(d.deals) != 0, func.max(text) != ""))
    return found
