"""The rollup of deals: counts and sums by owner, stage and month, kept beside the states they count.

``spm.services.pipeline.ledger`` says what it has to learn, ``recount`` counts it anew, and
``spm.queries.metrics.rolled`` reads it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from spm.domain.period import NEVER
from spm.domain.pipeline.days import days_of, days_text
from spm.models.pipeline import DealRollupAllRow, DealRollupRow, DealRollupZoneRow
from spm.queries.organisation.settings import get_organisation
from spm.services.bulk import pour_into
from spm.services.pipeline import recount
from spm.services.pipeline.ledger import STAY, Cell, Cells, month_of

_OWNERS = cast("Table", DealRollupRow.__table__)
_ALL = cast("Table", DealRollupAllRow.__table__)
_COUNTED = ("deals", "priced", "amount_minor")
_INSERT: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Both databases have the same words for it, and SQLAlchemy a class for each."""

_MOST_CELLS = 400_000
"""So many cells are held in memory by a bulk act; the others wait in a table of its own."""
_AT_A_TIME = 10_000
"""So many are written in one statement."""
_FEW_CELLS = 200
_LONG = 3_000
"""So many letters a text of days may have before it is added up."""
_WAITING = (
    "fact", "since_on", "from_on", "to_on", "owner_id", "stage_id", "stage_kind", "currency",
    *_COUNTED, "days_taken", "last_at",
)  # fmt: skip
_PLACE = {"month_on": "from_on", "month_last_on": "to_on"}
"""What an owner's cells call the month that everybody's call a span."""

_Key = tuple[Any, ...]


@dataclass
class Ledger(Cells):
    """What is to be added to the rollup, cell by cell, before it is written.

    What holds as of now is the sum of what the months changed, and everybody's that of all owners.
    """

    waiting: Table | None = None

    @classmethod
    def of(cls, session: Session) -> "Ledger":
        """Return an empty ledger that counts by the months of the rollup's zone."""
        return cls(ZoneInfo(ensure(session)))

    def write(self, session: Session) -> None:
        """Add everything to the rollup and be empty again.

        In the order of the cells, what months changed before what holds now, so that two transactions
        never wait for each other in a ring.
        """
        if self.waiting is not None or len(self.changes) > _AT_A_TIME:
            waiting = self._set_aside(session)
            for table in (_OWNERS, _ALL):
                for is_now in (False, True):
                    session.execute(_merge(session, waiting, table, is_now=is_now))
                _shorten(session, table)
            waiting.drop(session.connection())
            self.waiting = None
            return
        for table, cells in ((_OWNERS, self._owners()), (_ALL, self._everybody())):
            if cells:
                rows = [_row(table, key, cells[key]) for key in sorted(cells, key=_place)]
                session.connection().execute(_upsert(session, table), rows)
                _shorten(session, table, rows)
        self._forget()

    def relieve(self, session: Session) -> None:
        """Keep memory flat: set cells aside on disk when there are many, until ``write``."""
        if len(self.changes) + len(self.days) > _MOST_CELLS:
            self._set_aside(session)

    def _set_aside(self, session: Session) -> Table:
        if self.waiting is None:
            columns = [Column(name, _column(name).type) for name in _WAITING]
            self.waiting = Table(
                "deal_rollup_waiting", MetaData(), *columns, prefixes=["TEMPORARY"]
            )
            self.waiting.create(session.connection())
        waiting = chain(self._waiting_changes(), self._waiting_days())
        while part := list(islice(waiting, _AT_A_TIME)):
            pour_into(session, self.waiting, _WAITING, part)
        self._forget()
        return self.waiting

    def _forget(self) -> None:
        self.changes.clear()
        self.days.clear()

    def _waiting_changes(self) -> Iterator[tuple[Any, ...]]:
        for (fact, since_on, month_on, *rest), cell in self.changes.items():
            yield (fact, since_on, month_on, month_of(month_on)[1], *rest, *_counted(cell))

    def _waiting_days(self) -> Iterator[tuple[Any, ...]]:
        for (fact, on, *rest), cell in self.days.items():
            yield (fact, NEVER, on, on, None, *rest, *_counted(cell))

    def _owners(self) -> dict[_Key, Cell]:
        return _with_now(self.changes)

    def _everybody(self) -> dict[_Key, Cell]:
        found: dict[_Key, Cell] = {}
        for (fact, since_on, month_on, _, *rest), cell in self.changes.items():
            _merge_into(found, (fact, since_on, month_on, month_of(month_on)[1], *rest), cell)
        found = _with_now(found)
        for (fact, on, *rest), cell in self.days.items():
            found[(fact, NEVER, on, on, *rest)] = cell
        return found


def _with_now(changes: Mapping[_Key, Cell]) -> dict[_Key, Cell]:
    """Return what months changed, and the sums of it as of now."""
    now: dict[_Key, Cell] = {}
    for (fact, _, *rest), cell in changes.items():
        _merge_into(now, (fact, NEVER, *rest), cell)
    held = {
        key: cell for key, cell in now.items() if key[0] != STAY or cell.deals or cell.days_taken
    }
    return {**changes, **held}


def _place(key: _Key) -> tuple[bool, _Key]:
    return key[1] == NEVER, key


