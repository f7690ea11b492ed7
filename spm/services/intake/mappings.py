"""Mappings that people make and keep: which layouts an import's files are read by, and what is kept of them.

An import carries layouts of its own, one per source, as TOML: the same text that ``spm import
--mapping`` takes. What is kept beyond the import is a row of ``import_mapping``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from spm.adapters.database import LOCK
from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import ImportId, ImportMappingId, ImportTableId
from spm.domain.intake.drafts import (
    Draft,
    choices_of,
    draft_of,
    print_of,
    table_id_of,
    title_of,
    with_table,
)
from spm.domain.intake.layouts import Layout, by_id, parse, shipped
from spm.domain.intake.mapping import recognise
from spm.domain.intake.said import LayoutInvalid
from spm.domain.intake.toml import text_of
from spm.domain.text import clean_line, fold
from spm.models.intake import ImportMappingRow, ImportRow, ImportTableRow
from spm.queries.intake.mappings import TableMet, layout_of_mapping
from spm.services.intake.inspection import Choose, Inspection, Tiers, shipped_tiers
from spm.services.work import Work

CHANGEABLE = frozenset({"mapping", "checked", "failed", "stopped"})
"""States of an import in which it can be said anew what its files mean."""


class MappingNameTaken(Invalid):
    """Another mapping is kept under this name."""

    code = "import.mapping-name-taken"


class NoLayout(NotFound):
    """The files of this import are not of this source."""

    code = "import.no-layout"


def own_layouts(row: ImportRow) -> tuple[Layout, ...]:
    """Return the layouts that an import carries itself."""
    return tuple(_readable(row.options.get("layouts", {}).values()))


def _readable(texts: Iterable[object]) -> Iterator[Layout]:
    for text in texts:
        try:
            yield parse(str(text), "kept")
        except LayoutInvalid:  # written by a release that said things otherwise
            continue


def chooser(session: Session, row: ImportRow) -> Choose:
    """Return which layouts the tables of an import may be of.

    First those that the import carries, then the mappings that were kept for files with the same
    columns, then what comes with the product.
    """
    own, left_out = own_layouts(row), frozenset(row.options.get("left_out", ()))
    kept = [
        (frozenset(one.prints), layout)
        for one in session.scalars(select(ImportMappingRow).order_by(ImportMappingRow.id.desc()))
        for layout in _readable([one.text])
    ]

    def choose(file: str, header: Sequence[str]) -> Tiers | None:
        if file in left_out:
            return None
        print_ = print_of(header)
        same = tuple(layout for prints, layout in kept if print_ in prints)
        return (*((own,) if own else ()), *((one,) for one in same), *shipped_tiers())

    return choose


def note_tables(
    work: Work, row: ImportRow, inspection: Inspection, files: Mapping[str, int]
) -> None:
    """Write down the tables of an import's files; ``files`` is name → id."""
    session = work.session
    session.execute(delete(ImportTableRow).where(ImportTableRow.import_id == row.id))
    left_out = row.options.get("left_out", ())
    for one in inspection.recognised:
        facts = {
            "rows": one.rows,
            "header_line": one.table.header_line,
            "source": one.binding.layout.title,
        }
        session.add(
            ImportTableRow(
                import_id=row.id,
                file_id=files[one.given.name],
                name=one.table.file[:250],
                header=list(one.table.header),
                facts=facts,
                layout=one.binding.layout.id,
                table_id=one.binding.table.id,
                samples=[[list(s.values), s.is_unique] for s in one.samples],
                values_met={what: [list(v) for v in values] for what, values in one.values.items()},
            )
        )
    for other in inspection.unknown:
        session.add(
            ImportTableRow(
                import_id=row.id,
                file_id=files[other.given.name],
                name=other.table.file[:250],
                header=list(other.table.header),
                facts={
                    "rows": other.rows,
                    "header_line": other.table.header_line,
                    "left_out": other.table.file in left_out,
                },
                layout="",
                table_id="",
                samples=[[list(s.values), s.is_unique] for s in other.samples],
                values_met={},
            )
        )
    session.flush()


def layout_now(session: Session, row: ImportRow, source: str) -> Layout:
    """Return the layout by which an import's files of a source are read, with the tables they are of.

    Raises:
        NoLayout: No file is of it.
    """
    tables = session.scalars(
        select(ImportTableRow).where(
            ImportTableRow.import_id == row.id, ImportTableRow.layout == source
        )
    ).all()
    if not tables:
        raise NoLayout(source=source)
    found = by_id(own_layouts(row), source)
    if found is not None:
        return found
    prints = {print_of(table.header) for table in tables}
    for kept in session.scalars(
        select(ImportMappingRow)
        .where(ImportMappingRow.source == source)
        .order_by(ImportMappingRow.id.desc())
    ):
        if prints & set(kept.prints):
            return layout_of_mapping(kept)
    layout = by_id(shipped(), source)
    if layout is None:
        raise NoLayout(source=source)
    used = {table.table_id for table in tables}
    return replace(layout, tables=tuple(one for one in layout.tables if one.id in used))


