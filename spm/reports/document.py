"""The frame of every PDF: pages, heads and feet, outline, text, tables.

Everything that a person typed goes through `paragraph`, the one place that makes a reportlab
Paragraph, since a Paragraph reads its text as markup: unescaped, a name with a `<` in it breaks the
report and an `<img>` reads a file. Long text is cut into short paragraphs, because the time that a
Paragraph takes grows with the square of its length, and a row of a table never grows taller than a
page, because reportlab then makes no document at all.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from spm.reports import fonts, theme
from spm.reports.fonts import BOLD, REGULAR
from spm.reports.theme import Role

MOST_CHARACTERS: Final = 2_000
"""Of one paragraph: beyond that, reportlab's time grows with the square."""
MOST_LINES: Final = 40
"""Of one paragraph, for the same reason."""
MOST_OF_A_FIELD: Final = 20_000
"""Characters of one field that a report prints; it says how many it left out."""
MOST_ROWS: Final = 400
"""Of one table; a longer one goes on in the next."""
SIDE: Final = 48.0
HEAD: Final = 62.0
FOOT: Final = 54.0

_LINKS: Final = frozenset({"http", "https"})
_EMPTY_LINES: Final = re.compile(r"\n\s*\n")
_building = threading.Lock()


class Paper(StrEnum):
    """The paper that a report is made for."""

    A4 = "a4"
    LETTER = "letter"


_SIZES: Final = {Paper.A4: A4, Paper.LETTER: LETTER}


@dataclass(frozen=True, slots=True)
class Frontispiece:
    """What stands on every page and in the document's own description.

    Attributes:
        title: The document's title.
        author: Who made it.
        subject: What it is about, one line.
        language: The tag of its language, e.g. `uk`.
        paper: Its paper.
        left: What the head of a page says at the left.
        right: What it says at the right.
        foot: What the foot says at the left.
        page: From page and number of pages to the words for them.
        mark: Words laid across each page, such as "Draft"; None for none.
    """

    title: str
    author: str
    subject: str
    language: str
    paper: Paper
    left: str
    right: str
    foot: str
    page: Callable[[int, int], str]
    mark: str | None = None

    @property
    def width(self) -> float:
        """How wide the text is, in points."""
        return float(_SIZES[self.paper][0]) - 2 * SIDE


# --- Text ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks; `align` is 0 for left, 1 for the middle, 2 for right."""

    size: float = theme.BODY
    colour: Role = theme.INK
    is_bold: bool = False
    align: Literal[0, 1, 2] = 0
    before: float = 0.0
    after: float = 0.0
    leading: float = theme.LEADING


BODY: Final = Style()
QUIET: Final = Style(size=theme.SMALL, colour=theme.QUIET)
LEAD: Final = Style(size=theme.LEAD, after=4.0)


def paragraph(text: str, style: Style = BODY, *, href: str | None = None) -> Paragraph:
    """A paragraph of plain text: what looks like markup in it is printed as it stands.

    `href` makes the whole of it a link; anything but http and https, or `#name` inside the
    document, is printed without one.
    """
    written = escape(" ".join(text.split()))
    if href is not None and _is_link(href):
        written = f"<a href={quoteattr(href)} color={theme.ACCENT.hex!r}>{written}</a>"
    return Paragraph(written, _paragraph_style(style, _wrap_of(text)))


