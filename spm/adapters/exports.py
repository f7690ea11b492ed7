"""Files that people take away: nothing in a cell is ever a formula (reliability.md, X3)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_LIVE = tuple("=+-@\t\r\0＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, or passes over before one."""


def inert(cell: object) -> str:
    """Return a cell as text that no spreadsheet runs; numbers stay as they are."""
    if cell is None:
        return ""
    text = str(cell)
    if isinstance(cell, int | float):
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