def draft_now(work: Work, import_id: ImportId, table: TableMet) -> Draft | None:
    """Return what the columns of an import's table are read as now; None where no layout fits."""
    if not table.layout:
        return None
    layout = layout_now(work.session, work.session.get_one(ImportRow, import_id), table.layout)
    only = tuple(one for one in layout.tables if one.id == table.table_id)
    try:
        binding = recognise(table.name, table.header, [replace(layout, tables=only)])
    except Invalid:
        return None
    if binding is None:
        return None
    draft = draft_of(binding, table.header)
    offered = choices_of(draft.kind)
    fields = {at: field for at, field in draft.fields.items() if field in offered}
    return replace(draft, fields=fields)


def set_layout(row: ImportRow, layout: Layout) -> None:
    """Let an import carry a layout, in place of the one of the same source."""
    row.options = {
        **row.options,
        "layouts": {**row.options.get("layouts", {}), layout.id: text_of(layout)},
    }


def map_table(
    work: Work,
    row: ImportRow,
    table_id: ImportTableId,
    draft: Draft,
    *,
    title: str,
    system: ImportMappingId | None = None,
) -> bool:
    """Let the columns of a table mean what somebody chose; return whether no table is left to map.

    Args:
        work: The unit of work.
        row: The import, locked.
        table_id: Which table.
        draft: What was chosen.
        title: What such a table is called.
        system: The kept mapping of the system that the file is from too; None for one of its own.

    Raises:
        NotFound: The import has no such table.
        Invalid: The choice is no mapping: see ``with_table``.
    """
    work.require(Permission.IMPORTS_MAP)
    table = _table(work.session, row, table_id)
    base, name = _base(work.session, row, table, system)
    made = name or table_id_of(base, draft.kind, table.header)
    layout = with_table(base, draft, made, title)
    if base is None:
        layout = replace(layout, title=title_of(table.name))
    parse(text_of(layout), "mapping")
    set_layout(row, layout)
    _take_back(row, table.name)
    for same in _tables(work.session, row):
        if not same.layout and print_of(same.header) == print_of(table.header):
            same.layout, same.table_id = layout.id, made
    table.layout, table.table_id = layout.id, made
    work.record(
        Permission.IMPORTS_MAP,
        f"import:{row.id}",
        after={
            "table": table.name,
            "kind": draft.kind.value,
            "columns": {draft.header[at]: field for at, field in sorted(draft.fields.items())},
            "source": layout.id,
        },
    )
    return not any(_is_open(row, one) for one in _tables(work.session, row))


def leave_out(work: Work, row: ImportRow, table_id: ImportTableId) -> bool:
    """Leave a table out; return whether no table is left to map.

    Raises:
        NotFound: The import has no such table.
    """
    work.require(Permission.IMPORTS_MAP)
    table = _table(work.session, row, table_id)
    left = [*row.options.get("left_out", ()), table.name]
    row.options = {**row.options, "left_out": list(dict.fromkeys(left))}
    table.layout = table.table_id = ""
    table.facts = {**table.facts, "left_out": True}
    work.record(
        Permission.IMPORTS_MAP, f"import:{row.id}", after={"table": table.name, "left_out": True}
    )
    return not any(_is_open(row, one) for one in _tables(work.session, row))


def _is_open(row: ImportRow, table: ImportTableRow) -> bool:
    """Return whether nobody has said anything of a table yet."""
    return not table.layout and table.name not in row.options.get("left_out", ())


def _base(
    session: Session, row: ImportRow, table: ImportTableRow, system: ImportMappingId | None
) -> tuple[Layout | None, str | None]:
    """Return the layout that a table is added to, and the id that it has there; None for a new one."""
    if system is not None:
        kept = session.get(ImportMappingRow, system)
        if kept is None:
            raise NotFound(what="import-mapping", id=system)
        layout = layout_of_mapping(kept)
        own = by_id(own_layouts(row), layout.id) or layout
        name = table.table_id if table.layout == layout.id else None
        return own, name
    if table.layout:
        return layout_now(session, row, table.layout), table.table_id
    made = [layout for layout in own_layouts(row) if by_id(shipped(), layout.id) is None]
    return (made[0] if made else None), None


