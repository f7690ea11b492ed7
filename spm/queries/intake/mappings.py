"""The tables of an import as they are mapped, and the mappings that are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.errors import NotFound
from spm.domain.ids import ImportId, ImportMappingId, ImportTableId
from spm.domain.intake.drafts import print_of
from spm.domain.intake.layouts import Layout, parse
from spm.domain.intake.suggesting import Sample
from spm.models.intake import ImportMappingRow, ImportTableRow
from spm.models.organisation import PersonRow


@dataclass(frozen=True, slots=True)
class TableMet:
    """A table of an import's files.

    Attributes:
        layout: The source that it is of; empty where no layout fits.
        values: For stages, outcomes and people each text with its count.
        is_left_out: Somebody said so.
    """

    id: ImportTableId
    name: str
    header: tuple[str, ...]
    rows: int
    header_line: int
    layout: str
    table_id: str
    samples: tuple[Sample, ...]
    values: Mapping[str, Sequence[tuple[str, int]]]
    is_left_out: bool

    @property
    def print(self) -> str:
        """The short name of its header."""
        return print_of(self.header)


@dataclass(frozen=True, slots=True)
class KeptMapping:
    """A mapping that is kept."""

    id: ImportMappingId
    name: str
    source: str
    text: str
    prints: tuple[str, ...]
    changed_at: datetime
    changed_by: str | None
    version: int

    @property
    def layout(self) -> Layout:
        """The layout that it is."""
        return parse(self.text, self.name)


def tables_of(session: Session, import_id: ImportId) -> tuple[TableMet, ...]:
    """Return the tables of an import's files, in the order in which they were met."""
    rows = session.scalars(
        select(ImportTableRow)
        .where(ImportTableRow.import_id == import_id)
        .order_by(ImportTableRow.id)
    )
    return tuple(_table(row) for row in rows)


def get_table(session: Session, import_id: ImportId, table_id: ImportTableId) -> TableMet:
    """Return a table of an import.

    Raises:
        NotFound: It has none of that id.
    """
    row = session.get(ImportTableRow, table_id)
    if row is None or row.import_id != import_id:
        raise NotFound(what="import-table", id=table_id)
    return _table(row)


def _table(row: ImportTableRow) -> TableMet:
    header = tuple(row.header)
    samples = tuple(
        Sample(name, tuple(values), bool(is_unique))
        for name, (values, is_unique) in zip(header, row.samples, strict=False)
    )
    return TableMet(
        ImportTableId(row.id),
        row.name,
        header,
        int(row.facts.get("rows", 0)),
        int(row.facts.get("header_line", 1)),
        row.layout,
        row.table_id,
        samples or tuple(Sample(name, ()) for name in header),
        {what: [(text, count) for text, count in met] for what, met in row.values_met.items()},
        bool(row.facts.get("left_out")),
    )


def kept_mappings(session: Session) -> tuple[KeptMapping, ...]:
    """Return every mapping that is kept, by name."""
    rows = session.execute(
        select(ImportMappingRow, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == ImportMappingRow.changed_by)
        .order_by(ImportMappingRow.name_key)
    )
    return tuple(_kept(row.ImportMappingRow, row.name) for row in rows)


def get_mapping(session: Session, mapping_id: ImportMappingId) -> KeptMapping:
    """Return a mapping that is kept.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.execute(
        select(ImportMappingRow, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == ImportMappingRow.changed_by)
        .where(ImportMappingRow.id == mapping_id)
    ).one_or_none()
    if row is None:
        raise NotFound(what="import-mapping", id=mapping_id)
    return _kept(row.ImportMappingRow, row.name)


def _kept(row: ImportMappingRow, by: str | None) -> KeptMapping:
    return KeptMapping(
        ImportMappingId(row.id),
        row.name,
        row.source,
        row.text,
        tuple(row.prints),
        row.changed_at,
        by,
        row.version,
    )


def layout_of_mapping(row: ImportMappingRow) -> Layout:
    """Return the layout that a row keeps."""
    return parse(row.text, row.name)
