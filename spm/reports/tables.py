"""Tables on paper, and short pieces beside each other.

A row never grows taller than a page, because reportlab then makes no document at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import (
    Flowable,
    Table,
    TableStyle,
)

from spm.reports import theme
from spm.reports.fonts import BOLD, REGULAR
from spm.reports.texts import Style, lines_of, paragraph

MOST_ROWS: Final = 400
"""Of one table; a longer one goes on in the next."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    href: str


Cell = str | Link | Drawing


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: Its head.
        width: In points.
        is_figure: Whether it holds figures: to the right, never shortened.
        lines: How many lines a text may take.
    """

    head: str
    width: float
    is_figure: bool = False
    lines: int = 2


def widths(total: float, *given: float | None) -> tuple[float, ...]:
    """The widths given, with what is left of the total shared among those that are None."""
    rest = total - sum(width for width in given if width is not None)
    share = rest / max(sum(width is None for width in given), 1)
    return tuple(share if width is None else width for width in given)


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    bold: frozenset[int] = frozenset(),
    is_dense: bool = False,
) -> list[Flowable]:
    """A table whose heads are repeated on every page, in pieces of at most MOST_ROWS rows.

    `bold` are the numbers of the rows to stand out, such as a total; a dense one has lower rows. No
    rows, no table.
    """
    head = ["\n".join(lines_of(c.head, theme.TINY, c.width - 8, most=2)) for c in columns]
    pieces: list[Flowable] = []
    numbered = iter(enumerate(rows))
    while batch := list(islice(numbered, MOST_ROWS)):
        cells: list[list[Any]] = [head]
        stands_out = []
        for number, row in batch:
            is_bold = number in bold
            if is_bold:
                stands_out.append(len(cells))
            cells.append(
                [_cell(value, c, is_bold=is_bold) for value, c in zip(row, columns, strict=True)]
            )
        pieces.append(
            Table(
                cells,
                colWidths=[c.width for c in columns],
                repeatRows=1,
                style=_table_style(
                    tuple(c.is_figure for c in columns), tuple(stands_out), is_dense=is_dense
                ),
                hAlign="LEFT",
            )
        )
    return pieces


def _cell(value: Cell, column: Column, *, is_bold: bool) -> object:
    if isinstance(value, Drawing):
        return value
    text = value.text if isinstance(value, Link) else value
    room = column.width - 8
    if not column.is_figure:
        lines = lines_of(text, theme.SMALL, room, most=column.lines, is_bold=is_bold)
        if isinstance(value, Link):
            style = Style(size=theme.SMALL, is_bold=is_bold, leading=1.25)
            return paragraph(" ".join(lines), style, href=value.href)
        return "\n".join(lines)
    return text


@lru_cache(maxsize=128)
def _table_style(
    figures: tuple[bool, ...], stands_out: tuple[int, ...], *, is_dense: bool
) -> TableStyle:
    above, below = (1.6, 2.2) if is_dense else (4.2, 4.6)
    commands: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, theme.SMALL, theme.SMALL * 1.25),
        ("TEXTCOLOR", (0, 0), (-1, -1), theme.INK),
        ("FONT", (0, 0), (-1, 0), REGULAR, theme.TINY, theme.TINY * 1.2),
        ("TEXTCOLOR", (0, 0), (-1, 0), theme.QUIET),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, theme.COMPARED),
        ("LINEBELOW", (0, 1), (-1, -1), theme.HAIRLINE, theme.LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), above),
        ("BOTTOMPADDING", (0, 0), (-1, -1), below),
    ]
    commands += [
        ("ALIGN", (n, 0), (n, -1), "RIGHT") for n, is_figure in enumerate(figures) if is_figure
    ]
    commands += [("FONTNAME", (0, row), (-1, row), BOLD) for row in stands_out]
    return TableStyle(commands)


def side_by_side(
    cells: Sequence[Sequence[Flowable]], columns: Sequence[float], *, space: float = 24.0
) -> Table:
    """Short pieces beside each other, their tops level; never for text of unknown length."""
    inner = [[list(cell) for cell in cells]]
    last = len(columns) - 1
    return Table(
        inner,
        colWidths=columns,
        hAlign="LEFT",
        style=TableStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), REGULAR),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), space),
                ("RIGHTPADDING", (last, 0), (last, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        ),
    )
