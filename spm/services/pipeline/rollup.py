"""The rollup of deals: counts and sums by owner, stage and month, kept beside the states they count.

``spm.services.pipeline.ledger`` says what it has to learn, ``recount`` counts it anew, and
``spm.queries.metrics.rolled`` reads it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from spm.domain.pipeline.days import days_of, days_text
from spm.models.pipeline import DealRollupAllRow, DealRollupRow, DealRollupZoneRow
from spm.queries.organisation.settings import get_organisation
from spm.services.bulk import pour_into
from spm.services.pipeline import recount
from spm.services.pipeline.ledger import Cells

_OWNERS = cast("Table", DealRollupRow.__table__)
_ALL = cast("Table", DealRollupAllRow.__table__)
_COUNTED = ("deals", "priced", "amount_minor")
_INSERT: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Both databases have the same words for it, and SQLAlchemy a class for each."""

_MOST_CELLS = 20_000
"""So many cells are held in memory by a bulk act; the others wait in a table of its own."""
_FEW_CELLS = 200
_LONG = 3_000
"""So many letters a text of days may have before it is added up."""
_WAITING = (
    "fact", "since_on", "from_on", "to_on", "owner_id", "stage_id", "stage_kind", "currency",
    *_COUNTED, "days_taken", "last_at",
)  # fmt: skip
_PLACE = {"month_on": "from_on", "month_last_on": "to_on"}
"""What an owner's cells call the month that everybody's call a span."""


@dataclass
class Ledger(Cells):
    """What is to be added to the rollup, cell by cell, before it is written."""

    waiting: Table | None = None

    @classmethod
    def of(cls, session: Session) -> "Ledger":
        """Return an empty ledger that counts by the months of the rollup's zone."""
        return cls(ZoneInfo(ensure(session)))

    def write(self, session: Session) -> None:
        """Add everything to the rollup and be empty again.

        In the order of the cells, so that two transactions never wait for each other in a ring.
        """
        if self.waiting is not None:
            self._set_aside(session)
            for table in (_OWNERS, _ALL):
                session.execute(_merge(session, self.waiting, table))
                _shorten(session, table)
            self.waiting.drop(session.connection())
            self.waiting = None
            return
        rows = self._rows()
        for table, said in ((_OWNERS, _owners(rows)), (_ALL, _everybody(rows))):
            if said:
                session.connection().execute(_upsert(session, table), said)
                _shorten(session, table, said)

    def relieve(self, session: Session) -> None:
        """Keep memory flat: set cells aside on disk when there are many, until ``write``."""
        if len(self.cells) > _MOST_CELLS:
            self._set_aside(session)

    def _set_aside(self, session: Session) -> None:
        if self.waiting is None:
            columns = [Column(name, _column(name).type) for name in _WAITING]
            self.waiting = Table(
                "deal_rollup_waiting", MetaData(), *columns, prefixes=["TEMPORARY"]
            )
            self.waiting.create(session.connection())
        pour_into(session, self.waiting, _WAITING, [tuple(row.values()) for row in self._rows()])

    def _rows(self) -> list[dict[str, Any]]:
        """Return the cells in the order of their keys, and forget them."""
        rows = [
            dict(
                zip(
                    _WAITING,
                    (
                        *key,
                        cell.deals,
                        cell.priced,
                        cell.amount_minor,
                        days_text(cell.days),
                        cell.last_at,
                    ),
                    strict=True,
                )
            )
            for key, cell in self.cells.items()
        ]
        self.cells.clear()
        return rows


def _column(name: str) -> Column[Any]:
    return _OWNERS.c[name] if name in _OWNERS.c else _ALL.c[name]


def _key(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def _sorted(table: Table, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    names = _key(table)
    return sorted(rows, key=lambda row: tuple(row[name] for name in names))


def _owners(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [
        {column.name: row[_PLACE.get(column.name, column.name)] for column in _OWNERS.columns}
        for row in rows
        if row["owner_id"] is not None
    ]
    return _sorted(_OWNERS, found)


def _everybody(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    names = _key(_ALL)
    for row in rows:
        key = tuple(row[name] for name in names)
        known = found.get(key)
        if known is None:
            found[key] = {column.name: row[column.name] for column in _ALL.columns}
            continue
        for name in (*_COUNTED, "days_taken"):
            known[name] += row[name]
        known["last_at"] = max(known["last_at"], row["last_at"])
    return _sorted(_ALL, found.values())


def _upsert(session: Session, table: Table, rows: Select[Any] | None = None) -> Any:
    statement = _INSERT[session.connection().dialect.name](table)
    if rows is not None:
        statement = statement.from_select([column.name for column in table.columns], rows)
    new, old = statement.excluded, table.c
    sums: dict[str, Any] = {name: old[name] + new[name] for name in _COUNTED}
    sums["days_taken"] = old.days_taken.concat(new.days_taken)
    sums["last_at"] = case((new.last_at > old.last_at, new.last_at), else_=old.last_at)
    return statement.on_conflict_do_update(index_elements=_key(table), set_=sums)


def _merge(session: Session, waiting: Table, table: Table) -> Any:
    """Add all that waits to one of the two tables, cell by cell in their order."""
    w = waiting.c
    key = [w[_PLACE.get(name, name)].label(name) for name in _key(table)]
    sums: dict[str, Any] = {
        name: cast_sql(func.sum(w[name]), BigInteger).label(name) for name in _COUNTED
    }
    sums["days_taken"] = func.aggregate_strings(w.days_taken, "").label("days_taken")
    sums["last_at"] = func.max(w.last_at).label("last_at")
    if table is _OWNERS:
        sums["month_last_on"] = func.max(w.to_on).label("month_last_on")
    by_name = {one.name: one for one in key} | sums
    found = (
        select(*(by_name[column.name] for column in table.columns))
        # Without a condition, SQLite takes ON CONFLICT for a join.
        .where(w.owner_id.is_not(None) if table is _OWNERS else true())
        .group_by(*key)
        .order_by(*key)
    )
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
