"""Charts of one figure against its target: bullet bar and trend over periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from spm.reports import theme
from spm.reports.charts.sheet import Chart, Sheet, fit, measure

ROOM_BEYOND: Final = 1.08
"""How much longer the scale is than the longest thing on it."""


SMALLEST = 5.4
"""In points: a name that would have to be smaller is left out of the axis instead."""


@dataclass(frozen=True, slots=True)
class Bullet:
    """What a bullet bar shows; each amount beside how it is said.

    Attributes:
        title: The finding.
        actual: The figure; None when unknown.
        target: What was agreed; None when nothing was.
        expected: Where one would stand today on pace; None when not worked out.
        actual_said: The actual in words and figures.
        target_said: The target likewise.
        expected_said: The pace likewise.
        head: The names of the three, for the table: actual, target, pace.
    """

    title: str
    actual: Decimal | None
    target: Decimal | None
    expected: Decimal | None
    actual_said: str
    target_said: str
    expected_said: str
    head: tuple[str, str, str]


def bullet(data: Bullet, width: float, height: float = 12.0, *, has_labels: bool = False) -> Chart:
    """A bar from zero to the actual, with a black tick at the target and a hollow one at the pace.

    Unknown is drawn as an empty track, below zero as nothing filled; without a target the bar is
    grey. With labels, the target's and the pace's names stand beneath their ticks.
    """
    beneath = 13.0 if has_labels else 0.0
    sheet = Sheet(width, height + beneath)
    known = [v for v in (data.actual, data.target, data.expected) if v is not None and v > 0]
    longest = float(max(known)) * ROOM_BEYOND if known else 1.0
    thick = height * 0.62
    low = beneath + (height - thick) / 2
    sheet.rect(0, low, width, thick, fill=theme.TRACK)
    if data.actual is not None and data.actual > 0:
        colour = theme.ACCENT if data.target is not None else theme.COMPARED
        sheet.rect(0, low, width * float(data.actual) / longest, thick, fill=colour)
    labels: list[tuple[float, str]] = []
    if data.expected is not None and data.expected > 0:
        at = width * float(data.expected) / longest
        sheet.pace_tick(at, beneath, height)
        labels.append((at, data.expected_said))
    if data.target is not None and data.target > 0:
        at = width * float(data.target) / longest
        sheet.target_tick(at, beneath, height)
        labels.append((at, data.target_said))
    if has_labels:
        _place(sheet, labels, width)
    said = (data.actual_said, data.target_said, data.expected_said)
    return Chart(sheet.drawing, data.title, data.head, (said,))


def _place(sheet: Sheet, labels: Sequence[tuple[float, str]], width: float) -> None:
    """Writes labels beneath their ticks; two that would touch are pushed apart."""
    size, free_to = theme.TINY, width
    for at, said in sorted(labels, reverse=True):
        half = measure(said, size) / 2
        middle = max(min(at, free_to - half), half)
        sheet.text(middle, 2.0, said, size=size, colour=theme.QUIET, anchor="middle")
        free_to = middle - half - 6.0


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend.

    Attributes:
        label: The period's short name.
        value: The figure; None when unknown.
        target: Its target; None without one.
        said: The figure in full.
        short: The figure as it stands on the bar.
        target_said: The target in full.
        is_partial: Whether the period was not yet over.
    """

    label: str
    value: Decimal | None
    target: Decimal | None
    said: str
    short: str
    target_said: str
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over periods, oldest first; the last is the one that the reader looks at.

    `empty` is what is written when there is nothing to draw, `head` the heads of its table:
    period, figure, target.
    """

    title: str
    points: tuple[Point, ...]
    empty: str
    head: tuple[str, str, str]


def trend(data: Trend, width: float, height: float = 96.0) -> Chart:
    """Bars from zero, one a period, each with its value on it and its target as a black tick.

    Earlier periods are pale, the last is in the accent, one not yet over is hatched beyond what it
    has. An unknown value is a dash on the base line, never a bar of nothing.
    """
    sheet = Sheet(width, height)
    rows = tuple((p.label, p.said, p.target_said) for p in data.points)
    chart = Chart(sheet.drawing, data.title, data.head, rows)
    numbers = [float(n) for p in data.points for n in (p.value, p.target) if n is not None]
    if not numbers:
        _empty(sheet, data.empty)
        return chart
    top, bottom = height - 12.0, 14.0
    highest, lowest = max(*numbers, 0.0), min(*numbers, 0.0)
    scale = (top - bottom) / ((highest - lowest) or 1.0)
    base = bottom - lowest * scale
    step = width / len(data.points)
    thick = min(step * 0.62, 34.0)
    size, every = _labelled(data.points, step - 2)
    sheet.line((0, base), (width, base), theme.COMPARED, theme.HAIRLINE)
    for number, point in enumerate(data.points):
        is_last = number == len(data.points) - 1
        _bar(
            sheet.mark(_said(point, data.head[2])),
            point,
            middle=step * (number + 0.5),
            thick=thick,
            base=base,
            scale=scale,
            room=step,
            is_last=is_last,
        )
        if (len(data.points) - 1 - number) % every == 0:
            ink = theme.INK if is_last else theme.QUIET
            label = fit(point.label, size, step * every - 2, is_bold=is_last)
            middle = step * (number + 0.5)
            sheet.text(middle, 3.0, label, size=size, colour=ink, anchor="middle", is_bold=is_last)
    return chart


def _labelled(points: Sequence[Point], room: float) -> tuple[float, int]:
    """The size at which the periods can be named, and every how manieth is named."""
    widest = max(measure(point.label, theme.TINY, is_bold=True) for point in points)
    size = theme.TINY * min(1.0, room / widest)
    if size >= SMALLEST:
        return size, 1
    return theme.TINY, 1 + int(widest // room)


def _said(point: Point, target: str) -> str:
    said = f"{point.label}: {point.said}"
    return said if point.target is None else f"{said} · {target} {point.target_said}"


def _bar(
    sheet: Sheet,
    point: Point,
    *,
    middle: float,
    thick: float,
    base: float,
    scale: float,
    room: float,
    is_last: bool,
) -> None:
    left = middle - thick / 2
    colour = theme.ACCENT if is_last else theme.PAST
    ink = theme.INK if is_last else theme.QUIET
    tip = base
    if point.value is not None:
        length = float(point.value) * scale
        tip = max(base + length, base)
        sheet.rect(left, min(base, base + length), thick, abs(length), fill=colour)
    mark = None
    if point.target is not None:
        mark = base + float(point.target) * scale
        if point.is_partial and mark > tip:
            sheet.hatch(left, tip, thick, mark - tip, theme.PAST)
        sheet.rect(left - 2.5, mark - 0.8, thick + 5, 1.6, fill=theme.INK)
    above = tip + 3.5
    if mark is not None and tip - 2.0 <= mark <= tip + theme.TINY + 6.0:
        above = mark + 3.5
    short = fit(point.short, theme.TINY, room - 1, is_bold=is_last)
    if point.is_partial and mark is not None and above < mark:  # on the hatching
        wide = measure(short, theme.TINY, is_bold=is_last)
        sheet.rect(middle - wide / 2, above - 2, wide, theme.TINY + 1.5, fill=theme.SURFACE)
    sheet.text(middle, above, short, size=theme.TINY, colour=ink, anchor="middle", is_bold=is_last)


def _empty(sheet: Sheet, words: str) -> None:
    """The drawn state of a chart without data."""
    sheet.line((0, 14.0), (sheet.width, 14.0), theme.LINE, theme.HAIRLINE)
    words = fit(words, theme.SMALL, sheet.width)
    sheet.text(sheet.width / 2, sheet.height / 2, words, colour=theme.QUIET, anchor="middle")
