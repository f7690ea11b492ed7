"""Many rows in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from spm.models.base import Base

CHUNK = 1000


def add_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns.

    Straight into the table: the mapper would make a statement of its own for every pattern of NULLs.
    """
    table = cast("Table", model.__table__)
    for start in range(0, len(rows), CHUNK):
        session.connection().execute(insert(table), list(rows[start : start + CHUNK]))
