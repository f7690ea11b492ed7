"""Many rows in one statement."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Dialect, Table, func, insert, select, text
from sqlalchemy.orm import Session

from spm.models.base import Base

CHUNK = 1000
_REMEMBERED = 50_000

Convert = Callable[[Any], Any]


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
        convert = _converter(table, name, connection.dialect)
        if convert is not None:
            columns[place] = tuple(_converted(columns[place], convert))
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


def _converted(values: Sequence[Any], convert: Convert) -> list[Any]:
    known: dict[Any, Any] = {}
    found = []
    for value in values:
        try:
            found.append(known[value])
        except KeyError:
            known[value] = converted = convert(value)
            found.append(converted)
        except TypeError:  # a list or a mapping is no key
            found.append(convert(value))
    return found


@cache
def _converter(table: Table, name: str, dialect: Dialect) -> Convert | None:
    column_type = table.c[name].type
    return cast("Convert | None", column_type.dialect_impl(dialect).bind_processor(dialect))
