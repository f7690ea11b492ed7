"""What a reader of files hands over: cells, rows, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from spm.domain.errors import Invalid
from spm.domain.intake.reasons import Reason

Cell = str | Decimal | date | datetime | bool
"""A text file has only texts; a workbook knows numbers, dates and truth. Empty is the empty text."""

SHOWN = 200
"""So many characters of a refused value are kept."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What stands in a file between two ends of rows, be it a title, a header or data.

    Attributes:
        line: The line that it begins on; ``last_line`` the one that it ends on.
        fault: What is wrong with its quotes or its length; its cells are then what was read.
    """

    line: int
    last_line: int
    cells: tuple[Cell, ...]
    fault: Reason | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A data row: its line in the file (the first line is 1) and one cell per column.

    Attributes:
        fault: Why the row cannot be used ; None if it can. Its cells are then
            filled up or cut to the columns of the header.
    """

    line: int
    cells: tuple[Cell, ...]
    fault: Reason | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about a row: a refusal keeps the row out, a warning does not.

    Attributes:
        line: Line in the file, the first is 1; 0 where it is about the whole file.
        column: The column's name in the file; empty where it is about the whole row.
        value: What stood there, shortened.
        reason: What is wrong; ``facts`` fill the blanks of its words.
    """

    file: str
    line: int
    column: str
    value: str
    reason: Reason
    is_refusal: bool = True
    facts: Mapping[str, object] = field(default_factory=dict)


class Unreadable(Invalid):
    """A file cannot be read at all; ``reason`` says why, ``file`` which."""

    code = "import.unreadable"

    def __init__(self, *, file: str, reason: Reason, **facts: object) -> None:
        super().__init__(file=file, reason=reason, **facts)  # type: ignore[arg-type]
        self.reason = reason


class BadCell(Invalid):
    """A cell does not say what its column holds; ``reason`` is the code of the row's issue."""

    code = "import.bad-cell"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason=reason)
        self.reason = reason


def shown(cell: Cell | None) -> str:
    """Return a cell as it is shown in a list of errors: one line, printable, at most 200 characters."""
    text = "" if cell is None else str(cell)
    kept = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
    return kept if len(kept) <= SHOWN else kept[: SHOWN - 1] + "…"