def flow(text: str, style: Style = BODY, *, left_out: Callable[[int], str]) -> list[Flowable]:
    """A text of any length as short paragraphs, its line breaks kept and at most one empty line.

    Beyond MOST_OF_A_FIELD characters it is cut, and `left_out` says how many are missing.
    """
    kept, missing = text[:MOST_OF_A_FIELD], max(0, len(text) - MOST_OF_A_FIELD)
    kept = _EMPTY_LINES.sub("\n\n", kept)
    lines = [
        line[start : start + MOST_CHARACTERS]
        for line in kept.splitlines()
        for start in range(0, max(len(line), 1), MOST_CHARACTERS)
    ]
    made: list[Flowable] = [
        Paragraph("<br/>".join(escape(line) for line in block), look)
        for block in _blocks(lines)
        for look in (_paragraph_style(style, _wrap_of("".join(block))),)
    ]
    if missing:
        made.append(paragraph(left_out(missing), QUIET))
    return made


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines gathered into paragraphs that are neither too long nor of too many lines."""
    block: list[str] = []
    length = 0
    for line in lines:
        if block and (length + len(line) > MOST_CHARACTERS or len(block) == MOST_LINES):
            yield block
            block, length = [], 0
        block.append(line)
        length += len(line)
    if block:
        yield block


def _is_link(href: str) -> bool:
    if href.startswith("#"):
        return True
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in _LINKS and bool(parts.netloc)


def _wrap_of(text: str) -> Literal["CJK"] | None:
    """How lines break: between any two characters where there are any as in Japanese."""
    is_ideographic = any("\u3040" <= c <= "\u9fff" or c > "\uff00" for c in text)
    return "CJK" if is_ideographic else None


@lru_cache(maxsize=256)
def _paragraph_style(style: Style, wrap: Literal["CJK"] | None) -> ParagraphStyle:
    return ParagraphStyle(
        "text",
        fontName=BOLD if style.is_bold else REGULAR,
        bulletFontName=REGULAR,
        fontSize=style.size,
        leading=style.size * style.leading,
        textColor=style.colour,
        alignment=style.align,
        spaceBefore=style.before,
        spaceAfter=style.after,
        splitLongWords=1,
        wordWrap=wrap,
        allowWidows=0,
        allowOrphans=0,
    )


def lines_of(
    text: str, size: float, room: float, *, most: int = 1, is_bold: bool = False
) -> list[str]:
    """The text in at most so many lines of that width, the last with an ellipsis if there is more.

    Breaks at spaces, inside a word only where one word is wider than the room.
    """
    name = BOLD if is_bold else REGULAR
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most:
        if fonts.width(rest, size, name) <= room:
            return [*lines, rest]
        fitting = _fitting(rest, size, room, name)
        if len(lines) == most - 1:
            fitting = _fitting(rest, size, room - fonts.width("…", size, name), name)
            return [*lines, rest[:fitting].rstrip() + "…"]
        space = rest.rfind(" ", 0, fitting + 1)
        place = space if space > 0 else fitting
        lines.append(rest[:place].rstrip())
        rest = rest[place:].lstrip()
    return lines or [""]


def _fitting(text: str, size: float, room: float, name: str) -> int:
    """How many of the first characters fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fonts.width(text[:middle], size, name) <= room:
            low = middle
        else:
            high = middle - 1
    return low


# --- Pieces -------------------------------------------------------------------------------------


class Anchor(Flowable):
    """A place that the outline and links lead to; takes no room and stays with what follows."""

    def __init__(self, key: str, title: str, level: int) -> None:
        super().__init__()
        self.keepWithNext = 1
        self.key, self.title, self.level = key, title, level

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its width and height."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Leaves a bookmark above the text that follows and an entry in the outline."""
        self.canv.bookmarkHorizontal(self.key, 0, 24)
        self.canv.addOutlineEntry(self.title, self.key, self.level, closed=self.level > 0)
        if isinstance(self.canv, _Canvas):
            self.canv.found[self.key] = self.canv.getPageNumber()


class Contents(Flowable):
    """The sections with their page numbers, each a link; the numbers are filled in at the end."""

    def __init__(self, entries: Sequence[tuple[str, str]], width: float) -> None:
        super().__init__()
        self.entries, self.width = entries, width
        self.height = 19.0 * len(entries)

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its width and height."""
        return self.width, self.height

    def draw(self) -> None:
        """Writes the titles and remembers where their numbers go."""
        for number, (key, title) in enumerate(self.entries):
            base = self.height - 19.0 * number - 13.0
            self.canv.setFont(REGULAR, theme.BODY)
            self.canv.setFillColor(theme.INK)
            (line,) = lines_of(title, theme.BODY, self.width - 30)
            self.canv.drawString(0, base, line)
            self.canv.setStrokeColor(theme.LINE)
            self.canv.setLineWidth(theme.HAIRLINE)
            self.canv.line(0, base - 6, self.width, base - 6)
            self.canv.linkRect("", key, (0, base - 6, self.width, base + 13), relative=1)
            x, y = self.canv.absolutePosition(self.width, base)
            if isinstance(self.canv, _Canvas):
                self.canv.awaited.append((self.canv.getPageNumber(), x, y, key))


class Rule(Flowable):
    """A line across the text, or the empty line that one writes on."""

    def __init__(
        self,
        width: float,
        colour: Role = theme.LINE,
        line: float = theme.HAIRLINE,
        above: float = 0,
    ) -> None:
        super().__init__()
        self.width, self.colour, self.line, self.height = width, colour, line, above + line

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its width and height."""
        return self.width, self.height

    def draw(self) -> None:
        """Draws it."""
        self.canv.setStrokeColor(self.colour)
        self.canv.setLineWidth(self.line)
        self.canv.line(0, 0, self.width, 0)


