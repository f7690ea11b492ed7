"""What was copied from a spreadsheet, laid onto a grid of owners and periods."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from spm.domain.text import fold

MOST_ROWS, MOST_COLUMNS = 2_000, 60
"""Beyond this nothing is looked at."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The rows or the columns of a grid, in their order.

    Attributes:
        keys: What each is called in the form.
        names: What people call each of them, several ways.
    """

    keys: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]

    @property
    def known(self) -> Mapping[str, str]:
        """Folded names → key; a name that several have is none's."""
        found: dict[str, str] = {}
        twice: set[str] = set()
        for key, names in zip(self.keys, self.names, strict=True):
            for name in {fold(each) for each in names if each.strip()}:
                if name in found:
                    twice.add(name)
                found[name] = key
        return {name: key for name, key in found.items() if name not in twice}


@dataclass(frozen=True, slots=True)
class Laid:
    """Where the pasted cells belong.

    Attributes:
        cells: (row's key, column's key) → the text as it was copied, empty ones left out.
        unknown: Names of rows and columns that the grid does not have, and cells beyond its edge,
            as they were copied; they are said, never dropped in silence.
    """

    cells: Mapping[tuple[str, str], str]
    unknown: tuple[str, ...]


def lay(text: str, rows: Axis, columns: Axis) -> Laid:
    """Return where the cells of ``text``, rows by line and columns by tab, belong on a grid.

    A first line that names columns says where each column belongs, else they go by their order. A
    first cell that names a row says where its line belongs; without any such name the lines go by
    their order. A line whose first cell is no name where others have one is unknown.

    Returns:
        Texts, not values: what each cell's field reads and refuses is its own affair.
    """
    table = _table(text)
    unknown: list[str] = []
    head = _head(table, columns)
    if head:
        table = table[1:]
    is_named = any(line and fold(line[0]) in rows.known for line in table) or _looks_named(head)
    places = _columns(head, columns, unknown, is_named=is_named)
    cells: dict[tuple[str, str], str] = {}
    for number, line in enumerate(table):
        key = _row(line, number, rows, is_named=is_named)
        values = line[1:] if is_named else line
        if key is None:
            unknown.append("\t".join(line))
            continue
        for place, value in enumerate(values):
            column = places[place] if place < len(places) else None
            if column is not None and value:
                cells[key, column] = value
            elif column is None and value and place >= len(places):
                unknown.append(value)
    return Laid(cells, tuple(unknown))


def _table(text: str) -> list[list[str]]:
    """Return the lines that hold anything, their cells trimmed."""
    lines = csv.reader(StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t")
    found: list[list[str]] = []
    for line in lines:
        cells = [cell.strip() for cell in line[:MOST_COLUMNS]]
        if any(cells):
            found.append(cells)
        if len(found) >= MOST_ROWS:
            break
    return found


def _head(table: Sequence[Sequence[str]], columns: Axis) -> Sequence[str]:
    """Return the first line where it names at least one column, else nothing."""
    first = table[0] if table else ()
    return first if any(fold(cell) in columns.known for cell in first) else ()


def _looks_named(head: Sequence[str]) -> bool:
    """Whether the head leaves its first cell empty, as one above names does."""
    return bool(head) and not head[0]


def _columns(
    head: Sequence[str], columns: Axis, unknown: list[str], *, is_named: bool
) -> list[str | None]:
    """Return the key of each column of values; None for one that the grid does not have."""
    if not head:
        return list(columns.keys)
    places: list[str | None] = []
    for cell in head[1:] if is_named else head:
        key = columns.known.get(fold(cell))
        if key is None and cell:
            unknown.append(cell)
        places.append(key)
    return places


def _row(line: Sequence[str], number: int, rows: Axis, *, is_named: bool) -> str | None:
    if is_named:
        return rows.known.get(fold(line[0]))
    return rows.keys[number] if number < len(rows.keys) else None
