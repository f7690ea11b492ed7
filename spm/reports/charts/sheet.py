"""What charts are drawn on: a reportlab drawing with marks that can be pointed at."""

import unicodedata
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from reportlab.graphics.shapes import (
    Circle,
    Drawing,
    Group,
    Line,
    Path,
    Polygon,
    Rect,
    String,
)

from spm.reports import theme
from spm.reports.fonts import BOLD, REGULAR
from spm.reports.theme import Role

_NARROW: Final = frozenset("iljtfr.,:;'|!()[] I\u00a0\u202f\u2009")
_BROAD: Final = frozenset("mwMW%@—")
ELLIPSIS: Final = "…"
BROADER: Final = 1.05
"""How much wider bold letters are."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and what stands beside it.

    Attributes:
        drawing: The drawing.
        title: The finding, one sentence.
        head: The heads of the table that says the same in figures.
        rows: Its rows, one a mark, in reading order.
    """

    drawing: Drawing
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Mark(Group):
    """A part of a drawing that says its value when pointed at or focused."""

    def __init__(self, said: str, href: str | None = None) -> None:
        super().__init__()
        self.__dict__["said"] = said
        self.__dict__["href"] = href


def measure(text: str, size: float, *, is_bold: bool = False) -> float:
    """About how wide a text is in points, never less than it is in the usual faces.

    Charts are laid out by this and not by a font's own widths, since a page draws them in the
    reader's system font and never loads the fonts of the PDF.
    """
    return sum(map(_ems, text)) * size * (BROADER if is_bold else 1.0)


@lru_cache(maxsize=4096)
def _ems(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.32
    if character in _BROAD:
        return 0.92
    return 0.68 if character.isupper() else 0.58


def fit(text: str, size: float, room: float, *, is_bold: bool = False) -> str:
    """The text, shortened with an ellipsis where it is wider than the room in points."""
    ems = room / size / (BROADER if is_bold else 1.0)
    used, kept = 0.0, 0
    for place, character in enumerate(text):
        used += _ems(character)
        if used + _ems(ELLIPSIS) <= ems:
            kept = place + 1
        if used > ems:
            return text[:kept].rstrip() + ELLIPSIS
    return text


class Sheet:
    """A drawing being made; y runs upwards, lengths in points."""

    def __init__(self, width: float, height: float) -> None:
        self.drawing = Drawing(width, height)
        self.width, self.height = width, height
        self._into: Group | Drawing = self.drawing

    def mark(self, said: str, href: str | None = None) -> "Sheet":
        """A sheet whose shapes together are one mark of this one."""
        mark = Mark(said, href)
        self._into.add(mark)
        inner = copy(self)
        inner.enter(mark)
        return inner

    def enter(self, group: Group) -> None:
        """Draws into a group from here on."""
        self._into = group

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Role | None = None,
        stroke: Role | None = None,
        line: float = theme.HAIRLINE,
    ) -> None:
        """A rectangle from its lower left corner."""
        shape = Rect(x, y, width, height)
        shape.fillColor, shape.strokeColor, shape.strokeWidth = fill, stroke, line
        self._into.add(shape)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: Role,
        line: float,
    ) -> None:
        """A straight line."""
        self._into.add(Line(*start, *end, strokeColor=colour, strokeWidth=line))

    def area(self, points: Sequence[tuple[float, float]], fill: Role) -> None:
        """A filled polygon."""
        flat = [part for point in points for part in point]
        self._into.add(Polygon(flat, fillColor=fill, strokeColor=None))

    def dot(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: Role,
        stroke: Role | None = None,
    ) -> None:
        """A disc."""
        self._into.add(Circle(x, y, radius, fillColor=fill, strokeColor=stroke, strokeWidth=1))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = theme.SMALL,
        colour: Role = theme.INK,
        anchor: Literal["start", "middle", "end"] = "start",
        is_bold: bool = False,
    ) -> None:
        """One line of text on its base line."""
        self._into.add(
            String(
                x,
                y,
                text,
                fontName=BOLD if is_bold else REGULAR,
                fontSize=size,
                fillColor=colour,
                textAnchor=anchor,
            )
        )

    def hatch(self, x: float, y: float, width: float, height: float, colour: Role) -> None:
        """A rectangle of slanting lines: what is open, censored or too few to say."""
        if width <= 0 or height <= 0:
            return
        path = Path(strokeColor=colour, strokeWidth=0.7, fillColor=None)
        offset = -height + 2.0
        while offset < width:
            low, high = max(0.0, -offset), min(height, width - offset)
            if high > low:
                path.moveTo(x + offset + low, y + low)
                path.lineTo(x + offset + high, y + high)
            offset += 4.0
        self._into.add(path)
        self.rect(x, y, width, height, stroke=colour)

    def target_tick(self, x: float, y: float, height: float) -> None:
        """The target: a black tick across a lying bar."""
        self.rect(x - 1.0, y, 2.0, height, fill=theme.INK)

    def pace_tick(self, x: float, y: float, height: float) -> None:
        """Where one would stand on pace: a hollow tick across a lying bar."""
        self.rect(x - 1.6, y, 3.2, height, fill=theme.SURFACE, stroke=theme.INK, line=0.9)
