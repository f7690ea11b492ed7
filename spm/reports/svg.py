"""A drawing as inline SVG that a strict content policy lets through and a theme recolours.

reportlab's own SVG writer styles through `style=""` attributes, which the policy refuses, and gives
every clip path the same id. This one writes presentation attributes only, no ids, and each colour
as `var(--token, #value)`, so that the page's light and dark tokens reach into the drawing.
"""

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import (
    Circle,
    Group,
    Line,
    Path,
    Polygon,
    Rect,
    String,
)
from reportlab.lib.colors import Color

from spm.reports.charts.sheet import Chart, Mark
from spm.reports.fonts import BOLD
from spm.reports.theme import Role

_CLOSE: Final = 3
_PEN: Final = {0: "M", 1: "L"}
_ANCHORS = {"start": "start", "middle": "middle", "end": "end"}


ZOOM: Final = 1.5
"""How much larger a page shows a drawing than a pack: type of 8 points becomes 12 pixels."""


def points(pixels: float) -> float:
    """How wide a drawing must be made to be that many pixels wide on a page."""
    return pixels / ZOOM


def inline(chart: Chart, css_class: str = "") -> str:
    """The chart as an `<svg>` element; its title is its name to a screen reader.

    Marks can be focused and carry what they say in `<title>`, `aria-label` and `data-value`; a chart
    with none is one image.
    """
    drawing = chart.drawing
    marks = any(isinstance(shape, Mark) for shape in _walk(drawing.contents))
    width, height = _number(drawing.width), _number(drawing.height)
    names = " ".join(filter(None, ("chart", css_class)))
    body = "".join(_shape(shape, drawing.height) for shape in drawing.contents)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class={quoteattr(names)} '
        f'width="{_number(drawing.width * ZOOM)}" height="{_number(drawing.height * ZOOM)}" '
        f'viewBox="0 0 {width} {height}" '
        f'role="{"group" if marks else "img"}" aria-label={quoteattr(chart.title)}>'
        f"<title>{escape(chart.title)}</title>{body}</svg>"
    )


def _walk(shapes: Iterable[object]) -> Iterable[object]:
    for shape in shapes:
        yield shape
        if isinstance(shape, Group):
            yield from _walk(shape.contents)


def _shape(shape: object, top: float) -> str:
    match shape:
        case Mark():
            return _mark(shape, top)
        case Group():
            return "".join(_shape(inner, top) for inner in shape.contents)
        case Rect():
            return _element(
                "rect",
                shape,
                x=shape.x,
                y=top - shape.y - shape.height,
                width=shape.width,
                height=shape.height,
            )
        case Line():
            return _element(
                "line",
                shape,
                x1=shape.x1,
                y1=top - shape.y1,
                x2=shape.x2,
                y2=top - shape.y2,
            )
        case Circle():
            return _element("circle", shape, cx=shape.cx, cy=top - shape.cy, r=shape.r)
        case Polygon():
            points = " ".join(
                f"{_number(x)},{_number(top - y)}"
                for x, y in zip(shape.points[::2], shape.points[1::2], strict=True)
            )
            return _element("polygon", shape, points=points)
        case Path():
            return _element("path", shape, d=_course(shape, top))
        case String():
            return _text(shape, top)
    raise TypeError(type(shape).__name__)


def _mark(mark: Mark, top: float) -> str:
    said: str = mark.__dict__["said"]
    href: str | None = mark.__dict__["href"]
    body = "".join(_shape(inner, top) for inner in mark.contents)
    title = f"<title>{escape(said)}</title>"
    name = f"aria-label={quoteattr(said)} data-value={quoteattr(said)}"
    if href is not None:
        return f'<a class="mark" href={quoteattr(href)} {name}>{title}{body}</a>'
    return f'<g class="mark" role="img" tabindex="0" {name}>{title}{body}</g>'


def _element(tag: str, shape: object, **attributes: float | str) -> str:
    written = " ".join(
        f'{key}="{value if isinstance(value, str) else _number(value)}"'
        for key, value in attributes.items()
    )
    fill = getattr(shape, "fillColor", None)
    stroke = getattr(shape, "strokeColor", None)
    paint = f' fill="{_colour(fill)}"'
    if stroke is not None:
        paint += f' stroke="{_colour(stroke)}" stroke-width="{_number(shape.strokeWidth)}"'  # type: ignore[attr-defined]
    return f"<{tag} {written}{paint}/>"


def _text(string: String, top: float) -> str:
    weight = ' font-weight="600"' if string.fontName == BOLD else ""
    anchor = _ANCHORS[string.textAnchor]
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{_number(string.x)}" y="{_number(top - string.y)}" '
        f'font-size="{_number(string.fontSize)}"{weight}{placed} '
        f'fill="{_colour(string.fillColor)}">{escape(string.text)}</text>'
    )


def _course(path: Path, top: float) -> str:
    """The course of a path of straight lines (operators 0 and 1 of reportlab, 3 closes)."""
    said: list[str] = []
    at = 0
    for operator in path.operators:
        if operator == _CLOSE:
            said.append("Z")
            continue
        if int(operator) not in _PEN:
            raise TypeError(operator)
        x, y = path.points[at : at + 2]
        said.append(f"{_PEN[int(operator)]}{_number(x)} {_number(top - y)}")
        at += 2
    return "".join(said)


def _colour(colour: Color | None) -> str:
    if colour is None:
        return "none"
    if not isinstance(colour, Role):
        raise TypeError(colour)
    return f"var(--{colour.token}, {colour.hex})"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
