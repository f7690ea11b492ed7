"""Files that people take away: nothing in a cell is ever a formula (reliability.md, X3)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

_LIVE = tuple("=+-@\t\r\0＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, or passes over before one."""


def inert(cell: object) -> str:
    """Return a cell as text that no spreadsheet runs; numbers stay as they are."""
    if cell is None:
        return ""
    text = str(cell)
    if isinstance(cell, int | float | Decimal):
        return text
    return f"'{text}" if text.startswith(_LIVE) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a CSV file in parts: UTF-8 with its mark, commas, CR LF, as every spreadsheet reads it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([inert(cell) for cell in header])
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def workbook(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return an XLSX file of one sheet: texts stay texts, numbers and dates are numbers and dates.

    Rows are written as they come, so that memory does not grow with them.
    """
    import xlsxwriter

    file = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for column, words in enumerate(header):
            sheet.write_string(0, column, words, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case None | "":
                        continue
                    case date():
                        sheet.write_datetime(number, column, cell, day)
                    case int() | Decimal():
                        sheet.write_number(number, column, cell)
                    case _:
                        sheet.write_string(number, column, str(cell))
    return file.getvalue()
