"""Imports: what was loaded from where, what was refused, and which outside id is which row."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped

from spm.models.base import Base
from spm.models.columns import LOGGED, PERSONAL, PLAIN, RAW, Instant, column, key
from spm.models.versioned import Versioned


class ImportRow(Base):
    """One import, from upload to result.

    ``state``: uploaded (files are there, being looked at), mapping (no layout fits: its columns are
    yet to be mapped), checked (dry run done), running, done, failed, stopped (somebody ended it while
    it was worked on, and nothing of it was kept), cancelled (thrown away), undone. ``act_id`` is its
    one audit entry.
    """

    __tablename__ = "import"

    id: Mapped[int] = key()
    state: Mapped[str] = column(PLAIN, String(12))
    options: Mapped[dict[str, Any]] = column(PLAIN, JSON)
    counts: Mapped[dict[str, Any]] = column(PLAIN, JSON)
    digest: Mapped[str] = column(PLAIN, String(64))
    created_at: Mapped[Instant] = column(LOGGED)
    created_by: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))
    finished_at: Mapped[Instant | None] = column(LOGGED)
    act_id: Mapped[int | None] = column(PLAIN, ForeignKey("audit_entry.id"))
    message: Mapped[str] = column(PLAIN, Text, default="")
    confirmed_by: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))
    undone_by: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'mapping', 'checked', 'running', 'done', 'failed', 'stopped',"
            " 'cancelled', 'undone')",
            name="state_is_known",
        ),
    )


class ImportFileRow(Base):
    """A file of an import; ``stored_as`` is our own random name, never the uploader's."""

    __tablename__ = "import_file"

    id: Mapped[int] = key()
    import_id: Mapped[int] = column(PLAIN, ForeignKey("import.id"), index=True)
    name: Mapped[str] = column(LOGGED, String(200))
    stored_as: Mapped[str | None] = column(RAW, String(80))
    digest: Mapped[str] = column(PLAIN, String(64))
    size: Mapped[int] = column(PLAIN, BigInteger)
    recognised: Mapped[dict[str, Any]] = column(PLAIN, JSON)


class ImportTableRow(Base):
    """A table of a file of an import: what is needed to say which column is what.

    ``layout`` and ``table_id`` say as what it was recognised, both empty where it was not; ``facts`` how
    it was read; ``samples`` holds values per column, ``values_met`` per field each value with its count.
    """

    __tablename__ = "import_table"

    id: Mapped[int] = key()
    import_id: Mapped[int] = column(PLAIN, ForeignKey("import.id"), index=True)
    file_id: Mapped[int] = column(PLAIN, ForeignKey("import_file.id"))
    name: Mapped[str] = column(LOGGED, String(250))
    header: Mapped[list[str]] = column(PLAIN, JSON)
    facts: Mapped[dict[str, Any]] = column(PLAIN, JSON)
    layout: Mapped[str] = column(PLAIN, String(60))
    table_id: Mapped[str] = column(PLAIN, String(60))
    samples: Mapped[list[Any]] = column(RAW, JSON)
    values_met: Mapped[dict[str, Any]] = column(RAW, JSON)


class ImportMappingRow(Versioned, Base):
    """A mapping that somebody keeps: a layout as TOML, and the headers that it was made for."""

    __tablename__ = "import_mapping"

    id: Mapped[int] = key()
    name: Mapped[str] = column(PLAIN, String(120))
    name_key: Mapped[str] = column(PLAIN, String(240), unique=True)
    source: Mapped[str] = column(PLAIN, String(60))
    text: Mapped[str] = column(PERSONAL, Text)
    prints: Mapped[list[str]] = column(PLAIN, JSON)
    changed_at: Mapped[Instant] = column(LOGGED)
    changed_by: Mapped[int | None] = column(LOGGED, ForeignKey("person.id"))


class ImportIssueRow(Base):
    """A row that was refused, or a warning about one that was taken."""

    __tablename__ = "import_issue"

    id: Mapped[int] = key()
    import_id: Mapped[int] = column(PLAIN, ForeignKey("import.id"))
    file: Mapped[str] = column(RAW, String(200))
    line: Mapped[int] = column(PLAIN, BigInteger)
    column_name: Mapped[str] = column(PLAIN, String(200), default="")
    value: Mapped[str] = column(RAW, Text, default="")
    reason: Mapped[str] = column(PLAIN, String(60))
    facts: Mapped[dict[str, Any]] = column(RAW, JSON)
    is_refusal: Mapped[bool] = column(PLAIN, Boolean)

    __table_args__ = (Index(None, "import_id", "is_refusal", "id"),)


class ImportChangeRow(Base):
    """A field that an import changed in a row that was there; ``is_local`` when a person had set it."""

    __tablename__ = "import_change"

    id: Mapped[int] = key()
    import_id: Mapped[int] = column(PLAIN, ForeignKey("import.id"), index=True)
    object: Mapped[str] = column(LOGGED, String(80))
    field: Mapped[str] = column(LOGGED, String(60))
    before: Mapped[str | None] = column(LOGGED, Text)
    after: Mapped[str | None] = column(LOGGED, Text)
    is_local: Mapped[bool] = column(LOGGED, Boolean)


class ImportWriteRow(Base):
    """A row outside the logs of deals that an import made (``new``), changed or deleted (``gone``).

    ``before`` and ``after`` hold the columns that it changed; of a deleted row all.
    """

    __tablename__ = "import_write"

    id: Mapped[int] = key()
    import_id: Mapped[int] = column(PLAIN, ForeignKey("import.id"), index=True)
    table_name: Mapped[str] = column(PLAIN, String(40))
    row_key: Mapped[str] = column(PLAIN, String(80))
    what: Mapped[str] = column(PLAIN, String(8))
    before: Mapped[dict[str, Any]] = column(PERSONAL, JSON)
    after: Mapped[dict[str, Any]] = column(PERSONAL, JSON)

    __table_args__ = (CheckConstraint("what IN ('new', 'changed', 'gone')", name="what_is_known"),)


class ExternalRefRow(Base):
    """Which row an outside id stands for, per source and kind.

    ``mapped`` is what the source last said, field by field: what differs from it was changed here.
    ``is_ruled`` is false after a take-over: the source no longer changes the row.
    """

    __tablename__ = "external_ref"

    id: Mapped[int] = key()
    source: Mapped[str] = column(PLAIN, String(60))
    kind: Mapped[str] = column(PLAIN, String(40))
    external_id: Mapped[str] = column(PERSONAL, String(200))
    object_type: Mapped[str] = column(PLAIN, String(30))
    object_id: Mapped[int] = column(PLAIN, BigInteger)
    mapped: Mapped[dict[str, Any]] = column(PERSONAL, JSON)
    is_ruled: Mapped[bool] = column(PLAIN, Boolean, default=True)

    __table_args__ = (
        UniqueConstraint("source", "kind", "external_id"),
        Index(None, "object_type", "object_id"),
    )