def heading(title: str, key: str, level: int = 0) -> list[Flowable]:
    """A heading that the outline leads to; level 0 is a section, 1 a part of one."""
    size = theme.TITLE if level == 0 else theme.HEADING
    style = Style(size=size, is_bold=True, leading=1.25, after=4.0 if level == 0 else 3.0)
    text = paragraph(title, style)
    text.keepWithNext = 1
    return [Anchor(key, " ".join(title.split()), level), text]


def gap(steps: float) -> Spacer:
    """So many steps of the grid."""
    return Spacer(1, theme.grid(steps))


# --- Tables -------------------------------------------------------------------------------------


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
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, bold: frozenset[int] = frozenset()
) -> list[Flowable]:
    """A table whose heads are repeated on every page, in pieces of at most MOST_ROWS rows.

    `bold` are the numbers of the rows to stand out, such as a total. No rows, no table.
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
                style=_table_style(tuple(c.is_figure for c in columns), tuple(stands_out)),
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
def _table_style(figures: tuple[bool, ...], stands_out: tuple[int, ...]) -> TableStyle:
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
        ("TOPPADDING", (0, 0), (-1, -1), 4.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4.6),
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


# --- The document -------------------------------------------------------------------------------


def build(story: Sequence[Flowable], front: Frontispiece) -> bytes:
    """The PDF: the same bytes for the same story. The first page has no head.

    One document is made at a time in a process: reportlab's fonts keep their place in the file
    while they are cut down to the characters used.
    """
    into = BytesIO()
    width, height = _SIZES[front.paper]
    template = BaseDocTemplate(
        into,
        pagesize=(width, height),
        title=front.title,
        author=front.author,
        subject=front.subject,
        creator="spm",
        producer="spm",
        lang=front.language,
        displayDocTitle=1,
        invariant=1,
        pageCompression=1,
        initialFontName=REGULAR,
    )
    frame = Frame(SIDE, FOOT, width - 2 * SIDE, height - FOOT - HEAD, 0, 0, 0, 0)
    template.addPageTemplates([PageTemplate("page", [frame])])

    class Paged(_Canvas):
        pass

    Paged.front = front
    with _building:
        template.build(list(story), canvasmaker=Paged)
    return into.getvalue()


class _Canvas(Canvas):
    """A canvas that holds every page back until it knows how many there are."""

    front: Frontispiece

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.found: dict[str, int] = {}
        self.awaited: list[tuple[int, float, float, str]] = []
        self._held: list[dict[str, Any]] = []
        self.showOutline()

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keeps the page."""
        self._held.append(dict(self.__dict__))
        Canvas._startPage(self)  # type: ignore[attr-defined]  # noqa: SLF001

    def save(self) -> None:
        """Lets all pages go, each with its head, foot and the page numbers it awaits."""
        for number, held in enumerate(self._held, start=1):
            shared = {"found": self.found, "awaited": self.awaited, "_held": self._held}
            self.__dict__.update(held, **shared)
            self._furnish(number, len(self._held))
            super().showPage()
        super().save()

    def _furnish(self, number: int, pages: int) -> None:
        front = self.front
        width, height = _SIZES[front.paper]
        right = width - SIDE
        self.setFont(REGULAR, theme.TINY)
        self.setFillColor(theme.QUIET)
        words = front.page(number, pages)
        self.drawRightString(right, FOOT - 24, words)
        room = right - SIDE - fonts.width(words, theme.TINY) - 20
        self.drawString(SIDE, FOOT - 24, lines_of(front.foot, theme.TINY, room)[0])
        if number > 1:
            half = (right - SIDE) / 2 - 10
            self.drawString(SIDE, height - 36, lines_of(front.left, theme.TINY, half)[0])
            self.drawRightString(right, height - 36, lines_of(front.right, theme.TINY, half)[0])
            self.setStrokeColor(theme.LINE)
            self.setLineWidth(theme.HAIRLINE)
            self.line(SIDE, height - 43, right, height - 43)
        for page, x, y, key in self.awaited:
            if page == number and key in self.found:
                self.setFont(REGULAR, theme.BODY)
                self.drawRightString(x, y, str(self.found[key]))
        if front.mark is not None:
            self._lay_across(front.mark, width, height)

    def _lay_across(self, words: str, width: float, height: float) -> None:
        self.saveState()
        self.translate(width / 2, height / 2)
        self.rotate(50)
        self.setFillColor(theme.INK, alpha=0.06)
        (line,) = lines_of(words, 64, height * 0.8, is_bold=True)
        self.setFont(BOLD, 64)
        self.drawCentredString(0, -20, line)
        self.restoreState()
