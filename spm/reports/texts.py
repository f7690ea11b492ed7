"""Text on paper: short paragraphs of plain text, and lines that fit their room.

Everything that a person typed goes through `paragraph` or `flow`, the one place that makes a reportlab
Paragraph, since a Paragraph reads its text as markup: a name with a `<` in it breaks the report and an
`<img>` reads a file. Here it reads a word of ours, once a style, and what people typed takes that
word's place: no text is ever read as markup. Long text is cut into short paragraphs, because the time
that a Paragraph takes grows with the square of its length.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    Flowable,
    Paragraph,
)
from reportlab.platypus.paraparser import ParaFrag

from spm.reports import fonts, theme
from spm.reports.fonts import BOLD, REGULAR
from spm.reports.theme import Role

MOST_CHARACTERS: Final = 2_000
"""Of one paragraph: beyond that, reportlab's time grows with the square."""

MOST_LINES: Final = 40
"""Of one paragraph, for the same reason."""

MOST_OF_A_FIELD: Final = 20_000
"""Characters of one field that a report prints; it says how many it left out."""

_LINKS: Final = frozenset({"http", "https"})

_EMPTY_LINES: Final = re.compile(r"\n\s*\n")


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
    look = _paragraph_style(style, _wrap_of(text))
    link = href if href is not None and _is_link(href) else None
    word = _fragment(look, link).clone(text=" ".join(text.split()))
    return _Plain("", look, frags=[word])


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
        _Plain("", look, frags=_broken(block, look))
        for block in _blocks(lines)
        for look in (_paragraph_style(style, _wrap_of("".join(block))),)
    ]
    if missing:
        made.append(paragraph(left_out(missing), QUIET))
    return made


class _Plain(Paragraph):
    """A paragraph of fragments that breaks its lines once a width: tables and frames ask several times."""

    _broken_at: float | None = None

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The width and the height that it takes, in points."""
        if self._broken_at != room or "blPara" not in self.__dict__:  # split forgets its lines
            super().wrap(room, height)
            self._broken_at = room
        return self.width, self.height


def _fragment(style: ParagraphStyle, href: str | None = None) -> ParaFrag:
    """What reportlab makes of a word in that style, alone or as a link."""
    if href is None:
        return _word(style)
    word = f"<a href={quoteattr(href)} color={theme.ACCENT.hex!r}>x</a>"
    return Paragraph(word, style).frags[0]


@lru_cache(maxsize=512)
def _word(style: ParagraphStyle) -> ParaFrag:
    return Paragraph("x", style).frags[0]


def _broken(lines: Sequence[str], style: ParagraphStyle) -> list[ParaFrag]:
    """The fragments of several lines, a break between each two."""
    word, end = _fragment(style), Paragraph("x<br/>x", style).frags[1]
    made = [word.clone(text=lines[0])]
    for line in lines[1:]:
        made += [end.clone(), word.clone(text=line)]
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