def _take_back(row: ImportRow, name: str) -> None:
    left = [one for one in row.options.get("left_out", ()) if one != name]
    row.options = {**row.options, "left_out": left}


def _tables(session: Session, row: ImportRow) -> Sequence[ImportTableRow]:
    return session.scalars(
        select(ImportTableRow).where(ImportTableRow.import_id == row.id).order_by(ImportTableRow.id)
    ).all()


def _table(session: Session, row: ImportRow, table_id: ImportTableId) -> ImportTableRow:
    table = session.get(ImportTableRow, table_id)
    if table is None or table.import_id != row.id:
        raise NotFound(what="import-table", id=table_id)
    return table


# --- what is kept beyond the import --------------------------------------------------------------


def keep(work: Work, import_id: ImportId, name: str) -> tuple[ImportMappingId, ...]:
    """Keep the layouts that an import carries, for files with the same columns.

    A mapping of the same source is replaced; several are told apart by the titles of their sources.

    Raises:
        Forbidden: The actor may not import.
        Invalid: The name is too long.
        MappingNameTaken: The mapping of another source has the name.
    """
    work.require(Permission.IMPORTS_MAP)
    row = work.session.get_one(ImportRow, import_id)
    layouts = own_layouts(row)
    name = clean_line(name, 120, "remember")
    found = []
    for layout in layouts:
        prints = [
            print_of(table.header)
            for table in _tables(work.session, row)
            if table.layout == layout.id
        ]
        called = name if len(layouts) == 1 else f"{name} · {layout.title}"[:120]
        if prints:
            found.append(_keep(work, layout, called, prints))
    return tuple(found)


def _keep(work: Work, layout: Layout, name: str, prints: Sequence[str]) -> ImportMappingId:
    session = work.session
    kept = session.scalars(
        select(ImportMappingRow)
        .where(ImportMappingRow.source == layout.id)
        .order_by(ImportMappingRow.id.desc())
    ).first()
    _refuse_taken(session, name, kept, "remember")
    before = _facts(kept) if kept is not None else None
    if kept is None:
        kept = ImportMappingRow(source=layout.id, prints=[])
        session.add(kept)
    kept.name, kept.name_key, kept.text = name, fold(name), text_of(layout)
    kept.prints = list(dict.fromkeys((*kept.prints, *prints)))
    kept.changed_at, kept.changed_by = work.now, work.actor.person_id
    session.flush()
    thing = f"import-mapping:{kept.id}"
    work.record(Permission.IMPORTS_MAP, thing, before=before, after=_facts(kept))
    return ImportMappingId(kept.id)


def rename(work: Work, mapping_id: ImportMappingId, name: str, version: int) -> None:
    """Give a mapping another name.

    Raises:
        NotFound: There is none.
        StaleEdit: Somebody changed it meanwhile.
        MappingNameTaken: Another one has the name.
    """
    work.require(Permission.IMPORTS_MAP)
    kept = _kept(work.session, mapping_id)
    name = clean_line(name, 120, "name")
    work.expect_version(kept, version, theirs={"name": kept.name}, yours={"name": name})
    _refuse_taken(work.session, name, kept, "name")
    before = kept.name
    kept.name, kept.name_key = name, fold(name)
    kept.changed_at, kept.changed_by = work.now, work.actor.person_id
    work.session.flush()
    work.record(
        Permission.IMPORTS_MAP,
        f"import-mapping:{mapping_id}",
        before={"name": before},
        after={"name": name},
    )


def remove(work: Work, mapping_id: ImportMappingId) -> None:
    """Keep a mapping no longer; what was loaded by it stays.

    Raises:
        NotFound: There is none.
    """
    work.require(Permission.IMPORTS_MAP)
    kept = _kept(work.session, mapping_id)
    before = _facts(kept)
    work.session.delete(kept)
    work.session.flush()
    work.record(Permission.IMPORTS_MAP, f"import-mapping:{mapping_id}", before=before)


def _facts(kept: ImportMappingRow) -> dict[str, object]:
    return {"name": kept.name, "source": kept.source, "text": kept.text}


def _kept(session: Session, mapping_id: ImportMappingId) -> ImportMappingRow:
    kept = session.get(ImportMappingRow, mapping_id, with_for_update=LOCK)
    if kept is None:
        raise NotFound(what="import-mapping", id=mapping_id)
    return kept


def _refuse_taken(session: Session, name: str, kept: ImportMappingRow | None, field: str) -> None:
    other = session.scalar(select(ImportMappingRow).where(ImportMappingRow.name_key == fold(name)))
    if other is not None and other is not kept:
        raise MappingNameTaken(name=name, field=field)
