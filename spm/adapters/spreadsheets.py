"""Tables of files: a header row and data rows, from text files and workbooks alike.

Nothing is read whole: a table is walked as often as it is needed, once to recognise its formats,
once to map it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spm.adapters import texts, workbooks
from spm.domain.intake.cells import Cell, Issue, RawRecord, Row, Unreadable, shown
from spm.domain.intake.formats import Reading
from spm.domain.intake.reasons import Reason

MOST_BYTES = 500 << 20
MOST_ROWS = 5_000_000
MOST_COLUMNS = 400
_HEADER_WITHIN = 20
"""A header stands within so many lines; above it there may be a title."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file.

    Attributes:
        file: What it is called to whoever imports it; for a sheet ``book.xlsx: sheet``.
        sheet: The sheet's name; None for a text file.
        encoding: How its text is encoded; None for a workbook.
        delimiter: What stands between its columns; None for a workbook.
        header: Names of the columns as they stand, blank ones empty.
        header_line: The line that they stand on.
        is_hidden: It is a sheet that the workbook does not show.
    """

    path: Path
    file: str
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    header: tuple[str, ...]
    header_line: int
    is_hidden: bool = False

    def rows(self) -> Iterator[Row | Issue]:
        """Yield the data rows, and an issue for each record that is none.

        Blank rows are passed over, and what stands below a blank row in fewer columns than two is
        the foot of a report.

        Raises:
            Unreadable: The file breaks off, or has more rows than are taken.
        """
        yield from _data(self, _records(self))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


IsHeader = Callable[[Sequence[str]], bool]
"""Whether names are those of a table that is known."""


def _any_header(_: Sequence[str]) -> bool:
    return False


def tables(
    path: Path, file: str, reading: Reading, is_header: IsHeader = _any_header
) -> tuple[Table, ...]:
    """Return the tables of a file: one of a text file, one of each filled sheet of a workbook.

    The header is the first of the upper rows of which ``is_header`` says so; if there is none, the
    first with two names or more.

    Raises:
        Unreadable: It is too large, neither text nor workbook, or not safe to open.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Unreadable(file=file, reason=Reason.FILE_TOO_LARGE)
    if size == 0:
        return ()
    with path.open("rb") as stream:
        head = stream.read(4)
    if head == workbooks.MAGIC:
        workbooks.check(path, file)
        return tuple(_of_workbook(path, file, reading, is_header))
    if head == workbooks.OLD_MAGIC:
        raise Unreadable(file=file, reason=Reason.OLD_WORKBOOK)
    table = _of_text(path, file, reading, is_header)
    return () if table is None else (table,)


def _of_text(path: Path, file: str, reading: Reading, is_header: IsHeader) -> Table | None:
    encoding = texts.named(reading.encoding, file) if reading.encoding else None
    encoding = encoding or texts.encoding_of(path, file)
    if encoding == "utf-8":
        encoding = "utf-8-sig"  # the mark is no part of the first column's name
    delimiter = reading.delimiter or texts.delimiter_of(path, file, encoding)
    records = texts.records(path, file, encoding, delimiter)
    header = _header(records, file, reading, is_header)
    if header is None:
        return None
    return Table(path, file, None, encoding, delimiter, _names(header.cells), header.last_line)


def _of_workbook(path: Path, file: str, reading: Reading, is_header: IsHeader) -> Iterator[Table]:
    by_sheet: dict[str, list[RawRecord]] = {}
    hidden: set[str] = set()
    for row in workbooks.rows(path, file):
        if row.is_hidden:
            hidden.add(row.sheet)
        first = by_sheet.setdefault(row.sheet, [])
        if len(first) < _HEADER_WITHIN:
            first.append(RawRecord(row.line, row.line, row.cells))
    for sheet, records in by_sheet.items():
        header = _header(records, file, reading, is_header)
        if header is not None:
            name = file if len(by_sheet) == 1 else f"{file}: {sheet}"
            names = _names(header.cells)
            yield Table(path, name, sheet, None, None, names, header.line, sheet in hidden)


def _names(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    return tuple(shown(cell).strip() for cell in cells)


def _header(
    records: Iterable[RawRecord], file: str, reading: Reading, is_header: IsHeader
) -> RawRecord | None:
    """The first of the upper rows that is known, else with two names, else that is filled at all.

    The row of a line that somebody named comes before them all.
    """
    only: RawRecord | None = None
    several: RawRecord | None = None
    for number, record in enumerate(records):
        if record.fault:
            if several is not None:
                break
            raise Unreadable(file=file, reason=record.fault, line=record.line)
        filled = sum(cell != "" for cell in record.cells)
        if filled and record.last_line == reading.header_line:
            return record
        if len(record.cells) > MOST_COLUMNS:
            if several is not None:
                break
            raise Unreadable(file=file, reason=Reason.TOO_MANY_COLUMNS, most=MOST_COLUMNS)
        if filled > 1 and reading.header_line is None and is_header(_names(record.cells)):
            return record
        if filled > 1 and several is None:
            several = record
        if filled and only is None:
            only = record
        if number >= _HEADER_WITHIN:
            break
    return several or only


def _records(table: Table) -> Iterator[RawRecord]:
    if table.sheet is None:
        yield from texts.records(
            table.path, table.file, table.encoding or "utf-8-sig", table.delimiter or ","
        )
        return
    for row in workbooks.rows(table.path, table.file):
        if row.sheet == table.sheet:
            yield RawRecord(row.line, row.line, row.cells)


def _data(table: Table, records: Iterable[RawRecord]) -> Iterator[Row | Issue]:
    width, count, after_blank = len(table.header), 0, False
    for record in records:
        if record.line <= table.header_line:
            continue
        if record.fault:
            facts = {"last_line": record.last_line}
            yield Issue(table.file, record.line, "", "", record.fault, facts=facts)
            continue
        if not any(record.cells) and all(cell == "" for cell in record.cells):
            after_blank = True
            continue
        if after_blank and width > 1 and sum(cell != "" for cell in record.cells) == 1:
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unreadable(file=table.file, reason=Reason.TOO_MANY_ROWS, most=MOST_ROWS)
        yield _row(record, width)


def _row(record: RawRecord, width: int) -> Row:
    cells = record.cells
    if len(cells) > width:
        fault = Reason.LONG_ROW if any(cell != "" for cell in cells[width:]) else None
        return Row(record.line, cells[:width], fault)
    if len(cells) < width:
        return Row(record.line, cells + ("",) * (width - len(cells)), Reason.SHORT_ROW)
    return Row(record.line, cells)
