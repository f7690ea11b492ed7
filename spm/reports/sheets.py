"""The sheets of a document: paper, and what stands on each beside its text."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfgen.canvas import Canvas

from spm.reports import fonts, theme
from spm.reports.fonts import BOLD, REGULAR
from spm.reports.texts import lines_of

SIDE: Final = 48.0

HEAD: Final = 62.0

FOOT: Final = 54.0


class Paper(StrEnum):
    """The paper that a report is made for."""

    A4 = "a4"
    LETTER = "letter"


SIZES: Final = {Paper.A4: A4, Paper.LETTER: LETTER}


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
        return float(SIZES[self.paper][0]) - 2 * SIDE


class SheetCanvas(Canvas):
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
        width, height = SIZES[front.paper]
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
