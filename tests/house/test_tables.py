"""What every table and column declares, and how they are named."""

from collections.abc import Iterator

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, Numeric

import spm.models.all  # noqa: F401
from spm.models.base import Base
from spm.models.columns import Privacy, Retention, UtcDateTime

COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]
UNSIGNED_BOOLEAN = {"requires_target_approval"}  # reads as a sentence by itself


SPANS = {
    "as_of",
    "lease_until",
    "period_start",
    "period_end",
}  # the ends of a span go by the name of the span


def named(column: Column[object]) -> str:
    return f"{column.table.name}.{column.name}"


def test_a_column_says_whose_secret_it_holds_and_for_how_long() -> None:
    silent = [
        named(column)
        for column in COLUMNS
        if not isinstance(column.info.get("privacy"), Privacy)
        or not isinstance(column.info.get("retention"), Retention)
    ]
    assert not silent


def findings() -> Iterator[str]:
    for column in COLUMNS:
        kind, name = column.type, column.name
        if name in SPANS:
            continue
        checks = {
            "an instant ends in _at or is `at`": (
                isinstance(kind, UtcDateTime) == (name.endswith("_at") or name == "at")
            ),
            "a business date ends in _on": (
                not isinstance(kind, Date) or name.endswith("_on") or name == "on"
            ),
            "money is a whole number of minor units": (
                not name.endswith("_minor") or isinstance(kind, BigInteger)
            ),
            "basis points are whole": not name.endswith("_bp") or isinstance(kind, Integer),
            "days are whole": not name.endswith("_days") or isinstance(kind, Integer),
            "a flag begins with is_ or has_": (
                not isinstance(kind, Boolean)
                or name.startswith(("is_", "has_"))
                or name in UNSIGNED_BOOLEAN
            ),
            "nothing is stored as a float": not isinstance(kind, Float | Numeric),
            "a foreign key ends in _id or _by": (
                not column.foreign_keys or name == "id" or name.endswith(("_id", "_by"))
            ),
        }
        yield from (f"{named(column)}: {words}" for words, holds in checks.items() if not holds)


def test_columns_are_named_for_what_they_hold() -> None:
    assert not list(findings())


def test_a_table_is_named_in_the_singular_and_has_a_key() -> None:
    for table in Base.metadata.sorted_tables:
        assert table.primary_key.columns, table.name
        assert table.name == table.name.lower()
        assert not table.name.endswith("s") or table.name.endswith("ss"), table.name
