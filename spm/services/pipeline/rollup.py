"""The rollup of deals: counts and sums by owner, stage and month, kept beside the states they count.

Each state of a deal adds to its cell in the month in which it began and takes away in the month in
which it ended; so do first reaches, which never end. ``spm.queries.metrics.rolled`` reads it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    FromClause,
    MetaData,
    RowMapping,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from spm.domain.organisation import Organisation
from spm.domain.period import EVER, NEVER
from spm.domain.pipeline.history import FOREVER
from spm.models.columns import UtcDateTime
from spm.models.pipeline import (
    DealReachRow,
    DealRollupRow,
    DealRollupZoneRow,
    DealRow,
    DealStateRow,
)
from spm.queries.organisation.settings import get_organisation
from spm.services.bulk import pour_into

Row = Mapping[str, Any] | RowMapping
STATE, REACH = "state", "reach"
NO_KIND = ""
"""Reaches are counted by stage alone: what kind the stage is, is the stage's to say."""

_ROLLUP = cast("Table", DealRollupRow.__table__)
_KEY = tuple(column.name for column in _ROLLUP.primary_key)
_COUNTED = ("deals", "priced", "amount_minor")
_CELL = (*_KEY, "month_last_on", *_COUNTED, "last_at")
_INSERT: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Both databases have the same words for it, and SQLAlchemy a class for each."""


_MOST_CELLS = 20_000
"""So many cells are held in memory by a bulk act; the others wait in a table of its own."""


@lru_cache(maxsize=10_000)
def month_of(day: date | None) -> tuple[date, date]:
    """Return the first and the last day of a day's month; of no day, the beginning of time twice."""
    if day is None:
        return EVER, EVER
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass
class Ledger:
    """What is to be added to the rollup, cell by cell, before it is written."""

    zone: ZoneInfo
    cells: dict[tuple[Any, ...], list[Any]] = field(default_factory=dict)
    waiting: Table | None = None
    months: dict[datetime, date] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session) -> "Ledger":
        """Return an empty ledger that counts by the months of the rollup's zone."""
        return cls(ZoneInfo(ensure(session)))

    def add_states(self, rows: Iterable[Row], sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_state``."""
        for row in rows:
            where = (row["credited_owner_id"], row["stage_id"], row["stage_kind"], row["currency"])
            months = month_of(row["closed_on"])
            n = _numbers(row, sign)
            begun, ended = row["from_at"], row["to_at"]
            self._add(STATE, self._since(begun), months, where, n, begun)
            if ended == FOREVER:
                self._add(STATE, NEVER, months, where, n, begun)
            else:
                self._add(STATE, self._since(ended), months, where, tuple(-x for x in n), ended)
                self._add(STATE, NEVER, months, where, (0, 0, 0), ended)

    def add_reaches(self, rows: Iterable[Row], created: Mapping[int, datetime], sign: int) -> None:
        """Add (1) or take away (-1) rows of ``deal_reach``.

        ``created`` says when each deal was written down: an undated reach counts from there.
        """
        for row in rows:
            where = (row["owner_id"], row["stage_id"], NO_KIND, row["currency"])
            months = month_of(row["reached_on"])
            at = row["reached_at"] or created[row["deal_id"]]
            n = _numbers(row, sign)
            self._add(REACH, self._since(at), months, where, n, at)
            self._add(REACH, NEVER, months, where, n, at)

    def write(self, session: Session) -> None:
        """Add everything to the rollup and be empty again.

        In the order of the cells, so that two transactions never wait for each other in a ring.
        """
        if self.waiting is not None:
            self._set_aside(session)
            session.execute(_merge(session, self.waiting))
            self.waiting.drop(session.connection())
            self.waiting = None
            return
        rows = [
            dict(zip(_KEY, key, strict=True))
            | {"month_last_on": cell[0], "last_at": cell[4]}
            | dict(zip(_COUNTED, cell[1:4], strict=True))
            for key, cell in sorted(self.cells.items())
        ]
        self.cells.clear()
        if rows:
            session.connection().execute(_upsert(session), rows)

    def relieve(self, session: Session) -> None:
        """Keep memory flat: set cells aside on disk when there are many, until ``write``."""
        if len(self.cells) > _MOST_CELLS:
            self._set_aside(session)

    def _set_aside(self, session: Session) -> None:
        if self.waiting is None:
            columns = [Column(column.name, column.type) for column in _ROLLUP.columns]
            self.waiting = Table(
                "deal_rollup_waiting", MetaData(), *columns, prefixes=["TEMPORARY"]
            )
            self.waiting.create(session.connection())
        rows = [(*key, *cell) for key, cell in self.cells.items()]
        pour_into(session, self.waiting, _CELL, rows)
        self.cells.clear()

    def _since(self, at: datetime) -> date:
        month = self.months.get(at)
        if month is None:
            month = at.astimezone(self.zone).date().replace(day=1)
            if len(self.months) < _MOST_CELLS:
                self.months[at] = month
        return month

    def _add(
        self,
        fact: str,
        since: date,
        months: tuple[date, date],
        where: tuple[int, int, str, str],
        n: tuple[int, ...],
        at: datetime,
    ) -> None:
        owner_id, stage_id, kind, currency = where
        key = (fact, since, months[0], owner_id, stage_id, kind, currency)
        cell = self.cells.get(key)
        if cell is None:
            self.cells[key] = [months[1], *n, at]
            return
        cell[1] += n[0]
        cell[2] += n[1]
        cell[3] += n[2]
        cell[4] = max(cell[4], at)


def _numbers(row: Row, sign: int) -> tuple[int, int, int]:
    minor = row["amount_minor"]
    return (sign, 0, 0) if minor is None else (sign, sign, sign * minor)


def _upsert(session: Session, rows: Select[Any] | None = None) -> Any:
    statement = _INSERT[session.connection().dialect.name](_ROLLUP)
    if rows is not None:
        statement = statement.from_select(_CELL, rows)
    new, old = statement.excluded, _ROLLUP.c
    sums = {name: old[name] + new[name] for name in _COUNTED}
    later = case((new.last_at > old.last_at, new.last_at), else_=old.last_at)
    return statement.on_conflict_do_update(index_elements=_KEY, set_={**sums, "last_at": later})


def _merge(session: Session, waiting: Table) -> Any:
    """Add all that waits to the rollup, cell by cell in their order."""
    w = waiting.c
    key = [w[name] for name in _KEY]
    sums = [cast_sql(func.sum(w[name]), BigInteger).label(name) for name in _COUNTED]
    found = (
        select(*key, func.max(w.month_last_on), *sums, func.max(w.last_at))
        .where(true())  # without it, SQLite takes ON CONFLICT for a join
        .group_by(*key)
        .order_by(*key)
    )
    return _upsert(session, found)


def ensure(session: Session) -> str:
    """Return the name of the zone in whose months the rollup counts; build it where it is missing."""
    name = session.scalar(select(DealRollupZoneRow.time_zone))
    return rebuild(session) if name is None else name


def rebuild(session: Session) -> str:
    """Count everything anew from ``deal_state`` and ``deal_reach``, by the organisation's months.

    Returns:
        The name of the organisation's zone.
    """
    session.flush()
    organisation = get_organisation(session)
    session.execute(delete(DealRollupRow))
    statement = _INSERT[session.connection().dialect.name](DealRollupZoneRow)
    session.execute(
        statement.values(id=1, time_zone=organisation.time_zone).on_conflict_do_update(
            index_elements=["id"], set_={"time_zone": organisation.time_zone}
        )
    )
    for part in (*_of_states(session, organisation), *_of_reaches(session, organisation)):
        names = [column.name for column in part.selected_columns]
        session.execute(insert(_ROLLUP).from_select(names, part))
    return organisation.time_zone


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
    at: ColumnElement[Any]
    sign: ColumnElement[int]


def _of_states(session: Session, organisation: Organisation) -> Iterator[Select[Any]]:
    table = cast("Table", DealStateRow.__table__)
    state = table.c
    source = _Source(
        table,
        state.credited_owner_id,
        state.stage_id,
        state.stage_kind,
        state.currency,
        state.amount_minor,
        state.closed_on,
        state.from_at,
        literal(1),
    )
    spans = _spans(session, organisation, source)
    if spans is None:
        return
    beginning = _changes(source)
    ending = _changes(replace(source, at=state.to_at, sign=literal(-1))).where(
        state.to_at < FOREVER
    )
    both = union_all(beginning, ending).subquery("changes")
    yield _counted(STATE, spans, _named(both))
    is_now = state.to_at == FOREVER
    now = replace(
        source,
        sign=case((is_now, 1), else_=0),
        at=case((is_now, state.from_at), else_=state.to_at),
    )
    yield _counted(STATE, spans, now, is_now=True)


def _of_reaches(session: Session, organisation: Organisation) -> Iterator[Select[Any]]:
    reach, deal = cast("Table", DealReachRow.__table__), cast("Table", DealRow.__table__)
    source = _Source(
        reach.join(deal, deal.c.id == reach.c.deal_id),
        reach.c.owner_id,
        reach.c.stage_id,
        literal(NO_KIND),
        reach.c.currency,
        reach.c.amount_minor,
        reach.c.reached_on,
        func.coalesce(reach.c.reached_at, deal.c.created_at, type_=UtcDateTime),
        literal(1),
    )
    spans = _spans(session, organisation, source)
    if spans is not None:
        yield _counted(REACH, spans, source)
        yield _counted(REACH, spans, source, is_now=True)


_NAMES = ("owner_id", "stage_id", "kind", "currency", "minor", "placed_on", "at", "sign")


def _changes(source: _Source) -> Select[Any]:
    return select(*(getattr(source, name).label(name) for name in _NAMES)).select_from(source.table)


def _named(changes: FromClause) -> _Source:
    return _Source(changes, *(changes.c[name] for name in _NAMES))


@dataclass(frozen=True, slots=True)
class _Spans:
    """The months in which anything lies: by instant in the organisation's zone, and by day."""

    instants: Sequence[tuple[datetime, date]]
    days: Sequence[tuple[date, date]]


def _spans(session: Session, organisation: Organisation, source: _Source) -> _Spans | None:
    first, last, first_on, last_on = session.execute(
        select(
            func.min(source.at),
            func.max(source.at),
            func.min(source.placed_on),
            func.max(source.placed_on),
        ).select_from(source.table)
    ).one()
    if first is None:
        return None
    months = _months(organisation.business_date(first), organisation.business_date(last))
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


def _counted(fact: str, spans: _Spans, source: _Source, *, is_now: bool = False) -> Select[Any]:
    placed, sign, minor = source.placed_on, source.sign, source.minor
    lasts = [(first, month_of(first)[1]) for first, _ in spans.days]
    nowhere = (placed.is_(None), literal(EVER, Date))
    since = literal(NEVER, Date) if is_now else _bucket(source.at, spans.instants)
    cells = (
        select(
            since.label("since_on"),
            case(nowhere, else_=_bucket(placed, spans.days)).label("month_on"),
            case(nowhere, else_=_bucket(placed, lasts)).label("month_last_on"),
            source.owner_id.label("owner_id"),
            source.stage_id.label("stage_id"),
            source.kind.label("stage_kind"),
            source.currency.label("currency"),
            sign.label("sign"),
            minor.label("minor"),
            source.at.label("at"),
        )
        .select_from(source.table)
        .subquery("cells")
    )
    c = cells.c
    key = (
        c.since_on,
        c.month_on,
        c.month_last_on,
        c.owner_id,
        c.stage_id,
        c.stage_kind,
        c.currency,
    )
    return select(
        literal(fact).label("fact"),
        *key,
        func.sum(c.sign).label("deals"),
        func.sum(case((c.minor.is_not(None), c.sign), else_=0)).label("priced"),
        func.coalesce(func.sum(c.sign * c.minor), 0).label("amount_minor"),
        func.max(c["at"]).label("last_at"),
    ).group_by(*key)
