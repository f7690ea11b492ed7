"""What an import writes outside the logs of deals, kept so that it can be taken back.

The log of a deal says itself who wrote what. Of everything else the import keeps the row's key, and of
rows that were there before the columns that it changed, before and after.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, event
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from spm.models.base import Base
from spm.models.intake import ImportWriteRow
from spm.services.bulk import add_all

NEW, CHANGED, GONE = "new", "changed", "gone"
_AT_A_TIME = 1000
_OWN = frozenset(
    {
        "import",
        "import_file",
        "import_table",
        "import_mapping",
        "import_issue",
        "import_change",
        "import_write",
        "audit_entry",
        "audit_link",
        "external_ref",
        "job",
        "once",
    }
)
"""Tables of which nothing is kept here."""
_COUNTERS = frozenset({"version"})


class Journal:
    """Keeps what one import writes."""

    def __init__(self, session: Session, import_id: int) -> None:
        self._session = session
        self._import_id = import_id
        self._rows: list[dict[str, object]] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what the session flushes meanwhile."""
        event.listen(self._session, "after_flush", self._flushed)
        try:
            yield
            self._session.flush()
            self.write()
        finally:
            event.remove(self._session, "after_flush", self._flushed)

    def new(self, table: str, keys: Sequence[Sequence[object]]) -> None:
        """Keep that rows were made; each key is the values of the primary key."""
        for key in keys:
            self._add(table, key, NEW, {}, {})

    def changed(
        self,
        table: str,
        key: Sequence[object],
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> None:
        """Keep what columns were, and are now."""
        self._add(table, key, CHANGED, before, after)

    def write(self) -> None:
        """Write what is waiting."""
        rows, self._rows = self._rows, []
        add_all(self._session, ImportWriteRow, rows)

    def _add(
        self,
        table: str,
        key: Sequence[object],
        what: str,
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> None:
        self._rows.append(
            {
                "import_id": self._import_id,
                "table_name": table,
                "row_key": packed_key(key),
                "what": what,
                "before": {name: packed(value) for name, value in before.items()},
                "after": {name: packed(value) for name, value in after.items()},
            }
        )

    def _flushed(self, session: Session, _context: object) -> None:
        for row in session.new:
            table = _table(row)
            if table.name not in _OWN:
                self._add(table.name, _key(row), NEW, {}, {})
        for row in session.dirty:
            table = _table(row)
            if table.name in _OWN:
                continue
            before, after = _changes(row)
            if before:
                self._add(table.name, _key(row), CHANGED, before, after)
        for row in session.deleted:
            table = _table(row)
            if table.name not in _OWN:
                values = {column.key: getattr(row, column.key) for column in table.columns}
                self._add(table.name, _key(row), GONE, values, {})
        if len(self._rows) >= _AT_A_TIME:
            self.write()


def _table(row: object) -> Table:
    return cast("Table", type(cast("Base", row)).__table__)


def _key(row: object) -> tuple[object, ...]:
    return tuple(inspected(row).mapper.primary_key_from_instance(row))  # type: ignore[union-attr]


def _changes(row: object) -> tuple[dict[str, object], dict[str, object]]:
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for column in _table(row).columns:
        if column.key in _COUNTERS:
            continue
        history = get_history(row, column.key)
        if history.has_changes() and history.deleted:
            before[column.key] = history.deleted[0]
            after[column.key] = getattr(row, column.key)
    return before, after


def packed_key(key: Sequence[object]) -> str:
    """Return a primary key as text."""
    return ":".join(str(part) for part in key)


def packed(value: object) -> Any:
    """Return a column's value as JSON can hold it; ``unpacked`` gives it back."""
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case dict() | list():
            return {"json": value}
        case _:
            return value


def unpacked(value: Any) -> Any:
    """Return the value that was packed."""
    match value:
        case {"instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"json": inside}:
            return inside
        case _:
            return value