def _merge_into(cells: dict[_Key, Cell], key: _Key, cell: Cell) -> None:
    known = cells.get(key)
    if known is None:
        known = cells[key] = Cell(cell.last_at)
    known.merge(cell)


def _counted(cell: Cell) -> tuple[int, int, int, str, datetime]:
    return cell.deals, cell.priced, cell.amount_minor, cell.days_taken, cell.last_at


def _row(table: Table, key: _Key, cell: Cell) -> dict[str, Any]:
    row = dict(zip(_key(table), key, strict=True))
    row |= zip((*_COUNTED, "days_taken", "last_at"), _counted(cell), strict=True)
    if table is _OWNERS:
        row["month_last_on"] = month_of(row["month_on"])[1]
    return row


def _column(name: str) -> Column[Any]:
    return _OWNERS.c[name] if name in _OWNERS.c else _ALL.c[name]


def _key(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def _upsert(session: Session, table: Table, rows: Select[Any] | None = None) -> Any:
    statement = _INSERT[session.connection().dialect.name](table)
    if rows is not None:
        statement = statement.from_select([column.name for column in table.columns], rows)
    new, old = statement.excluded, table.c
    sums: dict[str, Any] = {name: old[name] + new[name] for name in _COUNTED}
    sums["days_taken"] = old.days_taken.concat(new.days_taken)
    sums["last_at"] = case((new.last_at > old.last_at, new.last_at), else_=old.last_at)
    return statement.on_conflict_do_update(index_elements=_key(table), set_=sums)


def _merge(session: Session, waiting: Table, table: Table, *, is_now: bool) -> Any:
    """Add all that waits to one of the two tables, cell by cell in their order.

    What the months changed, or (``is_now``) the sum of it; everybody's days only then.
    """
    w = waiting.c
    names = [name for name in _key(table) if not (is_now and name == "since_on")]
    key = [w[_PLACE.get(name, name)].label(name) for name in names]
    sums: dict[str, Any] = {
        name: cast_sql(func.sum(w[name]), BigInteger).label(name) for name in _COUNTED
    }
    sums["days_taken"] = func.aggregate_strings(w.days_taken, "").label("days_taken")
    sums["last_at"] = func.max(w.last_at).label("last_at")
    if table is _OWNERS:
        sums["month_last_on"] = func.max(w.to_on).label("month_last_on")
    if is_now:
        sums["since_on"] = literal(NEVER, Date).label("since_on")
    by_name = {one.name: one for one in key} | sums
    is_owners = w.owner_id.is_not(None)
    found = (
        select(*(by_name[column.name] for column in table.columns))
        # Without a condition, SQLite takes ON CONFLICT for a join.
        .where(true() if is_now and table is _ALL else is_owners)
        .group_by(*key)
        .order_by(*key)
    )
    if is_now:
        is_held = or_(func.sum(w.deals) != 0, func.max(w.days_taken) != "")
        found = found.having(or_(w.fact != STAY, is_held))
    return _upsert(session, table, found)


def _shorten(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Add up the texts of days that have become long: of ``rows``, or of all."""
    key = _key(table)
    where = [func.length(table.c.days_taken) > _LONG]
    if rows is not None:
        rows = [row for row in rows if row["days_taken"]]
        if not rows:
            return
        if len(rows) <= _FEW_CELLS:
            same = (and_(*(table.c[name] == row[name] for name in key)) for row in rows)
            where.append(or_(*same))
    connection = session.connection()
    long = connection.execute(select(table).where(*where)).mappings().all()
    shorter = [
        {f"its_{name}": row[name] for name in key} | {"shorter": text}
        for row in long
        if len(text := days_text(days_of(row["days_taken"]))) < len(row["days_taken"])
    ]
    if shorter:
        connection.execute(
            update(table)
            .where(*(table.c[name] == bindparam(f"its_{name}") for name in key))
            .values(days_taken=bindparam("shorter")),
            shorter,
        )


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
    session.execute(delete(DealRollupAllRow))
    statement = _INSERT[session.connection().dialect.name](DealRollupZoneRow)
    session.execute(
        statement.values(id=1, time_zone=organisation.time_zone).on_conflict_do_update(
            index_elements=["id"], set_={"time_zone": organisation.time_zone}
        )
    )
    recount.settle(session)
    ledger = Ledger(ZoneInfo(organisation.time_zone))
    with recount.ways(session):
        for table, part in recount.counted(session, organisation):
            names = [column.name for column in part.selected_columns]
            session.execute(insert(table).from_select(names, part))
        recount.add_winding(session, ledger)
    session.execute(_of_everybody())
    ledger.write(session)
    for table in (_OWNERS, _ALL):
        _shorten(session, table)
    return organisation.time_zone


def _of_everybody() -> Any:
    """Sum the owners' months up to everybody's."""
    c = _OWNERS.c
    key = [c.fact, c.since_on, c.month_on, c.month_last_on, c.stage_id, c.stage_kind, c.currency]
    found = select(
        *key,
        *(cast_sql(func.sum(c[name]), BigInteger) for name in _COUNTED),
        func.aggregate_strings(c.days_taken, ""),
        func.max(c.last_at),
    ).group_by(*key)
    return insert(_ALL).from_select([column.name for column in _ALL.columns], found)
