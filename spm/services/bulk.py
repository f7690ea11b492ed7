"""Many rows in one statement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from itertools import chain
from typing import Any, cast

from sqlalchemy import Date, Dialect, Table, func, insert, select, text
from sqlalchemy.orm import Session

from spm.models.base import Base
from spm.models.columns import UtcDateTime

CHUNK = 1000


def add_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns.

    Straight into the table: the mapper would make a statement of its own for every pattern of NULLs.
    """
    table = cast("Table", model.__table__)
    for start in range(0, len(rows), CHUNK):
        session.connection().execute(insert(table), list(rows[start : start + CHUNK]))


def add_returning(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Insert rows that all name the same columns; return their ids in the order of the rows."""
    table = cast("Table", model.__table__)
    ids: list[int] = []
    for start in range(0, len(rows), CHUNK):
        ids += (
            session.connection()
            .execute(
                insert(table).returning(table.c.id, sort_by_parameter_order=True),
                list(rows[start : start + CHUNK]),
            )
            .scalars()
        )
    return ids


def new_ids(session: Session, model: type[Base], count: int) -> range | list[int]:
    """Return ids for rows that are about to be poured in; nobody else gets them."""
    table = cast("Table", model.__table__)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        # The unit of work holds the one right to write until it ends.
        last = connection.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)")
    name = f'"{table.name}"'
    return list(connection.execute(drawn, {"name": name, "n": count}).scalars())


def pour(
    session: Session, model: type[Base], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows of the columns ``names`` by the fastest way that the database has.

    Values are converted as the column's type says, each different one once. A column that is left
    out gets what the database gives it.
    """
    pour_into(session, cast("Table", model.__table__), names, rows)


def pour_into(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Do the same with a table that no model stands for."""
    if not rows:
        return
    connection = session.connection()
    columns = list(zip(*rows, strict=True))
    places = [list(table.c.keys()).index(name) for name in names]
    order = sorted(range(len(names)), key=places.__getitem__)
    names, columns = [names[at] for at in order], [columns[at] for at in order]
    for place, name in enumerate(names):
        convert = converter(table, name, connection.dialect)
        if convert is not None:
            columns[place] = tuple(convert(columns[place]))
    said = list(zip(*columns, strict=True))
    if connection.dialect.name == "sqlite":
        # Several rows to a statement: a call of the engine costs more than a row.
        many = max(1, _MOST_VALUES // len(names))
        whole = len(said) - len(said) % many
        if whole:
            packed = [
                tuple(chain.from_iterable(said[start : start + many]))
                for start in range(0, whole, many)
            ]
            statement = _insertion(table, tuple(names), many, connection.dialect)
            connection.exec_driver_sql(statement, packed)
        if said[whole:]:
            statement = _insertion(table, tuple(names), 1, connection.dialect)
            connection.exec_driver_sql(statement, said[whole:])
        return
    driver = cast("Any", connection.connection.driver_connection)
    quoted = ", ".join(f'"{name}"' for name in names)
    command = f'COPY "{table.name}" ({quoted}) FROM STDIN'
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        for row in said:
            copy.write_row(row)


@cache
def _insertion(table: Table, names: tuple[str, ...], many: int, dialect: Dialect) -> str:
    """The statement that inserts so many rows, a place for each value.

    Written out, since SQLAlchemy would add every column that has a default in Python.
    """
    quoted = dialect.identifier_preparer.quote
    columns = ", ".join(quoted(name) for name in names)
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {quoted(table.name)} ({columns}) VALUES {', '.join([row] * many)}"  # noqa: S608


_MOST_VALUES = 400


Convert = Callable[[Sequence[Any]], Iterable[Any]]
"""What a column's values are to the driver."""


@cache
def converter(table: Table, name: str, dialect: Dialect) -> Convert | None:
    """Return how a column's values are converted; None where they are handed over as they are.

    Days and instants are most of what is poured, and are written down here in the very words that
    their types have for them; a test holds the two against each other.
    """
    column_type = table.c[name].type
    if isinstance(column_type, UtcDateTime):
        return _instant_texts if dialect.name == "sqlite" else _instants
    if isinstance(column_type, Date) and dialect.name == "sqlite":
        return _day_texts
    one = cast(
        "Callable[[Any], Any] | None", column_type.dialect_impl(dialect).bind_processor(dialect)
    )
    return None if one is None else partial(_each_once, one)


def _each_once(convert: Callable[[Any], Any], values: Sequence[Any]) -> Iterable[Any]:
    known: dict[Any, Any] = {}
    for value in values:
        try:
            yield known[value]
        except KeyError:
            known[value] = converted = convert(value)
            yield converted
        except TypeError:  # a list or a mapping is no key
            yield convert(value)


def _instant_texts(values: Sequence[datetime | None]) -> Iterable[str | None]:
    return map(_instant_text, values)


@lru_cache(maxsize=20_000)
def _instant_text(value: datetime | None) -> str | None:
    """The text of an instant. One row's end is the next one's beginning: most are asked for again."""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:_INSTANT]


def _instants(values: Sequence[datetime | None]) -> Iterable[datetime | None]:
    return [None if value is None else _in_utc(value).replace(tzinfo=None) for value in values]


def _day_texts(values: Sequence[date | None]) -> Iterable[str | None]:
    return map(_day_text, values)


@lru_cache(maxsize=20_000)
def _day_text(value: date | None) -> str | None:
    return None if value is None else value.isoformat()[:_DAY]


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        msg = "naive datetime"
        raise ValueError(msg)
    return value.astimezone(UTC)


_DAY = len("2024-02-29")
_INSTANT = len("2024-02-29 23:59:59.000000")
