"""The pieces of a pack as an HTML page: the same texts, the same tables, the same charts as SVG.

What reportlab lays out, a browser lays out here: the pieces are walked, not the PDF, so that both
print the same pack.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Flowable, PageBreak, Paragraph, Spacer, Table

from spm.reports import svg
from spm.reports.charts.sheet import Chart
from spm.reports.document import Contents, Rule
from spm.reports.review_pack.pieces import Together
from spm.reports.sheets import FOOT, HEAD, SIDE

_TOKEN = re.compile(r"var\(--[\w-]+, (#[0-9a-f]+)\)")
"""A colour that follows the page's theme; paper has none."""

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Review pack</title><style>
{faces}
@page {{ size: A4; margin: {head}pt {side}pt {foot}pt }}
body {{ margin: 0; font: 8pt/1.25 Noto, sans-serif; color: #1b1e22 }}
p {{ margin: 0 }}
.break {{ break-after: page }}
.together {{ break-inside: avoid }}
table {{ border-collapse: collapse; table-layout: fixed }}
td, th {{ padding: 2pt 4pt; text-align: left; font-weight: 400; vertical-align: middle }}
table.rows td, table.rows th {{ border-bottom: .6pt solid #e4e4e0 }}
td.figure, th.figure {{ text-align: right }}
tr {{ break-inside: avoid }}
thead th {{ color: #5d646c; font-size: 7pt }}
hr {{ border: 0; border-top: .6pt solid #868c92; margin: 0 }}
svg {{ display: block }}
</style></head><body>
{body}
</body></html>"""


def page_of(pieces: Iterable[Flowable], fonts: Path) -> str:
    """Return the HTML page of a pack's pieces, set in the same files of type."""
    faces = "\n".join(
        f'@font-face {{ font-family: Noto; font-weight: {weight}; src: url("{file.as_uri()}") }}'
        for weight, file in (
            (400, fonts / "NotoSans-Regular.ttf"),
            (600, fonts / "NotoSans-Bold.ttf"),
        )
    )
    body = "\n".join(_piece(one) for one in pieces)
    return _PAGE.format(faces=faces, body=body, head=HEAD, foot=FOOT, side=SIDE)


def _piece(piece: object) -> str:
    if isinstance(piece, str):
        return escape(piece).replace("\n", "<br>")
    if isinstance(piece, list | tuple):
        return "".join(_piece(one) for one in piece)
    for kind, told in _TOLD.items():
        if isinstance(piece, kind):
            return told(piece)
    return ""  # an anchor, or room that is asked for


def _paragraph(piece: Paragraph) -> str:
    style = piece.style
    weight = 600 if style.fontName.endswith("Bold") else 400
    look = (
        f"font-size: {style.fontSize}pt; line-height: {style.leading}pt; font-weight: {weight}; "
        f"color: #{style.textColor.hexval()[2:]}; margin: {style.spaceBefore}pt 0 {style.spaceAfter}pt"
    )
    return f'<p style="{look}">{escape(piece.getPlainText())}</p>'


def _together(piece: Together) -> str:
    return f'<div class="together">{_piece(piece.pieces)}</div>'


def _room(piece: Spacer | Rule) -> str:
    rule = "<hr>" if isinstance(piece, Rule) else ""
    return f'<div style="height: {piece.height}pt"></div>{rule}'


def _contents(piece: Contents) -> str:
    return "".join(f"<p>{escape(title)}</p><hr>" for _key, title in piece.entries)


def _break(_piece: PageBreak) -> str:
    return '<div class="break"></div>'


def _drawing(piece: Drawing) -> str:
    drawn = _TOKEN.sub(r"\1", svg.inline(Chart(piece, "", (), ())))
    size = f'width="{piece.width}pt" height="{piece.height}pt"'
    return re.sub(r'width="[\d.]+" height="[\d.]+"', size, drawn, count=1)


def _table(piece: Table) -> str:
    rows = getattr(piece, "_cellvalues")  # noqa: B009 - untyped, and the only way to what it holds
    widths = getattr(piece, "_colWidths")  # noqa: B009
    columns = "".join(f'<col style="width: {width}pt">' for width in widths)
    head = f"<thead>{_row(rows[0], 'th')}</thead>" if piece.repeatRows else ""
    rest = rows[1:] if head else rows
    body = "".join(_row(row, "td") for row in rest)
    kind = ' class="rows"' if head else ""
    wide = f'style="width: {sum(widths)}pt"'
    return f"<table{kind} {wide}><colgroup>{columns}</colgroup>{head}<tbody>{body}</tbody></table>"


def _row(cells: Iterable[object], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_piece(cell)}</{tag}>" for cell in cells) + "</tr>"


_TOLD: Mapping[type[Any], Callable[[Any], str]] = {
    Together: _together,
    Paragraph: _paragraph,
    Table: _table,
    Drawing: _drawing,
    PageBreak: _break,
    Rule: _room,
    Spacer: _room,
    Contents: _contents,
}
"""What is told how; anything else takes no room on paper."""
