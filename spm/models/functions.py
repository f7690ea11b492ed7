"""SQL functions that the databases have different words for."""

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement


class days_between(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """Whole calendar days from one date to another: ``days_between(start, end)``."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_sqlite(element: days_between, compiler: SQLCompiler, **_options: object) -> str:
    start, end = (compiler.process(part) for part in element.clauses)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


@compiles(days_between)
def _days(element: days_between, compiler: SQLCompiler, **_options: object) -> str:
    start, end = (compiler.process(part) for part in element.clauses)
    return f"({end} - {start})"
