"""What stands in the rollups of deals, told in a way that two of them can be compared."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.pipeline.days import days_of
from spm.models.pipeline import DealRollupAllRow, DealRollupRow

COUNTS = ("deals", "priced", "amount_minor")


def what_counts(session: Session) -> list[str]:
    """Every cell that is not empty, with its days in their order.

    A cell may hold nothing, and may know of a change that was taken back: ``last_at`` only ever grows.
    """
    found = []
    for model in (DealRollupRow, DealRollupAllRow):
        table = model.__table__
        key = [column.name for column in table.primary_key]
        for row in session.execute(select(table)).mappings():
            counts = [row[name] for name in COUNTS]
            days = sorted(days_of(row["days_taken"]).items())
            if any(counts) or days:
                found.append(repr((model.__tablename__, [row[name] for name in key], counts, days)))
    return sorted(found)


def latest(session: Session) -> dict[tuple[object, ...], datetime]:
    """The latest change that each cell knows of.

    Stays are left out: a rebuild takes every later change of a lost deal for one of its stays.
    """
    found: dict[tuple[object, ...], datetime] = {}
    for model in (DealRollupRow, DealRollupAllRow):
        table = model.__table__
        rows = session.execute(
            select(*table.primary_key, table.c.last_at).where(table.c.fact != "stay")
        )
        found |= {(model.__tablename__, *row[:-1]): row[-1] for row in rows}
    return found
