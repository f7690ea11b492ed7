"""The frame of every PDF: its outline, its pieces, and the building of the whole.

Text, tables and sheets have rooms of their own; whoever draws a document takes all from here.
"""

import threading
from collections.abc import Sequence
from io import BytesIO

from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Spacer,
)

from spm.reports import theme
from spm.reports.fonts import REGULAR
from spm.reports.sheets import FOOT, HEAD, SIDE, SIZES, Frontispiece, Paper, SheetCanvas
from spm.reports.tables import MOST_ROWS, Cell, Column, Link, side_by_side, table, widths
from spm.reports.texts import (
    BODY,
    LEAD,
    MOST_CHARACTERS,
    MOST_LINES,
    MOST_OF_A_FIELD,
    QUIET,
    Style,
    flow,
    lines_of,
    paragraph,
)
from spm.reports.theme import Role

__all__ = [
    "BODY",
    "FOOT",
    "HEAD",
    "LEAD",
    "MOST_CHARACTERS",
    "MOST_LINES",
    "MOST_OF_A_FIELD",
    "MOST_ROWS",
    "QUIET",
    "SIDE",
    "Anchor",
    "Cell",
    "Column",
    "Contents",
    "Frontispiece",
    "Link",
    "Paper",
    "Rule",
    "Style",
    "build",
    "flow",
    "gap",
    "heading",
    "lines_of",
    "paragraph",
    "side_by_side",
    "table",
    "widths",
]


_building = threading.Lock()


class Anchor(Flowable):
    """A place that the outline and links lead to; takes no room and stays with what follows."""

    def __init__(self, key: str, title: str, level: int, before: float) -> None:
        super().__init__()
        self.keepWithNext = 1
        self.spaceBefore = before
        self.key, self.title, self.level = key, title, level

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its width and height."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Leaves a bookmark above the text that follows and an entry in the outline."""
        self.canv.bookmarkHorizontal(self.key, 0, 24)
        self.canv.addOutlineEntry(self.title, self.key, self.level, closed=self.level > 0)
        if isinstance(self.canv, SheetCanvas):
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
            if isinstance(self.canv, SheetCanvas):
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


def heading(title: str, key: str, level: int = 0, *, before: float = 0.0) -> list[Flowable]:
    """A heading that the outline leads to; level 0 is a section, 1 a part of one.

    `before` is the space above it, but not at the top of a page.
    """
    size = theme.TITLE if level == 0 else theme.HEADING
    style = Style(size=size, is_bold=True, leading=1.25, after=4.0 if level == 0 else 3.0)
    text = paragraph(title, style)
    text.keepWithNext = 1
    return [Anchor(key, " ".join(title.split()), level, before), text]


def gap(steps: float) -> Spacer:
    """So many steps of the grid."""
    return Spacer(1, theme.grid(steps))


def build(story: Sequence[Flowable], front: Frontispiece) -> bytes:
    """The PDF: the same bytes for the same story. The first page has no head.

    One document is made at a time in a process: reportlab's fonts keep their place in the file
    while they are cut down to the characters used.
    """
    into = BytesIO()
    width, height = SIZES[front.paper]
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

    class Paged(SheetCanvas):
        pass

    Paged.front = front
    with _building:
        template.build(list(story), canvasmaker=Paged)
    return into.getvalue()
